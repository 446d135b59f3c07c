"""Our own pages for what goes wrong: the plain cause, a reference, a way back. They ask the database nothing."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yuju.console.context import Shell


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the request itself makes no sense."""
    return _answer(request, 400, "plug-connected-x", _("This request can't be understood"), _("Go back and try again."))


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: the user's roles do not allow it."""
    why = _("Your roles do not include it. Ask your manager if you need it for your work.")
    return _answer(request, 403, "lock", _("You may not see this page"), why)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: no such page, or none this user may know of."""
    why = _("It was moved or removed, or it belongs to a property you are not posted to.")
    return _answer(request, 404, "map-off", _("There is no such page"), why)


def too_many_requests(request: HttpRequest, seconds: int) -> HttpResponse:
    """429: asked for more often than is allowed."""
    why = ngettext(
        "So many requests in a short time are not answered. Wait %(count)d minute, then try again.",
        "So many requests in a short time are not answered. Wait %(count)d minutes, then try again.",
        -(-seconds // 60),
    ) % {"count": -(-seconds // 60)}
    return _answer(request, 429, "hourglass", _("That was too often"), why)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form whose protecting token is missing or old."""
    why = _(
        "The page was open too long, or you signed in anew in another window. Load it again and repeat the last step."
    )
    return _answer(request, 403, "clock", _("This form is out of date"), why)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our mistake. The log has the trace under the reference."""
    why = _(
        "The fault is ours. Nothing was half-saved; try again, and if it stays, tell your administrator the reference."
    )
    return _answer(request, 500, "plug-connected-x", _("Something went wrong"), why)


def _reference(request: HttpRequest) -> str:
    return str(getattr(request, "reference", ""))


def _answer(request: HttpRequest, status: int, icon: str, title: str, why: str) -> HttpResponse:
    reference = _reference(request)
    if request.headers.get("HX-Request"):
        # Shown as a short message over the open page, whose inputs stay.
        text = _("%(title)s. %(why)s Reference %(reference)s") % {"title": title, "why": why, "reference": reference}
        return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    # Without the request, so that no context processor asks the database: its transaction may be broken.
    context: dict[str, Any] = {
        "status": status,
        "icon": icon,
        "title": title,
        "why": why,
        "reference": reference,
        "retry": request.get_full_path() if request.method == "GET" and status >= 500 else "",
        "shell": Plain(request),
    }
    return HttpResponse(render_to_string("console/errors/error.html", context), status=status)


class Plain(Shell):
    """The shell of an error page: what cookies and settings know."""

    @property
    def user(self) -> None:
        return None
