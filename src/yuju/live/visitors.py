"""Who may follow events: the signed-in staff of an operator."""

from __future__ import annotations

from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from importlib import import_module

from django.conf import settings
from django.db import connections, transaction

from yuju.identity.middleware import SESSION_OPERATOR, SESSION_STAMP, SESSION_USER
from yuju.identity.models import User
from yuju.kit.tenancy import operator_context


@dataclass(frozen=True)
class Visitor:
    """Somebody signed in, as far as events are concerned."""

    operator_id: int
    user_id: int
    properties: frozenset[int] | None
    """Where the user has a role; None is everywhere."""


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
        operator_id, user_id = session.get(SESSION_OPERATOR), session.get(SESSION_USER)
        if operator_id is None or user_id is None:
            return None
        with operator_context(operator_id), transaction.atomic():
            user = User.objects.filter(pk=user_id, is_active=True).first()
            if user is None or user.get_session_auth_hash() != session.get(SESSION_STAMP):
                return None
            posts = user.roles_by_property
        if not posts:
            return None
        everywhere = None in posts
        return Visitor(operator_id, user_id, None if everywhere else frozenset(p for p in posts if p is not None))
    finally:
        connections.close_all()
