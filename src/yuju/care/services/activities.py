"""Activities (社区活动): inviting, signing up with seats kept, who came, and what they said."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from yuju.care.activities import invited_ids, may_rate, may_tick, on_invitation
from yuju.care.choices import SignUpState
from yuju.care.models import Activity, Segment, SignUp
from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.kit.dates import local_date
from yuju.kit.errors import Refused
from yuju.messaging.choices import ResidentNoticeKind
from yuju.messaging.services import resident_notices_add
from yuju.premises.models import Property
from yuju.residency.models import Resident

MOST_SEATS = 5000


@edits
@transaction.atomic
def activity_save(
    *,
    activity: Activity | None,
    property: Property,
    name: str,
    place: str,
    starts_at: datetime,
    ends_at: datetime,
    seats: int | None,
    segment: Segment | None,
    about: str,
    by: User | None,
    at: datetime,
) -> Activity:
    """Makes an activity (`activity` is None) or changes it; with more seats those who wait move up.

    Those who signed up are told when it is moved: to another time, or to another place.

    Args:
        seats: None for as many as like.
        segment: None for everybody who lives at the property.

    Raises:
        Refused: it has no name or place, ends before it begins, is put into the past, was cancelled, its segment is of
            another property, or there are fewer seats than are taken.
    """
    saved = activity if activity is None else _held(activity)
    saved = saved or Activity(created_at=at)
    _refuse_cancelled(saved)
    before = _when_and_where(saved)
    values: dict[str, Any] = {
        "property": property,
        "name": name.strip(),
        "place": place.strip(),
        "starts_at": starts_at,
        "ends_at": ends_at,
        "seats": seats,
        "segment": segment,
        "about": about.strip(),
    }
    for field, value in values.items():
        setattr(saved, field, value)
    _check(saved)
    if starts_at != before[0] and ends_at <= at:
        raise Refused(_("This is in the past already."), field="on")
    saved.save()
    if activity is not None and starts_at > at:
        _move_up(saved, at)
        if _when_and_where(saved) != before:
            _tell(saved, _signed_up(saved), ResidentNoticeKind.ACTIVITY_MOVED, at)
    return saved


@edits
@transaction.atomic
def activity_invite(*, activity: Activity, by: User | None, at: datetime) -> int:
    """Tells everybody of the segment who was not told yet. Returns how many those were.

    Raises:
        Refused: it is over, or was cancelled.
    """
    held = _held(activity)
    _refuse_cancelled(held)
    if held.ends_at <= at:
        raise Refused(_("This activity is over."))
    today = local_date(at, held.property.time_zone)
    rows = Resident.objects.filter(on_invitation(held, today)).exclude(pk__in=invited_ids(held))
    new = list(rows.values_list("pk", flat=True))
    _tell(held, new, ResidentNoticeKind.ACTIVITY_INVITED, at)
    if new:
        held.invited_at = at
        held.save(update_fields=["invited_at"])
    return len(new)


@edits
@transaction.atomic
def activity_cancel(*, activity: Activity, reason: str, by: User | None, at: datetime) -> Activity:
    """Calls an activity off and tells those who signed up. Nothing happens when it was called off already.

    Raises:
        Refused: no reason, or it has begun.
    """
    held = _held(activity)
    if held.cancelled_because:
        return held
    if not reason.strip():
        raise Refused(_("Say why it is called off."), field="reason")
    if held.starts_at <= at:
        raise Refused(_("This activity has begun already."))
    held.cancelled_because = reason.strip()[:200]
    held.save(update_fields=["cancelled_because"])
    _tell(held, _signed_up(held), ResidentNoticeKind.ACTIVITY_CANCELLED, at, reason=held.cancelled_because)
    return held


@edits
@transaction.atomic
def sign_up(*, activity: Activity, resident: Resident, by: User | None, at: datetime) -> SignUp:
    """Takes a seat, or a place on the waiting list where none is free. Signed up already: nothing happens.

    Raises:
        Refused: it has begun, or was called off.
    """
    held = _held(activity)
    _refuse_begun(held, at)
    found = held.sign_ups.filter(resident=resident).first()
    if found is not None and found.state != SignUpState.WITHDRAWN:
        return found
    made = found or SignUp(activity=held, resident=resident)
    made.state = SignUpState.COMING if _free(held) else SignUpState.WAITING
    made.since = at
    made.save()
    return made


@edits
@transaction.atomic
def sign_up_withdraw(*, activity: Activity, resident: Resident, by: User | None, at: datetime) -> None:
    """Gives a seat back; whoever waits longest moves up and is told. Not signed up: nothing happens.

    Raises:
        Refused: it has begun, or was called off.
    """
    held = _held(activity)
    _refuse_begun(held, at)
    mine = held.sign_ups.filter(resident=resident).exclude(state=SignUpState.WITHDRAWN).first()
    if mine is None:
        return
    mine.state, mine.since = SignUpState.WITHDRAWN, at
    mine.save(update_fields=["state", "since"])
    _move_up(held, at)


@edits
@transaction.atomic
def attendance_tick(*, sign_up: SignUp, came: bool | None, by: User | None, at: datetime) -> SignUp:
    """Notes whether somebody came; None takes the tick back. Whoever waited or withdrew may have come all the same.

    Raises:
        Refused: it has not begun yet, or was called off.
    """
    held = _held(sign_up.activity)
    _refuse_cancelled(held)
    if not may_tick(held, at):
        raise Refused(_("This can be ticked on the day of the activity, not before."))
    sign_up.came, sign_up.came_by = came, by if came is not None else None
    sign_up.save(update_fields=["came", "came_by"])
    return sign_up


@edits
@transaction.atomic
def feedback_give(*, activity: Activity, resident: Resident, rating: int, words: str, at: datetime) -> SignUp:
    """Says how it was; said again, the later word counts.

    Args:
        rating: 1 to 5.

    Raises:
        Refused: it has not begun, the person had no seat or did not come, or the rating is none.
    """
    held = _held(activity)
    mine = held.sign_ups.filter(resident=resident).first()
    if mine is None or not may_rate(mine, at):
        raise Refused(_("Only those who came can say how it was."))
    if not 1 <= rating <= 5:
        raise Refused(_("Choose from 1 to 5."), field="rating")
    mine.rating, mine.words, mine.rated_at = rating, words.strip()[:500], at
    mine.save(update_fields=["rating", "words", "rated_at"])
    return mine


def _held(activity: Activity) -> Activity:
    """The activity as it is now, locked: of two who want the last seat the second sees that it is taken."""
    rows = Activity.objects.select_for_update(no_key=True, of=("self",)).select_related("property")
    found: Activity = rows.get(pk=activity.pk)
    return found


def _when_and_where(activity: Activity) -> tuple[Any, ...]:
    return activity.starts_at, activity.place


def _signed_up(activity: Activity) -> list[int]:
    """Whoever has a seat or waits for one."""
    rows = activity.sign_ups.exclude(state=SignUpState.WITHDRAWN)
    return list(rows.values_list("resident_id", flat=True))


def _check(activity: Activity) -> None:
    if not activity.name:
        raise Refused(_("An activity needs a name."), field="name")
    if not activity.place:
        raise Refused(_("Say where it is."), field="place")
    if activity.ends_at <= activity.starts_at:
        raise Refused(_("It ends before it begins."), field="until_time")
    segment = activity.segment
    if segment is not None and segment.property_id not in (None, activity.property_id):
        raise Refused(_("This segment is of another property."), field="segment")
    if activity.seats is None:
        return
    if not 1 <= activity.seats <= MOST_SEATS:
        raise Refused(_("Choose from 1 to %(most)d.") % {"most": MOST_SEATS}, field="seats")
    taken = _taken(activity) if activity.pk else 0
    if activity.seats < taken:
        raise Refused(_("%(count)d seats are taken already.") % {"count": taken}, field="seats")


def _refuse_cancelled(activity: Activity) -> None:
    if activity.cancelled_because:
        raise Refused(_("This activity was called off."))


def _refuse_begun(activity: Activity, at: datetime) -> None:
    _refuse_cancelled(activity)
    if activity.starts_at <= at:
        raise Refused(_("This activity has begun already."))


def _taken(activity: Activity) -> int:
    return activity.sign_ups.filter(state=SignUpState.COMING).count()


def _free(activity: Activity) -> bool:
    return activity.seats is None or _taken(activity) < activity.seats


def _move_up(activity: Activity, at: datetime) -> None:
    """Gives free seats to those who wait, the longest first, and tells them."""
    waiting = activity.sign_ups.filter(state=SignUpState.WAITING).order_by("since", "pk")
    free = waiting if activity.seats is None else waiting[: max(activity.seats - _taken(activity), 0)]
    moved = list(free)
    SignUp.objects.filter(pk__in=[one.pk for one in moved]).update(state=SignUpState.COMING, since=at)
    _tell(activity, [one.resident_id for one in moved], ResidentNoticeKind.ACTIVITY_SEAT, at)


def _tell(activity: Activity, residents: list[int], kind: ResidentNoticeKind, at: datetime, **more: str) -> None:
    local = activity.starts_at.astimezone(ZoneInfo(activity.property.time_zone))
    facts = {"name": activity.name, "place": activity.place, "begins": f"{local:%Y-%m-%d %H:%M}", **more}
    resident_notices_add(resident_ids=residents, kind=kind, about_id=activity.pk, facts=facts, at=at)
