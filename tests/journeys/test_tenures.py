"""Letting a unit, and what may change once bills stand on it."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.support.stays import (
    AT,
    bind,
    make_lease,
    make_meter,
    make_property,
    make_resident,
    make_tariff,
    make_unit,
    run_bills,
)
from yuju.billing.models import BillingAccount, Charge, RecurringCharge
from yuju.journeys.tenures import tenure_open, tenure_revise
from yuju.kit import search
from yuju.kit.errors import Refused
from yuju.premises.models import ALWAYS
from yuju.residency.choices import Category, TenureKind
from yuju.residency.models import Tenure, TenureTerm

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("operator")]


def revise(tenure: Tenure, **given: Any) -> Tenure:
    term = TenureTerm.objects.filter(tenure=tenure).latest("valid_from")
    names = ("number", "category", "start", "end", "deposit")
    values = {name: getattr(tenure, name) for name in names} | {"rent": term.rent, "occupants": term.occupants}
    return tenure_revise(tenure=tenure, **{**values, **given}, by=None, at=AT)


def test_a_lease_has_its_number_terms_account_and_keys() -> None:
    unit = make_unit(make_property())
    lease = make_lease(unit, occupants=2)
    assert lease.number == "HT-2026-0001"
    assert BillingAccount.objects.get(tenure=lease).property_id == unit.property_id
    term = TenureTerm.objects.get(tenure=lease)
    assert (term.valid_from, term.rent, term.occupants) == (ALWAYS, Decimal(4850), 2)
    assert [hit.object_id for hit in search.find("HT-2026-0001", ["lease"])] == [lease.pk]
    assert [hit.object_id for hit in search.find("3栋1602", ["resident"])] == [lease.resident_id]


@pytest.mark.parametrize("end", [date(2027, 2, 28), date(2026, 3, 1)])
def test_no_unit_is_let_twice_on_one_day(end: date) -> None:
    unit = make_unit(make_property())
    make_lease(unit, number="HT-1", end=end)
    with pytest.raises(Refused) as refusal:
        make_lease(unit, make_resident(unit.property, "王建业"), start=end, end=date(2028, 1, 1))
    assert refusal.value.field == "start"
    assert "HT-1" in str(refusal.value)
    assert BillingAccount.objects.count() == 1


def test_a_lease_in_an_owned_unit_is_no_overlap() -> None:
    unit = make_unit(make_property())
    owner = make_resident(unit.property, "赵欣然", category=Category.OWNER)
    owned = tenure_open(
        kind=TenureKind.OWNERSHIP, unit=unit, resident=owner, start=date(2020, 1, 1), end=None, by=None, at=AT
    )
    assert (owned.category, owned.number) == (Category.OWNER, "CQ-2020-0001")
    make_lease(unit)
    with pytest.raises(Refused):
        tenure_open(
            kind=TenureKind.OWNERSHIP, unit=unit, resident=owner, start=date(2026, 1, 1), end=None, by=None, at=AT
        )


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"end": date(2026, 2, 28)}, "end"),
        ({"end": None}, "end"),
        ({"rent": Decimal(-1)}, "rent"),
        ({"deposit": Decimal(-1)}, "deposit"),
        ({"category": Category.OWNER}, "category"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(given: dict[str, Any], field: str) -> None:
    unit = make_unit(make_property())
    with pytest.raises(Refused) as refusal:
        make_lease(unit, **given)
    assert refusal.value.field == field
    assert not Tenure.objects.exists()


def test_a_taken_number_is_said() -> None:
    place = make_property()
    make_lease(make_unit(place, "1601"), number="HT-1")
    with pytest.raises(Refused) as refusal:
        make_lease(make_unit(place, "1602"), make_resident(place, "王建业"), number="HT-1")
    assert refusal.value.field == "number"


def test_the_tariffs_chosen_bill_from_the_first_to_the_last_day() -> None:
    # Given a unit with a water meter
    place = make_property()
    unit = make_unit(place)
    meter = make_meter(place, unit)
    rent, water = make_tariff(place), make_tariff(place, "water", "5", basis="metered")

    # When it is let
    lease = make_lease(unit, tariffs=[rent, water])

    # Then the rent agreed is the price, and the meter is the lease's
    bound = {one.tariff_id: one for one in RecurringCharge.objects.filter(account__tenure=lease)}
    assert {(one.start, one.end) for one in bound.values()} == {(lease.start, lease.end)}
    assert bound[rent.pk].rate == Decimal(4850)
    assert bound[water.pk].point_id == meter.installations.get().point_id


def test_a_metered_tariff_without_a_meter_is_refused_and_nothing_is_let() -> None:
    place = make_property()
    with pytest.raises(Refused) as refusal:
        make_lease(make_unit(place), tariffs=[make_tariff(place, "water", "5", basis="metered")])
    assert refusal.value.field == "tariffs"
    assert not Tenure.objects.exists()


class TestBilled:
    """A lease billed from March to November 2026."""

    @pytest.fixture
    def lease(self, operator: Any) -> Tenure:
        unit = make_unit(make_property())
        lease = make_lease(unit)
        bind(lease, make_tariff(unit.property))
        run_bills(unit.property)
        assert Charge.objects.count() == 9
        return lease

    def test_its_start_stays(self, lease: Tenure) -> None:
        with pytest.raises(Refused, match="2026-03-01") as refusal:
            revise(lease, start=date(2026, 3, 2))
        assert (refusal.value.field, refusal.value.code) == ("start", "billed")

    def test_its_end_stays_behind_what_was_billed(self, lease: Tenure) -> None:
        with pytest.raises(Refused, match="2026-11-30") as refusal:
            revise(lease, end=date(2026, 11, 29))
        assert (refusal.value.field, refusal.value.code) == ("end", "billed")
        lease.refresh_from_db()
        revise(lease, end=date(2026, 11, 30))

    def test_its_recurring_charges_end_with_it(self, lease: Tenure) -> None:
        revise(lease, end=date(2027, 8, 31))
        assert RecurringCharge.objects.get().end == date(2027, 8, 31)
        revise(lease, end=date(2026, 12, 31))
        assert RecurringCharge.objects.get().end == date(2026, 12, 31)

    def test_a_new_rent_holds_from_its_day(self, lease: Tenure) -> None:
        revise(lease, rent=Decimal(5000), valid_from=date(2026, 12, 1))
        rents = TenureTerm.objects.filter(tenure=lease).order_by("valid_from").values_list("rent", flat=True)
        assert list(rents) == [Decimal(4850), Decimal(5000)]


def test_terms_a_charge_was_worked_out_with_stay() -> None:
    # Given a lease billed by headcount up to the end of November
    unit = make_unit(make_property())
    lease = make_lease(unit, occupants=2)
    bind(lease, make_tariff(unit.property, "other", "30", basis="headcount"))
    run_bills(unit.property)

    # When the number is corrected for all time, then only from a day that is not billed
    with pytest.raises(Refused, match="2026-11-30") as refusal:
        revise(lease, occupants=3)
    assert refusal.value.field == "valid_from"
    revise(lease, occupants=3, valid_from=date(2026, 12, 1))
    assert TenureTerm.objects.filter(tenure=lease).count() == 2


def test_a_lease_not_billed_moves_with_its_recurring_charges() -> None:
    unit = make_unit(make_property())
    lease = make_lease(unit)
    bind(lease, make_tariff(unit.property))
    revise(lease, start=date(2026, 4, 1), end=date(2027, 3, 31))
    moved = RecurringCharge.objects.get()
    assert (moved.start, moved.end) == (date(2026, 4, 1), date(2027, 3, 31))
