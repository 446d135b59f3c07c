"""Who may follow events: the signed-in staff of an operator, and the residents of its portal, who follow their own alone."""

from __future__ import annotations

from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db import connections, transaction
from django.utils import timezone

from yuju.identity.sessions import SESSION_FACTOR_DUE, SESSION_OPERATOR, TOPIC, session_held
from yuju.kit.tenancy import operator_context
from yuju.reporting.person_page import topics_of
from yuju.residency.selectors import person_of
from yuju.residency.services import portal_session


@dataclass(frozen=True)
class Visitor:
    """Somebody signed in, as far as events are concerned."""

    operator_id: int
    who: str
    """Tells visitors of one operator apart."""
    properties: frozenset[int] | None
    """Where the user has a role; None is everywhere."""
    topics: frozenset[str] | None = None
    """All that may be followed; None is everything there is at those properties."""
    ends_with: str = ""
    """The topic of an event with which being signed in may be over."""

    def may_follow(self, topics: frozenset[str]) -> bool:
        """Whether all of the topics are for this visitor."""
        return self.topics is None or topics <= self.topics


def session_key(headers: list[tuple[bytes, bytes]]) -> str | None:
    """The session's key from a request's headers."""
    cookies: SimpleCookie = SimpleCookie()
    for name, value in headers:
        if name.lower() == b"cookie":
            try:
                cookies.load(value.decode("latin-1"))
            except CookieError:
                return None
    cookie = cookies.get(settings.SESSION_COOKIE_NAME)
    return cookie.value if cookie else None


def signed_in(key: str | None) -> Visitor | None:
    """The visitor of a session, or None. It asks the database, and gives the connection back: call it in a thread."""
    if not key:
        return None
    try:
        session = import_module(settings.SESSION_ENGINE).SessionStore(key)
        return _staff(session) or _resident(session)
    finally:
        connections.close_all()


def _staff(session: Any) -> Visitor | None:
    operator_id = session.get(SESSION_OPERATOR)
    if operator_id is None or SESSION_FACTOR_DUE in session:
        return None
    with operator_context(operator_id), transaction.atomic():
        held = session_held(session, timezone.now())
        if held is None:
            return None
        posts = held.user.roles_by_property
    if not posts:
        return None
    everywhere = None in posts
    properties = None if everywhere else frozenset(p for p in posts if p is not None)
    return Visitor(operator_id, f"user {held.user_id}", properties, ends_with=f"{TOPIC}:{held.pk}")


def _resident(session: Any) -> Visitor | None:
    operator_id, phone = session.get(portal_session.SESSION_OPERATOR), session.get(portal_session.SESSION_PHONE)
    if operator_id is None or not phone:
        return None
    with operator_context(operator_id), transaction.atomic():
        person = person_of(phone)
        if person is None:
            return None
        return Visitor(operator_id, f"person {phone}", None, frozenset(topics_of(person)))
