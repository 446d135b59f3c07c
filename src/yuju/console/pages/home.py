"""The home page (工作台): how the properties stand today and what waits for somebody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext
from django.views.decorators.http import require_GET

from yuju.billing.choices import RunState
from yuju.billing.models import BillRun
from yuju.console.latest_acts import latest_told
from yuju.console.local_day import today
from yuju.console.pages.billing_calendars import BillingCalendarConsole
from yuju.console.pages.premises import user_of
from yuju.console.run_review import run_title
from yuju.journeys.billing_calendar import day_next
from yuju.kit.backups import backup_status
from yuju.kit.console import console_site, signed_in
from yuju.kit.dates import local_date
from yuju.kit.display import amount_large, amount_text, number_text
from yuju.kit.history import tracking_of
from yuju.premises.models import Property
from yuju.reporting import home
from yuju.reporting.home import Scope
from yuju.reporting.moves import Move, moves_near
from yuju.reporting.takings import taken_on
from yuju.residency.choices import TenureState
from yuju.residency.models import Tenure
from yuju.workforce.selectors import DO
from yuju.workforce.wording import due_words

RUNS, CALENDARS, MOVES, LEASES, ACTS, TASKS = 4, 2, 5, 6, 6, 6
ACTS_DAYS = 30
KPIS = "kpis"

console_site.entry("home", title=gettext_lazy("Home"), icon="layout-dashboard", order=0, permission="premises.view")


@dataclass(frozen=True)
class Figure:
    """A key figure; an empty address leads nowhere."""

    label: Any
    value: Any
    unit: str
    note: str
    href: str
    kind: str = ""


@dataclass(frozen=True)
class RunLine:
    """A run as a line; `tone` and `state` say how far it is."""

    run: BillRun
    title: str
    tone: str
    state: str
    url: str


@dataclass(frozen=True)
class Moving:
    """Somebody who moves in or out; `what` says which, and how sure it is."""

    move: Move
    what: str
    days: int
    url: str

    @property
    def late(self) -> int:
        return -self.days


@dataclass(frozen=True)
class Ending:
    """A lease that ends soon."""

    lease: Tenure
    days: int
    url: str


@dataclass(frozen=True)
class Coming:
    """The next day of a property's billing calendar."""

    property: Property
    day: date
    days: int


@require_GET
@signed_in
def home_page(request: HttpRequest) -> HttpResponseBase:
    """The page; htmx asks for its key figures alone."""
    user = user_of(request)
    if not user.may("premises.view"):
        return render(request, "console/nothing_yet.html")
    if not getattr(request, "properties", ()):
        return render(request, "console/home/start.html", _start(request))
    day = today(request)
    context: dict[str, Any] = {"today": day, "figures": _figures(request, day)}
    if request.headers.get("HX-Target") != KPIS:
        context |= _cards(request, day)
    template = "console/home/figures.html" if request.headers.get("HX-Target") == KPIS else "console/home/home.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Target"])
    return response


def _scope(request: HttpRequest, permission: str) -> Scope:
    """Where the figures behind a permission are taken from: the property chosen, or all where the user holds it."""
    held = user_of(request).property_scope(permission)
    chosen: Property | None = getattr(request, "property", None)
    if chosen is None:
        return held
    return [chosen.pk] if held is None or chosen.pk in held else []


def _may(request: HttpRequest, permission: str) -> bool:
    chosen: Property | None = getattr(request, "property", None)
    return user_of(request).may(permission, chosen.pk if chosen is not None else None)


