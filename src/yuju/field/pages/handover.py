"""A handover on the phone: things room by room, keys, meters, and the signature; each is one entry of the queue."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from yuju.field.entries import entry
from yuju.field.frame import page, user_of
from yuju.field.pages.doing import own_task
from yuju.journeys.handover import (
    TASK_KINDS,
    handover_begin,
    handover_kind_of,
    handover_meters,
    handover_of_task,
    handover_read,
    handover_sign,
)
from yuju.kit.console.pages import permitted
from yuju.kit.errors import Refused
from yuju.kit.pictures import picture_answer
from yuju.kit.toasts import toast_add
from yuju.reporting.handover_pdf import handover_pdf
from yuju.reporting.handover_sheet import handover_sheet, handovers_to_read
from yuju.residency.choices import Condition, KeyKind
from yuju.residency.models import Handover, HandoverItem, HandoverKey, HandoverPhoto
from yuju.residency.services import handovers
from yuju.workforce import services
from yuju.workforce.models import Task
from yuju.workforce.selectors import DO, tasks_for

LARGEST_KEYS = 6
"""Up to so many keys are counted with one tap."""


class SignForm(forms.Form):
    """Who signs, and the signature."""

    signer = forms.CharField(label=gettext_lazy("Name of who signs"), max_length=60)
    signature = forms.CharField(widget=forms.HiddenInput, max_length=200_000)


def own_handover(request: HttpRequest, pk: int) -> Handover:
    """The handover that a task of the user's asks for; with it, the task is begun.

    Raises:
        Http404: there is no such task for this user, or its handover was not begun.
        Refused: the task is over, or somebody else's.
    """
    task = own_task(request, pk)
    found = handover_of_task(task)
    if found is None:
        raise Http404
    return found


def _page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """All of a handover on one page, so that it opens where there is no connection."""
    task = own_task(request, pk)
    found = handover_of_task(task)
    if found is None:
        return redirect("field:task", pk)
    found = handovers_to_read(Handover.objects.filter(pk=found.pk)).get()
    sheet = handover_sheet(found)
    working = found.is_open() and task.is_undone() and task.assignee_id == user_of(request).pk
    noted = {one.meter_id: one for one in sheet.readings}
    context: dict[str, Any] = {
        "task": task,
        "handover": found,
        "sheet": sheet,
        "working": working,
        "is_out": found.before_id is not None,
        "conditions": _conditions(),
        "meters": [(stop, noted.get(stop.meter_id)) for stop in handover_meters(found)] if found.is_open() else [],
        "keys": [(key, range((key.expected or 0) + 1)) for key in sheet.keys],
        "most_keys": LARGEST_KEYS,
        "key_kinds": KeyKind.choices,
        "form": SignForm(initial={"signer": found.tenure.resident.contact_name or found.tenure.resident.name}),
    }
    return page(request, "field/handover.html", context, here="home")


def _pdf(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The handover on paper, once it is signed."""
    found = handovers_to_read(Handover.objects.filter(pk=own_handover(request, pk).pk)).get()
    if found.is_open():
        raise Http404
    try:
        made = handover_pdf(handover_sheet(found))
    except Refused as refusal:
        toast_add(request, refusal, kind="bad")
        return redirect("field:handover", pk)
    return HttpResponse(made, content_type="application/pdf")


def _photo(request: HttpRequest, pk: int, small: bool = False) -> HttpResponseBase:
    """A photo of a handover, or of the one before, of a stay for which the user has the task."""
    mine = tasks_for(user_of(request)).filter(kind__in=TASK_KINDS.values()).values("tenure_id")
    photo: HandoverPhoto = get_object_or_404(HandoverPhoto, pk=pk, handover__tenure_id__in=mine)
    return picture_answer(photo.thumbnail if small else photo.path, str(photo.pk), request)


handover_page = permitted(DO, require_GET(_page))
handover_pdf_page = permitted(DO, require_GET(_pdf))
photo_file = permitted(DO, require_GET(_photo))


@entry
def begin(request: HttpRequest, at: datetime, pk: int) -> None:
    """Begins the task and prepares what it asks for."""
    task = own_task(request, pk)
    kind = handover_kind_of(task)
    if kind is None or task.tenure is None:
        raise Http404
    services.task_start(task=task, by=user_of(request), at=at)
    handover_begin(tenure=task.tenure, kind=kind, by=user_of(request), at=at)


@entry
def item_set(request: HttpRequest, at: datetime, pk: int, item: int) -> None:
    """What a thing was found like."""
    found = _item(request, pk, item, at)
    handovers.handover_item_set(item=found, condition=text_sent(request, "result"), by=user_of(request), at=at)


