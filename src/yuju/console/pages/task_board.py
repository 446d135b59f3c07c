"""The board of tasks: what is to do, what is being done, what is on hold, and what is late in a column of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from yuju.console.pages.premises import user_of
from yuju.console.pages.tasks import EDIT, VIEW
from yuju.kit.console import console_site
from yuju.kit.console.tabs import counted
from yuju.premises.models import Property
from yuju.workforce.choices import TaskKind, TaskState
from yuju.workforce.icons import ICONS
from yuju.workforce.models import STILL_TO_DO, Task
from yuju.workforce.wording import Due, due_words

SHOWN = 30
"""Cards in a column; the list has all of them."""


@dataclass(frozen=True)
class Card:
    """A task on the board."""

    task: Task
    due: Due
    icon: str
    may_assign: bool


@dataclass(frozen=True)
class Lane:
    """A column of the board; `more` leads to its tasks in the list."""

    title: str
    count: int
    cards: list[Card]
    more: str
    late: bool = False


@console_site.page(
    "task-board",
    title=gettext_lazy("Task board"),
    permission=VIEW,
    route="tasks/board/",
    in_navigation=False,
)
@require_GET
def board_page(request: HttpRequest) -> HttpResponseBase:
    """The tasks that are not over, by how far they are; late ones stand apart, whatever their state."""
    now = timezone.now()
    kind = request.GET.get("kind", "")
    rows = _rows(request)
    if kind in TaskKind.values:
        rows = rows.filter(kind=kind)
    on_time = Q(due_at__gte=now)
    conditions = [
        (_("Late"), Q(due_at__lt=now) & STILL_TO_DO, "tab=late", True),
        (str(TaskState.OPEN.label), on_time & Q(state=TaskState.OPEN), "state=open", False),
        (str(TaskState.DOING.label), on_time & Q(state=TaskState.DOING), "state=doing", False),
        (str(TaskState.BLOCKED.label), on_time & Q(state=TaskState.BLOCKED), "state=blocked", False),
    ]
    found = [rows.filter(condition) for _title, condition, _query, _late in conditions]
    counts = counted(dict(enumerate(found)))
    here = reverse("console:tasks-list")
    lanes = [
        Lane(title, counts[number], _cards(request, found[number], now), f"{here}?{query}", late)
        for number, (title, _condition, query, late) in enumerate(conditions)
    ]
    context: dict[str, Any] = {
        # Late last, at the right, as the eye ends there.
        "lanes": [*lanes[1:], lanes[0]],
        "kinds": [("", _("All kinds"), not kind), *((one.value, one.label, kind == one) for one in TaskKind)],
        "new_url": reverse("console:tasks-new") if user_of(request).may(EDIT) else "",
        "kind": kind,
    }
    return render(request, "console/tasks/board.html", context)


def _rows(request: HttpRequest) -> QuerySet[Task]:
    place: Property | None = getattr(request, "property", None)
    rows: QuerySet[Task] = Task.objects.visible_to(user_of(request), VIEW)
    return rows if place is None else rows.filter(property=place)


def _cards(request: HttpRequest, rows: QuerySet[Task], at: datetime) -> list[Card]:
    user = user_of(request)
    shown = rows.select_related("unit", "property", "resident", "assignee").order_by("due_at", "number")[:SHOWN]
    return [
        Card(one, due_words(one, at), ICONS.get(one.kind, "list-check"), user.may(EDIT, one.property_id))
        for one in shown
    ]
