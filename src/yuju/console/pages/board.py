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

from yuju.console.check_out import VIEW as CHECK_OUT
from yuju.console.check_out import check_out_action, check_out_url
from yuju.console.local_day import today
from yuju.console.navigation import GROUP_TENANCY
from yuju.console.pages.premises import VIEW, user_of
from yuju.kit.console import Action, console_site
from yuju.kit.console.happenings import history_card
from yuju.kit.templatetags.ui import icon
from yuju.metering.models import Installation
from yuju.premises.models import Building, Property
from yuju.reporting.room_board import LIVED_IN, UnitState, UnitStatus, building_status, floors
from yuju.residency.choices import CheckInState, TenureState
from yuju.residency.models import CheckIn

STATE_LABELS: dict[UnitState, Any] = {
    UnitState.OCCUPIED: _("Occupied"),
    UnitState.EXPIRING: _("Ends within 60 days"),
    UnitState.LEAVING: _("Notice given"),
    UnitState.OVERDUE: _("Not checked out"),
    UnitState.COMING: _("To move in"),
    UnitState.RESERVED: _("Reserved"),
    UnitState.TURNOVER: _("Being made ready"),
    UnitState.VACANT: _("Vacant"),
}
STATE_TONES = {
    UnitState.OCCUPIED: "brand",
    UnitState.EXPIRING: "warn",
    UnitState.LEAVING: "warn",
    UnitState.OVERDUE: "bad",
    UnitState.COMING: "info",
    UnitState.RESERVED: "info",
    UnitState.TURNOVER: "vio",
}
SIGNS = {
    UnitState.EXPIRING: "clock",
    UnitState.LEAVING: "door-exit",
    UnitState.OVERDUE: "alert-triangle",
    UnitState.COMING: "key",
    UnitState.RESERVED: "lock",
    UnitState.TURNOVER: "spray",
    UnitState.VACANT: "door",
}
FREE_SOON = {UnitState.VACANT, UnitState.TURNOVER, UnitState.EXPIRING, UnitState.LEAVING}
"""The states in which somebody else can be checked in, now or when whoever lives there is gone."""
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
    tone: str
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
            # With a state chosen few are left of a floor: they keep their size.
            "wrap": bool(state) or max((len(tiles) for _number, tiles in rows), default=0) > WIDE_FLOOR,
            "total": len(statuses),
            "share": sum(one.state in LIVED_IN for one in statuses) / len(statuses) if statuses else None,
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
    unit, sign = status.unit, SIGNS.get(status.state, "")
    # A sign only where there is something to do.
    shown = icon(sign) if sign and (status.state != UnitState.EXPIRING or status.days is not None) else SafeString()
    number = f"{unit.entrance}-{unit.number}" if unit.entrance else unit.number
    late = status.state == UnitState.OVERDUE or (_dated(status) and (status.days or 0) < 0)
    tone = "bad" if late else "warn"
    return Tile(unit.pk, unit.label, number, status.state, shown, _line(status, named), _days(status), tone, selected)


def _waits(status: UnitStatus) -> bool:
    """Whether the unit waits for somebody to move in."""
    return status.state in (UnitState.COMING, UnitState.RESERVED)


def _dated(status: UnitStatus) -> bool:
    """Whether what matters is a day on which somebody moves in or out."""
    return _waits(status) or status.state == UnitState.LEAVING


def _line(status: UnitStatus, named: bool) -> str:
    """Who is there or comes, or since when nobody is."""
    if status.state == UnitState.TURNOVER:
        coming = status.current or status.following
        return gettext("let from %(day)s") % {"day": f"{coming.start:%m-%d}"} if coming else gettext("being cleaned")
    if status.state == UnitState.VACANT:
        if status.following is not None:
            return gettext("let from %(day)s") % {"day": f"{status.following.start:%m-%d}"}
        if status.days is not None:
            return ngettext("vacant %(number)s day", "vacant %(number)s days", status.days) % {"number": status.days}
        return gettext("vacant")
    stay = status.current or status.following
    assert stay is not None
    return stay.name if named else str(STATE_LABELS[status.state] if _waits(status) else gettext("occupied"))


def _days(status: UnitStatus) -> str:
    """The days that matter: left, over, or the day somebody moves in."""
    stay, days = status.current or status.following, status.days
    if days is None or stay is None:
        return ""
    if status.state == UnitState.EXPIRING:
        return ngettext("%(number)s day", "%(number)s days", days) % {"number": days} if days else gettext("today")
    if status.state == UnitState.OVERDUE:
        return ngettext("%(number)s day over", "%(number)s days over", days) % {"number": days}
    if _dated(status):
        return f"{status.out_on or stay.start:%m-%d}" if days else gettext("today")
    return ""


def _panel(request: HttpRequest, status: UnitStatus) -> dict[str, Any]:
    """What the side panel tells besides the status itself."""
    user, unit = user_of(request), status.unit
    context: dict[str, Any] = {
        "changes": history_card(console_site.consoles["units"], request, unit).items[:LATEST_CHANGES],
        "actions": _actions(request, status),
        "state_label": STATE_LABELS[status.state],
        "state_tone": STATE_TONES.get(status.state, ""),
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
    here = status.current
    leaving = (
        check_out_action(
            user_of(request),
            tenure_id=here.id,
            property_id=status.unit.property_id,
            kind=here.kind,
            state=TenureState.LIVING,
        )
        if here is not None and status.state in LIVED_IN
        else []
    )
    if (
        status.state == UnitState.TURNOVER
        and status.last is not None
        and user_of(request).may(CHECK_OUT, status.unit.property_id)
    ):
        leaving = [Action(_("Check-out"), check_out_url(status.last.id), icon="door-exit")]
    return [*leaving, *_check_in_actions(request, status)]


def _check_in_actions(request: HttpRequest, status: UnitStatus) -> list[Action]:
    check_ins = console_site.consoles["check-ins"]
    if not check_ins.may(request, check_ins.edit_permission, status.unit):
        return []
    stay = status.current or status.following
    if stay is not None and not stay.is_lived:
        begun = CheckIn.objects.filter(tenure_id=stay.id).first()
        if begun is not None:
            label = _("Go on with the check-in") if begun.state == CheckInState.OPEN else _("Open the check-in")
            return [Action(label, check_ins.detail_url(begun), icon="key", primary=True)]
        return []
    if (
        status.state not in (UnitState.VACANT, UnitState.TURNOVER, UnitState.EXPIRING, UnitState.LEAVING)
        or status.following is not None
    ):
        return []
    return [Action(_("Check in"), f"{check_ins.url('new')}?unit={status.unit.pk}", icon="key", primary=True)]


def _query(**values: Any) -> str:
    return "?" + urlencode({key: value for key, value in values.items() if value})
