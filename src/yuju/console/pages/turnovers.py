"""Turnovers (周转): units between two stays, and how many hours they stood empty before they could be let again."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from yuju.console.check_out import VIEW, check_out_url, doors_shown
from yuju.console.local_day import today
from yuju.console.pages.premises import user_of
from yuju.console.task_card import tasks_card
from yuju.journeys.move_out import TURNOVER
from yuju.kit.console import (
    Action,
    Column,
    DateRangeFilter,
    DetailPage,
    ModelConsole,
    MomentColumn,
    NumberColumn,
    StateColumn,
    Tab,
    console_site,
)
from yuju.kit.dates import add_months, month_start
from yuju.reporting.turnovers import turnovers_by_month, turnovers_longest
from yuju.residency.models import Turnover

UNDER_WAY, READY = "under_way", "ready"
MONTHS = 12
"""How many calendar months the report tells of, the current one included."""


def _state(row: Turnover) -> str:
    return UNDER_WAY if row.ready_at is None else READY


def _hours(row: Turnover) -> float | None:
    found = row.hours()
    return None if found is None else round(found, 1)


class ReadyColumn(StateColumn):
    """Whether the unit can be let again, in words."""

    def text(self, value: Any, row: Any) -> str:
        return _("Not ready yet") if value == UNDER_WAY else _("Ready again")


@console_site.register
class TurnoverConsole(ModelConsole[Turnover]):
    """Units between two stays; nothing here is changed by hand."""

    model = Turnover
    slug = "turnovers"
    title = gettext_lazy("Turnovers")
    title_one = gettext_lazy("Turnover")
    icon = "clock"
    in_navigation = False
    view_permission = VIEW
    ordering = ("-vacated_at",)
    search_fields = ("unit__label", "tenure__number")
    search_hint = gettext_lazy("Unit, lease")
    empty_text = gettext_lazy("A turnover begins when the keys of a stay are back.")
    tabs = (
        Tab("all", gettext_lazy("All")),
        Tab("under_way", gettext_lazy("Not ready yet"), Q(ready_at=None)),
        Tab("ready", gettext_lazy("Ready again"), Q(ready_at__isnull=False)),
    )
    columns = (
        Column("unit.label", gettext_lazy("Unit"), link=True, sort="unit__sort_key", sm=1),
        Column("property", gettext_lazy("Property"), sort="property__code", across=True),
        ReadyColumn("state", gettext_lazy("State"), value=_state, tones={UNDER_WAY: "warn", READY: "ok"}, sm=2),
        Column("tenure.number", gettext_lazy("Lease"), sm=4),
        MomentColumn("vacated_at", gettext_lazy("Keys back"), sort="vacated_at", sm=5),
        MomentColumn("ready_at", gettext_lazy("Ready at"), sort="ready_at"),
        NumberColumn("hours", gettext_lazy("Hours"), places=1, value=_hours, sm=3, unit=gettext_lazy("h")),
    )
    detail_template = "console/check_out/turnover.html"
    filters = (DateRangeFilter("day", gettext_lazy("Keys back"), lookup="vacated_at__date"),)

    def with_related(self, rows: QuerySet[Turnover]) -> QuerySet[Turnover]:
        return rows.select_related("property", "unit", "tenure")

    def list_actions(self, request: HttpRequest) -> list[Action]:
        return [Action(_("Hours by month"), reverse("console:turnover-report"), icon="chart-bar")]

    def detail(self, request: HttpRequest, row: Turnover) -> DetailPage:
        state = ("warn", _("Not ready yet")) if row.ready_at is None else ("ok", _("Ready again"))
        return DetailPage(heading=row.unit.label, tags=[state], subtitle=row.tenure.number)

    def detail_context(self, request: HttpRequest, row: Turnover) -> dict[str, Any]:
        tasks = tasks_card(user_of(request), row.property_id, tenure=row.tenure, source=TURNOVER)
        return {"tasks": tasks, "doors": doors_shown(row.tenure)}

    def detail_actions(self, request: HttpRequest, row: Turnover) -> list[Action]:
        return [Action(_("Check-out"), check_out_url(row.tenure_id), icon="door-exit")]


@console_site.page("turnover-report", title="", permission=VIEW, route="turnovers/report/", in_navigation=False)
@require_GET
def report_page(request: HttpRequest) -> HttpResponseBase:
    """The hours by property and month, and the units that took longest."""
    console = console_site.consoles["turnovers"]
    place = getattr(request, "property", None)
    zone = ZoneInfo(place.time_zone if place is not None else settings.TIME_ZONE)
    first = add_months(month_start(today(request)), 1 - MONTHS)
    since = datetime.combine(first, time(), zone)
    scope = console.place_ids(request)
    context = {
        "console": console,
        "months": turnovers_by_month(scope, since=since, zone=zone),
        "longest": [(one, console.detail_url(one), one.hours()) for one in turnovers_longest(scope, since=since)],
        "across": place is None,
        "first": first,
        "list_url": console.url("list"),
    }
    return render(request, "console/check_out/turnovers.html", context)