def _figures(request: HttpRequest, day: date) -> list[Figure]:
    figures = []
    units = home.occupancy(_scope(request, "premises.view"), day)
    share = "" if units.share is None else f"{units.share * 100:.1f}"
    figures.append(
        Figure(
            _("Occupancy"),
            share,
            "%" if share else "",
            _("%(occupied)s of %(units)s units")
            % {"occupied": number_text(units.occupied), "units": number_text(units.units)},
            reverse("console:board"),
        )
    )
    if _may(request, "bills.view"):
        figures += _money(request, day)
    if _may(request, "payments.view"):
        taken = taken_on(_scope(request, "payments.view"), day)
        note = ngettext("%(count)d payment", "%(count)d payments", taken.count) % {"count": taken.count}
        figures.append(
            Figure(
                _("Taken today"),
                amount_large(taken.amount),
                "",
                note if taken.count else _("nothing was taken yet"),
                reverse("console:takings"),
            )
        )
    if _may(request, "bill_runs.view"):
        waiting = home.exceptions_waiting(_scope(request, "bill_runs.view"))
        note = _("in drafts of bill runs") if waiting else _("nothing waits for a decision")
        figures.append(
            Figure(
                _("Exceptions to decide"),
                number_text(waiting),
                "",
                note,
                _list("bill-runs", "state=draft"),
                _if(waiting),
            )
        )
    if _may(request, "leases.view"):
        ending = home.leases_ending(_scope(request, "leases.view"), day).count()
        figures.append(
            Figure(
                _("Leases ending"),
                number_text(ending),
                "",
                _("within 60 days"),
                _list("leases", "tab=ending"),
                _if(ending),
            )
        )
    return figures


def _money(request: HttpRequest, day: date) -> list[Figure]:
    scope = _scope(request, "bills.view")
    month = home.months_issued(scope, day, 1)[0]
    owed = home.receivable(scope, day)
    bills = ngettext("%(count)s bill", "%(count)s bills", month.bills) % {"count": number_text(month.bills)}
    late = (
        _("overdue %(amount)s") % {"amount": amount_text(owed.overdue, symbol=True)}
        if owed.overdue > 0
        else _("nothing is overdue")
    )
    return [
        Figure(_("Issued this month"), amount_large(month.total), "", bills, _list("bill-runs", "state=issued")),
        Figure(
            _("Still to pay"),
            amount_large(owed.open),
            "",
            late,
            _list("bills", "tab=overdue" if owed.overdue > 0 else ""),
            "bad" if owed.overdue > 0 else "",
        ),
    ]


def _if(count: int) -> str:
    return "warn" if count else ""


def _list(slug: str, query: str = "") -> str:
    """The address of a list; empty while it does not exist."""
    console = console_site.consoles.get(slug)
    return "" if console is None else console.url("list") + (f"?{query}" if query else "")


def _cards(request: HttpRequest, day: date) -> dict[str, Any]:
    across = getattr(request, "property", None) is None and len(_properties(request)) > 1
    context: dict[str, Any] = {"across": across, **_backup(request)}
    if _may(request, "bills.view"):
        months = home.months_issued(_scope(request, "bills.view"), day)
        if any(month.total for month in months):
            context |= {"chart": _chart(months), "chart_summary": _chart_summary(months)}
    if _may(request, "bill_runs.view"):
        scope = _scope(request, "bill_runs.view")
        context["runs"] = [_run_line(run) for run in home.runs_latest(scope, RUNS)]
        context["runs_url"] = _list("bill-runs")
        context["calendar"] = _calendar(scope)
        if _may(request, BillingCalendarConsole.view_permission):
            context |= {"calendar_url": _list(BillingCalendarConsole.slug)}
    if _may(request, "leases.view"):
        scope = _scope(request, "leases.view")
        leases = console_site.consoles.get("leases")
        context["moves"] = [
            Moving(one, _move_words(one), (one.day - day).days, leases.detail_url(one.tenure) if leases else "")
            for one in moves_near(scope, day, MOVES)
        ]
        context["leases"] = [
            Ending(one, (one.end - day).days if one.end else 0, leases.detail_url(one) if leases is not None else "")
            for one in home.leases_ending(scope, day)[:LEASES]
        ]
        context["leases_url"] = _list("leases", "tab=ending")
    if _may(request, DO):
        context |= _tasks(request)
    if _may(request, "audit.view"):
        since = timezone.now() - timedelta(days=ACTS_DAYS)
        entries = home.acts_latest(_scope(request, "audit.view"), since, ACTS)
        edits = home.edits_latest(_edits_seen(request), since, ACTS)
        context["acts"] = latest_told(request, entries, edits, ACTS)
        context["acts_url"] = _list("audit")
    return context


