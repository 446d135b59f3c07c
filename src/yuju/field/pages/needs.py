"""Which rooms need help in an emergency, for whoever is first there."""

from __future__ import annotations

from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from yuju.field.frame import page, user_of
from yuju.kit.console.pages import permitted
from yuju.residency.needs import PERMISSION, needs_on


def _needs(request: HttpRequest) -> HttpResponse:
    """By building and floor, from the top down."""
    user = user_of(request)
    rows = needs_on(timezone.localdate(), user.property_scope(PERMISSION))
    several = len({one.property for one in rows}) > 1
    buildings = [
        (
            f"{place} · {building}" if several else building,
            [(floor, list(found)) for floor, found in groupby(of_building, key=lambda one: one.floor)],
        )
        for (place, building), of_building in groupby(rows, key=lambda one: (one.property, one.building))
    ]
    return page(request, "field/needs.html", {"buildings": buildings, "count": len(rows)}, here="needs")


needs_page = permitted(PERMISSION, require_GET(_needs))
