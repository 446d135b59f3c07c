"""Recurring charges: what fits together, what stays once it was billed, and what a preview says."""

from datetime import date
from decimal import Decimal

import pytest

from tests.support.billing_small import AT, issued, lease_of, read, tariffs_of
from yuju.billing.models import BillingCalendar, Charge
from yuju.billing.pricing.line import Priced
from yuju.billing.selectors.preview import next_charge
from yuju.billing.services.calendar import billing_calendar_set
from yuju.billing.services.recurring import (
    billed_through,
    recurring_charge_add,
    recurring_charge_change,
    recurring_charge_end,
)
from yuju.kit.errors import Refused
from yuju.premises.models import Property
from yuju.premises.services import property_create

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(operator) -> Property:
    return property_create(code="here", name="青岚里公寓", by=None, at=AT)


def changed(charge, **values):
    given = {"start": charge.start, "end": charge.end, "rate": charge.rate, "discount": charge.discount * 100}
    return recurring_charge_change(charge=charge, **{**given, **values}, by=None, at=AT)


def test_two_charges_on_one_meter_on_one_day_are_refused(place):
    lease = lease_of(place, 101)
    with pytest.raises(Refused) as refused:
        recurring_charge_add(
            tenure=lease.tenure,
            tariff=tariffs_of(place)["POWER"],
            point=lease.point,
            start=date(2026, 6, 1),
            by=None,
            at=AT,
        )
    assert refused.value.field == "start"


def test_the_next_tenant_may_have_the_meter_from_the_day_after(place):
    lease = lease_of(place, 101)
    recurring_charge_end(charge=lease.charges["POWER"], end=date(2026, 5, 31), by=None, at=AT)
    made = recurring_charge_add(
        tenure=lease.tenure,
        tariff=tariffs_of(place)["POWER"],
        point=lease.point,
        start=date(2026, 6, 1),
        by=None,
        at=AT,
    )
    assert made.end == lease.tenure.end


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"start": date(2025, 12, 31)}, "start"),
        ({"end": date(2028, 1, 1)}, "end"),
        ({"end": date(2025, 12, 1)}, "end"),
        ({"discount": Decimal("100.01")}, "discount"),
        ({"discount": Decimal(-1)}, "discount"),
        ({"rate": Decimal(-1)}, "rate"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(place, values, field):
    charge = lease_of(place, 101).charges["RENT"]
    with pytest.raises(Refused) as refused:
        changed(charge, **values)
    assert refused.value.field == field


def test_a_metered_tariff_needs_a_meter_of_the_unit(place):
    lease, other = lease_of(place, 101), lease_of(place, 102)
    given = {"tenure": lease.tenure, "start": date(2026, 2, 1), "by": None, "at": AT}
    with pytest.raises(Refused) as refused:
        recurring_charge_add(tariff=tariffs_of(place)["POWER"], **given)
    assert refused.value.field == "point"
    with pytest.raises(Refused) as refused:
        recurring_charge_add(tariff=tariffs_of(place)["POWER"], point=other.point, **given)
    assert refused.value.field == "point"
    with pytest.raises(Refused) as refused:
        recurring_charge_add(tariff=tariffs_of(place)["FEE"], point=lease.point, **given)
    assert refused.value.field == "point"


def test_once_billed_the_start_stays_and_the_end_cannot_cut_it(place):
    # Given rent billed through February
    charge = lease_of(place, 101).charges["RENT"]
    issued(place, date(2026, 2, 1))
    assert billed_through(charge) == date(2026, 2, 28)

    # When the start moves or the end falls into it, it is refused
    with pytest.raises(Refused) as refused:
        changed(charge, start=date(2026, 1, 15))
    assert refused.value.field == "start"
    with pytest.raises(Refused) as refused:
        changed(charge, end=date(2026, 2, 27))
    assert refused.value.field == "end"

    # Then it may end with what was billed
    assert changed(charge, end=date(2026, 2, 28)).end == date(2026, 2, 28)
    assert next_charge(charge) is None


def test_the_preview_is_what_the_next_run_bills(place):
    # Given one month billed, and a fee at a discount and a price of its own
    lease = lease_of(place, 101)
    charge = changed(lease.charges["FEE"], rate=Decimal("3.10"), discount=Decimal("12.5"))
    issued(place, date(2026, 1, 1))

    # When the preview is compared with the run after
    found = next_charge(charge)
    issued(place, date(2026, 2, 1))
    billed = Charge.objects.get(recurring=charge, start=date(2026, 2, 1))

    # Then it is the same, to the fen
    assert found is not None
    assert isinstance(found.price, Priced)
    assert (found.start, found.end, found.bill_date, found.due_date) == (
        billed.start, billed.end, billed.bill_date, billed.due_date
    )  # fmt: skip
    assert (found.price.gross, found.price.discount, found.price.amount) == (
        billed.gross, billed.discount, billed.amount
    )  # fmt: skip
    assert found.price.derivation.document() == billed.derivation


def test_the_preview_of_a_meter_is_its_first_unbilled_interval(place):
    lease = lease_of(place, 101)
    assert next_charge(lease.charges["POWER"]) is None
    read(lease, (date(2026, 1, 1), 100), (date(2026, 2, 1), 180), (date(2026, 3, 1), 260))
    issued(place, date(2026, 2, 1))
    found = next_charge(lease.charges["POWER"])
    assert found is not None
    assert (found.start, found.end) == (date(2026, 2, 1), date(2026, 3, 1))
    # 80 of the year's first 100 are used: 20 at 0.50, 60 at 0.80.
    assert found.price.amount == Decimal("58.00")


class TestCalendar:
    def given(self, place, **values):
        usual = {
            "is_on": True,
            "day": 25,
            "hour": 6,
            "approver": None,
            "issue_when_clean": False,
            "second_person": False,
            "today": date(2026, 11, 25),
        }
        return billing_calendar_set(property=place, **{**usual, **values}, by=None, at=AT)

    def test_it_drafts_from_the_day_it_is_turned_on(self, place):
        self.given(place, is_on=False, today=date(2026, 1, 1))
        assert self.given(place, today=date(2026, 6, 1)).since == date(2026, 6, 1)
        assert self.given(place, day=1, today=date(2026, 9, 1)).since == date(2026, 6, 1)
        assert BillingCalendar.objects.count() == 1

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"day": 29}, "day"),
            ({"hour": 24}, "hour"),
            ({"issue_when_clean": True, "second_person": True}, "issue_when_clean"),
        ],
    )
    def test_what_contradicts_itself_is_refused(self, place, values, field):
        with pytest.raises(Refused) as refused:
            self.given(place, **values)
        assert refused.value.field == field

    def test_who_may_not_issue_cannot_decide(self, place):
        from yuju.identity.choices import Role
        from yuju.identity.services import user_create

        guard = user_create(
            username="guard", name="门卫", password="long enough to do", postings=[(Role.GUARD, None)], by=None, at=AT
        )
        with pytest.raises(Refused) as refused:
            self.given(place, approver=guard)
        assert refused.value.field == "approver"
