"""Activities a person is invited to: signing up, withdrawing, and saying how it was."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from yuju.care import services
from yuju.care.activities import activities_of, may_rate, sign_up_of
from yuju.care.choices import SignUpState
from yuju.care.models import Activity, SignUp
from yuju.kit.errors import Refused
from yuju.kit.pictures import picture_answer
from yuju.kit.toasts import toast_add
from yuju.portal.people import for_person, page
from yuju.residency.models import Resident
from yuju.residency.selectors import Person

ON_PAGE = 24
LONGEST = 500


def standing_words(activity: Activity, mine: SignUp | None, at: datetime) -> tuple[str, str]:
    """Where a person stands to an activity, with the tone of its tag."""
    if activity.cancelled_because:
        return _("Called off"), "bad"
    if mine is not None and mine.state == SignUpState.WAITING:
        return _("On the waiting list"), "warn"
    if mine is not None:
        return _("Signed up"), "ok"
    return (_("Over"), "") if activity.starts_at <= at else (_("Open for sign-up"), "brand")


@require_GET
@for_person
def activities_page(request: HttpRequest, person: Person) -> HttpResponseBase:
    """What a person is or was invited to, the latest first."""
    now = timezone.now()
    shown = Paginator(activities_of(person.resident_ids), ON_PAGE).get_page(request.GET.get("page"))
    held: dict[int, SignUp] = {}
    rows = SignUp.objects.filter(activity__in=[one.pk for one in shown], resident_id__in=person.resident_ids)
    for row in rows.exclude(state=SignUpState.WITHDRAWN).order_by("-state"):
        held[row.activity_id] = row
    lines = [(one, *standing_words(one, held.get(one.pk), now)) for one in shown]
    return page(request, person, "portal/activities.html", {"page": shown, "lines": lines}, here="home")


@require_GET
@for_person
def activity_page(request: HttpRequest, person: Person, pk: int) -> HttpResponseBase:
    """One of them. 404 for whoever is not invited."""
    activity, now = _own(person, pk), timezone.now()
    mine = sign_up_of(activity, person.resident_ids)
    words, tone = standing_words(activity, mine, now)
    taken = activity.sign_ups.filter(state=SignUpState.COMING).count()
    open_yet = activity.starts_at > now and not activity.cancelled_because
    context: dict[str, Any] = {
        "activity": activity,
        "mine": mine,
        "words": words,
        "tone": tone,
        "left": None if activity.seats is None else max(activity.seats - taken, 0),
        "may_sign": open_yet and mine is None,
        "may_leave": open_yet and mine is not None,
        "may_rate": mine is not None and may_rate(mine, now),
        "stars": range(1, 6),
    }
    return page(request, person, "portal/activity.html", context, here="home")


@require_GET
@for_person
def picture_page(request: HttpRequest, person: Person, pk: int, small: bool = False) -> HttpResponseBase:
    """The picture of one of them, or its small copy."""
    activity = _own(person, pk)
    if not activity.cover:
        raise Http404
    return picture_answer(activity.cover_small if small else activity.cover, str(activity.pk), request)


@require_POST
@for_person
def sign_up_page(request: HttpRequest, person: Person, pk: int) -> HttpResponseBase:
    """Signs up."""
    activity = _own(person, pk)
    try:
        made = services.sign_up(activity=activity, resident=_file(person, activity), by=None, at=timezone.now())
    except Refused as refusal:
        toast_add(request, refusal, kind="bad")
    else:
        waits = made.state == SignUpState.WAITING
        toast_add(request, _("You are on the waiting list.") if waits else _("You are signed up."))
    return redirect("portal:activity", pk)


@require_POST
@for_person
def withdraw_page(request: HttpRequest, person: Person, pk: int) -> HttpResponseBase:
    """Gives the seat back."""
    activity = _own(person, pk)
    try:
        services.sign_up_withdraw(activity=activity, resident=_file(person, activity), by=None, at=timezone.now())
    except Refused as refusal:
        toast_add(request, refusal, kind="bad")
    else:
        toast_add(request, _("You are not signed up any more."))
    return redirect("portal:activity", pk)


@require_POST
@for_person
def feedback_page(request: HttpRequest, person: Person, pk: int) -> HttpResponseBase:
    """Says how it was."""
    activity = _own(person, pk)
    given = request.POST.get("rating", "")
    rating = int(given) if given.isascii() and given.isdecimal() and len(given) == 1 else 0
    words = request.POST.get("words", "").replace("\x00", "")[:LONGEST]
    try:
        services.feedback_give(
            activity=activity, resident=_file(person, activity), rating=rating, words=words, at=timezone.now()
        )
    except Refused as refusal:
        toast_add(request, refusal, kind="bad")
    else:
        toast_add(request, _("Thank you for telling us."))
    return redirect("portal:activity", pk)


def _own(person: Person, pk: int) -> Activity:
    """
    Raises:
        Http404: the person is not invited to it, or there is none.
    """
    found = activities_of(person.resident_ids).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _file(person: Person, activity: Activity) -> Resident:
    """Under which of their files a person goes: the one that is signed up, else the one at the property."""
    mine = sign_up_of(activity, person.resident_ids)
    ids = [one.pk for one in person.residents if one.property_id == activity.property_id]
    wanted = mine.resident_id if mine is not None else next(iter(ids), None)
    found = next((one for one in person.residents if one.pk == wanted), None)
    if found is None:
        raise Http404
    return found
