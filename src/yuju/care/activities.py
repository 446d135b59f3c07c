"""Who is invited to an activity, who comes, and what somebody sees of it in the portal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Avg, Count, Q, QuerySet

from yuju.care.choices import SignUpState
from yuju.care.facts import Asked, lives_here
from yuju.care.models import Activity, SignUp
from yuju.care.selectors import cared_for, in_segment
from yuju.kit.dates import local_date
from yuju.messaging.choices import ResidentNoticeKind
from yuju.messaging.models import ResidentNotice


def on_invitation(activity: Activity, day: date) -> Q:
    """The condition of residents who are to be invited: people, of the segment, and living at the property."""
    meant = cared_for() if activity.segment is None else in_segment(activity.segment, Asked(day))
    return Q(property_id=activity.property_id) & meant & lives_here(day)


def may_tick(activity: Activity, at: datetime) -> bool:
    """Whether it may be noted who came: from the day of the activity on, unless it was called off."""
    zone = activity.property.time_zone
    return not activity.cancelled_because and local_date(at, zone) >= local_date(activity.starts_at, zone)


def may_rate(mine: SignUp, at: datetime) -> bool:
    """Whether somebody may say how it was: it has begun, and they came, or had a seat and nobody ticked that they did not."""
    if mine.activity.cancelled_because or mine.activity.starts_at > at:
        return False
    return mine.came is True or (mine.came is None and mine.state == SignUpState.COMING)


def invited_ids(activity: Activity) -> QuerySet[Any]:
    """The ids of the residents who have a notice of it."""
    rows = ResidentNotice.objects.filter(kind=ResidentNoticeKind.ACTIVITY_INVITED, about_id=activity.pk)
    found: QuerySet[Any] = rows.values("resident_id")
    return found


def activities_of(resident_ids: Sequence[int]) -> QuerySet[Activity]:
    """The activities some residents were invited to, or signed up for, the latest first."""
    told = ResidentNotice.objects.filter(resident_id__in=resident_ids, kind=ResidentNoticeKind.ACTIVITY_INVITED)
    mine = Q(pk__in=told.values("about_id")) | Q(sign_ups__resident_id__in=resident_ids)
    rows = Activity.objects.filter(mine).distinct().select_related("property").order_by("-starts_at", "-pk")
    found: QuerySet[Activity] = rows
    return found


def upcoming_of(resident_ids: Sequence[int], at: datetime) -> QuerySet[Activity]:
    """Those of them that are still to come and were not called off, the next first."""
    return activities_of(resident_ids).filter(ends_at__gt=at, cancelled_because="").order_by("starts_at", "pk")


def with_figures(activities: QuerySet[Activity]) -> QuerySet[Activity]:
    """Activities with `coming`, `waiting` and `came` (people), and `rating` (the average of 1 to 5) of `rated` answers."""
    return activities.annotate(
        coming=Count("sign_ups", filter=Q(sign_ups__state=SignUpState.COMING)),
        waiting=Count("sign_ups", filter=Q(sign_ups__state=SignUpState.WAITING)),
        came=Count("sign_ups", filter=Q(sign_ups__came=True)),
        rated=Count("sign_ups__rating"),
        rating=Avg("sign_ups__rating"),
    )


def sign_up_of(activity: Activity, resident_ids: Sequence[int]) -> SignUp | None:
    """Where a person stands, under whichever of their files they signed up."""
    found: SignUp | None = (
        activity.sign_ups.filter(resident_id__in=resident_ids)
        .exclude(state=SignUpState.WITHDRAWN)
        .order_by("state", "pk")
        .first()
    )
    return found
