"""Whose tasks are whose."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from yuju.identity.models import User
from yuju.workforce.choices import TaskState
from yuju.workforce.models import STILL_TO_DO, Task, TaskQuerySet

DO = "field.work"
"""The permission of those who do tasks: their own, and those they take."""


def may_take(user: User, task: Task) -> bool:
    """Whether somebody may take a task that nobody does: they do tasks at its property and have the role asked for."""
    return user.may(DO, task.property_id) and (not task.group or task.group in _roles_at(user, task.property_id))


def to_take(user: User) -> TaskQuerySet:
    """The tasks that nobody does yet and somebody may take."""
    rows = Task.objects.filter(STILL_TO_DO, assignee=None)
    scope = user.property_scope(DO)
    allowed = Q()
    for posted_at, roles in user.roles_by_property.items():
        groups = Q(group__in=["", *(role.code for role in roles)])
        allowed |= groups if posted_at is None else groups & Q(property_id=posted_at)
    if not allowed:
        return rows.none()
    rows = rows.filter(allowed)
    return rows if scope is None else rows.filter(property_id__in=scope)


def tasks_for(user: User) -> TaskQuerySet:
    """The tasks somebody sees who is on their feet: their own, over or not, and those to take. Nobody else's."""
    mine = Q(assignee=user)
    scope = user.property_scope(DO)
    if scope is not None:
        mine &= Q(property_id__in=scope)
    rows: TaskQuerySet = Task.objects.filter(mine | Q(pk__in=to_take(user).values("pk")))
    return rows


def late_count(user: User, at: datetime) -> int:
    """How many of somebody's own tasks are late."""
    return Task.objects.late(at).filter(assignee=user).count()


def may_call(user: User, task: Task) -> bool:
    """Whether somebody may be shown the telephone number of a task's resident: it is theirs, and not over."""
    return task.assignee_id == user.pk and task.state in (TaskState.OPEN, TaskState.DOING, TaskState.BLOCKED)


def _roles_at(user: User, property_id: int) -> set[str]:
    return {
        role.code
        for posted_at, roles in user.roles_by_property.items()
        if posted_at in (None, property_id)
        for role in roles
    }
