"""What went wrong is told in the looks of the face that was asked: the portal's under /my/, the console's elsewhere."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse

from yuju.console.views import errors as console
from yuju.portal import errors as portal

log = logging.getLogger("yuju.errors")

PORTAL = "/my/"


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if _is_portal(request):
        return portal.bad_request(request, exception)
    return console.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if _is_portal(request):
        return portal.permission_denied(request, exception)
    return console.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if _is_portal(request):
        return portal.page_not_found(request, exception)
    return console.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """The page that must not fail: when it does, a few plain words take its place and the first mistake is still logged."""
    try:
        if _is_portal(request):
            return portal.server_error(request)
        return console.server_error(request)
    except Exception:
        log.exception("the page for mistakes failed itself")
        reference = getattr(request, "reference", "")
        text = f"系统出错了，请稍后再试。\nSomething went wrong. Please try again later.\n{reference}\n"
        return HttpResponse(text, status=500, content_type="text/plain; charset=utf-8")


def too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    """429: asked for too often; it may be tried again after so many seconds."""
    answer = portal.too_many_requests if _is_portal(request) else console.too_many_requests
    response = answer(request, seconds)
    response["Retry-After"] = str(seconds)
    response["Cache-Control"] = "private, no-store"
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if _is_portal(request):
        return portal.permission_denied(request)
    return console.csrf_failure(request, reason)


def _is_portal(request: HttpRequest) -> bool:
    return request.path_info.startswith(PORTAL)
