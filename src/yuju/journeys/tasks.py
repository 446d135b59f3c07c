"""Tasks across domains: asking somebody, what follows when one is done, and late ones that rise.

A story that makes tasks names itself as their `source`, and says here what has to follow:

    @after_task("turnover")
    def unit_ready(task: Task, by: User | None, at: datetime) -> None: ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from itertools import groupby

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yuju.identity.models import User
from yuju.identity.selectors import users_that_may
from yuju.messaging.services import notice_send
from yuju.residency.models import Tenure
from yuju.workforce.choices import TaskState
from yuju.workforce.models import Task
from yuju.workforce.services import Step, task_assign, task_cancel, task_change, task_finish, tasks_rise
from yuju.workforce.services.holding import PLAN

Following = Callable[[Task, User | None, datetime], None]
_following: dict[str, Following] = {}

NAMED = 5
"""As many late tasks are named in one notice; of more it tells the number alone."""


def after_task(source: str) -> Callable[[Following], Following]:
    """What a story does when a task of its own is finished, in the same transaction.

    Raises:
        ValueError: the story has said so already.
    """

    def add(following: Following) -> Following:
        if source in _following:
            raise ValueError(f"Two functions follow the tasks of {source}.")
        _following[source] = following
        return following

    return add


@transaction.atomic
def task_complete(*, task: Task, by: User | None, at: datetime) -> Task:
    """Finishes a task and does what follows from it. Done already: nothing happens, and nothing follows twice.

    Raises:
        Refused: as `task_finish`, or what follows refuses.
    """
    before = Task.objects.select_for_update(no_key=True).get(pk=task.pk).state
    task_finish(task=task, by=by, at=at)
    following = _following.get(task.source)
    if before != TaskState.DONE and following is not None:
        following(task, by, at)
    return task


@transaction.atomic
def task_give(*, task: Task, to: User | None, by: User | None, at: datetime) -> Task:
    """Gives a task to somebody and tells them, unless they took it themselves.

    Raises:
        Refused: as `task_assign`.
    """
    before = task.assignee_id
    task_assign(task=task, to=to, by=by, at=at)
    if to is not None and to.pk != before and to != by:
        tell_assigned(to, [task], at)
    return task


@transaction.atomic
def task_move(*, task: Task, due_at: datetime, start_on: date | None, by: User | None, at: datetime) -> Task:
    """Moves a task that is still to be done to another time; the rest of it stays as it is. There already, nothing happens.

    Args:
        due_at: until when, UTC; `start_on`: the local day from which it can be done.
    """
    if not task.is_undone() or (task.due_at, task.start_on) == (due_at, start_on):
        return task
    return task_change(
        task=task,
        kind=task.kind,
        title=task.title,
        details=task.details,
        unit=task.unit,
        resident=task.resident,
        priority=task.priority,
        group=task.group,
        start_on=start_on,
        due_at=due_at,
        steps=[Step(one.text, one.needs_photo) for one in task.steps.all()],
        by=by,
        at=at,
    )


def tasks_drop(*, tenure: Tenure, reason: str, by: User | None, at: datetime) -> int:
    """Cancels what is still to be done for a stay that never comes to be. Returns how many."""
    waiting = list(Task.objects.filter(tenure=tenure).undone())
    for task in waiting:
        task_cancel(task=task, reason=reason, by=by, at=at)
    return len(waiting)


def tell_assigned(to: User, tasks: Iterable[Task], at: datetime) -> None:
    """Leaves a notice with whoever was given tasks."""
    given = list(tasks)
    if not given:
        return
    with translation.override(to.language or settings.LANGUAGE_CODE):
        if len(given) == 1:
            title = _("A task for you: %(title)s") % {"title": given[0].title}
        else:
            title = ngettext("%(count)d task for you", "%(count)d tasks for you", len(given)) % {"count": len(given)}
        body = "" if len(given) == 1 else _titles(given)
    link = reverse("field:task", args=[given[0].pk]) if len(given) == 1 else reverse("field:home")
    notice_send(to=[to], title=title, body=body, link=link, at=at)


@transaction.atomic
def tasks_escalate(*, at: datetime) -> int:
    """Tells those who plan tasks at a property which have become late, each task once. Returns how many.

    A notice tells of all that became late together, so that a bad hour does not bury the bell.
    """
    late = tasks_rise(at=at)
    for property_id, found in groupby(late, key=lambda task: task.property_id):
        tasks = list(found)
        for planner in users_that_may(PLAN, property_id):
            _tell_late(planner, tasks, at)
    return len(late)


def _tell_late(planner: User, tasks: list[Task], at: datetime) -> None:
    with translation.override(planner.language or settings.LANGUAGE_CODE):
        if len(tasks) == 1:
            title = _("Late: %(title)s") % {"title": tasks[0].title}
            body = _("Nobody does it yet.") if tasks[0].assignee is None else str(tasks[0].assignee)
        else:
            title = ngettext("%(count)d task is late", "%(count)d tasks are late", len(tasks)) % {"count": len(tasks)}
            body = _titles(tasks)
    link = reverse("console:tasks-detail", args=[tasks[0].pk]) if len(tasks) == 1 else _late_list()
    notice_send(to=[planner], title=title, body=body, link=link, at=at)


def _late_list() -> str:
    return f"{reverse('console:tasks-list')}?tab=late"


def _titles(tasks: list[Task]) -> str:
    more = _(" …") if len(tasks) > NAMED else ""
    return _(", ").join(task.title for task in tasks[:NAMED]) + more
