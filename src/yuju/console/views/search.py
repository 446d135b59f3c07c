"""The one search box: what the user may see, by name, pinyin, initials, room, phone, plate or number; and what can be done."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET

from yuju.console.looking import offers, opened, things
from yuju.kit.console.pages import signed_in

AT_ONCE = 8
ON_PAGE = 50
LONGEST = 60


@require_GET
@signed_in
def search_page(request: HttpRequest) -> HttpResponseBase:
    """Under the box while typing; as a page of its own when it is sent. Before anything is typed: what was opened last."""
    query = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST]
    at_once = bool(request.headers.get("HX-Request"))
    limit = AT_ONCE if at_once else ON_PAGE
    context: dict[str, Any] = {"query": query, "offers": offers(request, query)}
    context["found"], context["more"] = things(request, query, limit) if query else (opened(request, limit), False)
    response = render(request, "console/shell/hits.html" if at_once else "console/search.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response
