"""Opening and closing a browser session for a resident; it has nothing in common with a session of staff."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.http import HttpRequest
from django.middleware.csrf import rotate_token

from yuju.identity.choices import AuditAction
from yuju.identity.services import audit_record
from yuju.residency.selectors import Person

SESSION_OPERATOR = "portal_operator_id"
SESSION_PHONE = "portal_phone"
LIFE = timedelta(days=30)


def portal_session_open(*, request: HttpRequest, person: Person) -> None:
    """Signs a person in on this browser for 30 days, with a fresh session, key and form token.

    The session knows the number alone, as its hash: who is on file with it is asked anew by every request.
    """
    request.session.flush()
    rotate_token(request)
    request.session[SESSION_OPERATOR] = person.residents[0].operator_id
    request.session[SESSION_PHONE] = person.phone_hash
    request.session.set_expiry(int(LIFE.total_seconds()))


def portal_session_close(*, request: HttpRequest, person: Person, at: datetime) -> None:
    """Signs the browser out and forgets everything the session held."""
    latest = person.residents[0]
    audit_record(
        action=AuditAction.SIGNED_OUT, by=None, at=at, about=latest, property_id=latest.property_id, face="portal"
    )
    request.session.flush()
