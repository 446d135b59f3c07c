"""Pages of the portal for what goes wrong; they ask the database nothing."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the request itself makes no sense."""
    return _answer(request, 400, "plug-connected-x", _("This request can't be understood"), _("Go back and try again."))


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: a form whose protecting token is missing or old, or whatever else is refused."""
    why = _(
        "The page was open too long, or you signed in anew in another window. Open it again and repeat the last step."
    )
    return _answer(request, 403, "clock", _("This form is out of date"), why)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: no such page, or one that is not this person's."""
    why = _("It was moved or removed, or it is not yours.")
    return _answer(request, 404, "map-off", _("There is no such page"), why)


def too_many_requests(request: HttpRequest, seconds: int) -> HttpResponse:
    """429: asked for more often than is allowed."""
    why = ngettext(
        "So many requests in a short time are not answered. Wait %(count)d minute, then try again.",
        "So many requests in a short time are not answered. Wait %(count)d minutes, then try again.",
        -(-seconds // 60),
    ) % {"count": -(-seconds // 60)}
    return _answer(request, 429, "hourglass", _("That was too often"), why)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our mistake. The log has the trace under the reference."""
    why = _("The fault is ours. Nothing was half-saved; try again, and if it stays, tell the front desk the reference.")
    return _answer(request, 500, "plug-connected-x", _("Something went wrong"), why)


def _answer(request: HttpRequest, status: int, icon: str, title: str, why: str) -> HttpResponse:
    # Without the request, so that no context processor asks the database: its transaction may be broken.
    chinese = (get_language() or "").startswith("zh")
    context: dict[str, Any] = {
        "status": status,
        "icon": icon,
        "title": title,
        "why": why,
        "reference": getattr(request, "reference", ""),
        "shell": {"html_language": "zh-CN" if chinese else "en"},
    }
    return HttpResponse(render_to_string("portal/error.html", context), status=status)
