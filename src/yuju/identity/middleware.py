"""One transaction around each response, inside the wall of the signed-in user's operator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.db import transaction
from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase

from yuju.identity.devices import origin_of
from yuju.identity.models import User
from yuju.kit.tenancy import act_as, acting, operator_context

SESSION_OPERATOR = "operator_id"
SESSION_USER = "user_id"
SESSION_STAMP = "password_stamp"


class Nobody:
    """Who asks without being signed in."""

    is_authenticated = False

    def may(self, permission: str, property_id: int | None = None) -> bool:
        """Nobody may do anything."""
        return False


class OperatorMiddleware:
    """Sets `request.operator_id` and `request.user`, and runs view and rendering in one transaction.

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
            if operator_id is not None and (user := self._user(request)) is not None:
                request.user = user
                act_as(user.pk)
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

    def _user(self, request: HttpRequest) -> User | None:
        user = User.objects.filter(pk=request.session.get(SESSION_USER, 0), is_active=True).first()
        if user is None or user.get_session_auth_hash() != request.session.get(SESSION_STAMP):
            return None
        return user


def _walled(body: Iterator[bytes], operator_id: int | None) -> Iterator[bytes]:
    with operator_context(operator_id), transaction.atomic():
        yield from body
