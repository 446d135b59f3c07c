"""What metering can tell: the intervals of a meter, and the round of a property's meters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db import connection

from yuju.metering.models import Installation, Meter, Reading

USUAL_INTERVALS = 6
SPIKE = Decimal(3)
"""So many times the usual consumption a day is unusual."""


class Anomaly(StrEnum):
    """What is odd about an interval; the first two keep it from being billed."""

    BACKWARDS = "backwards"
    ROLLOVER_NOT_BELOW = "rollover_not_below"
    SPIKE = "spike"


@dataclass(frozen=True)
class ReadingLine:
    """A reading on its meter's page.

    Attributes:
        consumption: since the reading before in the same place, in kWh or m³; None for the first one, for a
            superseded one, and where it cannot be told.
        days: the days of that interval.
        anomaly: what is odd about it, if anything.
        successor: the reading that took its place.
    """

    reading: Reading
    consumption: Decimal | None = None
    days: int | None = None
    anomaly: Anomaly | None = None
    successor: Reading | None = None

    @property
    def per_day(self) -> Decimal | None:
        return self.consumption / self.days if self.consumption is not None and self.days else None

    @property
    def stands(self) -> bool:
        return self.reading.superseded_by_id is None and not self.reading.is_void


def reading_lines(meter: Meter) -> list[ReadingLine]:
    """Every reading of a meter, the latest first, with what was consumed since the one before. Two statements."""
    readings = list(Reading.objects.filter(meter=meter).select_related("read_by").order_by("date", "pk"))
    places = list(Installation.objects.filter(meter=meter).order_by("start"))
    by_id = {one.pk: one for one in readings}
    lines: dict[int, ReadingLine] = {}
    for place in places or [Installation()]:
        _fill_place(lines, meter, [one for one in readings if _within(place, one.date)])
    found = [
        lines.get(one.pk) or ReadingLine(one, successor=by_id.get(one.superseded_by_id or 0))
        for one in readings
        if not one.is_void
    ]
    return found[::-1]


def _within(place: Installation, day: date) -> bool:
    return (place.start is None or day >= place.start) and (place.end is None or day <= place.end)


def _fill_place(lines: dict[int, ReadingLine], meter: Meter, readings: list[Reading]) -> None:
    previous: Reading | None = None
    rates: list[Decimal] = []
    for one in readings:
        if one.superseded_by_id is not None or one.is_void:
            continue
        if previous is None:
            lines.setdefault(one.pk, ReadingLine(one))
        else:
            days = (one.date - previous.date).days
            consumption, anomaly = consumed(previous.value, one.value, one.is_rollover, meter.multiplier, meter.digits)
            if consumption is not None:
                rate = consumption / max(days, 1)
                if is_spike(rate, rates):
                    anomaly = Anomaly.SPIKE
                rates.append(rate)
            lines[one.pk] = ReadingLine(one, consumption, days, anomaly)
        previous = one


def consumed(
    previous: Decimal, value: Decimal, is_rollover: bool, multiplier: Decimal, digits: int
) -> tuple[Decimal | None, Anomaly | None]:
    """What was consumed between two readings of a meter in one place (billing rules, “Metered consumption”)."""
    if value < previous and not is_rollover:
        return None, Anomaly.BACKWARDS
    if value >= previous and is_rollover:
        return None, Anomaly.ROLLOVER_NOT_BELOW
    return (value - previous + (Decimal(10).scaleb(digits - 1) if is_rollover else 0)) * multiplier, None


def is_spike(rate: Decimal, rates: Sequence[Decimal]) -> bool:
    """Whether a consumption a day is far above that of the last intervals; three at least are needed to tell."""
    last = rates[-USUAL_INTERVALS:]
    total = sum(last, Decimal(0))
    return len(last) >= 3 and total > 0 and rate * len(last) > SPIKE * total


@dataclass(frozen=True)
class RoundStop:
    """A meter on a reading round.

    Attributes:
        unit: the unit it measures, or empty.
        last_date, last_value: its latest reading.
        usual: the usual consumption a day of the last intervals, in kWh or m³; None while too few.
    """

    meter_id: int
    serial: str
    kind: str
    multiplier: Decimal
    digits: int
    unit: str
    last_date: date | None
    last_value: Decimal | None
    usual: Decimal | None


_ROUND = """
SELECT m.id, m.serial, m.kind, m.multiplier, m.digits, coalesce(u.label, ''), r.last_date, r.last_value, r.usual
FROM metering_meter m
JOIN metering_installation i ON i.meter_id = m.id AND i.end IS NULL
JOIN metering_meteringpoint p ON p.id = i.point_id
LEFT JOIN premises_unit u ON u.id = p.unit_id
LEFT JOIN LATERAL (
    SELECT max(date) AS last_date, (array_agg(value ORDER BY date DESC))[1] AS last_value,
        CASE WHEN count(*) >= 4 AND max(date) > min(date) AND bool_and(not_backwards)
            THEN sum(consumption) / (max(date) - min(date)) END AS usual
    FROM (
        SELECT date, value,
            coalesce((value - lag(value) OVER w + CASE WHEN is_rollover THEN power(10::numeric, m.digits) ELSE 0 END)
                * m.multiplier, 0) AS consumption,
            coalesce(is_rollover OR value >= lag(value) OVER w, true) AS not_backwards
        FROM (
            SELECT date, value, is_rollover FROM metering_reading
            WHERE operator_id = m.operator_id AND meter_id = m.id AND superseded_by_id IS NULL AND NOT is_void
                AND (i.start IS NULL OR date >= i.start)
            ORDER BY date DESC LIMIT 7
        ) AS latest
        WINDOW w AS (ORDER BY date)
    ) AS intervals
) AS r ON true
WHERE m.property_id = %(property)s AND (%(kind)s = '' OR m.kind = %(kind)s)
    AND (%(building)s::bigint IS NULL OR u.building_id = %(building)s)
    AND (%(units)s::bigint[] IS NULL OR p.unit_id = ANY (%(units)s))
    AND (%(meter)s::bigint IS NULL OR m.id = %(meter)s)
