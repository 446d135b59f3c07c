"""What went wrong is told in the looks of the face that was asked: the portal's under /my/, the console's elsewhere."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from yuju.console.views import errors as console
from yuju.portal import errors as portal

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
    if _is_portal(request):
        return portal.server_error(request)
    return console.server_error(request)


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
