"""Issuing a run lets credit pay: in the order of the rules, once, and never from accounts that keep theirs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.stays import bind, make_lease, make_property, make_resident, make_tariff, make_unit
from yuju.billing.choices import ChargeKind, FeeCategory, RunSource
from yuju.billing.models import Bill, BillingAccount, BillRun, Charge, FeeItem, Tariff
from yuju.billing.services.runs import bill_run_draft
from yuju.books.verification import verify
from yuju.journeys.billing_cycle import bill_run_complete
from yuju.kit.errors import Refused
from yuju.messaging.models import ResidentNotice
from yuju.payments.choices import PaymentChannel
from yuju.payments.models import Allocation, Payment
from yuju.payments.services import credit_draw, payment_take
from yuju.premises.models import Property
from yuju.residency.models import Tenure

pytestmark = pytest.mark.django_db

AT = datetime(2026, 6, 1, 1, tzinfo=UTC)
ZERO = Decimal(0)


def account_of(lease: Tenure) -> BillingAccount:
    return BillingAccount.objects.get(tenure=lease)


def pay(account: BillingAccount, amount: str | Decimal, received_on: date = date(2026, 2, 1)) -> Payment:
    return Payment.objects.create(
        property_id=account.property_id,
        account=account,
        channel=PaymentChannel.OPENING,
        received_on=received_on,
        amount=Decimal(amount),
    )


def opening(account: BillingAccount, tariff: Tariff, amount: str, due: date, start: date) -> Charge:
    """An amount owed since before the books began."""
    return Charge.objects.create(
        property_id=account.property_id,
        kind=ChargeKind.OPENING,
        account=account,
        tariff=tariff,
        period_start=start,
        start=start,
        end=start,
        bill_date=start,
        due_date=due,
        gross=Decimal(amount),
        discount=ZERO,
        amount=Decimal(amount),
    )


def issue(place: Property, as_of: date) -> BillRun:
    run = bill_run_draft(property=place, as_of=as_of, source=RunSource.COMMAND, by=None, at=AT)
    return bill_run_complete(run=run, by=None, at=AT, leave_out_open=True)


def settled() -> list[tuple[str, date, Decimal]]:
    """What was paid, by due date: fee category, due date, amount."""
    rows = Allocation.objects.order_by("pk").values_list(
        "charge__tariff__fee_item__category", "charge__due_date", "amount"
    )
    return sorted(rows, key=lambda row: (row[1], row[0]))


def let(place: Property, number: str = "1601", **given: Any) -> Tenure:
    return make_lease(make_unit(place, number), make_resident(place, f"住户{number}"), **given)


@pytest.fixture
def place(operator: Any) -> Property:
    return make_property()


def test_credit_pays_the_earliest_due_first_then_by_the_fee_items_priority(place: Property) -> None:
    # Given rent due later than the property fee and parking, which are due together and of different priority
    lease = let(place)
    bind(lease, make_tariff(place, FeeCategory.RENT, "1000", due_days=20))
    bind(lease, make_tariff(place, FeeCategory.PARKING, "300", due_days=5))
    bind(lease, make_tariff(place, FeeCategory.PROPERTY, "200", due_days=5))
    FeeItem.objects.filter(category=FeeCategory.PROPERTY).update(priority=10)
    FeeItem.objects.filter(category=FeeCategory.PARKING).update(priority=20)

    # When there is credit for less than all of it
    pay(account_of(lease), "1250")
    issue(place, date(2026, 3, 1))

    # Then the two that are due first are paid in full, the rest goes to the rent
    paid = {name: amount for name, _due, amount in settled()}
    assert paid == {"property": Decimal(200), "parking": Decimal(300), "rent": Decimal(750)}


def test_of_charges_due_together_the_higher_priority_is_paid(place: Property) -> None:
    # Given parking, whose priority comes first, and the property fee, bound before it
    lease = let(place)
    bind(lease, make_tariff(place, FeeCategory.PROPERTY, "200", due_days=5))
    bind(lease, make_tariff(place, FeeCategory.PARKING, "300", due_days=5))
    FeeItem.objects.filter(category=FeeCategory.PARKING).update(priority=10)
    FeeItem.objects.filter(category=FeeCategory.PROPERTY).update(priority=20)

    # When
    pay(account_of(lease), "310")
    issue(place, date(2026, 3, 1))

    # Then
    assert {name: amount for name, _due, amount in settled()} == {"parking": Decimal(300), "property": Decimal(10)}


def test_what_is_owed_from_before_is_paid_before_the_new_bill(place: Property) -> None:
    # Given arrears from before the books began, and two payments of which the older does not cover them
    lease = let(place)
    tariff = make_tariff(place, rate="1000")
    bind(lease, tariff)
    account = account_of(lease)
    owed = opening(account, tariff, "600", date(2026, 1, 10), date(2026, 1, 1))
    first = pay(account, "500", date(2026, 1, 20))

    # When
    run = issue(place, date(2026, 3, 1))

    # Then the arrears have it all, and the bill is open
    assert list(Allocation.objects.values_list("payment", "charge", "amount")) == [(first.pk, owed.pk, Decimal(500))]
    assert not Allocation.objects.filter(charge__run=run).exists()


def test_the_money_received_first_is_drawn_first(place: Property) -> None:
    # Given two payments, the one that was received first written down last
    lease = let(place)
    bind(lease, make_tariff(place, rate="1000"))
    later = pay(account_of(lease), "700", date(2026, 2, 20))
    payment_take(
        account=account_of(lease),
        amount=Decimal(600),
        channel=PaymentChannel.CASH,
        key=uuid4(),
        on=date(2026, 2, 10),
        by=None,
        at=AT,
    )

    # When
    issue(place, date(2026, 3, 1))

    # Then
    drawn = dict(Allocation.objects.values_list("payment__received_on", "amount"))
    assert drawn == {date(2026, 2, 10): Decimal(600), later.received_on: Decimal(400)}


def test_an_account_that_keeps_its_credit_keeps_it(place: Property) -> None:
    # Given one account that draws on its credit and one that does not
    draws, keeps = let(place, "1601"), let(place, "1602")
    tariff = make_tariff(place, rate="1000")
    for lease in (draws, keeps):
        bind(lease, tariff)
        pay(account_of(lease), "400")
    BillingAccount.objects.filter(tenure=keeps).update(uses_credit=False)

    # When
    issue(place, date(2026, 3, 1))

    # Then
    assert [one.charge.account.tenure for one in Allocation.objects.all()] == [draws]


def test_credit_is_drawn_once_however_often(place: Property) -> None:
    # Given
    lease = let(place)
    bind(lease, make_tariff(place, rate="1000"))
    pay(account_of(lease), "1500")
    run = issue(place, date(2026, 3, 1))
    assert settled() == [("rent", date(2026, 3, 6), Decimal(1000))]

    # When it is drawn again, then nothing more is settled; the rest pays what the next run bills
    assert credit_draw(run=run, at=AT) == 0
    issue(place, date(2026, 4, 1))
    assert [amount for _name, _due, amount in settled()] == [Decimal(1000), Decimal(500)]
    issue(place, date(2026, 5, 1))
    assert Allocation.objects.count() == 2


def test_a_run_that_is_refused_draws_nothing(place: Property) -> None:
    # Given a draft with an open exception
    lease = let(place)
    bind(lease, make_tariff(place, rate="1000"))
    bind(lease, make_tariff(place, FeeCategory.PROPERTY, basis="headcount"))
    pay(account_of(lease), "1500")
    run = bill_run_draft(property=place, as_of=date(2026, 3, 1), source=RunSource.COMMAND, by=None, at=AT)

    # When
    with pytest.raises(Refused):
        bill_run_complete(run=run, by=None, at=AT)

    # Then
    assert not Allocation.objects.exists()


@pytest.fixture
def leases(place: Property) -> list[Tenure]:
    """Three leases with rent and a property fee, the latter due first."""
    made = [let(place, str(1601 + number)) for number in range(3)]
    rent, fee = make_tariff(place, rate="1000", due_days=20), make_tariff(place, FeeCategory.PROPERTY, "80.5")
    for lease in made:
        bind(lease, rent)
        bind(lease, fee)
    return made


MONEY = st.integers(1, 400_000).map(lambda fen: Decimal(fen) / 100)
DAYS = st.integers(0, 200).map(lambda number: date(2026, 1, 1) + timedelta(days=number))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    keeps=st.lists(st.booleans(), min_size=3, max_size=3),
    credits=st.lists(st.one_of(st.none(), st.tuples(MONEY, DAYS)), min_size=3, max_size=3),
    arrears=st.lists(st.one_of(st.none(), st.tuples(MONEY, DAYS)), min_size=3, max_size=3),
    months=st.lists(st.integers(3, 9), min_size=1, max_size=3, unique=True).map(sorted),
)
def test_whatever_was_paid_and_owed(
    leases: list[Tenure], keeps: list[bool], credits: list[Any], arrears: list[Any], months: list[int]
) -> None:
    # Given accounts with random credit and arrears; everything is taken back after each example
    with transaction.atomic():
        accounts = [account_of(lease) for lease in leases]
        tariff = Tariff.objects.filter(property_id=leases[0].property_id).order_by("pk")[0]
        for account, keep, credit, owed in zip(accounts, keeps, credits, arrears, strict=True):
            BillingAccount.objects.filter(pk=account.pk).update(uses_credit=not keep)
            if credit:
                pay(account, *credit)
            if owed:
                opening(account, tariff, owed[0], owed[1], date(2026, 1, 1))

        # When runs are issued month by month
        for month in months:
            issue(leases[0].property, date(2026, month, 1))

        # Then for each account
        for account, keep in zip(accounts, keeps, strict=True):
            charges = list(
                Charge.objects.filter(account=account)
                .order_by("due_date", "tariff__fee_item__priority", "pk")
                .annotate(paid=Sum("allocations__amount"))
            )
            paid = [charge.paid or ZERO for charge in charges]
            credit = Payment.objects.filter(account=account).aggregate(sum=Sum("amount"))["sum"] or ZERO
            owed = sum((charge.amount for charge in charges), ZERO)
            # as much is settled as there is of both, or nothing at all
            assert sum(paid, ZERO) == (ZERO if keep else min(credit, owed))
            # no charge gets more than it comes to
            assert all(have <= charge.amount for have, charge in zip(paid, charges, strict=True))
        # and no rule of the books is broken
        assert [finding.check.name for finding in verify() if finding.astray_count] == []
        transaction.set_rollback(True)


def test_the_order_holds_among_what_one_run_finds_open(leases: list[Tenure]) -> None:
    # Given credit for a part of what one run bills
    account = account_of(leases[0])
    pay(account, "2100")

    # When a run bills five months
    issue(leases[0].property, date(2026, 7, 1))

    # Then what is paid is a beginning of the line of charges in the order of the rules
    charges = list(
        Charge.objects.filter(account=account)
        .order_by("due_date", "tariff__fee_item__priority", "pk")
        .annotate(paid=Sum("allocations__amount"))
    )
    full = [charge.paid == charge.amount for charge in charges]
    part = [bool(charge.paid) and charge.paid < charge.amount for charge in charges]
    assert len(charges) == 10
    assert sum(part) <= 1
    assert full == sorted(full, reverse=True)
    assert all(charge.paid is None for charge in charges[full.count(True) + sum(part) :])


def test_whoever_is_billed_is_told_once_a_bill_and_one_event_goes_out(
    leases: list[Tenure], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given several leases, when their run is issued, then each bill has its notice and the property one event."""
    told: list[tuple[str, dict[str, int]]] = []
    monkeypatch.setattr("yuju.journeys.billing_cycle.publish", lambda topic, **ids: told.append((topic, ids)))
    place = leases[0].property
    run = issue(place, date(2026, 3, 1))
    bills = Bill.objects.filter(run=run).order_by("pk").values_list("pk", "number", "account__tenure__resident_id")
    assert bills
    notices = ResidentNotice.objects.order_by("about_id").values_list("about_id", "facts__number", "resident_id")
    assert list(notices) == list(bills)
    assert told == [("property_bills", {"id": place.pk})]


def test_a_draft_tells_nobody(place: Property) -> None:
    bill_run_draft(property=place, as_of=date(2026, 3, 1), source=RunSource.COMMAND, by=None, at=AT)
    assert not ResidentNotice.objects.exists()
