"""Local dates: today at a property, months that keep their day, and ranges with both ends inside."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo


def local_date(moment: datetime, zone: str | ZoneInfo) -> date:
    """The date it is at a property at a moment.

    Args:
        moment: an aware moment.
        zone: the property's time zone, such as `Asia/Shanghai`.

    Raises:
        ValueError: when the moment has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return moment.astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone).date()


def days_in_month(day: date) -> int:
    """How many days the month of `day` has."""
    return monthrange(day.year, day.month)[1]


def month_start(day: date) -> date:
    """The first day of the month of `day`."""
    return day.replace(day=1)


def month_end(day: date) -> date:
    """The last day of the month of `day`."""
    return day.replace(day=days_in_month(day))


def add_months(day: date, months: int) -> date:
    """`months` later: the same day of the month, or the last day of a shorter month.

    Periods are always counted from their first start: 31 January + 1 is 28 February, + 2 is 31 March.
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@dataclass(frozen=True, order=True)
class Days:
    """A range of dates with both ends inside; `end` None goes on for ever."""

    start: date
    end: date | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end < self.start:
            raise ValueError("a range ends before it starts")

    def __contains__(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day <= self.end)

    def __len__(self) -> int:
        """The number of days.

        Raises:
            ValueError: when the range has no end.
        """
        if self.end is None:
            raise ValueError("a range without end has no length")
        return (self.end - self.start).days + 1

    def overlap(self, other: Days) -> Days | None:
        """The days both have, or None."""
        start = max(self.start, other.start)
        ends = [end for end in (self.end, other.end) if end is not None]
        end = min(ends) if ends else None
        return None if end is not None and end < start else Days(start, end)

    def by_month(self) -> Iterator[Days]:
        """The parts that lie in each calendar month, in order.

        Raises:
            ValueError: when the range has no end.
        """
        if self.end is None:
            raise ValueError("a range without end has no last month")
        start = self.start
        while start <= self.end:
            end = min(month_end(start), self.end)
            yield Days(start, end)
            start = end + timedelta(days=1)
