"""Slowing down who asks too often."""

from datetime import UTC, datetime, timedelta

import pytest

from yuju.kit import throttle
from yuju.kit.throttle import Throttle

AT = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)


def test_so_many_times_within_a_window_for_each_caller():
    slow = Throttle(times=2, within=timedelta(minutes=1))
    assert [slow.admits("a", AT) for _ in range(3)] == [True, True, False]
    assert slow.admits("b", AT)
    assert not slow.admits("a", AT + timedelta(seconds=59))
    assert slow.admits("a", AT + timedelta(seconds=60))


def test_any_number_of_callers_takes_little_memory(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(throttle, "LARGEST", 3)
    slow = Throttle(times=2, within=timedelta(minutes=1))
    assert all(slow.admits(str(number), AT) for number in range(3))
    # Those that come after are one to it; the known ones are not held up by them.
    assert [slow.admits(str(number), AT) for number in range(10, 13)] == [True, True, False]
    assert slow.admits("0", AT)
    slow.forget()
    assert slow.admits("13", AT)
