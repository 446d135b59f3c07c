"""What a posted charge comes to by now: adjustments, what they release, and charges priced again."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from tests.support.billing_small import AT, issued, lease_of
from yuju.billing.choices import AdjustmentKind
from yuju.billing.models import Adjustment, Bill, BillingAccount, Charge, RecurringCharge
from yuju.books.verification import verify
from yuju.kit.errors import Refused
from yuju.payments.choices import PaymentChannel
from yuju.payments.models import Allocation, SettledBill
from yuju.payments.selectors import account_standing, bills_with_open, open_charges
from yuju.payments.services import account_reprice, charge_adjust, payment_take
from yuju.premises.models import Property
from yuju.premises.services import property_create
from yuju.residency.models import TenureTerm

pytestmark = pytest.mark.django_db
TODAY = date(2026, 2, 5)


@pytest.fixture
def account(operator: Any) -> BillingAccount:
    """A lease with bills of January and February: rent 4,000.00 and a fee of 175.00 a month."""
    here = property_create(code="here", name="青岚里公寓", by=None, at=AT)
    lease_of(here, 101)
    issued(here, date(2026, 2, 1))
    return BillingAccount.objects.get()


def rent_of(account: BillingAccount, month: int) -> Charge:
    found: Charge = Charge.objects.get(account=account, tariff__code="RENT", start=date(2026, month, 1))
    return found


def adjust(charge: Charge, amount: str, **given: Any) -> Adjustment:
    values: dict[str, Any] = {"kind": AdjustmentKind.WAIVER, "reason": "电梯停运补偿", "by": None, "at": AT, **given}
    return charge_adjust(charge=charge, amount=Decimal(amount), **values)


def pay(account: BillingAccount, amount: str) -> None:
    payment_take(
        account=account,
        amount=Decimal(amount),
        channel=PaymentChannel.CASH,
        key=uuid4(),
        on=TODAY,
        by=None,
        at=AT,
    )


def proved() -> None:
    assert [(one.check.name, one.astray) for one in verify() if one.astray_count] == []


def test_less_is_owed_after_a_waiver_and_the_charge_itself_stays(account: BillingAccount) -> None:
    charge = rent_of(account, 1)
    before = account_standing(account).open

    adjust(charge, "-300.00")

    assert account_standing(account).open == before - 300
    assert next(one.open for one in open_charges(account) if one.charge == charge) == Decimal("3700.00")
    charge.refresh_from_db()
    assert charge.amount == Decimal("4000.00")
    bill = bills_with_open(Bill.objects.filter(pk=charge.bill_id)).get()
    assert (bill.adjusted, bill.open) == (Decimal("-300.00"), bill.total - 300)
    proved()


def test_what_was_paid_too_much_is_released_from_the_newest_allocation_to_credit(account: BillingAccount) -> None:
    """Billing rules, “Changes”: an adjustment below zero first releases that charge's newest allocations to credit."""
    charge = rent_of(account, 1)
    pay(account, "1000.00")
    pay(account, "7350.00")
    assert account_standing(account).open == 0

    adjust(charge, "-500.00")

    releases = Allocation.objects.filter(charge=charge, releases__isnull=False)
    assert [(one.amount, one.payment.amount) for one in releases] == [(Decimal("-500.00"), Decimal("7350.00"))]
    standing = account_standing(account)
    assert (standing.open, standing.credit) == (0, Decimal("500.00"))
    proved()


def test_a_bill_is_settled_once_nothing_of_it_is_open_and_opens_again_when_more_is_owed(
    account: BillingAccount,
) -> None:
    charge = rent_of(account, 1)
    adjust(charge, "-4000.00")
    fee = Charge.objects.get(bill_id=charge.bill_id, tariff__code="FEE")
    assert not SettledBill.objects.filter(bill_id=charge.bill_id).exists()

    adjust(fee, "-175.00")
    assert SettledBill.objects.filter(bill_id=charge.bill_id).exists()

    adjust(fee, "25.00")
    assert not SettledBill.objects.filter(bill_id=charge.bill_id).exists()
    proved()


