"""What people agree later about a stay, and what it makes of what was issued before."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from tests.support.billing_small import AT, Lease, issued, lease_of
from yuju.billing.models import BillingAccount, Charge, FreeSpan, RecurringCharge, Tariff, TariffVersion
from yuju.billing.services.fee_items import fee_items_ensure
from yuju.books.verification import verify
from yuju.journeys.billing_cycle import account_bill_complete
from yuju.journeys.lease_changes import free_span_add, occupants_change, rent_change, tenure_end_move
from yuju.kit.errors import Refused
from yuju.payments.choices import PaymentChannel
from yuju.payments.selectors import account_standing
from yuju.payments.services import payment_take
from yuju.premises.services import property_create
from yuju.residency.models import TenureTerm

pytestmark = pytest.mark.django_db
BY: dict[str, Any] = {"by": None, "at": AT, "reason": "双方约定"}


@pytest.fixture
def lease(operator: Any) -> Lease:
    """A lease over 2026 and 2027 without meters; January to March are billed: rent 4,000.00 and a fee of 175.00 a month."""
    here = property_create(code="here", name="青岚里公寓", by=None, at=AT)
    made = lease_of(here, 101)
    made.charges.pop("POWER").delete()
    issued(here, date(2026, 3, 1))
    return made


def account_of(lease: Lease) -> BillingAccount:
    found: BillingAccount = BillingAccount.objects.get(tenure=lease.tenure)
    return found


def by_rent(lease: Lease, rate: str | None = "4000") -> RecurringCharge:
    """The rent is the lease's own price (as a flat rent tariff has it)."""
    row: RecurringCharge = lease.charges["RENT"]
    RecurringCharge.objects.filter(pk=row.pk).update(rate=Decimal(rate) if rate else None)
    return row


def proved() -> None:
    assert [(one.check.name, one.astray) for one in verify() if one.astray_count] == []


class TestEnd:
    def test_an_earlier_end_gives_back_what_was_billed_beyond_it(self, lease: Lease) -> None:
        # Given everything is paid to the end of March
        payment_take(
            account=account_of(lease),
            amount=Decimal("12525.00"),
            channel=PaymentChannel.CASH,
            key=uuid4(),
            on=date(2026, 3, 2),
            by=None,
            at=AT,
        )
        # When the stay ends on 10 March
        changed = tenure_end_move(tenure=lease.tenure, end=date(2026, 3, 10), **BY)

        # Then 21 of 31 days come back: rent 4,000 × 10/31 = 1,290.32, fee 175 × 10/31 = 56.45
        assert sorted(one.amount for one in changed.adjustments) == [Decimal("-2709.68"), Decimal("-118.55")]
        assert changed.effect == Decimal("-2828.23")
        assert account_standing(account_of(lease)).credit == Decimal("2828.23")
        assert {row.end for row in RecurringCharge.objects.all()} == {date(2026, 3, 10)}
        proved()

    def test_an_extension_bills_on_and_prices_the_cut_period_again(self, lease: Lease) -> None:
        tenure_end_move(tenure=lease.tenure, end=date(2026, 3, 10), **BY)
        changed = tenure_end_move(tenure=lease.tenure, end=date(2026, 4, 10), **BY)
        assert changed.effect == Decimal("2828.23")
        account_bill_complete(account=account_of(lease), as_of=date(2026, 4, 30), by=None, at=AT)
        april = Charge.objects.get(tariff__code="RENT", start=date(2026, 4, 1))
        assert (april.end, april.amount) == (date(2026, 4, 10), Decimal("1333.33"))
        proved()

    @pytest.mark.parametrize("end", [date(2025, 12, 31), date(2025, 1, 1)])
    def test_an_end_before_the_start_is_refused_and_nothing_changes(self, lease: Lease, end: date) -> None:
        with pytest.raises(Refused) as refused:
            tenure_end_move(tenure=lease.tenure, end=end, **BY)
        assert refused.value.field == "end"
        lease.tenure.refresh_from_db()
        assert lease.tenure.end == date(2027, 12, 31)

    def test_a_stay_of_one_day_is_billed_one_day(self, lease: Lease) -> None:
        tenure_end_move(tenure=lease.tenure, end=date(2026, 1, 1), **BY)
        standing = account_standing(account_of(lease))
        # 4,000 × 1/31 + 175 × 1/31; February and March come to nothing
        assert standing.open == Decimal("129.03") + Decimal("5.65")
        proved()

    def test_it_cannot_run_into_the_next_lease(self, lease: Lease) -> None:
        tenure_end_move(tenure=lease.tenure, end=date(2026, 6, 30), **BY)
        other = lease_of(lease.tenure.property, 102)
        other.tenure.unit = lease.unit
        other.tenure.start = date(2026, 7, 1)
        other.tenure.save()
        with pytest.raises(Refused) as refused:
            tenure_end_move(tenure=lease.tenure, end=date(2026, 7, 1), **BY)
        assert refused.value.code == "overlap"

    def test_the_reason_is_asked(self, lease: Lease) -> None:
        with pytest.raises(Refused) as refused:
            tenure_end_move(tenure=lease.tenure, end=date(2026, 3, 10), reason=" ", by=None, at=AT)
        assert refused.value.code == "reason"
        lease.tenure.refresh_from_db()
        assert lease.tenure.end == date(2027, 12, 31)


