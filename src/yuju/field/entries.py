"""What a phone sends: at once, or hours later from its queue (assets/js/queue.js), and each entry counts once.

A page of the field face that lets something be entered writes a view that does it and raises `Refused` where a rule says no:

    @entry
    def tick(request: HttpRequest, at: datetime, pk: int, step: int) -> None: ...

and a form with `data-queue`, whose `action` is the view's address. The queue sends it with the key of the entry (`entry`) and the
moment it was entered (`entered`); `at` is that moment, as far as it is believed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from yuju.field.frame import user_of
from yuju.kit.console.pages import permitted
from yuju.kit.errors import Refused
from yuju.kit.toasts import toast_add
from yuju.workforce.selectors import DO
from yuju.workforce.services import field_entry_once

Doing = Callable[..., None]


def entry(view: Doing) -> Callable[..., HttpResponseBase]:
    """Makes a view of what does one entry. It answers the queue in JSON, and a browser without scripts with the page before.

    200 `{"ok": true}`: it is done, by this or an earlier sending. 422 `{"refused": sentence}`: a rule says no, nothing is done.
    """

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        now = timezone.now()
        try:
            key = UUID(request.POST["entry"]) if "entry" in request.POST else uuid4()
        except ValueError:
            return JsonResponse({"refused": "entry"}, status=400)
        try:
            field_entry_once(
                key=key,
                what=request.resolver_match.view_name if request.resolver_match else "",
                entered_at=_moment(request.POST.get("entered", "")),
                work=lambda at: view(request, at, *args, **kwargs),
                by=user_of(request),
                at=now,
            )
        except Refused as refusal:
            return _refuse(request, refusal)
        if _is_queue(request):
            return JsonResponse({"ok": True})
        return redirect(_back(request))

    return permitted(DO, require_POST(answered))


def _is_queue(request: HttpRequest) -> bool:
    return "entry" in request.POST


def _refuse(request: HttpRequest, refusal: Refused) -> HttpResponse:
    if _is_queue(request):
        return JsonResponse({"refused": str(refusal)}, status=422)
    toast_add(request, refusal, kind="bad")
    return redirect(_back(request))


def _back(request: HttpRequest) -> str:
    before = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(
        before, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return before if ours else reverse("field:home")


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found is not None and timezone.is_aware(found) else None
