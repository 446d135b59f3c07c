"""Opening and closing a browser session for a user."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from django.middleware.csrf import rotate_token

from yuju.identity.choices import AuditAction
from yuju.identity.middleware import SESSION_OPERATOR, SESSION_STAMP, SESSION_USER
from yuju.identity.models import User
from yuju.identity.services.audit import audit_record


def session_open(*, request: HttpRequest, user: User) -> None:
    """Signs the user in on this browser with a fresh session, key and form token; a changed password ends the session."""
    # Nothing of whoever sat here before goes along: neither what they chose nor a key or token they could have planted.
    request.session.flush()
    rotate_token(request)
    request.session[SESSION_OPERATOR] = user.operator_id
    request.session[SESSION_USER] = user.pk
    request.session[SESSION_STAMP] = user.get_session_auth_hash()
    request.user = user


def session_close(*, request: HttpRequest, at: datetime) -> None:
    """Signs the browser out and forgets everything the session held."""
    if isinstance(request.user, User):
        audit_record(action=AuditAction.SIGNED_OUT, by=request.user, at=at)
    request.session.flush()
