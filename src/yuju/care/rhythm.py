"""When the visits of a plan are due."""

from __future__ import annotations

from datetime import date, timedelta

from yuju.care.choices import Rhythm
from yuju.care.models import CarePlan
from yuju.kit.dates import add_months

MONTH_DAYS = 30


def interval_days(plan: CarePlan) -> int:
    """About how many days lie between two visits: over so many the visits of all are spread."""
    return plan.every * {Rhythm.DAYS: 1, Rhythm.WEEKS: 7, Rhythm.MONTHS: MONTH_DAYS}[Rhythm(plan.rhythm)]


def offset_of(plan: CarePlan, resident_id: int) -> int:
    """By how many days a resident's visits come later than the plan's first day: always the same for the same resident."""
    return resident_id % interval_days(plan) if plan.spread else 0


def latest_due(plan: CarePlan, offset: int, horizon: date) -> date | None:
    """The last visit due on a day or before, of residents with an offset; None where none is yet, or the plan has ended."""
    last = horizon if plan.until is None else min(horizon, plan.until)
    first = plan.starts_on + timedelta(days=offset)
    if first > last:
        return None
    if plan.rhythm != Rhythm.MONTHS:
        step = interval_days(plan)
        return first + timedelta(days=(last - first).days // step * step)
    number = ((last.year - first.year) * 12 + last.month - first.month) // plan.every
    due = add_months(first, number * plan.every)
    return due if due <= last else add_months(first, (number - 1) * plan.every)


def next_due(plan: CarePlan, offset: int, after: date) -> date | None:
    """The first visit due later than a day; None where the plan ends before."""
    first = plan.starts_on + timedelta(days=offset)
    if first > after:
        due = first
    elif plan.rhythm != Rhythm.MONTHS:
        step = interval_days(plan)
        due = first + timedelta(days=((after - first).days // step + 1) * step)
    else:
        number = ((after.year - first.year) * 12 + after.month - first.month) // plan.every
        due = next(day for more in (0, 1, 2) if (day := add_months(first, (number + more) * plan.every)) > after)
    return due if plan.until is None or due <= plan.until else None
