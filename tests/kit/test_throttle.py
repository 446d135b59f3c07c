"""Slowing down who asks too often, whichever process is asked."""

from datetime import UTC, datetime, timedelta

import pytest

from yuju.kit.records import LimitCount
from yuju.kit.throttle import Limit, forget_counts

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
SLOW = Limit("slow", 2, timedelta(minutes=1))


def test_so_many_times_within_a_window_for_each_caller() -> None:
    assert [SLOW.wait("a", AT) for _ in range(3)] == [0, 0, 60]
    assert SLOW.wait("b", AT) == 0
    assert SLOW.wait("a", AT + timedelta(seconds=59)) == 1
    assert SLOW.wait("a", AT + timedelta(seconds=60)) == 0


def test_callers_are_counted_apart_for_each_limit() -> None:
    other = Limit("other", 1, timedelta(minutes=1))
    assert [SLOW.wait("a", AT), other.wait("a", AT), SLOW.wait("a", AT), other.wait("a", AT)] == [0, 0, 0, 60]


def test_a_caller_has_one_row_that_names_nobody_and_goes_in_the_end() -> None:
    for minute in range(5):
        SLOW.wait("203.0.113.9", AT + timedelta(minutes=minute))
    row = LimitCount.objects.get()
    assert "203" not in row.key
    assert (row.asked, forget_counts(AT + timedelta(minutes=5)), forget_counts(AT + timedelta(minutes=6))) == (1, 0, 1)
