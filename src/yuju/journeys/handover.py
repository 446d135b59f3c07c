"""Handing over (交接): a unit's things, keys and meters with whoever moves in, and held against that when they leave.

It is done on the phone, in the order people walk through the rooms; signed, it becomes readings, a PDF for both, and the end of
its task.
"""

from __future__ import annotations

from datetime import datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from yuju.identity.choices import Role
from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.journeys.readings import reading_enter
from yuju.journeys.tasks import task_complete, task_give
from yuju.kit.dates import local_date
from yuju.kit.errors import Refused
from yuju.kit.strokes import strokes_read
from yuju.metering.models import HandoverReading, Meter
from yuju.metering.selectors import RoundStop, reading_round
from yuju.metering.services.handovers import handover_reading_set
from yuju.metering.services.readings import reading_check
from yuju.reporting.handover_sheet import handover_digest, handover_sheet
from yuju.residency.choices import HandoverKind
from yuju.residency.models import Handover, Tenure
from yuju.residency.selectors import handover_of
from yuju.residency.services import handovers
from yuju.workforce.choices import TaskKind
from yuju.workforce.models import Task, TaskQuerySet
from yuju.workforce.services import task_add

SOURCE = "handover"
INSPECTING = (SOURCE, "move_out")
"""The stories whose inspections are those of a check-out; other inspections look at something else."""
DONE_BY = time(20)
TASK_KINDS = {HandoverKind.IN: TaskKind.HANDOVER, HandoverKind.OUT: TaskKind.INSPECTION}


@edits
@transaction.atomic
def handover_begin(
    *,
    tenure: Tenure,
    kind: HandoverKind,
    assignee: User | None = None,
    due_at: datetime | None = None,
    by: User | None,
    at: datetime,
) -> Handover:
    """Prepares a handover and asks for it: of `assignee`, or of whoever of the front desk takes it. Begun before, nothing
    is made twice; a task that asks for it already is the one.

    Args:
        due_at: until when, UTC; the evening of the first or the last day of the stay where nothing is said.

    Raises:
        Refused: the stay was cancelled, or has ended and is to be handed over now.
    """
    made = handovers.handover_make(tenure=tenure, kind=kind, by=by, at=at)
    if not made.is_open() or handover_tasks(made).undone().exists():
        return made
    stay = Tenure.objects.select_related("property", "unit", "resident").get(pk=tenure.pk)
    titles = {HandoverKind.IN: _("Hand over %(unit)s"), HandoverKind.OUT: _("Inspect %(unit)s at check-out")}
    task = task_add(
        property=stay.property,
        kind=TASK_KINDS[kind],
        title=titles[kind] % {"unit": stay.unit.label},
        tenure=stay,
        group=Role.FRONT_DESK,
        due_at=due_at or _evening(stay, kind, at),
        source=SOURCE,
        source_key=f"{made.pk}",
        by=by,
        at=at,
    )
    if assignee is not None:
        task_give(task=task, to=assignee, by=by, at=at)
    return made


def _evening(stay: Tenure, kind: HandoverKind, at: datetime) -> datetime:
    zone = ZoneInfo(stay.property.time_zone)
    day = stay.start if kind == HandoverKind.IN else stay.end
    evening = datetime.combine(max(day or local_date(at, zone), local_date(at, zone)), DONE_BY, tzinfo=zone)
    return max(evening, at)


def handover_kind_of(task: Task) -> HandoverKind | None:
    """Which handover a task asks for; None where it asks for something else."""
    if task.tenure_id is None:
        return None
    if task.kind == TaskKind.HANDOVER:
        return HandoverKind.IN
    return HandoverKind.OUT if task.kind == TaskKind.INSPECTION and task.source in INSPECTING else None


def handover_of_task(task: Task) -> Handover | None:
    """The handover that a task asks for, if it was begun."""
    kind = handover_kind_of(task)
    return None if kind is None or task.tenure is None else handover_of(task.tenure, kind)


def handover_tasks(handover: Handover) -> TaskQuerySet:
    """The tasks that ask for a handover, over or not."""
    rows = Task.objects.filter(tenure_id=handover.tenure_id, kind=TASK_KINDS[HandoverKind(handover.kind)])
    if handover.kind == HandoverKind.OUT:
        rows = rows.filter(source__in=INSPECTING)
    found: TaskQuerySet = rows
    return found


def handover_meters(handover: Handover) -> list[RoundStop]:
    """The meters of the unit, with their latest readings."""
    return reading_round(handover.property_id, unit_ids=[handover.tenure.unit_id])


@transaction.atomic
def handover_read(
    *, handover: Handover, meter: int, value: Decimal, is_rollover: bool = False, by: User | None, at: datetime
) -> HandoverReading:
    """Notes what a meter of the unit shows.

    Args:
        meter: its id.

    Raises:
        Refused: it is no meter of this unit, or it shows less than before (code `backwards`), or as `reading_record`.
    """
    stop = next((one for one in handover_meters(handover) if one.meter_id == meter), None)
    if stop is None:
        raise Refused(_("This meter does not measure this unit."), field="value")
    found = Meter.objects.select_related("property").get(pk=meter)
    return handover_reading_set(handover=handover, meter=found, value=value, is_rollover=is_rollover, by=by, at=at)


@edits
@transaction.atomic
def handover_sign(*, handover: Handover, signer: str, strokes: str, by: User | None, at: datetime) -> Handover:
    """Signs a handover: what its meters show becomes readings, its task is finished, and nothing of it changes any more.
    Signed before, nothing happens.

    Args:
        signer: who signed, as they are called.
        strokes: the signature as the page sends it (`yuju.kit.strokes`).

    Raises:
        Refused: something was not looked at, photographed, counted or read, by name (code `unfinished`); nothing was drawn; a
            reading does not fit those the meter has, or a bill stands on a later one.
    """
    held: Handover = Handover.objects.select_for_update(no_key=True).get(pk=handover.pk)
    if not held.is_open():
        return held
    lines = strokes_read(strokes, field="signature")
    handovers.handover_check(held)
    _check_meters(held)
    sheet = handover_sheet(held)
    for noted in sheet.readings:
        _enter(noted, by, at)
    digest = handover_digest(sheet, signer=signer, strokes=lines)
    handovers.handover_seal(handover=held, signer=signer, strokes=lines, digest=digest, by=by, at=at)
    for task in handover_tasks(held).undone():
        # It is done, whoever was asked.
        theirs = task.assignee_id is None or by is None or task.assignee_id == by.pk
        task_complete(task=task, by=by if theirs else None, at=at)
    return held


def _check_meters(handover: Handover) -> None:
    noted = set(HandoverReading.objects.filter(handover=handover).values_list("meter_id", flat=True))
    unread = [one.serial for one in handover_meters(handover) if one.meter_id not in noted]
    if unread:
        raise Refused(_("Read the meters: %(names)s") % {"names": _(", ").join(unread)}, code="unfinished")


def _enter(noted: HandoverReading, by: User | None, at: datetime) -> None:
    """The reading of a meter: the one of that day that says the same, or a new one."""
    given = {"meter": noted.meter, "date": noted.date, "value": noted.value, "is_rollover": noted.is_rollover}
    reading = reading_check(**given, at=at)
    noted.reading = reading or reading_enter(**given, by=by, at=at)
    noted.save(update_fields=["reading"])


def begun(tenure: Tenure) -> dict[str, Handover]:
    """The handovers of a stay that were begun, by kind."""
    rows = Handover.objects.filter(tenure=tenure).select_related("done_by")
    return {one.kind: one for one in rows}
