"""Ending a task without its being done, and opening one again."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.kit.errors import Refused
from yuju.workforce.choices import TaskState
from yuju.workforce.models import Task
from yuju.workforce.services.holding import check_undone, held, written


@edits
@transaction.atomic
def task_cancel(*, task: Task, reason: str, by: User | None, at: datetime) -> Task:
    """Ends a task that is not needed any more. Nothing happens when it was cancelled already.

    Raises:
        Refused: no reason, or it is done.
    """
    now = held(task)
    if now.state == TaskState.CANCELLED:
        return task
    check_undone(now)
    if not reason.strip():
        raise Refused(_("Say why it is not needed."), field="reason")
    return written(task, now, state=TaskState.CANCELLED, reason=reason.strip()[:300], ended_at=at)


@edits
@transaction.atomic
def task_reopen(*, task: Task, reason: str, due_at: datetime, by: User | None, at: datetime) -> Task:
    """Opens a task again that was done or cancelled, for whoever did it. Nothing happens when it is open.

    Args:
        due_at: until when it is to be done now, UTC.

    Raises:
        Refused: no reason, or the new end is past.
    """
    now = held(task)
    if now.is_undone():
        return task
    if not reason.strip():
        raise Refused(_("Say why it has to be done again."), field="reason")
    if due_at <= at:
        raise Refused(_("The end lies in the past."), field="due_at")
    again = {"state": TaskState.OPEN, "reason": reason.strip()[:300], "ended_at": None, "started_at": None}
    return written(task, now, **again, due_at=due_at, risen_at=None)
