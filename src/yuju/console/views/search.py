"""The one search box: what the user may see, by name, pinyin, initials, room, phone, plate or number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET

from yuju.billing.models import Bill
from yuju.console.pages.premises import user_of
from yuju.identity.models import User
from yuju.kit import search
from yuju.kit.console.model_console import ModelConsole
from yuju.kit.console.pages import signed_in
from yuju.kit.console.site import console_site
from yuju.premises.models import ParkingSpace, Property

AT_ONCE = 8
_BILL_NUMBER = re.compile(r"(?:[A-Z]{1,4}-)?\d{6}-\d{1,9}")
ON_PAGE = 50

SLUGS = {
    "resident": "residents",
    "unit": "units",
    "lease": "leases",
    "bill": "bills",
    "meter": "meters",
    "space": "spaces",
    "property": "properties",
}
"""The console that shows a kind of thing; a kind whose console does not exist is not found."""


@dataclass(frozen=True)
class Found:
    """One line under the search box."""

    title: str
    subtitle: str
    place: str
    kind: Any
    icon: str
    url: str


@require_GET
@signed_in
def search_page(request: HttpRequest) -> HttpResponseBase:
    """Under the box while typing; as a page of its own when it is sent."""
    query = request.GET.get("q", "").replace("\x00", "").strip()[:60]
    at_once = bool(request.headers.get("HX-Request"))
    found = list(_find(request, query, AT_ONCE if at_once else ON_PAGE)) if query else []
    template = "console/shell/hits.html" if at_once else "console/search.html"
    response = render(request, template, {"query": query, "found": found})
    patch_vary_headers(response, ["HX-Request"])
    return response


def _find(request: HttpRequest, query: str, limit: int) -> Iterator[Found]:
    user = cast(User, request.user)
    consoles: dict[str, ModelConsole[Any]] = {
        kind: console
        for kind, slug in SLUGS.items()
        if (console := console_site.consoles.get(slug)) is not None and user.may(console.view_permission)
    }
    named = list(_by_number(request, query, consoles))[:limit]
    yield from named
    limit -= len(named)
    # Kinds the user may see at the same properties are looked for together; as a rule that is all of them.
    scopes: dict[tuple[int, ...] | None, list[str]] = {}
    for kind, console in consoles.items():
        scope = user.property_scope(console.view_permission)
        scopes.setdefault(None if scope is None else tuple(sorted(scope)), []).append(kind)
    names = {one.pk: one.name for one in getattr(request, "properties", [])}
    hits = [hit for scope, kinds in scopes.items() for hit in search.find(query, kinds, scope, limit)]
    for hit in hits[:limit]:
        console = consoles[hit.kind]
        yield Found(
            title=hit.title,
            subtitle=hit.subtitle,
            place=names.get(hit.property_id or 0, "") if len(names) > 1 else "",
            kind=console.title_one,
            icon=console.icon,
            url=console.url("detail", hit.object_id),
        )


def _by_number(request: HttpRequest, query: str, consoles: dict[str, ModelConsole[Any]]) -> Iterator[Found]:
    """What has no search keys: properties by a part of their name, parking spaces and bills by their whole number."""
    offered: list[Property] = list(getattr(request, "properties", []))
    names = {one.pk: one.name for one in offered}

    def found(kind: str, row: Any, title: str, subtitle: str, property_id: int | None) -> Found:
        console = consoles[kind]
        place = names.get(property_id or 0, "") if len(names) > 1 else ""
        return Found(title, subtitle, place, console.title_one, console.icon, console.detail_url(row))

    def reach(kind: str) -> list[int]:
        scope = user_of(request).property_scope(consoles[kind].view_permission)
        return [pk for pk in names if scope is None or pk in scope]

    if "property" in consoles:
        for one in offered:
            if query.casefold() in f"{one.name} {one.code}".casefold():
                yield found("property", one, one.name, one.code, None)
    number = query.upper()
    if "space" in consoles:
        for space in ParkingSpace.objects.filter(property_id__in=reach("space"), code__in={query, number})[:AT_ONCE]:
            yield found("space", space, space.code, space.location, space.property_id)
    if "bill" in consoles and _BILL_NUMBER.fullmatch(number):
        numbers = {number, f"ZD-{number}"}
        bills = Bill.objects.filter(property_id__in=reach("bill"), number__in=numbers)
        for bill in bills.select_related("account__tenure__unit", "account__tenure__resident")[:AT_ONCE]:
            tenure = bill.account.tenure
            yield found("bill", bill, str(bill), f"{tenure.unit.label} {tenure.resident.name}", bill.property_id)
