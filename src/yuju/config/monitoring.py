"""Addresses for machines that watch: `/health/live`, `/health/ready` and `/metrics`.

They are answered before anything else, without session, host or database being looked at first, so that they answer when these
fail. Whether it lives or is ready anybody may know; what is wrong, and the metrics, only `allowed` callers.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.http.response import HttpResponseBase

from yuju.config import health, measures
from yuju.identity.addresses import caller_address


def live_page(request: HttpRequest) -> HttpResponse:
    """Open to all: this process answers."""
    return JsonResponse({"status": "ok"})


def ready_page(request: HttpRequest) -> HttpResponse:
    """Open to all: 200 when everything needed for work is there, else 503. The checks by name for allowed callers."""
    found = health.findings()
    well = all(finding.well for finding in found)
    answer: dict[str, object] = {"status": "ok" if well else "unavailable"}
    if allowed(request):
        answer["checks"] = {finding.name: finding.said for finding in found}
    return JsonResponse(answer, status=200 if well else 503)


def metrics_page(request: HttpRequest) -> HttpResponse:
    """For allowed callers alone; to others it is not there."""
    if not allowed(request):
        return HttpResponse(status=404)
    return HttpResponse(measures.exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")


def allowed(request: HttpRequest) -> bool:
    """Whether the caller may see details.

    It may with the bearer token `YUJU_MONITORING_TOKEN`, from the networks of `YUJU_MONITORS`, and on this very machine unless
    somebody passed the request on for another.
    """
    expected = settings.YUJU_MONITORING_TOKEN
    kind, _space, token = request.headers.get("Authorization", "").partition(" ")
    if expected and kind.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), expected.encode()):
        return True
    asked_by = request.META.get("REMOTE_ADDR", "")
    if "HTTP_X_FORWARDED_FOR" in request.META or "HTTP_FORWARDED" in request.META:
        # What a stranger passes on comes from anywhere.
        if not _within(asked_by, settings.YUJU_PROXIES):
            return False
        # Of IPv6 the first half is told: the network the caller is in.
        return _within(caller_address(request).partition("/")[0], settings.YUJU_MONITORS)
    return _within(asked_by, (*LOOPBACK, *settings.YUJU_MONITORS))


LOOPBACK = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))


def _within(text: str, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return any(address in network for network in networks)


PAGES: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "health/live": live_page,
    "health/ready": ready_page,
    "metrics": metrics_page,
}
"""By path. The site's addresses name them too, for whoever lists all of them."""


def answer_machines(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """The first middleware: answers these addresses by itself."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        page = PAGES.get(request.path_info.removeprefix("/"))
        if page is None:
            return get_response(request)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        response = page(request)
        response["Cache-Control"] = "no-store"
        response["Content-Length"] = str(len(response.content))
        # Whoever watches tells of it; Django would, every few seconds.
        response._has_been_logged = True  # type: ignore[attr-defined]
        return response

    return middleware
