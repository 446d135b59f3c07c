"""Every request numbered, timed, counted and told of in one line: route and figures, never addresses or what was typed."""

from __future__ import annotations

import logging
import os
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from yuju.config.logs import request_id, route_of
from yuju.config.measures import Counted

log = logging.getLogger("yuju.requests")
slow_queries = logging.getLogger("yuju.queries")

SLOW_REQUEST = int(os.environ.get("YUJU_SLOW_REQUEST_MS") or 1000)
SLOW_QUERY = int(os.environ.get("YUJU_SLOW_QUERY_MS") or 500)
"""Milliseconds from which a request or a query gets a warning."""

_NUMBER = re.compile(r"[0-9a-f]{32}")
_LITERAL = re.compile(r"'(?:[^']|'')*'|\b\d{5,}\b")
_LONGEST_SQL = 600

Next = Callable[[HttpRequest], HttpResponseBase]


@dataclass
class Queries:
    """Counts and times the queries of one request."""

    number: int = 0
    seconds: float = 0.0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """Django's hook around each query."""
        begun = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            took = time.perf_counter() - begun
            self.number += 1
            self.seconds += took
            if took * 1000 >= SLOW_QUERY:
                slow_queries.warning("slow query", extra={"ms": round(took * 1000), "sql": without_values(sql)})


def watch_requests(get_response: Next) -> Next:
    """Gives each request its number (`request.reference` is what people see of it), and counts and logs its end."""
    counted = Counted.here()

    def middleware(request: HttpRequest) -> HttpResponseBase:
        number = number_of(request)
        told: Any = request
        told.reference = f"E-{number[:8].upper()}"
        token = request_id.set(number)
        begun, queries = time.perf_counter(), Queries()
        try:
            with connection.execute_wrapper(queries):
                response = get_response(request)
            _tell(counted, request, response.status_code, time.perf_counter() - begun, queries)
        finally:
            request_id.reset(token)
        response.headers["X-Request-ID"] = number
        return response

    return middleware


def number_of(request: HttpRequest) -> str:
    """The number a proxy of ours gave the request; from anybody else, or without one, a new one."""
    given = str(request.META.get("HTTP_X_REQUEST_ID", ""))
    if _NUMBER.fullmatch(given):
        try:
            address = ip_address(request.META.get("REMOTE_ADDR", ""))
        except ValueError:
            return secrets.token_hex(16)
        if any(address in network for network in settings.YUJU_PROXIES):
            return given
    return secrets.token_hex(16)


def without_values(sql: str) -> str:
    """A query's text, shortened; its values stand apart from it, and what is written into it is left out."""
    return " ".join(_LITERAL.sub("…", str(sql)).split())[:_LONGEST_SQL]


def _tell(counted: Counted, request: HttpRequest, status: int, seconds: float, queries: Queries) -> None:
    # What leads nowhere has one name together: addresses tried at random would each be a row of figures.
    route = route_of(request) or "-"
    method = request.method if request.method in ("GET", "POST", "HEAD") else "other"
    counted.requests.labels(route, method, str(status)).observe(seconds)
    if queries.number:
        counted.queries.labels(route).inc(queries.number)
        counted.query_seconds.labels(route).inc(queries.seconds)
    ms = round(seconds * 1000)
    bad = status >= 500 or ms >= SLOW_REQUEST
    if not log.isEnabledFor(logging.WARNING if bad else logging.INFO):
        return
    facts = {
        "route": route,
        "method": method,
        "status": status,
        "ms": ms,
        "queries": queries.number,
        "user": getattr(getattr(request, "user", None), "pk", None),
        "operator": getattr(request, "operator_id", None),
        "reference": getattr(request, "reference", None) if status >= 500 else None,
    }
    message = "failed" if status >= 500 else "slow" if ms >= SLOW_REQUEST else "answered"
    log.log(logging.WARNING if bad else logging.INFO, message, extra=facts)
