"""Readings: what is refused, what takes another's place, what was consumed."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from tests.support.stays import AT, TODAY, make_meter, make_property, make_unit
from yuju.kit import search
from yuju.kit.errors import Refused
from yuju.metering.choices import ReadingSource
from yuju.metering.models import Installation, Meter, Reading
from yuju.metering.selectors import Anomaly, reading_lines, reading_round
from yuju.metering.services import meter_change, meter_replace, reading_record, reading_supersede

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("operator")]


def record(meter: Meter, day: date, value: str, **given: Any) -> Reading:
    return reading_record(
        meter=meter, date=day, value=Decimal(value), source=ReadingSource.FORM, by=None, at=AT, **given
    )


def month(number: int) -> date:
    return date(2026, number, 1)


@pytest.fixture
def meter(operator: Any) -> Meter:
    place = make_property()
    return make_meter(place, make_unit(place), serial="S-31602", digits=4)


def test_a_meter_is_found_by_its_number_and_its_room(meter: Meter) -> None:
    for query in ("S-31602", "31602", "3栋1602"):
        assert [hit.object_id for hit in search.find(query, ["meter"])] == [meter.pk], query


@pytest.mark.parametrize(
    ("day", "value", "given", "field", "code"),
    [
        (month(5), "120", {}, "date", "read_already"),
        (month(6), "119.9", {}, "value", "backwards"),
        (month(6), "10000", {}, "value", "refused"),
        (month(6), "-1", {}, "value", "refused"),
        (month(6), "130", {"is_rollover": True}, "is_rollover", "refused"),
        (date(2026, 11, 26), "130", {}, "date", "refused"),
        (month(4), "121", {}, "value", "refused"),
    ],
)
def test_a_reading_that_cannot_be_is_refused(
    meter: Meter, day: date, value: str, given: dict[str, Any], field: str, code: str
) -> None:
    record(meter, month(3), "100")
    record(meter, month(5), "120")
    with pytest.raises(Refused) as refusal:
        record(meter, day, value, **given)
    assert (refusal.value.field, refusal.value.code) == (field, code)
    assert Reading.objects.count() == 2


def test_past_the_highest_number_the_counter_begins_anew(meter: Meter) -> None:
    record(meter, month(3), "9990")
    record(meter, month(4), "12", is_rollover=True)
    assert [line.consumption for line in reading_lines(meter)] == [Decimal(22), None]


def test_a_wrong_reading_stays_beside_the_one_in_its_place(meter: Meter) -> None:
    # Given
    record(meter, month(3), "100")
    wrong = record(meter, month(4), "461.3")

    # When
    right = reading_supersede(reading=wrong, value=Decimal("421.3"), reason="看错一位", by=None, at=AT)

    # Then
    wrong.refresh_from_db()
    assert (wrong.value, wrong.superseded_by_id) == (Decimal("461.3"), right.pk)
    lines = reading_lines(meter)
    assert [(line.reading.pk, line.stands) for line in lines] == [
        (right.pk, True),
        (wrong.pk, False),
        (lines[2].reading.pk, True),
    ]
    assert lines[0].consumption == Decimal("321.3")
    assert lines[1].successor == right
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_reading_of_another_day_is_moved(meter: Meter) -> None:
    wrong = record(meter, month(4), "100")
    reading_supersede(reading=wrong, value=Decimal(100), date=month(3), reason="日期错", by=None, at=AT)
    assert [line.reading.date for line in reading_lines(meter) if line.stands] == [month(3)]


def test_a_reading_may_be_taken_away(meter: Meter) -> None:
    record(meter, month(3), "100")
    wrong = record(meter, month(4), "400")
    record(meter, month(5), "420")
    reading_supersede(reading=wrong, value=None, reason="不是这块表", by=None, at=AT)
    assert [line.consumption for line in reading_lines(meter) if line.stands] == [Decimal(320), None]


def test_a_reading_gives_way_once_and_for_a_reason(meter: Meter) -> None:
    wrong = record(meter, month(3), "100")
    with pytest.raises(Refused) as refusal:
        reading_supersede(reading=wrong, value=Decimal(99), reason=" ", by=None, at=AT)
    assert refusal.value.field == "reason"
    reading_supersede(reading=wrong, value=Decimal(99), reason="看错", by=None, at=AT)
    with pytest.raises(Refused) as refusal:
        reading_supersede(reading=wrong, value=Decimal(98), reason="看错", by=None, at=AT)
    assert refusal.value.code == "superseded"


def test_a_correction_that_leaves_the_next_one_backwards_is_refused(meter: Meter) -> None:
    wrong = record(meter, month(3), "100")
    record(meter, month(4), "110")
    with pytest.raises(Refused, match="2026-04-01"):
        reading_supersede(reading=wrong, value=Decimal(111), reason="看错", by=None, at=AT)


def test_what_was_wrong_before_does_not_hold_a_correction_up(meter: Meter) -> None:
    # Given two readings brought in that both go backwards
    for day, value in ((month(3), 100), (month(4), 50), (month(5), 40)):
        Reading.objects.create(
            property=meter.property, meter=meter, date=day, value=value, source=ReadingSource.WORKBOOK
        )
    second, third = Reading.objects.filter(date__gte=month(4)).order_by("date")

    # When both are put right, one after the other
    reading_supersede(reading=second, value=Decimal(110), reason="少一位", by=None, at=AT)
    reading_supersede(reading=third, value=Decimal(120), reason="少一位", by=None, at=AT)

    # Then
    assert [line.consumption for line in reading_lines(meter) if line.stands] == [Decimal(10), Decimal(10), None]


def test_odd_intervals_are_marked(meter: Meter) -> None:
    for number, value in enumerate((100, 110, 121, 130, 200), start=3):
        record(meter, month(number), str(value))
    Reading.objects.create(property=meter.property, meter=meter, date=month(8), value=1, source=ReadingSource.WORKBOOK)
    anomalies = [line.anomaly for line in reading_lines(meter)]
    assert anomalies == [Anomaly.BACKWARDS, Anomaly.SPIKE, None, None, None, None]


def test_a_replaced_meter_closes_and_the_new_one_opens_without_consumption(meter: Meter) -> None:
    record(meter, month(3), "100")
    new = meter_replace(
        meter=meter,
        on=month(6),
        last_value=Decimal(130),
        serial="S-2",
        first_value=Decimal(3),
        by=None,
        at=AT,
    )
    record(new, month(7), "13")
    assert [line.consumption for line in reading_lines(meter)] == [Decimal(30), None]
    assert [line.consumption for line in reading_lines(new)] == [Decimal(10), None]
    assert Installation.objects.get(meter=meter).point == Installation.objects.get(meter=new).point
    with pytest.raises(Refused):
        record(meter, month(8), "140")
    with pytest.raises(Refused) as refusal:
        meter_replace(
            meter=meter, on=month(9), last_value=Decimal(140), serial="S-3", first_value=Decimal(0), by=None, at=AT
        )
    assert refusal.value.code == "not_installed"


def test_a_replacement_refused_half_way_changes_nothing(meter: Meter) -> None:
    record(meter, month(3), "100")
    with pytest.raises(Refused):
        meter_replace(
            meter=meter,
            on=month(6),
            last_value=Decimal(130),
            serial=meter.serial,
            first_value=Decimal(3),
            by=None,
            at=AT,
        )
    assert Reading.objects.count() == 1
    assert Installation.objects.get().end is None


def test_digits_are_not_fewer_than_those_read(meter: Meter) -> None:
    record(meter, month(3), "9990")
    with pytest.raises(Refused) as refusal:
        meter_change(meter=meter, serial="S", multiplier=Decimal(1), digits=3, by=None, at=AT)
    assert refusal.value.field == "digits"


def test_the_round_tells_the_last_reading_and_the_usual_a_day(meter: Meter) -> None:
    # Given 10 m³ in each of three months of 31, 30 and 31 days
    for number, value in ((5, 100), (6, 110), (7, 120), (8, 130)):
        record(meter, month(number), str(value))
    other = make_meter(meter.property, serial="A-1")

    # When
    stops = reading_round(meter.property_id)

    # Then the meter of a unit comes first, that of the building last
    assert [stop.serial for stop in stops] == ["S-31602", other.serial]
    assert (stops[0].unit, stops[0].last_date, stops[0].last_value) == ("3栋1602", month(8), Decimal(130))
    assert stops[0].usual is not None
    assert round(stops[0].usual * 92) == 30
    assert stops[1].last_date is None


def test_a_reading_is_kept_by_the_database(meter: Meter) -> None:
    kept = record(meter, month(3), "100")
    with pytest.raises(Exception, match="kept as it was read"), transaction.atomic():
        Reading.objects.filter(pk=kept.pk).update(value=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Reading.objects.create(property=meter.property, meter=meter, date=month(3), value=1, source="form")
    assert record(meter, TODAY, "101").value == 101
