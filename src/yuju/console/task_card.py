"""What is to be done about a unit, a resident or a lease, as a card on its page: what is open first, then what was done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from yuju.identity.models import User
from yuju.workforce.icons import ICONS, TONES
from yuju.workforce.models import Task
from yuju.workforce.wording import due_words

VIEW, EDIT = "tasks.view", "tasks.edit"
SHOWN = 8
"""Tasks on the card. What is open stands first, so that only finished ones are left out, except where very much is to do."""


@dataclass(frozen=True)
class TaskLine:
    """A task as the card tells of it."""

    task: Task
    icon: str
    state_tone: str
    due: str
    due_tone: str


@dataclass(frozen=True)
class TaskCard:
    """The tasks of one thing; `add_url` leads to the form with the place filled in, empty for who may not ask for tasks."""

    lines: list[TaskLine]
    add_url: str


def tasks_card(user: User, property_id: int, **about: Any) -> TaskCard | None:
    """The card; None for somebody who does not see tasks there. One statement.

    Args:
        about: which tasks, such as `unit=…`, `resident=…` or `tenure=…`; what the form knows of it is filled in.
    """
    if not user.may(VIEW, property_id):
        return None
    rows = Task.objects.filter(property_id=property_id, **about).select_related("assignee")
    found = rows.order_by(F("ended_at").desc(nulls_first=True), "due_at", "pk")[:SHOWN]
    at = timezone.now()
    return TaskCard(
        lines=[_line(one, at) for one in found],
        add_url=_add_url(property_id, about) if user.may(EDIT, property_id) else "",
    )


def _line(task: Task, at: datetime) -> TaskLine:
    due = due_words(task, at)
    return TaskLine(task, ICONS.get(task.kind, "list-check"), TONES[task.state], due.text, due.tone)


def _add_url(property_id: int, about: dict[str, Any]) -> str:
    tenure = about.get("tenure")
    known = {"unit": tenure.unit, "resident": tenure.resident} if tenure is not None else about
    values = {"property": property_id, **{name: one.pk for name, one in known.items()}}
    return f"{reverse('console:tasks-new')}?{urlencode(values)}"
