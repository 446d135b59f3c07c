"""The demo's dates: moved by whole months, with nothing out of order where a month is shorter."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from yuju.journeys.demo.shifting import months_to, moved, moved_last, moved_readings, shifted_workbook
from yuju.journeys.property_import.opening import open_workbook
from yuju.journeys.property_import.reading import read_workbook

DAY = timedelta(days=1)
days = st.dates(date(2020, 1, 1), date(2035, 12, 31))
shifts = st.integers(-120, 240)


def test_the_month_of_the_last_readings_becomes_this_month() -> None:
    assert months_to(date(2026, 11, 30)) == 0
    assert months_to(date(2027, 2, 1)) == 3
    assert months_to(date(2026, 10, 31)) == -1


@given(days, shifts)
def test_what_was_consecutive_stays_consecutive(last: date, months: int) -> None:
    assert moved_last(last, months) + DAY == moved(last + DAY, months)


@given(days, days, shifts)
def test_order_is_kept(a: date, b: date, months: int) -> None:
    earlier, later = sorted((a, b))
    assert moved(earlier, months) <= moved(later, months)


@given(st.sets(days, min_size=1, max_size=40), shifts)
def test_readings_of_a_meter_never_fall_on_one_day(found: set[date], months: int) -> None:
    before = sorted(found)
    after = moved_readings(before, months)

    assert all(a < b for a, b in pairwise(after))
    # A reading only moves back, at most by as many days as a month can be shorter.
    assert all(timedelta(0) <= moved(b, months) - a <= 3 * DAY for a, b in zip(after, before, strict=True))


def test_two_readings_at_the_end_of_february() -> None:
    # Given a check-out on the 30th and a check-in on the 31st, six months before a February
    readings = [date(2026, 8, 30), date(2026, 8, 31)]

    # Then the check-out is put on the day before
    assert moved_readings(readings, 6) == [date(2027, 2, 27), date(2027, 2, 28)]


def test_the_workbook_of_a_day_has_no_fault_and_no_reading_after_it() -> None:
    today = date(2027, 2, 10)

    book = read_workbook(open_workbook(shifted_workbook(today)))

    assert book.findings.faults == []
    days = [reading.date for reading in book.rows.readings]
    assert len(days) > 7000
    assert today - 30 * DAY < max(days) <= today
    assert all(lease.end is None or lease.start <= lease.end for lease in book.rows.leases)
