"""Money at the desk: what it settles, what is refused, and that asking twice pays once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from tests.support.billing_small import AT, issued, lease_of
from yuju.billing.models import BillingAccount, Charge
from yuju.kit.errors import Refused
from yuju.payments.choices import PaymentChannel, ReceiptLayout
from yuju.payments.models import Allocation, Payment, Receipt
from yuju.payments.selectors import account_standing, open_charges
from yuju.payments.services import Taken, payment_reverse, payment_take, receipt_print
from yuju.premises.models import Property
from yuju.premises.services import property_create

pytestmark = pytest.mark.django_db
TODAY = date(2026, 2, 5)


@pytest.fixture
def place(operator: Any) -> Property:
    """Two leases with bills of January and February: rent 4,000.00 and a fee of 175.00 a month."""
    here = property_create(code="here", name="青岚里公寓", by=None, at=AT)
    lease_of(here, 101)
    lease_of(here, 102)
    issued(here, date(2026, 2, 1))
    return here


@pytest.fixture
def account(place: Property) -> BillingAccount:
    return BillingAccount.objects.order_by("pk")[0]


def pay(account: BillingAccount, amount: str, **given: Any) -> Taken:
    values: dict[str, Any] = {"channel": PaymentChannel.CASH, "key": uuid4(), **given}
    return payment_take(account=account, amount=Decimal(amount), on=TODAY, by=None, at=AT, **values)


@contextmanager
def refusal(code: str) -> Iterator[None]:
    with pytest.raises(Refused) as refused:
        yield
    assert refused.value.code == code


def amounts(taken: Taken) -> list[Decimal]:
    return [allocation.amount for allocation in taken.allocations]


def test_money_settles_the_earliest_due_first_then_by_the_items_priority(account: BillingAccount) -> None:
    # Given
    owed = open_charges(account)
    assert [one.charge.due_date for one in owed] == sorted(one.charge.due_date for one in owed)
    assert account_standing(account).open == Decimal("8350.00")

    # When
    taken = pay(account, "4300.00")

    # Then January is settled, February's rent in part
    assert [a.charge_id for a in taken.allocations] == [one.charge.pk for one in owed[:3]]
    assert sum(amounts(taken)) == Decimal("4300.00")
    assert taken.credit == 0
    assert account_standing(account).open == Decimal("4050.00")


def test_what_is_over_stays_as_credit(account: BillingAccount) -> None:
    taken = pay(account, "9000.00")
    assert taken.credit == Decimal("650.00")
    standing = account_standing(account)
    assert (standing.open, standing.credit) == (0, Decimal("650.00"))


def test_picked_charges_are_settled_and_no_others(account: BillingAccount) -> None:
    last = open_charges(account)[-1]
    taken = pay(account, "5000.00", charges=[last.charge.pk])
    assert [(a.charge_id, a.amount) for a in taken.allocations] == [(last.charge.pk, last.open)]
    assert taken.credit == Decimal(5000) - last.open


def test_money_for_a_charge_that_was_settled_meanwhile_becomes_credit(account: BillingAccount) -> None:
    first = open_charges(account)[0]
    pay(account, str(first.open), charges=[first.charge.pk])
    late = pay(account, str(first.open), charges=[first.charge.pk])
    assert (late.allocations, late.credit) == ([], first.open)
    assert late.settled_meanwhile == [first.charge]


def test_asking_twice_pays_once(account: BillingAccount) -> None:
    key = uuid4()
    first = pay(account, "100.00", key=key)
    second = pay(account, "100.00", key=key)
    assert second.again
    assert (second.payment, second.receipt, amounts(second)) == (first.payment, first.receipt, amounts(first))
    assert (Payment.objects.count(), Receipt.objects.count()) == (1, 1)
    with refusal("key"):
        pay(account, "100.01", key=key)
    with refusal("key"):
        pay(BillingAccount.objects.exclude(pk=account.pk)[0], "100.00", key=key)


@pytest.mark.parametrize(
    ("amount", "given", "field"),
    [
        ("0", {}, "amount"),
        ("-1", {}, "amount"),
        ("0.001", {}, "amount"),
        ("1e12", {}, "amount"),
        ("NaN", {}, "amount"),
        ("Infinity", {}, "amount"),
        ("10", {"tendered": Decimal("9.99")}, "tendered"),
        ("10", {"channel": PaymentChannel.CARD}, "reference"),
        ("10", {"channel": PaymentChannel.CARD, "reference": "7", "tendered": Decimal(20)}, "tendered"),
        ("10", {"channel": PaymentChannel.OPENING}, "channel"),
    ],
)
def test_nonsense_is_refused_and_nothing_is_written(
    account: BillingAccount, amount: str, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(Refused) as refused:
        pay(account, amount, **given)
    assert refused.value.field == field
    assert Payment.objects.count() == Receipt.objects.count() == Allocation.objects.count() == 0


def test_another_accounts_charge_is_refused(account: BillingAccount) -> None:
    other = Charge.objects.exclude(account=account)[0]
    with pytest.raises(Refused) as refused:
        pay(account, "10.00", charges=[open_charges(account)[0].charge.pk, other.pk])
    assert refused.value.field == "charges"


def test_receipts_are_numbered_without_gaps_and_say_who_paid(account: BillingAccount) -> None:
    with pytest.raises(Refused):
        pay(account, "0")
    numbers = [pay(account, "1.00").receipt.number for _ in range(3)]
    assert numbers == ["SJ-20260205-0001", "SJ-20260205-0002", "SJ-20260205-0003"]
    receipt = Receipt.objects.all()[0]
    assert receipt.payer == account.tenure.resident.name
    assert len(receipt.token) >= 20
    assert [receipt_print(receipt=receipt, layout=ReceiptLayout.A5, by=None, at=AT) for _ in range(3)] == [0, 1, 2]


def test_a_reversal_opens_what_was_settled_and_keeps_both_on_record(account: BillingAccount) -> None:
    # Given
    taken = pay(account, "9000.00")
    # When
    reversal = payment_reverse(payment=taken.payment, reason="金额录错", on=TODAY, by=None, at=AT)
    # Then
    assert reversal.amount == Decimal("-9000.00")
    standing = account_standing(account)
    assert (standing.open, standing.credit) == (Decimal("8350.00"), 0)
    assert Payment.objects.count() == 2
    with refusal("reversed"):
        payment_reverse(payment=taken.payment, reason="再来", on=TODAY, by=None, at=AT)
    with refusal("kind"):
        payment_reverse(payment=reversal, reason="冲红的冲红", on=TODAY, by=None, at=AT)


def test_a_reversal_needs_its_reason(account: BillingAccount) -> None:
    taken = pay(account, "10.00")
    with pytest.raises(Refused) as refused:
        payment_reverse(payment=taken.payment, reason="  ", on=TODAY, by=None, at=AT)
    assert refused.value.field == "reason"


def test_money_taken_back_pays_no_later_bill(account: BillingAccount, place: Property) -> None:
    taken = pay(account, "9000.00")
    payment_reverse(payment=taken.payment, reason="退回", on=TODAY, by=None, at=AT)
    issued(place, date(2026, 3, 1))
    assert not Allocation.objects.filter(charge__run__as_of=date(2026, 3, 1)).exists()


def settle(payment: Payment, charge: Charge, amount: str, releases: Allocation | None = None) -> None:
    with transaction.atomic():
        Allocation.objects.create(payment=payment, charge=charge, amount=Decimal(amount), releases=releases, at=AT)


def test_the_database_lets_nobody_settle_or_spend_twice(account: BillingAccount) -> None:
    """Given rows written past the services, then the database itself says no."""
    charge = open_charges(account)[0].charge
    taken = pay(account, "100.00", charges=[charge.pk])
    allocation = taken.allocations[0]
    other = Charge.objects.exclude(account=account)[0]
    for wrong in (
        (taken.payment, charge, "0.01"),
        (pay(account, "9000.00", charges=[]).payment, charge, "4000.00"),
        (pay(account, "5.00", charges=[]).payment, other, "5.00"),
        (taken.payment, charge, "-100.01", allocation),
        (taken.payment, other, "-1.00", allocation),
    ):
        with pytest.raises(IntegrityError):
            settle(*wrong)
    for amount, account_id in (("-99.00", account.pk), ("-100.00", account.pk), ("-100.00", account.pk + 1)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Payment.objects.create(
                property=account.property,
                account_id=account_id,
                channel=PaymentChannel.CASH,
                received_on=TODAY,
                amount=Decimal(amount),
                reverses=taken.payment,
                reason="x",
            )


@pytest.mark.parametrize("table", ["payments_receipt", "payments_receiptprint"])
def test_receipts_are_neither_changed_nor_deleted(account: BillingAccount, table: str) -> None:
    receipt = pay(account, "1.00").receipt
    receipt_print(receipt=receipt, layout=ReceiptLayout.A5, by=None, at=AT)
    for statement in (f"UPDATE {table} SET operator_id = operator_id", f"DELETE FROM {table}"):
        with pytest.raises(ProgrammingError, match="is posted"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_key_is_remembered_for_good(account: BillingAccount) -> None:
    key = UUID(int=7)
    pay(account, "10.00", key=key)
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.create(
            property=account.property,
            account=account,
            channel=PaymentChannel.CASH,
            received_on=TODAY,
            amount=Decimal(1),
            key=key,
        )
