"""Tasks on the phone: mine, those to take, those done, and one of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Case, Q, When
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from yuju.field.frame import page, user_of
from yuju.field.pages.activities import EDIT as ACTIVITIES
from yuju.field.pages.activities import activities_near
from yuju.field.pages.doing import own_task
from yuju.identity.choices import AuditAction
from yuju.identity.services import audit_record
from yuju.journeys.abandoned import case_of_task
from yuju.journeys.abandoned_end import ENTRY
from yuju.journeys.handover import handover_kind_of, handover_of_task
from yuju.kit.console.pages import permitted
from yuju.kit.identity_numbers import mask_phone
from yuju.kit.pictures import picture_answer
from yuju.residency.abandoned import entry_of
from yuju.residency.models import RoomEntry
from yuju.workforce.choices import StepResult, TaskState
from yuju.workforce.icons import ICONS, TONES
from yuju.workforce.models import Task, TaskPhoto, TaskQuerySet
from yuju.workforce.selectors import DO, may_call, may_take, tasks_for, to_take
from yuju.workforce.wording import Due, due_words

SHOWN = 60
"""Tasks on a page: what is further off can wait until these are done."""


@dataclass(frozen=True)
class Line:
    """A task of a list."""

    task: Task
    due: Due
    icon: str
    state_tone: str


@dataclass(frozen=True)
class Group:
    """Tasks under one heading; `big` draws each as a card with its buttons."""

    title: str
    lines: list[Line] = field(default_factory=list)
    big: bool = False
    tone: str = ""


def _home(request: HttpRequest) -> HttpResponse:
    """The user's own tasks: what is late or begun, what is due today, what comes later, what cannot be begun yet."""
    now = timezone.now()
    mine = _shown(Task.objects.filter(assignee=user_of(request)).undone())
    rows = list(mine.order_by("due_at", "pk")[:SHOWN])
    today = timezone.localdate(now)
    at_once = [one for one in rows if one.is_late(now) or one.state == TaskState.DOING]
    planned = [one for one in rows if one.is_planned(today) and one not in at_once]
    rest = [one for one in rows if one not in at_once and one not in planned]
    groups = [
        Group(_("At once"), _lines(at_once, now), big=True, tone="bad"),
        Group(_("Today"), _lines([one for one in rest if timezone.localdate(one.due_at) == today], now)),
        Group(_("Later"), _lines([one for one in rest if timezone.localdate(one.due_at) > today], now)),
        Group(_("Planned"), _lines(planned, now)),
    ]
    shown = [group for group in groups if group.lines]
    user = user_of(request)
    activities = activities_near(user, now) if user.may(ACTIVITIES) else []
    context = {"groups": shown, "count": len(rows), "today": today, "activities": activities}
    return page(request, "field/home.html", context, here="home")


def _take(request: HttpRequest) -> HttpResponse:
    """The tasks nobody does yet, that the user may take: what is late and what is urgent first, what cannot be begun yet last."""
    now = timezone.now()
    today = timezone.localdate(now)
    late_first = Case(When(due_at__lt=now, then=0), default=1)
    rows = list(_shown(to_take(user_of(request))).order_by(late_first, "priority", "due_at", "pk")[:SHOWN])
    context = {
        "lines": _lines([one for one in rows if not one.is_planned(today)], now),
        "planned": _lines([one for one in rows if one.is_planned(today)], now),
        "today": today,
    }
    return page(request, "field/take.html", context, here="take")


def _done(request: HttpRequest) -> HttpResponse:
    """What the user finished last."""
    now = timezone.now()
    mine = Task.objects.filter(assignee=user_of(request)).exclude(Q(ended_at=None))
    rows = list(_shown(mine).order_by("-ended_at", "-pk")[:SHOWN])
    return page(request, "field/done.html", {"lines": _lines(rows, now), "today": timezone.localdate(now)}, here="home")


