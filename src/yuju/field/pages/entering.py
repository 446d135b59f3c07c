"""Entering an abandoned room on the phone: what is there, with photos, and both witnesses; each is one entry of the queue."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.files.base import File
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from yuju.field.entries import entry
from yuju.field.frame import page, user_of
from yuju.field.pages.doing import own_task
from yuju.field.pages.handover import number_sent, text_sent
from yuju.journeys.abandoned import case_of_task, entry_begin, entry_sign
from yuju.journeys.abandoned_end import ENTRY
from yuju.kit.console.pages import permitted
from yuju.kit.errors import Refused
from yuju.kit.pictures import picture_answer
from yuju.residency.abandoned import entry_of, term_end, things_left
from yuju.residency.choices import Condition
from yuju.residency.models import Abandonment, EntryPhoto, EntryThing, RoomEntry
from yuju.residency.services import entry_photo_add, entry_thing_add, entry_thing_remove
from yuju.workforce import services
from yuju.workforce.selectors import DO, tasks_for

PRESENT = (Condition.GOOD, Condition.WORN, Condition.DAMAGED)
PLACES = (1, 2)


class WitnessForm(forms.Form):
    """What both witnesses drew."""

    signature_1 = forms.CharField(widget=forms.HiddenInput, max_length=200_000)
    signature_2 = forms.CharField(widget=forms.HiddenInput, max_length=200_000)


def _case(request: HttpRequest, pk: int) -> Abandonment:
    """The case whose room a task of the user's asks to enter.

    Raises:
        Http404: there is no such task for this user.
    """
    found = case_of_task(own_task(request, pk))
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """All of an entry on one page, so that it opens where there is no connection."""
    task, case = own_task(request, pk), _case(request, pk)
    found = entry_of(case)
    if found is None:
        return redirect("field:task", pk)
    user = user_of(request)
    working = found.is_open() and case.is_open() and task.is_undone() and task.assignee_id == user.pk
    form = WitnessForm()
    witnesses = list(found.witnesses.order_by("place"))
    context: dict[str, Any] = {
        "task": task,
        "case": case,
        "entry": found,
        "working": working,
        "term_end": term_end(case),
        "left": things_left(case),
        "conditions": [(one.value, str(one.label)) for one in PRESENT],
        "pads": [(place, form[f"signature_{place}"], user.name if place == 1 else "") for place in PLACES],
        "witnesses": witnesses,
    }
    return page(request, "field/entry.html", context, here="home")


def _photo(request: HttpRequest, pk: int, small: bool = False) -> HttpResponseBase:
    """A photo of a room which a task of the user's asks to enter."""
    mine = tasks_for(user_of(request)).filter(source=ENTRY).values("tenure_id")
    photo: EntryPhoto = get_object_or_404(EntryPhoto, pk=pk, entry__abandonment__tenure_id__in=mine)
    return picture_answer(photo.thumbnail if small else photo.path, str(photo.pk), request)


entry_page = permitted(DO, require_GET(_page))
photo_file = permitted(DO, require_GET(_photo))


@entry
def begin(request: HttpRequest, at: datetime, pk: int) -> None:
    """Begins the task and the entry into the room."""
    case = _case(request, pk)
    services.task_start(task=own_task(request, pk), by=user_of(request), at=at)
    entry_begin(case=case, by=user_of(request), at=at)


@entry
def thing_add(request: HttpRequest, at: datetime, pk: int) -> None:
    """Something that is in the room, with its photo."""
    found = _worked_on(request, pk, at)
    entry_thing_add(
        entry=found,
        name=text_sent(request, "name"),
        count=number_sent(request, "count") if request.POST.get("count") else 1,
        condition=text_sent(request, "condition"),
        stored=text_sent(request, "stored"),
        note=text_sent(request, "words"),
        photo=_photo_sent(request),
        by=user_of(request),
        at=at,
    )


@entry
def thing_photo(request: HttpRequest, at: datetime, pk: int, thing: int) -> None:
    """One more photo of a thing."""
    found = _thing(request, pk, thing, at)
    entry_photo_add(thing=found, photo=_photo_sent(request), by=user_of(request), at=at)


@entry
def thing_remove(request: HttpRequest, at: datetime, pk: int, thing: int) -> None:
    """Takes off the list what was written down by mistake."""
    entry_thing_remove(thing=_thing(request, pk, thing, at), by=user_of(request), at=at)


@entry
def sign(request: HttpRequest, at: datetime, pk: int) -> None:
    """Both witnesses sign; with it the task is done."""
    found = entry_of(_case(request, pk))
    if found is None:
        raise Http404
    if found.is_open():
        _worked_on(request, pk, at)
    witnesses = [
        (
            text_sent(request, f"name_{place}"),
            text_sent(request, f"position_{place}"),
            text_sent(request, f"id_number_{place}"),
            text_sent(request, f"signature_{place}"),
        )
        for place in PLACES
    ]
    entry_sign(entry=found, witnesses=witnesses, by=user_of(request), at=at)


def _worked_on(request: HttpRequest, pk: int, at: datetime) -> RoomEntry:
    """The entry of a task that is the user's to do."""
    case = _case(request, pk)
    services.task_start(task=own_task(request, pk), by=user_of(request), at=at)
    found = entry_of(case)
    if found is None:
        raise Http404
    return found


def _photo_sent(request: HttpRequest) -> File[bytes]:
    upload: File[bytes] | None = request.FILES.get("photo")
    if upload is None:
        raise Refused(_("Choose a photo."), field="photo")
    return upload


def _thing(request: HttpRequest, pk: int, thing: int, at: datetime) -> EntryThing:
    rows = _worked_on(request, pk, at).things.select_related("entry__abandonment__property")
    found: EntryThing = get_object_or_404(rows, pk=thing)
    return found
