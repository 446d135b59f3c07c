"""The room-status board (房态图) of one building, with one unit at the side."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from yuju.console.local_day import today
from yuju.console.navigation import GROUP_TENANCY
from yuju.console.pages.premises import VIEW, user_of
from yuju.kit.console import Action, console_site
from yuju.kit.console.happenings import history_card
from yuju.kit.templatetags.ui import icon
from yuju.metering.models import Installation
from yuju.premises.models import Building, Property
from yuju.reporting.room_board import UnitState, UnitStatus, building_status, floors

STATE_LABELS: dict[UnitState, Any] = {
    UnitState.OCCUPIED: _("Occupied"),
    UnitState.EXPIRING: _("Ends within 60 days"),
    UnitState.VACANT: _("Vacant"),
}
LATEST_CHANGES = 5
PANEL, BOARD = "side-panel", "board"
WIDE_FLOOR = 12
"""Floors with more units than this wrap instead of making them ever narrower."""


@dataclass(frozen=True)
class Chip:
    """A state with the number of its units; `query` shows only them."""

    state: str
    label: Any
    count: int
    query: str
    active: bool


@dataclass(frozen=True)
class Tile:
    """A unit on the board: its number, one line on who is there, and the days that matter."""

    unit_id: int
    label: str
    number: str
    state: str
    icon: SafeString
    line: str
    days: str
    selected: bool


@console_site.page(
    "board", title=_("Room board"), icon="building-skyscraper", group=GROUP_TENANCY, order=10, permission=VIEW
)
@require_GET
def board_page(request: HttpRequest) -> HttpResponseBase:
    """The board. `building`, `state` and `unit` of the address choose; what makes no sense is passed over."""
    buildings = _buildings(request)
    wanted = request.GET.get("building", "")
    building = next((one for one in buildings if str(one.pk) == wanted), buildings[0] if buildings else None)
    state = request.GET.get("state", "")
    state = state if state in set(UnitState) else ""
    context: dict[str, Any] = {"buildings": [(one, _query(building=one.pk), one is building) for one in buildings]}
    if building is not None:
        statuses = building_status(building, today(request))
        selected = next((one for one in statuses if str(one.unit.pk) == request.GET.get("unit", "")), None)
        shown = [one for one in statuses if not state or one.state == state]
        named = user_of(request).may("residents.view", building.property_id)
        rows = [(floor.number, [_tile(one, named, one is selected) for one in floor.units]) for floor in floors(shown)]
        context |= {
            "building": building,
            "chips": _chips(statuses, building, state),
            "floors": rows,
            "wrap": max((len(tiles) for _number, tiles in rows), default=0) > WIDE_FLOOR,
            "total": len(statuses),
            "share": sum(one.state != UnitState.VACANT for one in statuses) / len(statuses) if statuses else None,
            "named": named,
            "query": _query(building=building.pk, state=state),
            "selected": selected,
            "today": today(request),
            **(_panel(request, selected) if selected is not None else {}),
        }
    parts = {PANEL: "console/premises/board_panel.html", BOARD: "console/premises/board_grid.html"}
    template = parts.get(request.headers.get("HX-Target", ""), "console/premises/board.html")
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Target"])
    return response


def _buildings(request: HttpRequest) -> list[Building]:
    chosen: Property | None = getattr(request, "property", None)
    rows = Building.objects.visible_to(user_of(request), VIEW).select_related("property")
    if chosen is not None:
        rows = rows.filter(property=chosen)
    return list(rows.order_by("property__code", "sort_key", "pk"))


def _chips(statuses: list[UnitStatus], building: Building, state: str) -> list[Chip]:
    counts = Counter(one.state for one in statuses)
    chips = [Chip("", _("All"), len(statuses), _query(building=building.pk), not state)]
    chips += [
        Chip(one, label, counts[one], _query(building=building.pk, state=one), state == one)
        for one, label in STATE_LABELS.items()
        if counts[one] or state == one
    ]
    return chips


def _tile(status: UnitStatus, named: bool, selected: bool) -> Tile:
    days = ""
    sign = ""
    if status.state == UnitState.VACANT:
        sign = "door"
        if status.following is not None:
            line = gettext("let from %(day)s") % {"day": f"{status.following.start:%m-%d}"}
        elif status.days is not None:
            line = ngettext("vacant %(number)s day", "vacant %(number)s days", status.days) % {"number": status.days}
        else:
            line = gettext("vacant")
    else:
        assert status.current is not None
        line = status.current.name if named else gettext("occupied")
        if status.state == UnitState.EXPIRING and status.days is not None:
            sign = "clock"
            days = (
                ngettext("%(number)s day", "%(number)s days", status.days) % {"number": status.days}
                if status.days
                else gettext("today")
            )
    unit = status.unit
    number = f"{unit.entrance}-{unit.number}" if unit.entrance else unit.number
    return Tile(unit.pk, unit.label, number, status.state, icon(sign) if sign else SafeString(), line, days, selected)


def _panel(request: HttpRequest, status: UnitStatus) -> dict[str, Any]:
    """What the side panel tells besides the status itself."""
    user, unit = user_of(request), status.unit
    context: dict[str, Any] = {
        "changes": history_card(console_site.consoles["units"], request, unit).items[:LATEST_CHANGES],
        "actions": _actions(request, status),
        "state_label": STATE_LABELS[status.state],
        "unit_url": console_site.consoles["units"].detail_url(unit),
    }
    if user.may("metering.view", unit.property_id):
        standing = Installation.objects.filter(point__unit=unit, end=None).select_related("meter")
        context["meters"] = [installation.meter for installation in standing.order_by("meter__kind", "meter__serial")]
    residents = console_site.consoles.get("residents")
    if residents is not None and status.current and residents.may(request, residents.view_permission, unit):
        context["resident_url"] = residents.url("detail", status.current.resident_id)
    return context


def _actions(request: HttpRequest, status: UnitStatus) -> list[Action]:
    """Only what exists and the user may do."""
    leases = console_site.consoles.get("leases")
    if leases is None or status.state == UnitState.OCCUPIED or not leases.may_create(request):
        return []
    if not leases.may(request, leases.edit_permission, status.unit):
        return []
    return [Action(_("New lease"), f"{leases.url('new')}?unit={status.unit.pk}", icon="key", primary=True)]


def _query(**values: Any) -> str:
    return "?" + urlencode({key: value for key, value in values.items() if value})
