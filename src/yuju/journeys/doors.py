"""Closing doors to those who left (关闭门禁): asked of every door system when the keys are back, until it is done.

Where a system does not answer, somebody takes the cards away by hand; whichever comes first ends it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from yuju.identity.choices import Role
from yuju.identity.models import User
from yuju.journeys.tasks import after_task
from yuju.kit.jobs import job, periodic
from yuju.residency.choices import HandoverKind, KeyKind
from yuju.residency.models import DoorClosing, HandoverKey, Tenure
from yuju.residency.ports import DoorsUnreachableError, Leaving, door_systems
from yuju.residency.services import door_closing_done, door_closing_failed, door_closings_ask
from yuju.workforce.choices import TaskKind
from yuju.workforce.models import Task
from yuju.workforce.services import task_add, task_cancel

log = logging.getLogger("yuju.doors")

DOORS = "doors"
"""The source of the tasks that are made here."""

TRIES = 3
"""After how many tries in vain somebody is asked to do it."""

BY_HAND_WITHIN = timedelta(hours=4)


def doors_close(*, tenure: Tenure, by: User | None, at: datetime) -> list[DoorClosing]:
    """Has every door system take the rights of a stay away; asked again, nothing happens twice. None without a system."""
    closings = door_closings_ask(tenure=tenure, by=by, at=at)
    if closings:
        door_closings.defer(once="doors")
    return closings


@periodic("*/3 * * * *")
@job(atomic=False)
def door_closings() -> None:
    """Closes doors to those who left; asked again until every door system has done it."""
    door_closings_tick(clock=timezone.now)


def door_closings_tick(*, clock: Callable[[], datetime]) -> int:
    """Asks the door systems for what is still to be closed and due. Returns how many closings were done.

    Each is asked outside of a transaction, so that a slow one holds nobody up, and what one system does not do keeps no
    other from it.
    """
    with transaction.atomic():
        due = list(
            DoorClosing.objects.filter(closed_at=None, next_at__lte=clock())
            .select_related("tenure__property", "tenure__unit")
            .order_by("next_at", "pk")
        )
        cards = _cards([closing.tenure_id for closing in due])
    return sum(_close(closing, cards.get(closing.tenure_id, ()), clock) for closing in due)


@after_task(DOORS)
def closed_by_hand(task: Task, by: User | None, at: datetime) -> None:
    """Somebody took the cards away in the system's place."""
    closing = DoorClosing.objects.filter(pk=int(task.source_key)).first()
    if closing is not None:
        door_closing_done(closing=closing, by_hand=True, by=by, at=at)


def _close(closing: DoorClosing, cards: tuple[str, ...], clock: Callable[[], datetime]) -> bool:
    tenure = closing.tenure
    leaving = Leaving(
        reference=tenure.number,
        property=tenure.property.code,
        unit=tenure.unit.label,
        cards=cards,
        since=closing.asked_at,
    )
    system = door_systems().get(closing.system)
    try:
        if system is None:
            raise DoorsUnreachableError(_("This door system is not installed any more."))
        system.close(leaving)
    except DoorsUnreachableError as trouble:
        _failed(closing, str(trouble), clock())
        return False
    except Exception:
        # Whatever a driver does: the others go on, and this one is asked again.
        log.exception("door system %s", closing.system)
        _failed(closing, _("The door system's driver failed; the log of the workers says more."), clock())
        return False
    with transaction.atomic():
        done = door_closing_done(closing=closing, by=None, at=clock())
        for task in Task.objects.undone().filter(source=DOORS, source_key=str(closing.pk)):
            task_cancel(task=task, reason=_("The doors are closed by now"), by=None, at=clock())
    return done


@transaction.atomic
def _failed(closing: DoorClosing, why: str, at: datetime) -> None:
    now = door_closing_failed(closing=closing, why=why, by=None, at=at)
    if now.closed_at is not None or now.tries < TRIES:
        return
    tenure = closing.tenure
    task_add(
        property=tenure.property,
        kind=TaskKind.GENERAL,
        title=_("Close the doors to %(unit)s by hand: the door system does not answer") % {"unit": tenure.unit.label},
        details=now.failed,
        tenure=tenure,
        group=Role.FRONT_DESK,
        due_at=at + BY_HAND_WITHIN,
        source=DOORS,
        source_key=str(closing.pk),
        by=None,
        at=at,
    )


def _cards(tenures: list[int]) -> dict[int, tuple[str, ...]]:
    """The noted numbers of what was handed over to open doors, by stay."""
    rows = HandoverKey.objects.filter(
        ~Q(number=""),
        handover__tenure__in=tenures,
        handover__kind=HandoverKind.IN,
        kind__in=(KeyKind.CARD, KeyKind.REMOTE),
    )
    found: dict[int, tuple[str, ...]] = {}
    for tenure, number in rows.order_by("pk").values_list("handover__tenure", "number"):
        found[tenure] = (*found.get(tenure, ()), number)
    return found
