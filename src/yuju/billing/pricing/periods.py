"""Billing periods, their months and shares, and the days a period is billed and due (billing rules, "Periods")."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Anchor = Literal["calendar", "lease"]
Proration = Literal["actual", "thirty", "none"]
Timing = Literal["advance", "arrears"]

Span = tuple[date, date]
"""Days from one to another, both inclusive."""

SHARE_UNITS = 377_580
"""Parts of a month in which every share is a whole number: the least common multiple of 28, 29, 30 and 31."""

ONE_DAY = timedelta(days=1)


def add_months(day: date, months: int) -> date:
    """The same day ``months`` later, or the last day of a shorter month."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


@dataclass(frozen=True, slots=True)
class Period:
    """One billing period.

    Attributes:
        origin: the day that months are counted from (the recurring charge's start, or a 1 January).
        offset: months from ``origin`` to the period's nominal start.
        length: months in it.
        first: first billed day.
        last: last billed day.
    """

    origin: date
    offset: int
    length: int
    first: date
    last: date

    @property
    def nominal_start(self) -> date:
        """Where the period begins before it is cut to the recurring charge: the period's identity."""
        return add_months(self.origin, self.offset)

    @property
    def nominal_stop(self) -> date:
        """The first day after the whole period."""
        return add_months(self.origin, self.offset + self.length)


@dataclass(frozen=True, slots=True)
class MonthShare:
    """What of one month of a period is billed.

    Attributes:
        first: first billed day; it decides the version and the facts.
        days: billed days.
        dim: days in that month.
        numerator: the share is numerator / denominator …
        denominator: … 1 for a month that counts as a whole one.
    """

    first: date
    days: int
    dim: int
    numerator: int
    denominator: int

    @property
    def whole(self) -> bool:
        """Whether it counts as a whole month because it is one, or because the proration says so."""
        return self.denominator == 1

    @property
    def units(self) -> int:
        """The share in ``SHARE_UNITS``."""
        return self.numerator * SHARE_UNITS // self.denominator


def periods(*, cycle_months: int, anchor: Anchor, start: date, end: date | None) -> Iterator[Period]:
    """The periods of a recurring charge from ``start`` to ``end`` (inclusive; without end they go on for ever)."""
    if end is not None and end < start:
        return
    if anchor == "calendar":
        origin = date(start.year, 1, 1)
        offset = (start.month - 1) // cycle_months * cycle_months
    else:
        origin, offset = start, 0
    while True:
        nominal = add_months(origin, offset)
        if end is not None and nominal > end:
            return
        last = add_months(origin, offset + cycle_months) - ONE_DAY
        yield Period(
            origin=origin,
            offset=offset,
            length=cycle_months,
            first=max(nominal, start),
            last=last if end is None else min(last, end),
        )
        offset += cycle_months


def month_shares(period: Period, proration: Proration, free: Sequence[Span] = ()) -> list[MonthShare]:
    """The months of a period that have billed days, with their shares, in order of time.

    Args:
        free: days that are not billed (rent-free spans), both ends inclusive; they do not overlap each other.
    """
    shares: list[MonthShare] = []
    for index in range(period.length):
        begin = add_months(period.origin, period.offset + index)
        stop = add_months(period.origin, period.offset + index + 1)
        first = max(begin, period.first)
        last = min(stop - ONE_DAY, period.last)
        days = (last - first).days + 1 - sum(_shared(span, first, last) for span in free)
        if days <= 0:
            continue
        first = _first_billed(first, free)
        dim = (stop - begin).days
        if days == dim or proration == "none":
            numerator, denominator = 1, 1
        elif proration == "thirty":
            numerator, denominator = min(days, 30), 30
        else:
            numerator, denominator = days, dim
        shares.append(MonthShare(first, days, dim, numerator, denominator))
    return shares


def _shared(span: Span, first: date, last: date) -> int:
    """How many days of a span lie within these."""
    return max((min(span[1], last) - max(span[0], first)).days + 1, 0)


def _first_billed(day: date, free: Sequence[Span]) -> date:
    """The first day from this one on that is not free."""
    for start, end in sorted(free):
        if start <= day <= end:
            day = end + ONE_DAY
    return day


def bill_date(period: Period, timing: Timing, lead_days: int) -> date:
    """The day from which a bill run takes the period."""
    if timing == "advance":
        return period.first - timedelta(days=lead_days)
    return period.last + ONE_DAY


def due_date(billed: date, due_days: int) -> date:
    """The last day to pay."""
    return billed + timedelta(days=due_days)
