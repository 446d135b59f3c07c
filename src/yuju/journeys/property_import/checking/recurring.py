"""The rules of the sheet 计费项: what a lease pays regularly, and how far it was billed elsewhere."""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from yuju.billing.pricing.periods import add_months
from yuju.journeys.property_import.checking.lookup import FAR, Lookup, TariffFacts
from yuju.journeys.property_import.messages import Say, Sentence
from yuju.journeys.property_import.rows import RecurringRow

ONE_DAY = timedelta(days=1)


def check_recurring(lookup: Lookup) -> None:
    """References, days, what the tariff's basis needs, no meter billed twice, paid-through dates that end a period."""
    rows = lookup.book.rows.recurring
    known = lookup.known
    spans: dict[str, list[_Span]] = {}
    lookup.duplicates("recurring", rows, lambda row: _key(lookup, row), "tariff")
    reading_days = _ReadingDays(lookup)
    for row in rows:
        if row.lease is not None:
            lookup.refer("recurring", row.row, "lease", row.lease, "leases", lookup.leases, known.leases)
        if row.tariff is not None:
            lookup.refer("recurring", row.row, "tariff", row.tariff, "tariffs", lookup.tariffs, known.tariffs)
        if row.meter is not None:
            lookup.refer("recurring", row.row, "meter", row.meter, "meters", lookup.meters, known.meters)
        if row.space is not None:
            lookup.refer("recurring", row.row, "space", row.space, "spaces", lookup.spaces, known.spaces)
        tariff = lookup.tariff(row.tariff)
        _check_needs(lookup, row, tariff)
        start, end, settled = days_of(lookup, row)
        if not settled or start is None:
            continue
        if end is not None and end < start:
            _report_order(lookup, row, start, end)
            continue
        if row.meter is not None:
            spans.setdefault(row.meter, []).append(_Span(start, end or FAR, row.lease or "", row))
        if row.billed_until is not None and tariff is not None:
            _check_billed_until(lookup, row, tariff, start, end, reading_days)
    _check_overlaps(lookup, spans)


def days_of(lookup: Lookup, row: RecurringRow) -> tuple[date | None, date | None, bool]:
    """First and last day of a recurring charge, the lease's own where its cells are empty.

    The third is False where one of them can't be told because a cell is at fault or the lease is unknown.
    """
    faulty = lookup.book.is_faulty("recurring", row.row, "start") or lookup.book.is_faulty("recurring", row.row, "end")
    lease = lookup.lease(row.lease)
    if lease is None:
        return row.start, row.end, not faulty and row.start is not None and row.end is not None
    return row.start or lease.start, row.end or lease.end, not faulty


def _key(lookup: Lookup, row: RecurringRow) -> tuple[object, ...] | None:
    start, _end, settled = days_of(lookup, row)
    if row.lease is None or row.tariff is None or not settled:
        return None
    return row.lease, row.tariff, row.meter, row.space, start


def _check_needs(lookup: Lookup, row: RecurringRow, tariff: TariffFacts | None) -> None:
    if tariff is None or tariff.basis is None:
        return
    if tariff.basis == "metered" and row.meter is None and not lookup.book.is_faulty("recurring", row.row, "meter"):
        lookup.fault(
            "recurring",
            row.row,
            "meter",
            Say(_("The tariff %(code)s is metered, but no meter is named."), code=row.tariff),
            _("the serial number of the meter."),
            "no-meter",
        )
    if tariff.basis != "metered" and row.meter is not None:
        lookup.fault(
            "recurring",
            row.row,
            "meter",
            Say(_("The tariff %(code)s is not metered."), code=row.tariff),
            _("an empty cell, or a metered tariff."),
            "meter-not-taken",
        )
    if tariff.category != "parking" and row.space is not None:
        lookup.fault(
            "recurring",
            row.row,
            "space",
            Say(_("The tariff %(code)s is not for parking."), code=row.tariff),
            _("an empty cell, or a tariff for parking."),
            "space-not-taken",
        )


def _report_order(lookup: Lookup, row: RecurringRow, start: date, end: date) -> None:
    column = "end" if row.end is not None else "start"
    lookup.fault(
        "recurring",
        row.row,
        column,
        Say(_("It ends on %(end)s, before it starts on %(start)s."), start=start.isoformat(), end=end.isoformat()),
        _("an end on or after the start."),
        "end-before-start",
    )


@dataclass(frozen=True, slots=True)
class _Span:
    start: date
    end: date
    lease: str
    row: RecurringRow | None


