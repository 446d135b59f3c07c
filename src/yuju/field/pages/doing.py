"""What is done with a task on the phone; each is one entry of its queue."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from yuju.field.entries import entry
from yuju.field.frame import user_of
from yuju.journeys.tasks import task_complete
from yuju.kit.errors import Refused
from yuju.workforce import services
from yuju.workforce.choices import StepResult
from yuju.workforce.models import Task
from yuju.workforce.selectors import tasks_for


def own_task(request: HttpRequest, pk: int) -> Task:
    """A task of the user's, or one they may take.

    Raises:
        Http404: there is none, or it is somebody else's.
    """
    found: Task = get_object_or_404(tasks_for(user_of(request)).select_related("property", "assignee", "tenure"), pk=pk)
    return found


@entry
def take(request: HttpRequest, at: datetime, pk: int) -> None:
    """The user takes a task that nobody does yet."""
    services.task_take(task=own_task(request, pk), by=user_of(request), at=at)


@entry
def start(request: HttpRequest, at: datetime, pk: int) -> None:
    """The user begins a task, or goes on with it."""
    services.task_start(task=own_task(request, pk), by=user_of(request), at=at)


@entry
def hold(request: HttpRequest, at: datetime, pk: int) -> None:
    """It cannot go on for now."""
    reason = _text(request, "reason")
    services.task_block(task=own_task(request, pk), reason=reason, by=user_of(request), at=at)


@entry
def finish(request: HttpRequest, at: datetime, pk: int) -> None:
    """Everything is done."""
    task_complete(task=own_task(request, pk), by=user_of(request), at=at)


@entry
def tick(request: HttpRequest, at: datetime, pk: int, step: int) -> None:
    """What was found at a step."""
    found = get_object_or_404(own_task(request, pk).steps.select_related("task"), pk=step)
    result = request.POST.get("result", "")
    if result not in ("", *StepResult.values):
        raise Refused(_("This is no result of a step."))
    services.task_step_tick(step=found, result=result, note=_text(request, "note"), by=user_of(request), at=at)


@entry
def comment(request: HttpRequest, at: datetime, pk: int) -> None:
    """Something to say."""
    services.task_comment(task=own_task(request, pk), text=_text(request, "text"), by=user_of(request), at=at)


@entry
def photo(request: HttpRequest, at: datetime, pk: int, step: int | None = None) -> None:
    """A photo of the task, or of one of its steps."""
    task = own_task(request, pk)
    found = None if step is None else get_object_or_404(task.steps.all(), pk=step)
    upload = request.FILES.get("photo")
    if upload is None:
        raise Refused(_("Choose a photo."), field="photo")
    services.task_photo_add(task=task, photo=upload, step=found, by=user_of(request), at=at)


def _text(request: HttpRequest, name: str) -> str:
    return str(request.POST.get(name, "")).replace("\x00", "")
