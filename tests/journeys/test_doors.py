"""Doors close to those who left, whatever a door system does; where it does not answer, somebody is asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.settlements import AT, BY, Stay, make_stay
from yuju.journeys import doors
from yuju.journeys.doors import door_closings_tick
from yuju.journeys.move_out import keys_return
from yuju.journeys.tasks import task_complete
from yuju.residency import ports
from yuju.residency.choices import HandoverKind, KeyKind
from yuju.residency.models import DoorClosing, Handover, HandoverKey
from yuju.residency.services import doors as closing_services
from yuju.residency.testing.door_access import FakeDoors
from yuju.workforce.choices import TaskState
from yuju.workforce.models import Task

pytestmark = pytest.mark.django_db


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> FakeDoors:
    made = FakeDoors()
    _install(monkeypatch, {made.code: made})
    return made


@pytest.fixture
def stay(operator: Any) -> Stay:
    return make_stay()


def _install(monkeypatch: pytest.MonkeyPatch, systems: dict[str, Any]) -> None:
    for module in (ports, doors, closing_services):
        monkeypatch.setattr(module, "door_systems", lambda: systems)


def at(minutes: float) -> Callable[[], datetime]:
    return lambda: AT + timedelta(minutes=minutes)


def by_hand() -> Task:
    found: Task = Task.objects.get(source=doors.DOORS)
    return found


def test_without_a_door_system_nothing_is_asked(stay: Stay) -> None:
    keys_return(tenure=stay.tenure, **BY)
    assert not DoorClosing.objects.exists()


def test_the_keys_back_the_cards_open_nothing_any_more(stay: Stay, system: FakeDoors) -> None:
    # Given two cards and a door key that were handed over
    handover = Handover.objects.create(
        tenure=stay.tenure, property_id=stay.tenure.property_id, kind=HandoverKind.IN, begun_at=AT
    )
    for kind, number in ((KeyKind.CARD, "A17"), (KeyKind.REMOTE, "R2"), (KeyKind.DOOR, "12"), (KeyKind.CARD, "")):
        HandoverKey.objects.create(handover=handover, kind=kind, number=number, count=1)

    # When the keys are back, said twice, and the worker comes by twice
    keys_return(tenure=stay.tenure, **BY)
    keys_return(tenure=stay.tenure, **BY)
    assert (door_closings_tick(clock=at(1)), door_closings_tick(clock=at(2))) == (1, 0)

    # Then the system was told once which stay is over, with the cards
    (leaving,) = system.closed
    assert (leaving.reference, leaving.unit) == (stay.tenure.number, stay.tenure.unit.label)
    assert (leaving.cards, leaving.since) == (("A17", "R2"), AT)
    assert DoorClosing.objects.get().closed_at == at(1)()


def test_a_system_that_does_not_answer_is_asked_again_and_after_three_times_somebody_is(
    stay: Stay, system: FakeDoors
) -> None:
    system.cut_off = True
    keys_return(tenure=stay.tenure, **BY)
    for minutes in (0, 1, 2, 3, 8.9):
        door_closings_tick(clock=at(minutes))
    # Asked at once and after three minutes, not in between
    closing = DoorClosing.objects.get()
    assert (closing.tries, closing.failed, closing.closed_at) == (2, "nobody answers", None)
    assert not Task.objects.filter(source=doors.DOORS).exists()
    door_closings_tick(clock=at(9))
    door_closings_tick(clock=at(60))
    assert (by_hand().state, by_hand().tenure) == (TaskState.OPEN, stay.tenure)

    # When it answers at last, nobody needs to do it by hand
    system.cut_off = False
    assert door_closings_tick(clock=at(300)) == 1
    assert by_hand().state == TaskState.CANCELLED


def test_what_somebody_did_by_hand_is_not_asked_again(stay: Stay, system: FakeDoors) -> None:
    system.cut_off = True
    keys_return(tenure=stay.tenure, **BY)
    for minutes in (0, 3, 9):
        door_closings_tick(clock=at(minutes))
    task_complete(task=by_hand(), by=None, at=at(20)())
    closing = DoorClosing.objects.get()
    assert (closing.by_hand, closing.closed_at) == (True, at(20)())
    system.cut_off = False
    assert (door_closings_tick(clock=at(300)), system.closed) == (0, [])


def test_a_driver_that_breaks_keeps_no_other_from_closing(
    stay: Stay, system: FakeDoors, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(FakeDoors):
        def close(self, leaving: ports.Leaving) -> None:
            raise KeyError("a driver's own mistake")

    _install(monkeypatch, {"broken": Broken(code="broken"), system.code: system})
    keys_return(tenure=stay.tenure, **BY)
    assert door_closings_tick(clock=at(0)) == 1
    broken = DoorClosing.objects.get(closed_at=None)
    assert (broken.system, broken.tries) == ("broken", 1)
    assert broken.failed
    assert "KeyError" not in broken.failed
    # And one whose driver was taken away says so
    _install(monkeypatch, {})
    door_closings_tick(clock=at(3))
    broken.refresh_from_db()
    assert broken.tries == 2
