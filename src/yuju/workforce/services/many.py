"""Making and finishing many tasks, in as many statements as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from yuju.identity.models import User
from yuju.kit import numbering
from yuju.premises.models import Property
from yuju.residency.models import Tenure
from yuju.workforce.choices import UNDONE, Priority, StepResult, TaskKind, TaskState
from yuju.workforce.models import Task, TaskQuerySet, TaskStep
from yuju.workforce.searching import tasks_index
from yuju.workforce.services.holding import told
from yuju.workforce.services.making import Step


@dataclass(frozen=True)
class Wanted:
    """One of many tasks: at whose unit, until when (UTC), and the key under which its story asks for it once.

    The stay's unit, with its building, and resident should be at hand.
    """

    tenure: Tenure
    due_at: datetime
    source_key: str


@transaction.atomic
def tasks_add(
    *,
    property: Property,
    kind: TaskKind,
    title: str,
    details: str,
    priority: Priority,
    group: str,
    steps: Sequence[Step],
    source: str,
    wanted: Sequence[Wanted],
    at: datetime,
) -> int:
    """Makes tasks that differ in whom they are about and when they are due; those a story asked for before stay as they are.

    Two that ask for the same at the same time have to wait for each other: the caller holds a lock on what asks.

    Returns:
        how many are new.
    """
    keys = [one.source_key for one in wanted]
    known = set(Task.objects.filter(source=source, source_key__in=keys).values_list("source_key", flat=True))
    new = [one for one in wanted if one.source_key not in known]
    if not new:
        return 0
    numbers = numbering.take("task", property.pk, count=len(new))
    made = Task.objects.bulk_create(
        [
            Task(
                property=property,
                number=number,
                kind=kind,
                title=title[:120],
                details=details,
                unit=one.tenure.unit,
                resident=one.tenure.resident,
                tenure=one.tenure,
                priority=priority,
                group=group,
                due_at=one.due_at,
                source=source,
                source_key=one.source_key,
                created_at=at,
            )
            for number, one in zip(numbers, new, strict=True)
        ]
    )
    TaskStep.objects.bulk_create(
        TaskStep(task=task, position=place, text=step.text[:200], needs_photo=step.needs_photo)
        for task in made
        for place, step in enumerate(steps, start=1)
    )
    tasks_index(made)
    told(made[0])
    return len(made)


@transaction.atomic
def tasks_finish(*, tasks: TaskQuerySet, by: User | None, at: datetime) -> int:
    """Finishes tasks whose story has done what they ask for, with the steps nobody ticked. Returns how many.

    What follows is the story's own business: nothing else follows from it.
    """
    held = list(tasks.select_for_update(no_key=True, of=("self",)).filter(state__in=UNDONE))
    if not held:
        return 0
    ids = [one.pk for one in held]
    TaskStep.objects.filter(task__in=ids, result="").update(result=StepResult.OK, ticked_by=by, ticked_at=at)
    count: int = Task.objects.filter(pk__in=ids).update(state=TaskState.DONE, reason="", ended_at=at)
    for one in {task.property_id: task for task in held}.values():
        told(one)
    return count
