"""Readings on which bills stand."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.support.stays import AT, bind, make_lease, make_meter, make_property, make_tariff, make_unit, run_bills
from yuju.billing.models import Charge
from yuju.journeys.readings import meter_correct, reading_correct, reading_enter
from yuju.kit.errors import Refused
from yuju.metering.models import Meter, Reading

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("operator")]

SEP, OCT, NOV = date(2026, 9, 30), date(2026, 10, 31), date(2026, 11, 24)


@pytest.fixture
def meter(operator: Any) -> Meter:
    """A water meter read three times; its September–October consumption is billed."""
    place = make_property()
    unit = make_unit(place)
    meter = make_meter(place, unit)
    lease = make_lease(unit)
    bind(lease, make_tariff(place, "water", "5", basis="metered"), point=meter.installations.get().point)
    for day, value in ((SEP, 100), (OCT, 112)):
        enter(meter, day, value)
    run_bills(place, OCT)
    assert Charge.objects.get().amount == Decimal(60)
    enter(meter, NOV, 130)
    return meter


def enter(meter: Meter, day: date, value: int) -> Reading:
    return reading_enter(meter=meter, date=day, value=Decimal(value), by=None, at=AT)


def correct(meter: Meter, day: date, value: int | None, **given: Any) -> Reading:
    old = Reading.objects.get(meter=meter, date=day, superseded_by=None)
    new = None if value is None else Decimal(value)
    return reading_correct(reading=old, value=new, reason="看错一位", by=None, at=AT, **given)


@pytest.mark.parametrize("day", [SEP, OCT])
def test_a_billed_reading_stays_and_its_bill_is_named(meter: Meter, day: date) -> None:
    bill = Charge.objects.get().bill
    with pytest.raises(Refused, match=str(bill)) as refusal:
        correct(meter, day, 111)
    assert refusal.value.code == "billed"
    assert Reading.objects.count() == 3


def test_no_reading_comes_between_billed_ones(meter: Meter) -> None:
    with pytest.raises(Refused) as refusal:
        enter(meter, date(2026, 10, 15), 105)
    assert refusal.value.code == "billed"


def test_a_reading_that_nothing_stands_on_is_superseded(meter: Meter) -> None:
    new = correct(meter, NOV, 120)
    run_bills(meter.property)
    charge = Charge.objects.latest("pk")
    assert (charge.reading_id, charge.amount) == (new.pk, Decimal(40))


def test_a_draft_holds_its_readings_until_it_is_dropped(meter: Meter) -> None:
    run_bills(meter.property, issue=False)
    with pytest.raises(Refused, match="2"):
        correct(meter, NOV, 120)


def test_a_day_cannot_move_into_what_was_billed(meter: Meter) -> None:
    with pytest.raises(Refused):
        correct(meter, NOV, 130, date=date(2026, 10, 30))


def test_a_billed_meter_keeps_its_multiplier(meter: Meter) -> None:
    with pytest.raises(Refused) as refusal:
        meter_correct(meter=meter, serial="S", multiplier=Decimal(2), digits=6, by=None, at=AT)
    assert refusal.value.field == "multiplier"
    assert meter_correct(meter=meter, serial="S-9", multiplier=Decimal(1), digits=6, by=None, at=AT).serial == "S-9"
