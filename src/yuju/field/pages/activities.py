"""Who came to an activity (社区活动), ticked where it takes place."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from yuju.care import services
from yuju.care.activities import may_tick
from yuju.care.choices import SignUpState
from yuju.care.models import Activity, SignUp
from yuju.field.entries import entry
from yuju.field.frame import page, user_of
from yuju.identity.models import User
from yuju.kit.console.pages import permitted
from yuju.kit.dates import local_date
from yuju.kit.errors import Refused
from yuju.reporting.stays import homes_on

EDIT = "care.edit"
NEAR = timedelta(hours=12)
"""Activities stand on the first page from so long before they begin until so long after they end."""

CAME = {"yes": True, "no": False}


def activities_near(user: User, at: datetime) -> list[Activity]:
    """The activities of about now at which somebody may tick who came, the first first."""
    rows = _seen(user).filter(starts_at__lte=at + NEAR, ends_at__gte=at - NEAR, cancelled_because="")
    return list(rows.order_by("starts_at", "pk"))


def _activity(request: HttpRequest, pk: int) -> HttpResponse:
    """Everybody who signed up, by name, then who waits for a seat, with where they live; from its day on each to be ticked."""
    activity = get_object_or_404(_seen(user_of(request)), pk=pk)
    people = list(
        activity.sign_ups.exclude(state=SignUpState.WITHDRAWN)
        .select_related("resident")
        .order_by("state", "resident__name_sort", "pk")
    )
    held_on = local_date(activity.starts_at, activity.property.time_zone)
    homes = homes_on([one.resident_id for one in people], held_on)
    context = {
        "activity": activity,
        "people": [(one, homes.get(one.resident_id, ""), _result(one)) for one in people],
        "ticks": may_tick(activity, timezone.now()),
        "came": sum(1 for one in people if one.came),
        "choices": [("no", _("Did not come"), "x", "bad"), ("yes", _("Came"), "check", "ok")],
    }
    return page(request, "field/activity.html", context, here="home")


@entry
def came(request: HttpRequest, at: datetime, pk: int, person: int) -> None:
    """Whether somebody came."""
    activity = get_object_or_404(_seen(user_of(request)), pk=pk)
    sign_up = get_object_or_404(SignUp.objects.select_related("activity"), pk=person, activity=activity)
    result = request.POST.get("result", "")
    if result not in CAME:
        raise Refused(_("Say whether they came."))
    services.attendance_tick(sign_up=sign_up, came=CAME[result], by=user_of(request), at=at)


def _result(sign_up: SignUp) -> str:
    """What was ticked, as a button calls it; empty while nobody has."""
    return next((name for name, value in CAME.items() if value is sign_up.came), "")


activity_page = permitted(EDIT, require_GET(_activity))


def _seen(user: User) -> QuerySet[Activity]:
    rows: QuerySet[Activity] = Activity.objects.visible_to(user, EDIT).select_related("property")
    return rows
