"""One transaction around each response, inside the wall of the signed-in user's operator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.db import transaction
from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from yuju.identity.devices import origin_of
from yuju.identity.services.session import session_seen
from yuju.identity.sessions import SESSION_OPERATOR, session_held
from yuju.kit.tenancy import act_as, acting, operator_context

BACKGROUND = "X-Yuju-Background"
"""Header of what an open page asks by itself: it does not count as somebody being at it."""


class Nobody:
    """Who asks without being signed in."""

    is_authenticated = False

    def may(self, permission: str, property_id: int | None = None) -> bool:
        """Nobody may do anything."""
        return False


class OperatorMiddleware:
    """Sets `request.operator_id` and `request.user`, and runs view and rendering in one transaction.

    For somebody signed in there is `request.user_session` too.

    What is changed in it is put down to the user, at the address and on the device of the request.

    An exception in the view, or an answer of 500, rolls everything back. Streamed bodies are wrapped
    again: they run after this middleware has returned.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        operator_id = request.session.get(SESSION_OPERATOR)
        request.operator_id = operator_id  # type: ignore[attr-defined]
        request.user = Nobody()  # type: ignore[assignment]
        with operator_context(operator_id), acting(origin=origin_of(request)), transaction.atomic():
            if operator_id is not None:
                self._let_in(request)
            response = self.get_response(request)
            if response.status_code >= 500:
                transaction.set_rollback(True)
        # A file lies there whole: who fetches it slowly need not hold a transaction open.
        if response.streaming and not isinstance(response, FileResponse):
            streamed: Any = response
            streamed.streaming_content = _walled(streamed.streaming_content, operator_id)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Whatever the view had written is undone before the error page is made."""
        transaction.set_rollback(True)

    def _let_in(self, request: HttpRequest) -> None:
        now = timezone.now()
        held = session_held(request.session, now)
        if held is None:
            return
        if BACKGROUND not in request.headers:
            session_seen(session=held, at=now)
        request.user = held.user
        act_as(held.user_id)
        request.user_session = held  # type: ignore[attr-defined]


def _walled(body: Iterator[bytes], operator_id: int | None) -> Iterator[bytes]:
    with operator_context(operator_id), transaction.atomic():
        yield from body
