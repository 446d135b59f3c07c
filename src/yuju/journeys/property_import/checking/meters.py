"""The rules of the sheets 仪表 and 抄表."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from django.utils.translation import gettext_lazy as _

from yuju.journeys.property_import.checking.lookup import Lookup
from yuju.journeys.property_import.messages import Say
from yuju.journeys.property_import.rows import ReadingRow

DEFAULT_DIGITS = 6


def check_meters(lookup: Lookup) -> None:
    """Each meter once, in a unit that is there, with a multiplier above zero."""
    rows = lookup.book.rows.meters
    lookup.duplicates("meters", rows, lambda row: row.serial, "serial")
    for row in rows:
        if row.key is not None:
            lookup.refer("meters", row.row, "unit", row.key, "units", lookup.units, lookup.known.units)
        if row.multiplier is not None and row.multiplier == 0:
            lookup.fault(
                "meters", row.row, "multiplier", _("A multiplier cannot be 0."), _("a number above 0."), "multiplier"
            )


@dataclass(frozen=True, slots=True)
class _Point:
    day: date
    value: Decimal
    rollover: bool
    row: ReadingRow | None


def check_readings(lookup: Lookup) -> None:
    """One reading a day, of a meter that is there, within its digits.

    A reading that goes backwards without a rollover, or is marked as one though it is not below, is a warning only:
    meters are read as they are read, and billing holds such an interval back as an exception until the reading is
    superseded.
    """
    rows = lookup.book.rows.readings
    lookup.duplicates(
        "readings",
        rows,
        lambda row: (row.meter, row.date) if row.meter is not None and row.date is not None else None,
        "date",
        "two-readings-a-day",
    )
    by_meter: dict[str, list[_Point]] = {}
    for row in rows:
        if row.meter is None or not lookup.refer(
            "readings", row.row, "meter", row.meter, "meters", lookup.meters, lookup.known.meters
        ):
            continue
        if row.date is None or row.value is None:
            continue
        by_meter.setdefault(row.meter, []).append(_Point(row.date, row.value, bool(row.rollover), row))
        digits = lookup.digits(row.meter) or DEFAULT_DIGITS
        if row.value >= 10**digits:
            lookup.fault(
                "readings",
                row.row,
                "value",
                Say(_("The meter has %(digits)d digits before the decimal point."), digits=digits),
                Say(_("a reading below %(limit)d, or the right number of digits of the meter."), limit=10**digits),
                "beyond-digits",
            )
    for serial, points in by_meter.items():
        own_days = {point.day for point in points}
        points.extend(
            _Point(reading.date, reading.value, reading.rollover, None)
            for reading in lookup.known.readings.get(serial, ())
            if reading.date not in own_days
        )
        points.sort(key=lambda point: point.day)
        _check_direction(lookup, points)


def _check_direction(lookup: Lookup, points: list[_Point]) -> None:
    for before, this in pairwise(points):
        # A new reading may also put a known one after it in the wrong: then the new one is at fault.
        row = this.row or before.row
        if row is None or before.day == this.day:
            continue
        values = {"value": f"{before.value:f}", "date": before.day.isoformat()}
        if this.value < before.value and not this.rollover:
            if this.row is None:
                wrong = Say(
                    _("The reading goes backwards: on %(date)s it is %(value)s."),
                    value=f"{this.value:f}",
                    date=this.day.isoformat(),
                )
                expected = Say(_("a reading of at most %(value)s."), value=f"{this.value:f}")
            else:
                wrong = Say(_("The reading goes backwards: on %(date)s it was %(value)s."), **values)
                expected = Say(
                    _(
                        "a reading of at least %(value)s, or 是 in the rollover column where the meter passed its highest number."
                    ),
                    **values,
                )
            lookup.book.warn("readings", row.row, "value", wrong, expected, "backwards")
        elif this.value >= before.value and this.rollover and this.row is not None:
            lookup.book.warn(
                "readings",
                row.row,
                "rollover",
                Say(
                    _("Marked as rolled over, but the reading is not below the one before, %(value)s of %(date)s."),
                    **values,
                ),
                _("an empty cell, or a reading below the one before."),
                "rollover-not-below",
            )
