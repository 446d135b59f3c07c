"""Which pages are timed: those of every console that is registered, and the few that are nobody's list.

A list is asked for as it opens, far down, by each of its tabs, turned by each of its columns, narrowed by each of its
filters and by what people type into its search box.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Max
from django.http import HttpRequest
from django.urls import get_resolver

from yuju.billing.models import BillingAccount, BillRun
from yuju.kit.console import ModelConsole, console_site
from yuju.kit.console.listing import FARTHEST
from yuju.payments.models import Payment

PAGE_MS, DASHBOARD_MS, REPORT_MS = 100, 300, 2000
ROWS_A_PAGE = 25
FAR = FARTHEST // ROWS_A_PAGE
"""The farthest page of a list."""
TYPED = ("zs", "zhangs", "1602", "张伟")
"""Initials, a beginning in pinyin, a room, a name."""


@dataclass(frozen=True)
class Address:
    """A page, and the milliseconds that nineteen of twenty answers have to stay under."""

    path: str
    limit: int = PAGE_MS


def staff_addresses(request: HttpRequest, account_id: int) -> Iterator[Address]:
    """The pages of the console. The request is one of the user who will ask for them; the account has something open."""
    assert get_resolver().url_patterns, "consoles register when the addresses are loaded"
    yield Address("/", DASHBOARD_MS)
    yield Address("/board/", DASHBOARD_MS)
    yield Address("/tasks/board/", DASHBOARD_MS)
    for text in TYPED:
        yield Address(f"/search?{urlencode({'q': text})}")
    for console in console_site.consoles.values():
        yield from _list(console, request)
        if (row := _middle(console, request)) is not None:
            limit = REPORT_MS if console.model is BillRun else PAGE_MS
            yield Address(console.detail_url(row), limit)
    taken = Payment.objects.order_by("-pk").values_list("received_on", flat=True)[0]
    yield Address("/cashier/?q=1602")
    yield Address(f"/cashier/?account={account_id}")
    yield Address(f"/accounts/{account_id}/statement/", REPORT_MS)
    yield Address(f"/takings/?day={taken}", REPORT_MS)
    yield Address("/deposits/totals/", REPORT_MS)
    lease = BillingAccount.objects.get(pk=account_id).tenure_id
    yield Address(f"/leases/{lease}/check-out/")
    yield Address("/turnovers/report/", REPORT_MS)
    for change in ("rent", "extend", "renew"):
        yield Address(f"/leases/{lease}/change/{change}/", REPORT_MS)


def field_addresses(task_id: int) -> Iterator[Address]:
    """The pages of staff on their feet."""
    for path in ("", "take", "done", f"tasks/{task_id}", "me"):
        yield Address(f"/field/{path}")


def resident_addresses(bill_id: int) -> Iterator[Address]:
    """The pages of the portal."""
    for path in ("", "bills", f"bills/{bill_id}", "receipts", "notices", "me"):
        yield Address(f"/my/{path}")


def _list(console: ModelConsole[Any], request: HttpRequest) -> Iterator[Address]:
    here = console.url("list")
    yield Address(here)
    if _largest(console, request) > FAR * ROWS_A_PAGE:
        yield Address(f"{here}?page={FAR}")
    for tab in console.tabs[1:]:
        yield Address(f"{here}?tab={tab.name}")
    one_property = getattr(request, "property", None) is not None
    for column in console.columns:
        if column.sort and not (one_property and column.across):
            yield Address(f"{here}?sort=-{column.name}")
    for spec in console.filters:
        offered = spec.bind(request, request.GET).options
        value = str(offered[0][0]) if offered else "2026-09-01"
        yield Address(f"{here}?{urlencode({spec.parameters[0]: value})}")
    if console.searchable:
        for text in TYPED:
            yield Address(f"{here}?{urlencode({'q': text})}")


def _middle(console: ModelConsole[Any], request: HttpRequest) -> Any:
    rows = console.scoped(request).order_by("pk")
    return rows.filter(pk__gte=_largest(console, request) // 2).first() or rows.last()


def _largest(console: ModelConsole[Any], request: HttpRequest) -> int:
    """The largest id, which tells about how many rows there are."""
    found: int | None = console.scoped(request).aggregate(largest=Max("pk"))["largest"]
    return found or 0
