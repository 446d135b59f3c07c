"""The task of what is to be filed: one a lease, with a step for each filing, due when the first of them is.

What is noted at the filings ticks the steps and finishes the task; the task cannot be finished past them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from yuju.identity.choices import Role
from yuju.identity.models import User
from yuju.journeys.tasks import after_task
from yuju.kit.errors import Refused
from yuju.residency.choices import FilingState
from yuju.residency.models import Filing, Tenure
from yuju.workforce.choices import UNDONE, StepResult, TaskKind
from yuju.workforce.models import Task, TaskStep
from yuju.workforce.services import Step, task_add, task_change
from yuju.workforce.services.many import tasks_finish

FILING = "filing"
"""The source of these tasks."""


def filing_tasks_follow(*, tenures: Collection[int], by: User | None, at: datetime) -> None:
    """Brings the tasks of leases in line with what is still to be filed of them.

    However many leases: what is filed is ticked and finished by a handful of statements; only a lease whose task is made or
    changed costs more.
    """
    due: dict[int, list[Filing]] = {}
    rows = Filing.objects.filter(tenure__in=tenures, state=FilingState.DUE).order_by("due_at", "pk")
    for one in rows.select_related("resident", "occupant"):
        due.setdefault(one.tenure_id, []).append(one)
    waiting = Task.objects.filter(source=FILING, tenure__in=tenures, state__in=UNDONE)
    tasks: dict[int, Task] = {one.tenure_id: one for one in waiting if one.tenure_id is not None}
    words = {tenure: [_step(one) for one in found] for tenure, found in due.items()}
    _tick(tasks.values(), words, by, at)
    tasks_finish(tasks=waiting.exclude(tenure__in=list(due)), by=by, at=at)
    for tenure, found in due.items():
        task = tasks.get(tenure)
        if task is None:
            _make(tenure, found, words[tenure], by, at)
        else:
            _change(task, found, words[tenure], by, at)


@after_task(FILING)
def filing_task_done(task: Task, by: User | None, at: datetime) -> None:
    """
    Raises:
        Refused: something is still to be filed: a tick in a task is no filing.
    """
    due = list(
        Filing.objects.filter(tenure=task.tenure_id, state=FilingState.DUE).select_related("resident", "occupant")
    )
    if due:
        said = _(", ").join(_step(one) for one in due[:3])
        raise Refused(
            _("Still to be filed: %(what)s. Note it on the page of the lease; the task is then finished by itself.")
            % {"what": said},
            code="unfinished",
        )


def _step(filing: Filing) -> str:
    """What a filing is called as a step, in the language tasks are written in."""
    with translation.override(settings.LANGUAGE_CODE):
        kind, person = str(filing.get_kind_display()), filing.occupant or filing.resident
        return kind if person is None else _("%(kind)s: %(name)s") % {"kind": kind, "name": person.name}


def _tick(tasks: Iterable[Task], words: dict[int, list[str]], by: User | None, at: datetime) -> None:
    steps = TaskStep.objects.filter(task__in=[one.pk for one in tasks], result="")
    done = [
        pk
        for pk, text, tenure in steps.values_list("pk", "text", "task__tenure_id")
        if text not in words.get(tenure, ())
    ]
    TaskStep.objects.filter(pk__in=done).update(result=StepResult.OK, ticked_by=by, ticked_at=at)


def _make(tenure_id: int, due: list[Filing], words: list[str], by: User | None, at: datetime) -> None:
    tenure: Tenure = Tenure.objects.select_related("property", "unit", "resident").get(pk=tenure_id)
    with translation.override(settings.LANGUAGE_CODE):
        title = _("File with the authorities: %(unit)s %(name)s") % {
            "unit": tenure.unit.label,
            "name": tenure.resident.name,
        }
        details = _("Note each on the page of the lease %(number)s when it is filed.") % {"number": tenure.number}
    assert due[0].due_at is not None
    # A lease whose task was finished or cancelled has another one when something new is to be filed.
    earlier = Task.objects.filter(source=FILING, tenure=tenure).count()
    task_add(
        property=tenure.property,
        kind=TaskKind.FILING,
        title=title,
        details=details,
        tenure=tenure,
        group=Role.FRONT_DESK,
        due_at=due[0].due_at,
        steps=[Step(one) for one in words],
        source=FILING,
        source_key=f"{tenure.pk}:{earlier + 1}",
        by=by,
        at=at,
    )


def _change(task: Task, due: list[Filing], words: list[str], by: User | None, at: datetime) -> None:
    there = [Step(one.text, one.needs_photo) for one in task.steps.all()]
    new = [Step(one) for one in words if one not in {step.text for step in there}]
    assert due[0].due_at is not None
    if not new and task.due_at == due[0].due_at:
        return
    task_change(
        task=task,
        kind=task.kind,
        title=task.title,
        details=task.details,
        unit=task.unit,
        resident=task.resident,
        priority=task.priority,
        group=task.group,
        start_on=task.start_on,
        due_at=due[0].due_at,
        steps=[*there, *new],
        by=by,
        at=at,
    )
