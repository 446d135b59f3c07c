"""Opening, following and ending the sessions of users."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q
from django.http import HttpRequest
from django.middleware.csrf import rotate_token

from yuju.identity.addresses import caller_address
from yuju.identity.choices import AuditAction, SignInMeans
from yuju.identity.models import User, UserSession
from yuju.identity.services.audit import audit_record
from yuju.identity.services.rules import sign_in_rules
from yuju.identity.sessions import (
    SESSION_CONFIRMED,
    SESSION_FACTOR_DUE,
    SESSION_NUMBER,
    SESSION_OPERATOR,
    SESSION_STAMP,
    SESSION_USER,
    TOPIC,
)
from yuju.kit.crypto import keyed_hash
from yuju.kit.live import publish

SEEN_EVERY = timedelta(minutes=1)
"""A session's last sight is written down no more often than this."""

KEPT_FOR = timedelta(days=180)
"""For so long after its end a session is still known, and with it the device."""


def session_open(*, request: HttpRequest, user: User, means: SignInMeans, device: str, at: datetime) -> UserSession:
    """Signs the user in on this browser with a fresh session, key and form token, and writes it down.

    Args:
        device: the unguessable token this browser is known by, kept as its hash.
    """
    # Nothing of whoever sat here before goes along: neither what they chose nor a key or token they could have planted.
    request.session.flush()
    rotate_token(request)
    opened = session_begin(
        store=request.session,
        user=user,
        means=means,
        at=at,
        address=caller_address(request),
        user_agent=request.headers.get("User-Agent", ""),
        device=device,
    )
    user.last_login = at
    user.save(update_fields=["last_login"])
    audit_record(action=AuditAction.SIGNED_IN, by=user, at=at, means=str(means), session=opened.pk)
    request.user = user
    request.user_session = opened  # type: ignore[attr-defined]
    return opened


def session_begin(
    *,
    store: Any,
    user: User,
    means: SignInMeans,
    at: datetime,
    address: str = "",
    user_agent: str = "",
    device: str = "",
) -> UserSession:
    """Makes a session of a user in a browser's store; signing in has just proved who it is."""
    rules = sign_in_rules()
    opened = UserSession.objects.create(
        user=user,
        means=means,
        started_at=at,
        seen_at=at,
        idle_until=at + timedelta(minutes=rules.idle_minutes),
        ends_at=at + timedelta(hours=rules.session_hours),
        address=address[:45],
        user_agent=user_agent[:300],
        device_hash=device_hash(device) if device else "",
    )
    store[SESSION_OPERATOR] = user.operator_id
    store[SESSION_USER] = user.pk
    store[SESSION_STAMP] = user.get_session_auth_hash()
    store[SESSION_NUMBER] = opened.pk
    store[SESSION_CONFIRMED] = at.timestamp()
    store.set_expiry(rules.session_hours * 3600)
    return opened


def session_seen(*, session: UserSession, at: datetime) -> None:
    """Notes that the user is still at it, which moves on the end by idling. Most calls cost nothing."""
    if at - session.seen_at < SEEN_EVERY:
        return
    UserSession.objects.filter(pk=session.pk).update(idle_until=at + (F("idle_until") - F("seen_at")), seen_at=at)


def session_confirm(*, store: Any, at: datetime) -> None:
    """Notes that the user has just proved again who they are."""
    store[SESSION_CONFIRMED] = at.timestamp()


def session_hold_for_factor(*, store: Any, due: bool) -> None:
    """Holds the user to setting up a second factor, or lets go."""
    if due:
        store[SESSION_FACTOR_DUE] = True
    else:
        store.pop(SESSION_FACTOR_DUE, None)


def session_close(*, request: HttpRequest, at: datetime) -> None:
    """Signs the browser out and forgets everything the session held."""
    held: UserSession | None = getattr(request, "user_session", None)
    if isinstance(request.user, User):
        audit_record(action=AuditAction.SIGNED_OUT, by=request.user, at=at)
    if held is not None:
        _end(Q(pk=held.pk), at)
    request.session.flush()


def sessions_end(*, user: User, by: User | None, at: datetime, but: int | None = None, only: int | None = None) -> int:
    """Ends open sessions of a user: their browsers are signed out at once, their open pages within seconds.

    Args:
        but: the number of a session that goes on.
        only: the number of the one session meant.

    Returns:
        How many were ended.
    """
    which = Q(user=user)
    if but is not None:
        which &= ~Q(pk=but)
    if only is not None:
        which &= Q(pk=only)
    count = _end(which, at)
    if count:
        audit_record(action=AuditAction.CHANGED, by=by, at=at, about=user, what="sessions_ended", count=count)
    return count


def sessions_forget(*, at: datetime) -> int:
    """Deletes sessions that ended long ago. Returns how many."""
    long_ago = at - KEPT_FOR
    over = UserSession.objects.filter(Q(ended_at__lt=long_ago) | Q(ends_at__lt=long_ago))
    return over.delete()[0]


def is_new_device(session: UserSession) -> bool:
    """Whether a user who had signed in before did so now on a browser not seen with them yet."""
    earlier = UserSession.objects.filter(user_id=session.user_id).exclude(pk=session.pk)
    return earlier.exists() and not earlier.filter(device_hash=session.device_hash).exclude(device_hash="").exists()


def device_hash(token: str) -> str:
    """What a browser's token is kept as."""
    return keyed_hash(token, "device")


def _end(which: Q, at: datetime) -> int:
    open_ones = UserSession.objects.filter(which, ended_at=None, idle_until__gt=at, ends_at__gt=at)
    numbers = list(open_ones.select_for_update().values_list("pk", flat=True))
    UserSession.objects.filter(pk__in=numbers).update(ended_at=at)
    for number in numbers:
        publish(TOPIC, id=number)
    return len(numbers)