ORDER BY u.sort_key NULLS LAST, m.kind, m.serial
"""


def reading_round(
    property_id: int,
    *,
    kind: str = "",
    building_id: int | None = None,
    unit_ids: Sequence[int] | None = None,
    meter_id: int | None = None,
) -> list[RoundStop]:
    """The installed meters of a property in the order one walks by, with their latest readings. One statement."""
    values: dict[str, Any] = {
        "property": property_id,
        "kind": kind,
        "building": building_id,
        "units": list(unit_ids) if unit_ids is not None else None,
        "meter": meter_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ROUND, values)
        return [RoundStop(*row) for row in cursor.fetchall()]


_COUNTS = """
SELECT (SELECT count(*) FROM metering_installation i WHERE i.end IS NULL {installed_place}),
    (SELECT count(*) FROM metering_installation i WHERE i.end IS NULL AND EXISTS (
        SELECT FROM metering_reading r
        WHERE r.meter_id = i.meter_id AND r.date >= %(since)s AND r.superseded_by_id IS NULL AND NOT r.is_void {place})),
    (SELECT count(*) FROM metering_meter WHERE true {place})
"""


def meter_counts(places: Sequence[int] | None, since: date) -> dict[str, int]:
    """How many meters are installed, not read since a day though installed, and removed. One statement.

    Args:
        places: the properties that count; None for all of the operator.
    """
    place = "" if places is None else "AND property_id = ANY (%(places)s)"
    installed_place = f"AND EXISTS (SELECT FROM metering_meter m WHERE m.id = i.meter_id {place})" if place else ""
    values: dict[str, Any] = {"places": list(places or ()), "since": since}
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS.format(place=place, installed_place=installed_place), values)
        installed, read, known = cursor.fetchone()
    return {"installed": installed, "unread": installed - read, "removed": known - installed}
