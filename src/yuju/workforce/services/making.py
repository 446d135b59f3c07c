"""Making tasks and changing what they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.kit import numbering
from yuju.kit.dates import local_date
from yuju.kit.errors import Refused
from yuju.premises.models import Property, Unit
from yuju.residency.models import Resident, Tenure
from yuju.workforce.choices import Priority, TaskKind
from yuju.workforce.models import Task, TaskStep
from yuju.workforce.searching import tasks_index
from yuju.workforce.services.holding import check_undone, held, told, written

MOST_STEPS = 200


@dataclass(frozen=True)
class Step:
    """A step of a task that is made: what to look at, and whether a photo has to show it."""

    text: str
    needs_photo: bool = False


@edits
@transaction.atomic
def task_add(
    *,
    property: Property,
    kind: TaskKind | str,
    title: str,
    due_at: datetime,
    by: User | None,
    at: datetime,
    details: str = "",
    unit: Unit | None = None,
    resident: Resident | None = None,
    tenure: Tenure | None = None,
    priority: Priority | int = Priority.NORMAL,
    assignee: User | None = None,
    group: str = "",
    start_on: date | None = None,
    steps: Sequence[Step] = (),
    source: str = "",
    source_key: str = "",
) -> Task:
    """Makes a task. A story that asks a second time for the same thing gets the task it has, as it is now.

    Args:
        due_at: until when, UTC.
        group: the code of the role that may take it while nobody is assigned; empty for everybody who does tasks.
        start_on: the local day from which it can be done.
        source, source_key: the story that asks, and for what: unique together, such as `turnover` and a lease's id.

    Raises:
        Refused: the unit, resident or lease is of another property, or it can only begin after it is due.
    """
    if source and (known := _known(source, source_key)) is not None:
        return known
    made = Task(
        property=property,
        kind=kind,
        title=title.strip()[:120],
        details=details.strip(),
        unit=unit if unit is not None or tenure is None else tenure.unit,
        resident=resident if resident is not None or tenure is None else tenure.resident,
        tenure=tenure,
        priority=priority,
        assignee=assignee,
        group=group,
        start_on=start_on,
        due_at=due_at,
        source=source,
        source_key=source_key,
        made_by=by,
        created_at=at,
        taken_at=at if assignee is not None else None,
    )
    _check(made)
    made.number = numbering.take("task", property.pk)[0]
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:
        # Somebody made it for the same story since it was looked for.
        if source and (known := _known(source, source_key)) is not None:
            return known
        raise
    _write_steps(made, steps, after=0)
    tasks_index([made])
    told(made)
    return made


@edits
@transaction.atomic
def task_change(
    *,
    task: Task,
    kind: TaskKind | str,
    title: str,
    details: str,
    unit: Unit | None,
    resident: Resident | None,
    priority: Priority | int,
    group: str,
    start_on: date | None,
    due_at: datetime,
    steps: Sequence[Step],
    by: User | None,
    at: datetime,
) -> Task:
    """Changes what a task says. A later end makes it rise anew should it be late again; what was ticked stays.

    Raises:
        Refused: it is over; a step that was ticked is missing; or as `task_add`.
    """
    now = held(task)
    check_undone(now)
    values = {
        "kind": kind,
        "title": title.strip()[:120],
        "details": details.strip(),
        "unit": unit,
        "resident": resident,
        "priority": priority,
        "group": group,
        "start_on": start_on,
        "due_at": due_at,
        "risen_at": now.risen_at if due_at == now.due_at else None,
    }
    changed = Task(property=now.property, tenure=now.tenure, **values)
    _check(changed)
    _change_steps(now, steps)
    written(task, now, **values)
    tasks_index([now])
    return task


def _known(source: str, source_key: str) -> Task | None:
    return Task.objects.filter(source=source, source_key=source_key).first()


def _check(task: Task) -> None:
    if not task.title:
        raise Refused(_("Say what is to be done."), field="title")
    for name in ("unit", "resident", "tenure"):
        other = getattr(task, name)
        if other is not None and other.property_id != task.property_id:
            raise Refused(_("This belongs to another property than the task."), field=name)
    if task.start_on is not None and task.start_on > local_date(task.due_at, task.property.time_zone):
        raise Refused(_("It can only begin after it is due: choose an earlier day, or a later end."), field="start_on")


def _write_steps(task: Task, steps: Sequence[Step], after: int) -> None:
    if after + len(steps) > MOST_STEPS:
        raise Refused(_("A task has at most %(most)d steps.") % {"most": MOST_STEPS}, field="steps")
    TaskStep.objects.bulk_create(
        TaskStep(task=task, position=number, text=step.text.strip()[:200], needs_photo=step.needs_photo)
        for number, step in enumerate(steps, start=after + 1)
    )


def _change_steps(task: Task, steps: Sequence[Step]) -> None:
    """Puts other steps in the place of those nobody ticked or photographed."""
    before = list(task.steps.all())
    if [(one.text, one.needs_photo) for one in before] == [(one.text, one.needs_photo) for one in steps]:
        return
    wanted = {step.text for step in steps}
    used = [one for one in before if one.result or one.photos.exists()]
    for one in used:
        if one.text not in wanted:
            raise Refused(_("“%(step)s” was ticked already and has to stay.") % {"step": one.text}, field="steps")
    kept = {one.text for one in used}
    task.steps.exclude(pk__in=[one.pk for one in used]).delete()
    last = max((one.position for one in used), default=0)
    _write_steps(task, [step for step in steps if step.text not in kept], after=last)
