"""Passing events on, without a database."""

from __future__ import annotations

import pytest

from yuju.kit.live import Event
from yuju.live.hub import _WAITING, Hub, Listener


def listener(*topics: str, operator_id: int = 1) -> Listener:
    return Listener(operator_id, frozenset(topics), None)


def queued(of: Listener) -> list[Event | None]:
    return [of.waiting.get_nowait() for _ in range(of.waiting.qsize())]


def test_an_event_travels_as_text() -> None:
    event = Event(1, "bill_run", {"id": 12, "property_id": 3})
    assert Event.decode(event.encode()) == event


@pytest.mark.parametrize("payload", ["", "hello", "[]", "{}", '{"operator": 1, "topic": "x", "ids": {"id": "a"}}'])
def test_what_is_no_event_is_said(payload: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Event.decode(payload)


def test_a_list_of_ids_is_too_long_for_an_event() -> None:
    with pytest.raises(ValueError, match="a few ids"):
        Event(1, "unit", {f"id{n}": n for n in range(1000)}).encode()


def test_a_slow_page_is_told_once_to_load_anew() -> None:
    slow = listener("job")
    for number in range(_WAITING + 1):
        slow.tell(Event(1, "job", {"id": number}))
    assert queued(slow) == [None]


def test_one_event_reaches_a_page_once() -> None:
    both = listener("job", "job:1")
    hub = Hub()
    hub._following[1, "job"].add(both)
    hub._following[1, "job:1"].add(both)
    hub.pass_on(Event(1, "job", {"id": 1}))
    assert len(queued(both)) == 1