@pytest.mark.parametrize(
    ("amount", "reason", "code"), [("-4000.01", "多收", "amount"), ("0", "多收", "amount"), ("-1", " ", "reason")]
)
def test_what_cannot_be_is_refused_in_words(account: BillingAccount, amount: str, reason: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        adjust(rent_of(account, 1), amount, reason=reason)
    assert refused.value.code == code
    assert not Adjustment.objects.exists()


def test_asking_twice_adjusts_once(account: BillingAccount) -> None:
    key = uuid4()
    first = adjust(rent_of(account, 1), "-10.00", key=key)
    assert adjust(rent_of(account, 1), "-10.00", key=key) == first
    with pytest.raises(Refused):
        adjust(rent_of(account, 2), "-10.00", key=key)


def test_the_database_refuses_what_goes_round_the_service(account: BillingAccount) -> None:
    charge = rent_of(account, 1)
    pay(account, "8350.00")
    values = {"property_id": charge.property_id, "charge": charge, "kind": "waiver", "reason": "x", "at": AT}
    with pytest.raises(IntegrityError, match="adjustment_above_settled|settled for more"), transaction.atomic():
        Adjustment.objects.create(amount=Decimal("-1.00"), **values)
    with pytest.raises(IntegrityError, match="cannot be adjusted"), transaction.atomic():
        Adjustment.objects.create(amount=Decimal("-4000.01"), **values)
    made = adjust(charge, "-1.00")
    with pytest.raises(ProgrammingError, match="posted"), transaction.atomic():
        made.delete()
    with pytest.raises(ProgrammingError, match="posted"), transaction.atomic():
        Adjustment.objects.filter(pk=made.pk).update(amount=-2)


class TestPricedAgain:
    def test_an_earlier_end_prices_what_reaches_beyond_it_again(self, account: BillingAccount) -> None:
        # Given January and February are billed, when the charges end on 14 February
        RecurringCharge.objects.filter(account=account, point=None).update(end=date(2026, 2, 14))

        made = account_reprice(account=account, reason="提前退租", by=None, at=AT)

        # Then February comes to 14 of 28 days, to the fen, and January stays as it is
        assert {(one.charge.tariff.code, one.charge.start.month, one.amount) for one in made} == {
            ("RENT", 2, Decimal("-2000.00")),
            ("FEE", 2, Decimal("-87.50")),
        }
        assert all(one.derivation["parts"][0]["p"] == [[14, 28]] for one in made)
        proved()
        # And doing it again posts nothing more
        assert account_reprice(account=account, reason="提前退租", by=None, at=AT) == []

    def test_a_period_wholly_behind_the_end_comes_to_nothing(self, account: BillingAccount) -> None:
        RecurringCharge.objects.filter(account=account, point=None).update(end=date(2026, 1, 31))
        pay(account, "8350.00")

        made = account_reprice(account=account, reason="提前退租", by=None, at=AT)

        assert {one.amount for one in made} == {Decimal("-4000.00"), Decimal("-175.00")}
        assert all(one.derivation == {} for one in made)
        assert account_standing(account).credit == Decimal("4175.00")
        proved()

    def test_an_end_that_moves_back_is_priced_back(self, account: BillingAccount) -> None:
        charges = RecurringCharge.objects.filter(account=account, tariff__code="RENT")
        charges.update(end=date(2026, 2, 14))
        account_reprice(account=account, reason="提前退租", by=None, at=AT)
        charges.update(end=date(2027, 12, 31))

        (made,) = account_reprice(account=account, reason="不退了", by=None, at=AT)

        assert made.amount == Decimal("2000.00")
        proved()

    def test_a_waiver_goes_down_to_what_is_left(self, account: BillingAccount) -> None:
        charge = rent_of(account, 2)
        adjust(charge, "-3000.00")
        RecurringCharge.objects.filter(account=account, tariff__code="RENT").update(end=date(2026, 2, 7))

        made = account_reprice(account=account, reason="提前退租", by=None, at=AT)

        assert [(one.kind, one.amount) for one in made] == [
            ("waiver", Decimal("2000.00")),
            ("price", Decimal("-3000.00")),
        ]
        assert next((one.open for one in open_charges(account) if one.charge == charge), Decimal(0)) == 0
        proved()

    def test_what_cannot_be_priced_any_more_is_told(self, account: BillingAccount) -> None:
        account.tenure.unit.facts.update(area=None)
        with pytest.raises(Refused, match="面积|area"):
            account_reprice(account=account, reason="面积改正", by=None, at=AT)

    def test_terms_that_charges_do_not_use_change_nothing(self, account: BillingAccount) -> None:
        TenureTerm.objects.filter(tenure=account.tenure).update(occupants=5)
        assert account_reprice(account=account, reason="入住人数", by=None, at=AT) == []


def test_every_property_is_proved_apart(account: BillingAccount) -> None:
    adjust(rent_of(account, 1), "-1.00")
    here = Property.objects.get()
    assert all(not one.astray_count for one in verify(property_id=here.pk))
