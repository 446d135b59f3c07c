"""Periods, months and their shares, bill dates."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuju.billing.pricing.periods import (
    SHARE_UNITS,
    Anchor,
    Period,
    Proration,
    add_months,
    bill_date,
    due_date,
    month_shares,
    periods,
)

ONE = timedelta(days=1)


def spans(cycle: int, anchor: Anchor, start: str, end: str | None, count: int = 99) -> list[tuple[str, str]]:
    run = periods(
        cycle_months=cycle, anchor=anchor, start=date.fromisoformat(start), end=date.fromisoformat(end) if end else None
    )
    return [(period.first.isoformat(), period.last.isoformat()) for period in islice(run, count)]


def shares(cycle: int, anchor: Anchor, start: str, end: str | None, proration: Proration) -> list[Fraction]:
    run = periods(
        cycle_months=cycle, anchor=anchor, start=date.fromisoformat(start), end=date.fromisoformat(end) if end else None
    )
    return [Fraction(share.units, SHARE_UNITS) for share in month_shares(next(run), proration)]


def test_calendar_periods_are_blocks_from_january() -> None:
    assert spans(3, "calendar", "2026-02-10", "2026-07-02") == [
        ("2026-02-10", "2026-03-31"),
        ("2026-04-01", "2026-06-30"),
        ("2026-07-01", "2026-07-02"),
    ]
    assert spans(12, "calendar", "2026-12-31", None, 2) == [("2026-12-31", "2026-12-31"), ("2027-01-01", "2027-12-31")]


def test_months_are_always_counted_from_the_start_itself() -> None:
    """31 January, 28 February, 31 March: a short month does not shorten the ones after it."""
    assert spans(1, "lease", "2026-01-31", None, 4) == [
        ("2026-01-31", "2026-02-27"),
        ("2026-02-28", "2026-03-30"),
        ("2026-03-31", "2026-04-29"),
        ("2026-04-30", "2026-05-30"),
    ]


def test_years_from_29_february_run_from_28_february_in_common_years() -> None:
    assert spans(12, "lease", "2028-02-29", "2033-01-01") == [
        ("2028-02-29", "2029-02-27"),
        ("2029-02-28", "2030-02-27"),
        ("2030-02-28", "2031-02-27"),
        ("2031-02-28", "2032-02-28"),
        ("2032-02-29", "2033-01-01"),
    ]


@pytest.mark.parametrize(
    ("start", "end", "proration", "expected"),
    [
        ("2026-03-16", "2026-03-31", "actual", ["16/31"]),
        ("2026-03-01", "2026-03-30", "actual", ["30/31"]),
        ("2026-03-01", "2026-03-30", "thirty", ["1"]),
        ("2026-03-01", "2026-03-29", "thirty", ["29/30"]),
        ("2026-03-01", "2026-03-31", "thirty", ["1"]),
        ("2026-02-01", "2026-02-27", "thirty", ["27/30"]),
        ("2026-02-01", "2026-02-28", "thirty", ["1"]),
        ("2028-02-01", "2028-02-28", "thirty", ["28/30"]),
        ("2028-02-01", "2028-02-29", "thirty", ["1"]),
        ("2026-03-31", "2026-03-31", "none", ["1"]),
        ("2026-03-31", "2026-03-31", "thirty", ["1/30"]),
    ],
)
def test_shares_of_a_month(start: str, end: str, proration: Proration, expected: list[str]) -> None:
    assert shares(1, "calendar", start, end, proration) == [Fraction(share) for share in expected]


def test_a_quarter_touched_at_both_ends() -> None:
    assert shares(3, "calendar", "2026-01-16", "2026-03-10", "actual") == [Fraction(16, 31), 1, Fraction(10, 31)]
    assert shares(3, "calendar", "2026-01-16", "2026-03-10", "none") == [1, 1, 1]


def test_a_lease_month_has_its_own_length() -> None:
    # From 31 January to 27 February are 28 days; 14 of them are half of that month.
    assert shares(1, "lease", "2026-01-31", "2026-02-13", "actual") == [Fraction(14, 28)]


def test_a_whole_month_is_marked_and_thirty_of_thirty_one_is_not() -> None:
    run = periods(cycle_months=1, anchor="calendar", start=date(2026, 3, 1), end=date(2026, 3, 30))
    share = month_shares(next(run), "thirty")[0]
    assert (share.whole, share.numerator, share.denominator) == (False, 30, 30)


def test_bill_and_due_dates() -> None:
    period = Period(date(2026, 1, 1), 0, 3, date(2026, 1, 16), date(2026, 3, 10))
    assert bill_date(period, "advance", 10) == date(2026, 1, 6)
    assert bill_date(period, "arrears", 10) == date(2026, 3, 11)
    assert due_date(date(2026, 1, 6), 20) == date(2026, 1, 26)


_starts = st.dates(date(2023, 1, 1), date(2032, 12, 31))
_cycles = st.sampled_from([1, 2, 3, 6, 12])
_anchors: st.SearchStrategy[Anchor] = st.sampled_from(["calendar", "lease"])


@given(_starts, st.integers(0, 1500), _cycles, _anchors)
def test_periods_cover_every_day_once(start: date, length: int, cycle: int, anchor: Anchor) -> None:
    """Nothing skipped and nothing twice, whatever the start: no month lost at a month's end."""
    end = start + timedelta(days=length)
    run = list(periods(cycle_months=cycle, anchor=anchor, start=start, end=end))
    assert run[0].first == start
    assert run[-1].last == end
    assert all(later.first == earlier.last + ONE for earlier, later in pairwise(run))
    assert all(period.nominal_start <= period.first <= period.last < period.nominal_stop for period in run)
    assert len({period.nominal_start for period in run}) == len(run)