class TestRent:
    def test_an_own_price_ends_the_day_before_and_goes_on_with_the_new_one(self, lease: Lease) -> None:
        row = by_rent(lease)
        changed = rent_change(tenure=lease.tenure, rent=Decimal("4400"), valid_from=date(2026, 3, 16), **BY)
        # The old price holds for 15 of March's 31 days; the new part is billed next: 4,400 × 16/31
        assert changed.effect == Decimal("-2064.52")
        account_bill_complete(account=account_of(lease), as_of=date(2026, 3, 31), by=None, at=AT)
        new = Charge.objects.filter(tariff__code="RENT", start=date(2026, 3, 16)).get()
        assert (new.end, new.amount) == (date(2026, 3, 31), Decimal("2270.97"))
        row.refresh_from_db()
        assert row.end == date(2026, 3, 15)
        assert RecurringCharge.objects.filter(tariff__code="RENT").order_by("start").last().end == date(2027, 12, 31)
        proved()

    def test_a_formula_takes_it_from_the_first_month_that_begins_then(self, lease: Lease) -> None:
        TariffVersion.objects.filter(tariff__code="FEE").update(formula="rent * 0.1", rate=None)
        lease.charges["FEE"].tariff.__class__.objects.filter(code="FEE").update(basis="formula")
        first = rent_change(tenure=lease.tenure, rent=Decimal("5000"), valid_from=date(2026, 3, 1), **BY)
        # The fee is a tenth of the rent now: 400.00 instead of 175.00, from March 500.00
        assert sorted(one.amount for one in first.adjustments) == [
            Decimal("225.00"),
            Decimal("225.00"),
            Decimal("325.00"),
        ]
        proved()

    def test_a_step_that_never_came_is_billed_nothing(self, lease: Lease) -> None:
        by_rent(lease)
        rent_change(tenure=lease.tenure, rent=Decimal("4400"), valid_from=date(2026, 4, 1), **BY)
        account_bill_complete(account=account_of(lease), as_of=date(2026, 4, 1), by=None, at=AT)
        assert Charge.objects.filter(amount=Decimal("4400.00")).count() == 1

        changed = tenure_end_move(tenure=lease.tenure, end=date(2026, 3, 31), **BY)

        assert changed.effect == Decimal("-4575.00")
        assert account_bill_complete(account=account_of(lease), as_of=date(2026, 5, 1), by=None, at=AT) is None
        proved()
        # And it comes to life again when the stay goes on, in place of the old price and not beside it
        assert tenure_end_move(tenure=lease.tenure, end=date(2026, 4, 30), **BY).effect == Decimal("4575.00")
        assert account_bill_complete(account=account_of(lease), as_of=date(2026, 5, 1), by=None, at=AT) is None
        proved()

    def test_an_end_long_before_the_step_and_back_again(self, lease: Lease) -> None:
        by_rent(lease)
        rent_change(tenure=lease.tenure, rent=Decimal("4400"), valid_from=date(2026, 6, 1), **BY)
        for end in (date(2026, 2, 10), date(2026, 6, 30)):
            tenure_end_move(tenure=lease.tenure, end=end, **BY)
        spans = RecurringCharge.objects.filter(tariff__code="RENT").order_by("start").values_list("start", "end")
        assert list(spans) == [(date(2026, 1, 1), date(2026, 5, 31)), (date(2026, 6, 1), date(2026, 6, 30))]

    def test_a_day_outside_the_stay_is_refused(self, lease: Lease) -> None:
        with pytest.raises(Refused) as refused:
            rent_change(tenure=lease.tenure, rent=Decimal(1), valid_from=date(2028, 1, 1), **BY)
        assert refused.value.code == "outside"


class TestFreeDays:
    def test_free_days_come_off_the_items_they_name_and_no_other(self, lease: Lease) -> None:
        rent = fee_items_ensure()["rent"]
        changed = free_span_add(tenure=lease.tenure, items=[rent], start=date(2026, 2, 15), end=date(2026, 3, 10), **BY)
        # 14 of February's 28 days, 10 of March's 31
        assert sorted(one.amount for one in changed.adjustments) == [Decimal("-2000.00"), Decimal("-1290.32")]
        assert {one.charge.tariff.code for one in changed.adjustments} == {"RENT"}
        proved()

    def test_days_are_free_once(self, lease: Lease) -> None:
        rent = fee_items_ensure()["rent"]
        days = {"start": date(2026, 2, 1), "end": date(2026, 2, 10)}
        free_span_add(tenure=lease.tenure, items=[rent], **days, **BY)
        with pytest.raises(Refused) as refused:
            free_span_add(tenure=lease.tenure, items=[rent], **days, **BY)
        assert refused.value.code == "overlap"
        assert FreeSpan.objects.count() == 1


def test_a_changed_number_of_occupants_keeps_the_rent(lease: Lease) -> None:
    occupants_change(tenure=lease.tenure, occupants=3, valid_from=date(2026, 2, 1), **BY)
    latest = TenureTerm.objects.filter(tenure=lease.tenure).latest("valid_from")
    assert (latest.rent, latest.occupants) == (Decimal(4000), 3)


def test_the_thirty_first_costs_nothing_by_thirty_days(lease: Lease) -> None:
    """Given January billed by thirty days, when the stay ends on the 30th, then nothing comes back and the books hold."""
    Tariff.objects.filter(code="RENT").update(proration="thirty")
    changed = tenure_end_move(tenure=lease.tenure, end=date(2026, 1, 30), **BY)
    january = Charge.objects.get(tariff__code="RENT", start=date(2026, 1, 1))
    assert january.pk not in [one.charge_id for one in changed.adjustments]
    proved()