def _check_overlaps(lookup: Lookup, spans: dict[str, list[_Span]]) -> None:
    """Two recurring charges on one meter may not share a day."""
    for serial, found in spans.items():
        # The same lease and tariff is the same recurring charge, though its start may be another one now.
        own = {(span.lease, span.row.tariff) for span in found if span.row is not None}
        found.extend(
            _Span(known.start, known.end or FAR, known.lease, None)
            for known in lookup.known.metered.get(serial, ())
            if (known.lease, known.tariff) not in own
        )
        found.sort(key=lambda span: (span.start, span.end))
        longest = found[0]
        for span in found[1:]:
            if span.start <= longest.end:
                _report_overlap(lookup, serial, longest, span)
            if span.end > longest.end:
                longest = span


def _report_overlap(lookup: Lookup, serial: str, earlier: _Span, later: _Span) -> None:
    at_fault, other = (later, earlier) if later.row is not None else (earlier, later)
    if at_fault.row is None:
        return
    lookup.fault(
        "recurring",
        at_fault.row.row,
        "meter",
        Say(
            _("The meter is billed to lease %(lease)s from %(start)s to %(end)s already."),
            lease=other.lease,
            start=other.start.isoformat(),
            end=other.end.isoformat() if other.end != FAR else "…",
        ),
        _("days on which nobody else pays for the meter."),
        "meter-overlap",
    )


class _ReadingDays:
    """The days of each meter's readings, from the workbook and the product, in order."""

    def __init__(self, lookup: Lookup) -> None:
        self._days: dict[str, set[date]] = {}
        for row in lookup.book.rows.readings:
            if row.meter is not None and row.date is not None:
                self._days.setdefault(row.meter, set()).add(row.date)
        self._known = lookup.known.readings

    def of(self, serial: str) -> list[date]:
        days = self._days.get(serial, set()) | {reading.date for reading in self._known.get(serial, ())}
        return sorted(days)


def _check_billed_until(
    lookup: Lookup, row: RecurringRow, tariff: TariffFacts, start: date, end: date | None, readings: _ReadingDays
) -> None:
    day = row.billed_until
    if day is None or tariff.basis is None:
        return
    if tariff.basis == "metered":
        if row.meter is None:
            return
        known_days = readings.of(row.meter)
        if day in known_days:
            return
        wrong = _("The meter has no reading on this day.")
        lookup.fault("recurring", row.row, "billed_until", wrong, _nearest_readings(known_days, day), "billed-until")
        return
    if tariff.cycle_months is None or tariff.anchor is None:
        return
    before, after, nominal = _period_ends(day, start, end, tariff.cycle_months, tariff.anchor)
    if day in (before, after, nominal):
        return
    lookup.fault(
        "recurring",
        row.row,
        "billed_until",
        _("This is not the last day of a period."),
        Say(
            _("the last day of a period; the nearest are %(before)s and %(after)s."),
            before=before.isoformat(),
            after=after.isoformat(),
        ),
        "billed-until",
    )


def _nearest_readings(days: list[date], day: date) -> Sentence:
    """What is expected instead of a day without a reading; `days` are those with one, in order."""
    if not days:
        return _("the date of a reading; the meter has none.")
    if len(days) == 1:
        return Say(_("the date of a reading; the only one is %(day)s."), day=days[0].isoformat())
    at = min(max(bisect.bisect_left(days, day), 1), len(days) - 1)
    return Say(
        _("the date of a reading; the nearest are %(before)s and %(after)s."),
        before=days[at - 1].isoformat(),
        after=days[at].isoformat(),
    )


def ends_a_period(day: date, start: date, cycle_months: int, anchor: str) -> bool:
    """Whether a day is the nominal last day of a period of a recurring charge that starts on `start`."""
    return _period_ends(day, start, None, cycle_months, anchor)[2] == day


def _period_ends(day: date, start: date, end: date | None, cycle: int, anchor: str) -> tuple[date, date, date]:
    """The last billed days of periods just before a day and from it on, and that period's nominal last day.

    The day before the start counts as one: nothing is billed yet. The last period ends with the recurring charge.
    """
    if anchor == "calendar":
        origin = date(start.year, 1, 1)
        offset = (start.month - 1) // cycle * cycle
    else:
        origin, offset = start, 0
    before = start - ONE_DAY
    if day <= before:
        first = add_months(origin, offset + cycle) - ONE_DAY
        return before, first if end is None else min(first, end), before
    sought = day if end is None else min(day, end)
    offset += max(0, (sought.year - origin.year) * 12 + sought.month - origin.month - offset) // cycle * cycle
    # A day before the period of its month lies in the one before it.
    while offset > 0 and add_months(origin, offset) > sought:
        offset -= cycle
    nominal = add_months(origin, offset + cycle) - ONE_DAY
    return max(before, add_months(origin, offset) - ONE_DAY), nominal if end is None else min(nominal, end), nominal