@given(_starts, st.integers(0, 700), _cycles, _anchors)
def test_months_hold_each_billed_day_once(start: date, length: int, cycle: int, anchor: Anchor) -> None:
    for period in periods(cycle_months=cycle, anchor=anchor, start=start, end=start + timedelta(days=length)):
        months = month_shares(period, "actual")
        assert sum(month.days for month in months) == (period.last - period.first).days + 1
        assert all(28 <= month.dim <= 31 and 0 < month.days <= month.dim for month in months)
        assert all(Fraction(month.units, SHARE_UNITS) == Fraction(month.days, month.dim) for month in months)


@given(_starts, st.integers(1, 60), _cycles, _anchors)
def test_a_whole_period_is_its_number_of_months(start: date, days: int, cycle: int, anchor: Anchor) -> None:
    """Full rent for whole months only, and exactly that: months never become fractions and come back."""
    whole = [
        period
        for period in islice(periods(cycle_months=cycle, anchor=anchor, start=start, end=None), 4)
        if (period.first, period.last) == (period.nominal_start, period.nominal_stop - ONE)
    ]
    for period in whole:
        for proration in ("actual", "thirty", "none"):
            assert sum(month.units for month in month_shares(period, proration)) == cycle * SHARE_UNITS


@given(_starts, st.integers(1, 400), st.data())
def test_two_stays_that_share_a_month_pay_it_once_by_days(start: date, length: int, data: st.DataObject) -> None:
    end = start + timedelta(days=length)
    cut = start + timedelta(days=data.draw(st.integers(0, length - 1)))

    def total(first: date, last: date) -> Fraction:
        run = periods(cycle_months=1, anchor="calendar", start=first, end=last)
        return sum(
            (Fraction(month.units, SHARE_UNITS) for one in run for month in month_shares(one, "actual")), Fraction(0)
        )

    assert total(start, cut) + total(cut + ONE, end) == total(start, end)


@given(_starts, st.integers(0, 600))
def test_adding_months_keeps_the_day_or_takes_the_last(start: date, months: int) -> None:
    made = add_months(start, months)
    assert (made.year - start.year) * 12 + made.month - start.month == months
    assert made.day == start.day or (made.day < start.day and (made + ONE).day == 1)
