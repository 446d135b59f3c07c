"""What is done with one task at the desk: saying something, doing it, ending it, opening it again, seeing its photos."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db import transaction
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yuju.console.days import DayField
from yuju.console.pages.premises import user_of
from yuju.console.pages.tasks import EDIT, EVENING, VIEW
from yuju.identity.models import User
from yuju.journeys.tasks import task_complete
from yuju.kit.console import ConsoleForm, console_site
from yuju.kit.dates import local_date
from yuju.kit.errors import Refused
from yuju.kit.pictures import picture_answer
from yuju.kit.toasts import toast_add
from yuju.workforce import services
from yuju.workforce.choices import StepResult
from yuju.workforce.models import Task, TaskPhoto
from yuju.workforce.selectors import DO

LONGEST = 1000
Work = Callable[[Task, HttpRequest, User, datetime], Any]


def _task(request: HttpRequest, pk: int, permission: str) -> Task:
    """A task where the user holds a permission besides that of seeing it.

    Raises:
        Http404: there is none for this user.
    """
    rows = Task.objects.visible_to(user_of(request), VIEW).visible_to(user_of(request), permission)
    found: Task = get_object_or_404(rows.select_related("property", "assignee"), pk=pk)
    return found


def _text(request: HttpRequest, name: str) -> str:
    return str(request.POST.get(name, "")).replace("\x00", "")[:LONGEST]


def _do(request: HttpRequest, task: Task, work: Work) -> HttpResponseBase:
    """Does the work and leads back to the task; a refusal is told there."""
    try:
        with transaction.atomic():
            work(task, request, user_of(request), timezone.now())
    except Refused as refusal:
        toast_add(request, refusal, kind="bad")
    return redirect("console:tasks-detail", task.pk)


def _comment(task: Task, request: HttpRequest, by: User, at: datetime) -> None:
    services.task_comment(task=task, text=_text(request, "text"), by=by, at=at)


def _start(task: Task, request: HttpRequest, by: User, at: datetime) -> None:
    services.task_start(task=task, by=by, at=at)


def _finish(task: Task, request: HttpRequest, by: User, at: datetime) -> None:
    task_complete(task=task, by=by, at=at)


def _tick(task: Task, request: HttpRequest, by: User, at: datetime) -> None:
    number = request.POST.get("step", "")
    step = task.steps.filter(pk=number).first() if number.isdecimal() and len(number) < 19 else None
    result = request.POST.get("result", "")
    if step is None or result not in ("", *StepResult.values):
        raise Http404
    services.task_step_tick(step=step, result=result, note=_text(request, "note"), by=by, at=at)


DOING: dict[str, Work] = {"start": _start, "finish": _finish, "tick": _tick}


@console_site.page("task-comment", title="", permission=VIEW, route="tasks/<int:pk>/comment", in_navigation=False)
@require_POST
def comment_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Says something about a task."""
    return _do(request, _task(request, pk, VIEW), _comment)


@console_site.page("task-do", title="", permission=DO, route="tasks/<int:pk>/do", in_navigation=False)
@require_POST
def do_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Does a task at the desk: begins it, ticks a step, finishes it."""
    task = _task(request, pk, DO)
    work = DOING.get(request.POST.get("what", ""))
    if work is None:
        raise Http404
    return _do(request, task, work)


class ReasonForm(ConsoleForm):
    """Why a task is ended."""

    reason = forms.CharField(label=gettext_lazy("Why it is not needed"), max_length=300)


class HoldForm(ConsoleForm):
    """Why a task cannot go on."""

    reason = forms.CharField(label=gettext_lazy("Why it cannot go on for now"), max_length=300)


class AgainForm(ConsoleForm):
    """Why a task has to be done again, and until when."""

    reason = forms.CharField(label=gettext_lazy("Why it has to be done again"), max_length=300)
    due_on = DayField(label=gettext_lazy("Due on"))


@console_site.page("task-cancel", title="", permission=EDIT, route="tasks/<int:pk>/cancel/", in_navigation=False)
@require_http_methods(["GET", "POST"])
def cancel_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Ends a task that is not needed any more."""
    task = _task(request, pk, EDIT)
    form = ReasonForm(request.POST or None, request=request)

    def work(given: dict[str, Any], by: User, at: datetime) -> None:
        services.task_cancel(task=task, reason=given["reason"], by=by, at=at)

    return _form_page(request, task, form, _("Cancel the task"), work)


@console_site.page("task-hold", title="", permission=DO, route="tasks/<int:pk>/hold/", in_navigation=False)
@require_http_methods(["GET", "POST"])
def hold_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Puts a task on hold; starting it again lets it go on."""
    task = _task(request, pk, DO)
    form = HoldForm(request.POST or None, request=request)

    def work(given: dict[str, Any], by: User, at: datetime) -> None:
        services.task_block(task=task, reason=given["reason"], by=by, at=at)

    return _form_page(request, task, form, _("Put on hold"), work)


@console_site.page("task-reopen", title="", permission=EDIT, route="tasks/<int:pk>/reopen/", in_navigation=False)
@require_http_methods(["GET", "POST"])
def reopen_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Opens a task again that was done or cancelled."""
    task = _task(request, pk, EDIT)
    zone = ZoneInfo(task.property.time_zone)
    tomorrow = local_date(timezone.now(), zone) + timedelta(days=1)
    form = AgainForm(request.POST or None, request=request, initial={"due_on": tomorrow})

    def work(given: dict[str, Any], by: User, at: datetime) -> None:
        end = datetime.combine(given["due_on"], EVENING, tzinfo=zone)
        services.task_reopen(task=task, reason=given["reason"], due_at=end, by=by, at=at)

    return _form_page(request, task, form, _("Open it again"), work)


def _form_page(
    request: HttpRequest,
    task: Task,
    form: ConsoleForm,
    heading: str,
    work: Callable[[dict[str, Any], User, datetime], None],
) -> HttpResponseBase:
    back = reverse("console:tasks-detail", args=[task.pk])
    if request.method == "POST" and form.is_valid():
        try:
            work(form.cleaned_data, user_of(request), timezone.now())
            toast_add(request, _("Saved"))
            return redirect(back)
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
    context = {
        "form": form,
        "heading": heading,
        "act": heading,
        "sub": f"{task.title} · #{task.number}",
        "crumbs": [(_("Tasks"), reverse("console:tasks-list")), (task.title, back), (heading, "")],
        "back_url": back,
    }
    return render(request, "console/residency/small_form.html", context, status=422 if form.errors else 200)


@console_site.page(
    "task-photo", title="", permission=VIEW, route="tasks/<int:pk>/photos/<int:photo>", in_navigation=False
)
@require_GET
def photo_page(request: HttpRequest, pk: int, photo: int) -> HttpResponseBase:
    """A photo of a task; `?small` for its small copy."""
    found: TaskPhoto = get_object_or_404(TaskPhoto, pk=photo, task=_task(request, pk, VIEW))
    path = found.thumbnail if "small" in request.GET else found.path
    return picture_answer(path, str(found.pk), request)
