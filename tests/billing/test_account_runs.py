"""Bills for one account, at once: line by line what a run of the whole property gives."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from tests.support.billing_database import load_world
from tests.support.billing_small import draft, issued, lease_of
from tests.support.billing_worlds import make_world
from yuju.billing.choices import RunSource, RunState
from yuju.billing.models import Bill, BillingAccount, BillRun, Charge, ChargeVoid
from yuju.billing.services.account_runs import account_bill
from yuju.billing.services.runs import bill_run_draft
from yuju.books.verification import verify
from yuju.journeys.billing_cycle import account_bill_complete
from yuju.kit.errors import Refused
from yuju.messaging.models import ResidentNotice
from yuju.payments.choices import PaymentChannel
from yuju.payments.selectors import account_standing
from yuju.payments.services import payment_take
from yuju.premises.models import Property
from yuju.premises.services import property_create

pytestmark = pytest.mark.django_db
AT = datetime(2028, 3, 15, 2, tzinfo=UTC)


@pytest.fixture
def place(operator: Any) -> Property:
    here = property_create(code="here", name="青岚里公寓", by=None, at=AT)
    lease_of(here, 101)
    lease_of(here, 102)
    return here


def first_account() -> BillingAccount:
    found: BillingAccount = BillingAccount.objects.order_by("pk")[0]
    return found


def proved() -> None:
    assert [(one.check.name, one.astray) for one in verify() if one.astray_count] == []


@pytest.mark.parametrize("seed", [1, 4, *(pytest.param(seed, marks=pytest.mark.scale) for seed in range(10, 40))])
def test_an_account_is_billed_what_pricing_gives_line_by_line(operator: Any, seed: int) -> None:
    # Given a random property
    world = make_world(seed, units=16)
    _place, recurring, _points = load_world(world)
    lines, faults = world.expected()
    owner = {key: one.account_id for key, one in recurring.items()}
    at_fault = {owner[key] for _cause, key, _on in faults if key in owner}
    wanted: dict[int, set[Any]] = {}
    for line in lines:
        wanted.setdefault(owner[line.recurring], set()).add(
            (line.recurring, line.period_start, line.start, line.end, line.due_date, line.amount)
        )
    keys = {one.pk: key for key, one in recurring.items()}

    # When each account is billed for itself
    billed = 0
    for account in BillingAccount.objects.order_by("pk"):
        if account.pk in at_fault:
            with pytest.raises(Refused):
                account_bill(account=account, as_of=world.as_of, by=None, at=AT)
            continue
        run = account_bill(account=account, as_of=world.as_of, by=None, at=AT)
        made = {
            (keys[c.recurring_id], c.period_start, c.start, c.end, c.due_date, c.amount)
            for c in Charge.objects.filter(account=account)
        }
        assert made == wanted.get(account.pk, set())
        billed += len(made)
        # Then it is issued, and a second time there is nothing
        assert (run is not None and run.state == RunState.ISSUED) == bool(made)
        assert account_bill(account=account, as_of=world.as_of, by=None, at=AT) is None
    assert billed > 20
    proved()


def test_credit_pays_and_the_resident_is_told(place: Property) -> None:
    account = first_account()
    payment_take(
        account=account,
        amount=Decimal(5000),
        channel=PaymentChannel.CASH,
        key=uuid4(),
        on=date(2026, 1, 1),
        by=None,
        at=AT,
    )
    run = account_bill_complete(account=account, as_of=date(2026, 1, 1), by=None, at=AT)
    assert run is not None
    assert (run.account, run.bill_count, run.total) == (account, 1, Decimal("4175.00"))
    assert account_standing(account).credit == Decimal("825.00")
    assert Bill.objects.get().number == "ZD-202601-0001"
    assert ResidentNotice.objects.filter(kind="bill_issued", resident_id=account.tenure.resident_id).count() == 1
    assert not Charge.objects.exclude(account=account).exists()
    proved()


def test_a_draft_of_the_property_gives_up_what_it_holds_of_the_account(place: Property) -> None:
    drafted = draft(place, date(2026, 2, 1))
    before = drafted.total
    account_bill(account=first_account(), as_of=date(2026, 2, 1), by=None, at=AT)
    drafted.refresh_from_db()
    assert (drafted.state, drafted.bill_count, drafted.total) == (RunState.DRAFT, 2, before / 2)
    proved()
    # And a new draft of the property does not take it again
    again = bill_run_draft(property=place, as_of=date(2026, 2, 1), source=RunSource.CONSOLE, by=None, at=AT)
    assert (again.pk, again.total) == (drafted.pk, before / 2)


def test_what_was_taken_away_is_billed_again(place: Property) -> None:
    issued(place, date(2026, 1, 1))
    account = first_account()
    charge = Charge.objects.filter(account=account, tariff__code="RENT").get()
    ChargeVoid.objects.create(charge=charge, at=AT, reason="录错")
    account_bill(account=account, as_of=date(2026, 1, 1), by=None, at=AT)
    made = Charge.objects.filter(account=account, tariff__code="RENT").exclude(pk=charge.pk).get()
    assert (made.attempt, made.amount) == (1, charge.amount)
    assert BillRun.objects.filter(account=account).count() == 1
    proved()


def test_what_cannot_be_billed_is_named_and_nothing_is_written(place: Property) -> None:
    account = first_account()
    account.tenure.unit.facts.update(area=None)
    with pytest.raises(Refused) as refused:
        account_bill(account=account, as_of=date(2026, 1, 1), by=None, at=AT)
    assert refused.value.code == "unbillable"
    assert not Charge.objects.exists()
    assert not BillRun.objects.exists()
