"""Local dates and months."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuju.kit.dates import Days, add_months, days_in_month, local_date, month_end, month_start

days = st.dates(min_value=date(1950, 1, 1), max_value=date(2150, 12, 31))


def test_today_is_the_propertys_own() -> None:
    late = datetime(2026, 3, 1, 16, 30, tzinfo=UTC)
    assert local_date(late, "Asia/Shanghai") == date(2026, 3, 2)
    assert local_date(late, "Europe/London") == date(2026, 3, 1)


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        local_date(datetime(2026, 3, 1), "Asia/Shanghai")


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 31), 2, date(2026, 3, 31)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
    ],
)
def test_months_keep_the_day_or_take_the_last(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected


@given(days, st.integers(-600, 600))
def test_adding_months_lands_in_the_right_month(day: date, months: int) -> None:
    later = add_months(day, months)
    assert later.year * 12 + later.month == day.year * 12 + day.month + months
    assert later.day == min(day.day, days_in_month(later))


@given(days, st.integers(0, 800))
def test_the_parts_by_month_make_up_the_range(start: date, length: int) -> None:
    whole = Days(start, start + timedelta(days=length))
    parts = list(whole.by_month())
    assert sum(len(part) for part in parts) == len(whole) == length + 1
    assert all(month_start(p.start) == month_start(p.end or p.start) for p in parts)
    assert parts[0].end in (whole.end, month_end(start))


def test_overlap_of_ranges_with_and_without_end() -> None:
    lease = Days(date(2026, 1, 10), date(2026, 3, 9))
    assert lease.overlap(Days(date(2026, 3, 9))) == Days(date(2026, 3, 9), date(2026, 3, 9))
    assert lease.overlap(Days(date(2026, 3, 10))) is None
    assert Days(date(2026, 1, 1)).overlap(Days(date(2026, 2, 1))) == Days(date(2026, 2, 1))
    assert date(2026, 3, 9) in lease
    assert date(2026, 3, 10) not in lease


def test_an_end_before_the_start_is_refused() -> None:
    with pytest.raises(ValueError, match="ends before"):
        Days(date(2026, 3, 2), date(2026, 3, 1))
