"""Who does a task."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.kit.errors import Refused
from yuju.workforce.choices import TaskState
from yuju.workforce.models import Task
from yuju.workforce.selectors import DO, may_take
from yuju.workforce.services.holding import check_undone, held, told, written


@edits
@transaction.atomic
def task_assign(*, task: Task, to: User | None, by: User | None, at: datetime) -> Task:
    """Gives a task to somebody, or (None) puts it back among those to be taken.

    Raises:
        Refused: it is over, or they do not do tasks at its property.
    """
    now = held(task)
    check_undone(now)
    if to is not None and not to.may(DO, now.property_id):
        raise Refused(_("%(name)s does not do tasks at this property.") % {"name": to}, field="assignee")
    if to is None:
        return written(task, now, assignee=None, taken_at=None, started_at=None, state=TaskState.OPEN, reason="")
    if now.assignee_id == to.pk:
        return task
    return written(task, now, assignee=to, taken_at=at)


@edits
@transaction.atomic
def task_take(*, task: Task, by: User, at: datetime) -> Task:
    """Somebody takes a task that nobody does yet. Nothing happens when it is theirs already.

    Raises:
        Refused: it is over, another was faster, or it is meant for others.
    """
    now = held(task)
    check_undone(now)
    if now.assignee_id == by.pk:
        return task
    if now.assignee_id is not None:
        raise Refused(_("%(name)s has taken this task already.") % {"name": now.assignee}, code="others")
    if not may_take(by, now):
        raise Refused(_("This task is meant for others."), code="others")
    return written(task, now, assignee=by, taken_at=at)


@edits
@transaction.atomic
def tasks_assign(*, tasks: QuerySet[Task], to: User | None, by: User | None, at: datetime) -> int:
    """Gives many tasks to somebody in one statement, or (None) to nobody; those that are over stay. Returns how many."""
    rows = Task.objects.filter(pk__in=tasks.values("pk")).undone()
    changed: list[Task] = list(rows.select_for_update(no_key=True).order_by("pk"))
    number = Task.objects.filter(pk__in=[one.pk for one in changed]).update(
        assignee=to, taken_at=at if to is not None else None
    )
    for property_id in {one.property_id for one in changed}:
        told(next(one for one in changed if one.property_id == property_id))
    return number
