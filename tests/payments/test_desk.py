"""Two cashiers at one account, for real at the same moment: every yuan is posted once and nothing is settled twice."""

from __future__ import annotations

import threading
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from tests.support.billing_small import AT, issued, lease_of
from tests.support.console_world import ConsoleWorld
from tests.support.operators import make_operator
from yuju.billing.models import BillingAccount
from yuju.books.verification import verify
from yuju.kit.tenancy import operator_context
from yuju.messaging.models import Notice
from yuju.payments.choices import PaymentChannel
from yuju.payments.models import Payment, Receipt, Shift
from yuju.payments.selectors import account_standing, open_charges
from yuju.payments.services import desk_take, shift_open

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = date(2026, 2, 5)
AT_ONCE = 4


@pytest.mark.parametrize("same_form", [True, False])
def test_everybody_takes_the_same_charges_at_once(same_form: bool) -> None:
    # Given four cashiers with the same account open, or one form sent four times
    operator = make_operator()
    with operator_context(operator.pk), transaction.atomic():
        world = ConsoleWorld(operator)
        lease_of(world.here, 101)
        issued(world.here, date(2026, 2, 1))
        account = BillingAccount.objects.get()
        shown = {one.charge.pk: one.open for one in open_charges(account)}
        owed = sum(shown.values(), Decimal(0))
        users = [world.user("cashier", at=world.here) for _ in range(1 if same_form else AT_ONCE)]
        shifts = [shift_open(property=world.here, cashier=user, opening_float=Decimal(0), at=AT) for user in users]
    keys = [UUID(int=1)] * AT_ONCE if same_form else [uuid4() for _ in range(AT_ONCE)]
    together = threading.Barrier(AT_ONCE)
    faults: list[Exception] = []

    def collect(number: int) -> None:
        try:
            together.wait(20)
            shift: Shift = shifts[number % len(shifts)]
            with operator_context(operator.pk), transaction.atomic():
                desk_take(
                    account=account,
                    shown=shown,
                    picked=list(shown),
                    amount=None,
                    channel=PaymentChannel.CASH,
                    key=keys[number],
                    shift=shift,
                    on=TODAY,
                    by=shift.cashier,
                    at=AT,
                )
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    # When all of them collect
    threads = [threading.Thread(target=collect, args=(number,)) for number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    # Then the charges are settled once; money beyond them is credit, and whoever was first is told
    assert faults == []
    times = 1 if same_form else AT_ONCE
    with operator_context(operator.pk), transaction.atomic():
        standing = account_standing(account)
        assert (standing.open, standing.credit) == (0, owed * (times - 1))
        assert Payment.objects.count() == Receipt.objects.count() == times
        numbers = sorted(Receipt.objects.values_list("number", flat=True))
        assert [int(number[-4:]) for number in numbers] == list(range(1, times + 1))
        assert Notice.objects.count() == times - 1
        assert len(set(Notice.objects.values_list("recipient", flat=True))) == min(times - 1, 1)
        assert [finding.astray for finding in verify() if finding.astray_count] == []
