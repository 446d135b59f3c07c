"""Closing doors to those who left. The whole story is told by `yuju.journeys.doors`."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.residency.models import DoorClosing, Tenure
from yuju.residency.ports import door_systems

FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=3), timedelta(hours=1)
"""How long after a try in vain a system is asked again: each pause is twice the one before."""


@transaction.atomic
@edits
def door_closings_ask(*, tenure: Tenure, by: User | None, at: datetime) -> list[DoorClosing]:
    """Writes down that every door system of this installation takes the rights of a stay away; once for each."""
    return [
        DoorClosing.objects.get_or_create(tenure=tenure, system=system, defaults={"asked_at": at, "next_at": at})[0]
        for system in door_systems()
    ]


@transaction.atomic
@edits
def door_closing_done(*, closing: DoorClosing, by: User | None, at: datetime, by_hand: bool = False) -> bool:
    """Writes down that a system took the rights away, or somebody in its place. False where that was known already."""
    held = _hold(closing)
    if held.closed_at is not None:
        return False
    held.closed_at, held.by_hand, held.failed = max(at, held.asked_at), by_hand, ""
    held.save(update_fields=["closed_at", "by_hand", "failed"])
    return True


@transaction.atomic
@edits
def door_closing_failed(*, closing: DoorClosing, why: str, by: User | None, at: datetime) -> DoorClosing:
    """Writes down a try in vain, and when the system is asked again. Closed meanwhile: it stays so."""
    held = _hold(closing)
    if held.closed_at is None:
        # Not without end: 2 to the power of hundreds of tries is no number of minutes any more.
        held.next_at = at + min(FIRST_PAUSE * 2 ** min(held.tries, 10), LONGEST_PAUSE)
        held.tries, held.failed = min(held.tries + 1, 30_000), why.strip()[:300]
        held.save(update_fields=["next_at", "tries", "failed"])
    return held


def _hold(closing: DoorClosing) -> DoorClosing:
    held: DoorClosing = DoorClosing.objects.select_for_update(no_key=True, of=("self",)).get(pk=closing.pk)
    return held
