"""What a browser's session says of who is signed in there, and whether that still holds."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from yuju.identity.models import UserSession

SESSION_OPERATOR = "operator_id"
SESSION_USER = "user_id"
SESSION_STAMP = "password_stamp"
SESSION_NUMBER = "user_session_id"
SESSION_CONFIRMED = "confirmed_at"
"""When the user last proved who they are, in seconds since 1970."""
SESSION_FACTOR_DUE = "factor_due"
"""There when the user gets no further without setting up a second factor."""

TOPIC = "session"
"""Event that a session has ended; the id is the session's."""

CONFIRMED_FOR = timedelta(minutes=10)
"""For so long after proving who one is, sensitive acts need no new proof."""


def session_held(store: Any, at: datetime) -> UserSession | None:
    """The session of the user signed in on a browser, with the user; None when nobody is, or not any more. One query.

    Args:
        store: the browser's session (`request.session`), of the operator in force.
    """
    number, user_id = store.get(SESSION_NUMBER), store.get(SESSION_USER)
    if number is None or user_id is None:
        return None
    held = (
        UserSession.objects.select_related("user")
        .filter(pk=number, user_id=user_id, user__is_active=True)
        .filter(ended_at=None, idle_until__gt=at, ends_at__gt=at)
        .first()
    )
    if held is None or held.user.get_session_auth_hash() != store.get(SESSION_STAMP):
        return None
    return held


def recently_confirmed(store: Any, at: datetime) -> bool:
    """Whether the user proved within the last ten minutes who they are."""
    confirmed = store.get(SESSION_CONFIRMED)
    return confirmed is not None and 0 <= at.timestamp() - confirmed < CONFIRMED_FOR.total_seconds()