def _task(request: HttpRequest, pk: int) -> HttpResponse:
    """One task with all that can be done about it."""
    user, now = user_of(request), timezone.now()
    task: Task = get_object_or_404(_shown(tasks_for(user)).prefetch_related("steps", "photos", "comments__by"), pk=pk)
    photos = list(task.photos.all())
    steps = list(task.steps.all())
    by_step: dict[int | None, list[TaskPhoto]] = {}
    for one in photos:
        by_step.setdefault(one.step_id, []).append(one)
    mine = task.assignee_id == user.pk
    context: dict[str, Any] = {
        "task": task,
        "due": due_words(task, now),
        "icon": ICONS.get(task.kind, "list-check"),
        "state_tone": TONES[task.state],
        "stages": _stages(task),
        "steps": [(step, by_step.get(step.pk, [])) for step in steps],
        "left": sum(1 for step in steps if not step.result),
        "photos": by_step.get(None, []),
        "comments": list(task.comments.all()),
        "results": _results(),
        "mine": mine,
        "working": mine and task.is_undone(),
        "asks_handover": handover_kind_of(task) is not None,
        "handover": handover_of_task(task) if mine else None,
        "asks_entry": task.source == ENTRY,
        "entry": _entry(task) if mine else None,
        "may_take": task.assignee_id is None and may_take(user, task),
        "phone": mask_phone(task.resident.phone) if task.resident and task.resident.phone else "",
        "may_call": may_call(user, task),
    }
    return page(request, "field/task.html", context, here="home" if mine else "take")


def _entry(task: Task) -> RoomEntry | None:
    """The entry into an abandoned room that a task asks for, once it was begun."""
    case = case_of_task(task)
    return None if case is None else entry_of(case)


def _phone(request: HttpRequest, pk: int) -> HttpResponse:
    """The telephone number of the task's resident, for who does the task; each showing is written to the audit."""
    user = user_of(request)
    task = own_task(request, pk)
    resident = task.resident
    if resident is None or not resident.phone or not may_call(user, task):
        raise Http404
    audit_record(
        action=AuditAction.REVEALED,
        by=user,
        at=timezone.now(),
        about=resident,
        property_id=task.property_id,
        field="phone",
        task=task.pk,
    )
    return JsonResponse({"phone": str(resident.phone)}, headers={"Cache-Control": "no-store"})


def _photo(request: HttpRequest, pk: int, small: bool = False) -> HttpResponseBase:
    """A photo of a task the user sees."""
    photo: TaskPhoto = get_object_or_404(TaskPhoto, pk=pk, task__in=tasks_for(user_of(request)))
    return picture_answer(photo.thumbnail if small else photo.path, str(photo.pk), request)


home_page = permitted(DO, require_GET(_home))
take_page = permitted(DO, require_GET(_take))
done_page = permitted(DO, require_GET(_done))
task_page = permitted(DO, require_GET(_task))
phone_page = permitted(DO, require_POST(_phone))
photo_file = permitted(DO, require_GET(_photo))


def _shown(rows: TaskQuerySet) -> TaskQuerySet:
    return rows.select_related("property", "unit", "resident", "assignee", "tenure")


def _lines(rows: list[Task], at: datetime) -> list[Line]:
    return [Line(one, due_words(one, at), ICONS.get(one.kind, "list-check"), TONES[one.state]) for one in rows]


def _results() -> list[tuple[str, str, str, str]]:
    """What can be found at a step, the usual at the right thumb: value, name, icon, tone."""
    return [
        (StepResult.NOT_NEEDED, str(StepResult.NOT_NEEDED.label), "minus", "mute"),
        (StepResult.NOT_OK, str(StepResult.NOT_OK.label), "alert-triangle", "bad"),
        (StepResult.OK, str(StepResult.OK.label), "check", "ok"),
    ]


def _stages(task: Task) -> list[tuple[str, datetime | None, str]]:
    """How far it is: what each stage is called, when it was reached, and whether it is `past`, `now` or `next`."""
    reached = [task.taken_at, task.started_at, task.ended_at]
    names = [_("Taken"), _("Begun"), _("Finished") if task.state != TaskState.CANCELLED else _("Cancelled")]
    current = next((number for number, moment in enumerate(reached) if moment is None), len(reached))
    kinds = ["past" if number < current else "now" if number == current else "next" for number in range(len(names))]
    return list(zip(names, reached, kinds, strict=True))
