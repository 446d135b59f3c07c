"""What every page of the cashier's desk shows beside whoever pays: who was found, the shift, the latest payments."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from yuju.console.desk_place import VIEW, number_of, places, scope_of, shifts_open
from yuju.console.local_day import today
from yuju.console.pages.premises import user_of
from yuju.premises.models import Property
from yuju.reporting.company_desk import companies_found
from yuju.reporting.desk import accounts_found
from yuju.reporting.takings import shift_figures, shift_recent

HITS, WORK = "desk-hits", "desk-work"
PARTS = {HITS: "console/cashier/hits.html", WORK: "console/cashier/work.html", "desk-open": "console/cashier/work.html"}


def _typed(request: HttpRequest) -> str:
    return request.GET.get("q", "").replace("\x00", "").strip()[:60]


def desk_page(request: HttpRequest, context: dict[str, Any], target: str = "", status: int = 200) -> HttpResponseBase:
    """The desk, or the part of it that a script asked for."""
    template = PARTS.get(target, "console/cashier/cashier.html")
    if template not in PARTS.values():
        context = {
            **context,
            **desk_hits(request),
            "places": places(request),
            "may_view": user_of(request).may(VIEW),
            "recent": shift_recent(context["shift"]) if context["shift"] else [],
        }
    return render(request, template, context, status=status)


def desk_hits(request: HttpRequest) -> dict[str, Any]:
    """Who matches what was typed: companies as one, before their accounts."""
    text = _typed(request)
    found = accounts_found(text, scope_of(request), today(request)) if text else []
    across = getattr(request, "property", None) is None and len(places(request)) > 1
    chosen = number_of(request.GET.get("account", ""))
    return {
        "query": text,
        "found": found,
        "companies": companies_found(found, scope_of(request)),
        "across": across,
        "chosen": chosen,
        "chosen_company": number_of(request.GET.get("company", "")),
    }


def shift_at(request: HttpRequest, place: Property | None) -> dict[str, Any]:
    """The user's open shift at a property, with what it took."""
    shift = next((one for one in shifts_open(request) if place is not None and one.property_id == place.pk), None)
    return {"shift": shift, "figures": shift_figures(shift) if shift is not None else None}
