"""Holding a task while it is changed, so that of two who change it at once the second sees what the first did."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from yuju.identity.models import User
from yuju.kit.errors import Refused
from yuju.kit.live import publish
from yuju.workforce.models import Task

PLAN = "tasks.edit"
"""The permission of those who plan what others do; they may do everybody's tasks."""

TOPIC = "task"
"""Open pages are told of a changed task under this topic."""


def held(task: Task) -> Task:
    """The task as it is now, locked until the transaction ends."""
    found: Task = Task.objects.select_for_update(no_key=True).get(pk=task.pk)
    return found


def written(given: Task, now: Task, **values: Any) -> Task:
    """Sets fields of a held task, writes them, shows them on the object the caller has, and tells open pages."""
    for name, value in values.items():
        setattr(now, name, value)
    now.save(update_fields=list(values))
    for name in (field.attname for field in Task._meta.concrete_fields):
        setattr(given, name, getattr(now, name))
    told(now)
    return given


def told(task: Task) -> None:
    """Tells open pages that something about a task changed."""
    publish(TOPIC, id=task.pk, property_id=task.property_id)


def check_undone(task: Task) -> None:
    """
    Raises:
        Refused: nothing is to be done in it any more (code `ended`).
    """
    if not task.is_undone():
        raise Refused(
            _("This task is over: %(state)s. Open it again first.") % {"state": task.get_state_display()}, code="ended"
        )


def check_doer(task: Task, by: User | None) -> None:
    """
    Raises:
        Refused: it is somebody else's (code `others`). Those who plan tasks, and stories themselves, may do everybody's.
    """
    if by is None or task.assignee_id in (None, by.pk) or by.may(PLAN, task.property_id):
        return
    raise Refused(_("%(name)s does this task already.") % {"name": task.assignee}, code="others")
