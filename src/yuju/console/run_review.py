"""What the review of a bill run shows: how far it is, its figures against the run before, what has to be decided."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yuju.billing.choices import Cause, Decision, RunState, Severity
from yuju.billing.models import BillRun, RunException
from yuju.billing.selectors import runs
from yuju.billing.services.runs import TOPIC, needs_second_person
from yuju.billing.wording import exception_icon, exception_text, exception_title
from yuju.identity.models import User
from yuju.kit.console import ModelConsole, console_site

DRAFT, ISSUE = "bill_runs.draft", "bill_runs.issue"


@dataclass(frozen=True)
class Item:
    """An exception as a line of the review."""

    exception: RunException
    title: str
    text: str
    icon: str
    reading_url: str
    meter_url: str


@dataclass(frozen=True)
class Group:
    """The exceptions of one cause; `more` is how many are not shown."""

    cause: str
    label: str
    is_billed: bool
    open: int
    items: list[Item]
    more: int


@dataclass(frozen=True)
class Footing:
    """What stands in the bar at the foot: a sentence, and the main action or why it cannot be taken."""

    text: str
    kind: str
    may_issue: bool
    may_approve: bool


def run_title(run: BillRun) -> str:
    """What a run is called: the month of its day."""
    return _("Bills of %(year)s-%(month)s") % {"year": f"{run.as_of:%Y}", "month": f"{run.as_of:%m}"}


def run_word(run: BillRun) -> str:
    """The period that is typed before a run is issued."""
    return f"{run.as_of:%Y-%m}"


def review(request: HttpRequest, console: ModelConsole[BillRun], run: BillRun) -> dict[str, Any]:
    """Everything the page of a run needs besides the run."""
    before = runs.run_before(run)
    totals = runs.run_item_totals(run, before)
    decisions = runs.run_decisions(run)
    waiting = decisions.get(Decision.OPEN, 0)
    decided = sum(decisions.values()) - waiting
    is_draft = run.state == RunState.DRAFT
    second = needs_second_person(run)
    show_decided = request.GET.get("exceptions") == "decided" or not is_draft
    whole = request.GET.get("cause", "")
    groups = [_group(request, group, show_decided) for group in runs.run_causes(run, decided=show_decided, whole=whole)]
    swings = max((abs(total.difference) for total in totals), default=Decimal(0)) if before else Decimal(0)
    state, kind = _state(run, waiting, second)
    user: Any = request.user
    return {
        "run": run,
        "run_title": run_title(run),
        "word": run_word(run),
        "topic": f"{TOPIC}:{run.pk}",
        "state": state,
        "kind": kind,
        "subtitle": _subtitle(run, runs.run_span(run)),
        "before": before,
        "totals": totals,
        "largest": swings,
        "difference": run.total - before.total if before else None,
        "share": (run.total - before.total) / before.total if before and before.total else None,
        "mainly": max(totals, key=lambda total: abs(total.difference)).name if before and totals else "",
        "coming": runs.run_accounts_change(run, before) if before else None,
        "waiting": waiting,
        "decided": decided,
        "decided_text": _decided_text(decisions),
        "exceptions": waiting + decided,
        "groups": groups,
        "show_decided": show_decided,
        "changes": runs.run_unit_changes(run, before) if before else [],
        "is_draft": is_draft,
        "steps": _steps(second),
        "step": _step(run, waiting, second),
        "second": second,
        "second_met": bool(run.approved_by_id),
        "may_draft": is_draft and console.may(request, DRAFT, run),
        "footing": _footing(user, run, waiting, second, may=console.may(request, ISSUE, run)),
        "charges_url": _charges_url(request, console, run),
    }


def _charges_url(request: HttpRequest, console: ModelConsole[BillRun], run: BillRun) -> str:
    if not run.charge_count or not console.may(request, "bills.export", run):
        return ""
    tab = "tab=draft&" if run.state == RunState.DRAFT else ""
    return f"{reverse('console:charges-list')}?{tab}run={run.pk}"


def _state(run: BillRun, waiting: int, second: bool) -> tuple[str, str]:
    if run.state != RunState.DRAFT:
        return str(RunState(run.state).label), "ok" if run.state == RunState.ISSUED else ""
    if waiting:
        return _("To review"), "warn"
    if second and not run.approved_by_id:
        return _("To approve"), "info"
    return _("Ready to issue"), "ok"


def _steps(second: bool) -> list[str]:
    steps = [_("Draft"), _("Review"), _("Issue")]
    if second:
        steps.insert(2, _("Approve"))
    return steps


def _step(run: BillRun, waiting: int, second: bool) -> int:
    """Which step is the current one; one past the last when all is done."""
    if run.state == RunState.ISSUED:
        return len(_steps(second)) + 1
    if waiting:
        return 2
    return 4 if second and run.approved_by_id else 3


def _subtitle(run: BillRun, span: runs.Span) -> str:
    parts = []
    if span.period_start and span.period_end:
        parts.append(_("Periods %(start)s to %(end)s") % {"start": span.period_start, "end": span.period_end})
    if span.reading_start and span.reading_end:
        parts.append(_("readings %(start)s to %(end)s") % {"start": span.reading_start, "end": span.reading_end})
    if span.due_first and span.due_last:
        if span.due_first == span.due_last:
            parts.append(_("due %(day)s") % {"day": span.due_first})
        else:
            parts.append(_("due %(start)s to %(end)s") % {"start": span.due_first, "end": span.due_last})
    return _("; ").join(parts)


def _decided_text(decisions: dict[str, int]) -> str:
    parts = []
    if count := decisions.get(Decision.CONFIRMED, 0):
        parts.append(ngettext("%(count)d confirmed", "%(count)d confirmed", count) % {"count": count})
    if count := decisions.get(Decision.EXCLUDED, 0):
        parts.append(ngettext("%(count)d left out", "%(count)d left out", count) % {"count": count})
    return _(", ").join(parts)


def _group(request: HttpRequest, group: runs.CauseGroup, decided: bool) -> Group:
    count = group.total - group.open if decided else group.open
    return Group(
        cause=group.cause.value,
        label=str(Cause(group.cause).label),
        is_billed=group.severity == Severity.REVIEW,
        open=group.open,
        items=[_item(request, one) for one in group.shown],
        more=count - len(group.shown),
    )


def _item(request: HttpRequest, exception: RunException) -> Item:
    def url(slug: str, pk: int | None) -> str:
        console = console_site.consoles.get(slug)
        if console is None or pk is None or not console.may(request, console.view_permission):
            return ""
        return console.url("detail", pk)

    return Item(
        exception=exception,
        title=exception_title(exception),
        text=exception_text(exception),
        icon=exception_icon(exception),
        reading_url=url("readings", exception.reading_id),
        meter_url=url("meters", exception.reading.meter_id if exception.reading else None),
    )


def _footing(user: User, run: BillRun, waiting: int, second: bool, *, may: bool) -> Footing:
    if waiting:
        text = ngettext(
            "%(count)d exception waits for a decision; the run can be issued once each is confirmed or left out.",
            "%(count)d exceptions wait for a decision; the run can be issued once each is confirmed or left out.",
            waiting,
        )
        return Footing(text % {"count": waiting}, "warn", False, False)
    if not may:
        return Footing(
            _("You may look at this run; issuing it is for the manager and the accountant."), "info", False, False
        )
    if second and not run.approved_by_id:
        if run.drafted_by_id == user.pk:
            return Footing(
                _("You drafted this run: somebody else has to approve it before it is issued."), "warn", False, False
            )
        return Footing(_("Approve the run before it is issued."), "info", False, True)
    if not run.bill_count:
        return Footing(
            _("There is nothing to bill. Drop the draft, or issue it to keep what was decided."), "info", True, False
        )
    return Footing(
        _("Bills that are issued cannot be changed any more; corrections are rows of their own."), "ok", True, False
    )