def _tasks(request: HttpRequest) -> dict[str, Any]:
    """The user's own tasks, and how many of everybody's are late for those who see them."""
    user, now = user_of(request), timezone.now()
    sees = _may(request, "tasks.view")
    lines = [
        (one, due_words(one, now), reverse("console:tasks-detail" if sees else "field:task", args=[one.pk]))
        for one in home.tasks_mine(user, TASKS)
    ]
    late = home.tasks_late(_scope(request, "tasks.view"), now) if sees else 0
    return {
        "tasks": lines,
        "tasks_late": late,
        "tasks_url": _list("tasks", "tab=mine") if sees else reverse("field:home"),
    }


def _edits_seen(request: HttpRequest) -> dict[str, Scope]:
    """The tables whose edits may be told: of what the user may see, where the user may also look into the audit."""
    answered = _scope(request, "audit.view")
    seen: dict[str, Scope] = {}
    for console in console_site.consoles.values():
        if tracking_of(console.model) is None or not _may(request, console.view_permission):
            continue
        scope = _scope(request, console.view_permission)
        both = scope if answered is None else answered if scope is None else sorted({*scope} & {*answered})
        seen[console.model._meta.db_table] = both
    return seen


def _backup(request: HttpRequest) -> dict[str, Any]:
    """How the last backup went, for those who may do something about it; nothing where none was ever asked for."""
    status = backup_status()
    if not status.in_use or not user_of(request).may("settings.edit"):
        return {}
    return {"backup": status, "backup_trouble": status.trouble(timezone.now())}


def _properties(request: HttpRequest) -> list[Property]:
    return list(getattr(request, "properties", ()))


def _run_line(run: BillRun) -> RunLine:
    found: Any = run
    if run.state == RunState.ISSUED:
        tone, state = "ok", str(RunState.ISSUED.label)
    elif found.open_exceptions:
        count = found.open_exceptions
        tone, state = "warn", ngettext("%(count)d to decide", "%(count)d to decide", count) % {"count": count}
    else:
        tone, state = "info", _("To review")
    return RunLine(run, run_title(run), tone, state, console_site.consoles["bill-runs"].detail_url(run))


def _calendar(scope: Scope) -> list[Coming]:
    coming = []
    for one in home.calendars_on(scope):
        now: Any = one
        day = local_date(timezone.now(), one.property.time_zone)
        due = day_next(day=one.day, since=one.since, after=now.kept, today=day)
        coming.append(Coming(one.property, due, (due - day).days))
    return sorted(coming, key=lambda one: one.day)[:CALENDARS]


def _move_words(move: Move) -> str:
    """What happens, and why it is thought so."""
    if not move.out:
        return pgettext("in a list of moves", "Moves in") + " · " + str(TenureState(move.tenure.state).label)
    return (
        pgettext("in a list of moves", "Moves out") + " · " + (_("Gave notice") if move.said else _("Not checked out"))
    )


def _chart(months: list[home.Month]) -> dict[str, Any]:
    ten_thousand = Decimal(10_000)
    return {
        "xAxis": {"type": "category", "data": [f"{month.start:%Y-%m}" for month in months]},
        "yAxis": [{"type": "value"}],
        "series": [
            {
                "type": "bar",
                "name": _("Issued"),
                "barMaxWidth": 28,
                "data": [float(round(month.total / ten_thousand, 2)) for month in months],
            }
        ],
    }


def _chart_summary(months: list[home.Month]) -> str:
    return _("Issued by month: %(months)s") % {
        "months": ", ".join(f"{month.start:%Y-%m} {amount_text(month.total, symbol=True)}" for month in months)
    }


def _start(request: HttpRequest) -> dict[str, Any]:
    """What somebody without a property is offered."""
    properties = console_site.consoles["properties"]
    user = user_of(request)
    everywhere = user.property_scope("premises.edit") is None
    return {
        "new_url": properties.url("new") if properties.may_create(request) else "",
        "import_url": reverse("console:import") if everywhere and user.may("import.run") else "",
    }