@entry
def item_note(request: HttpRequest, at: datetime, pk: int, item: int) -> None:
    """More about a thing: how many of them, and what is wrong."""
    found = _item(request, pk, item, at)
    quantity = number_sent(request, "quantity") if request.POST.get("quantity") else None
    note = text_sent(request, "note")
    handovers.handover_item_note(item=found, note=note, quantity=quantity, by=user_of(request), at=at)


@entry
def item_photo(request: HttpRequest, at: datetime, pk: int, item: int) -> None:
    """A photo of a thing."""
    found = _item(request, pk, item, at)
    upload = request.FILES.get("photo")
    if upload is None:
        raise Refused(_("Choose a photo."), field="photo")
    handovers.handover_photo_add(item=found, photo=upload, by=user_of(request), at=at)


@entry
def item_add(request: HttpRequest, at: datetime, pk: int) -> None:
    """A thing that the template does not know."""
    handovers.handover_item_add(
        handover=_worked_on(request, pk, at),
        room=text_sent(request, "room"),
        name=text_sent(request, "name"),
        count=number_sent(request, "count"),
        by=user_of(request),
        at=at,
    )


@entry
def key_add(request: HttpRequest, at: datetime, pk: int) -> None:
    """Keys or cards that are given."""
    handovers.handover_key_add(
        handover=_worked_on(request, pk, at),
        kind=text_sent(request, "kind"),
        number=text_sent(request, "number"),
        count=number_sent(request, "count"),
        by=user_of(request),
        at=at,
    )


@entry
def key_count(request: HttpRequest, at: datetime, pk: int, key: int) -> None:
    """How many came back."""
    handovers.handover_key_count(
        key=_key(request, pk, key, at), count=number_sent(request, "result"), by=user_of(request), at=at
    )


@entry
def key_remove(request: HttpRequest, at: datetime, pk: int, key: int) -> None:
    """Keys that were written down by mistake."""
    handovers.handover_key_remove(key=_key(request, pk, key, at), by=user_of(request), at=at)


@entry
def meter_read(request: HttpRequest, at: datetime, pk: int, meter: int) -> None:
    """What a meter shows."""
    found = _worked_on(request, pk, at)
    try:
        value = Decimal(text_sent(request, "value").strip().replace(",", ".")).quantize(Decimal("0.0001"))
    except InvalidOperation as error:
        raise Refused(_("Enter what the meter shows, such as 461.3."), field="value") from error
    handover_read(
        handover=found,
        meter=meter,
        value=value,
        is_rollover=bool(request.POST.get("is_rollover")),
        by=user_of(request),
        at=at,
    )


@entry
def sign(request: HttpRequest, at: datetime, pk: int) -> None:
    """The resident signs; with it the task is done."""
    found = own_handover(request, pk)
    if found.is_open():
        _worked_on(request, pk, at)
    handover_sign(
        handover=found,
        signer=text_sent(request, "signer"),
        strokes=text_sent(request, "signature"),
        by=user_of(request),
        at=at,
    )


def _worked_on(request: HttpRequest, pk: int, at: datetime) -> Handover:
    """The handover of a task that is the user's to do, begun with its first entry."""
    task: Task = own_task(request, pk)
    services.task_start(task=task, by=user_of(request), at=at)
    return own_handover(request, pk)


def _item(request: HttpRequest, pk: int, item: int, at: datetime) -> HandoverItem:
    rows = _worked_on(request, pk, at).items.select_related("handover")
    found: HandoverItem = get_object_or_404(rows, pk=item)
    return found


def _key(request: HttpRequest, pk: int, key: int, at: datetime) -> HandoverKey:
    rows = _worked_on(request, pk, at).keys.select_related("handover")
    found: HandoverKey = get_object_or_404(rows, pk=key)
    return found


def _conditions() -> list[tuple[str, str, str, str]]:
    """What a thing can be found like, the usual at the right thumb: value, name, icon, tone."""
    looks = {
        Condition.MISSING: ("x", "bad"),
        Condition.DAMAGED: ("alert-triangle", "bad"),
        Condition.WORN: ("minus", "warn"),
        Condition.GOOD: ("check", "ok"),
    }
    return [(one.value, str(one.label), *look) for one, look in looks.items()]


def text_sent(request: HttpRequest, name: str) -> str:
    """What a form sent under a name; empty where nothing."""
    return str(request.POST.get(name, "")).replace("\x00", "")


def number_sent(request: HttpRequest, name: str) -> int:
    """A whole number that a form sent.

    Raises:
        Refused: it is none.
    """
    text = text_sent(request, name).strip()
    if not text.isdecimal() or len(text) > 4:
        raise Refused(_("Give a whole number."), field=name)
    return int(text)
