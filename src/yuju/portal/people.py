"""Whose page it is: the person of the session, read anew by each request, inside the wall of their operator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from yuju.kit.tenancy import act_as, acting, operator_context
from yuju.kit.toasts import toasts_take
from yuju.reporting.person_page import unread_of
from yuju.residency.selectors import Person, person_of
from yuju.residency.services.portal_session import SESSION_OPERATOR, SESSION_PHONE

View = Callable[..., HttpResponseBase]
PORTAL = "portal"
"""The face that the history and the audit name for what residents do themselves."""


@contextmanager
def resident_acting(operator_id: int) -> Iterator[None]:
    """What is done inside is a resident's doing, for an operator, even on a browser where staff is signed in too."""
    with operator_context(operator_id), acting(origin={"face": PORTAL}):
        act_as(None)
        yield


def session_person(request: HttpRequest) -> Person | None:
    """The person signed in on this browser, or None. Their operator must be in force."""
    return person_of(request.session.get(SESSION_PHONE, ""))


def for_person(view: View) -> View:
    """Guards a page of the portal: it gets the person as its second argument. Others are sent to sign in.

    A session of staff does not count here, and no browser or proxy keeps the answer.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        operator_id = request.session.get(SESSION_OPERATOR)
        if operator_id is None:
            return _sign_in(request)
        with resident_acting(operator_id):
            person = session_person(request)
            if person is None:
                # The number is on nobody's file any more, or whose it was died: whoever holds the phone learns whom to
                # turn to, and no more.
                request.session.flush()
                return _sign_in(request, closed=True)
            response = view(request, person, *args, **kwargs)
        response.headers["Cache-Control"] = "private, no-store"
        return response

    guarded.for_person = True  # type: ignore[attr-defined]
    return guarded


def page(
    request: HttpRequest, person: Person, template: str, context: dict[str, Any], *, here: str, status: int = 200
) -> HttpResponse:
    """A page inside the portal's frame.

    Args:
        here: the entry of the navigation that it belongs to.
    """
    frame = {
        "said": toasts_take(request),
        "person": person,
        "here": here,
        "unread": unread_of(person),
    }
    return render(request, template, frame | context, status=status)


def _sign_in(request: HttpRequest, *, closed: bool = False) -> HttpResponseBase:
    address = reverse("portal:sign-in") + ("?closed" if closed else "")
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": address})
    return redirect(address)
