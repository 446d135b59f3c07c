"""Check-outs (退房): every settlement with its state and balance, and by when the deposit goes back."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from yuju.console.check_out import STATE_TONES, VIEW, check_out_url
from yuju.console.finding import OfAccounts
from yuju.console.navigation import GROUP_TENANCY, count_for
from yuju.console.pages.residents import local_today
from yuju.kit.console import (
    Action,
    ChoiceFilter,
    Column,
    DateColumn,
    DateRangeFilter,
    DetailPage,
    MomentColumn,
    Money,
    StateColumn,
    Tab,
    Tags,
    console_site,
)
from yuju.kit.dates import local_date
from yuju.payments.choices import SettlementState
from yuju.payments.models import Settlement, SettlementLine
from yuju.payments.selectors import ZERO
from yuju.payments.wording import settlement_text
from yuju.reporting.settlement_page import settlement_sheet
from yuju.residency.models import Agreement

LIVE = (SettlementState.DRAFT, SettlementState.SHOWN, SettlementState.AGREED)
UNEVEN = Q(state=SettlementState.CLOSED, is_even=False)


def days_to_return(row: Any) -> int | None:
    """How many days are left to pay the deposit back; below 0 it is late. None where nothing is to pay out, or no term."""
    if row.state != SettlementState.CLOSED or row.is_even or row.result >= 0 or not row.return_days:
        return None
    closed_on = local_date(row.closed_at, row.property.time_zone)
    left: int = (closed_on - local_today(row)).days
    return left + int(row.return_days)


def _due_words(row: Any) -> list[tuple[str, str]]:
    days = days_to_return(row)
    if days is None:
        return []
    if days < 0:
        return [("bad", ngettext("%(days)s day late", "%(days)s days late", -days) % {"days": -days})]
    text = ngettext("%(days)s day", "%(days)s days", days) % {"days": days} if days else _("today")
    return [("warn" if days <= 3 else "", text)]


def _objection_words(row: Any) -> list[tuple[str, str]]:
    return [("warn", _("Waits for an answer"))] if row.is_objected else []


@count_for("check-outs")
def _waiting(request: HttpRequest) -> int:
    """Settled stays with something still to pay or to pay out."""
    console = console_site.consoles["check-outs"]
    return console.scoped(request).filter(UNEVEN).count()


@console_site.register
class CheckOutConsole(OfAccounts[Settlement]):
    """Settlements of stays; each leads to the lease's check-out, where everything is done."""

    model = Settlement
    slug = "check-outs"
    title = gettext_lazy("Check-outs")
    title_one = gettext_lazy("Check-out")
    icon = "door-exit"
    group, order = GROUP_TENANCY, 35
    view_permission = VIEW
    ordering = ("-last_day",)
    search_hint = gettext_lazy("Unit, resident, pinyin, lease")
    empty_text = gettext_lazy("A check-out begins with a notice, on the page of the lease.")
    detail_template = "console/check_out/settlement.html"
    tabs = (
        Tab("live", gettext_lazy("Under way"), Q(state__in=LIVE)),
        Tab("out", gettext_lazy("To pay out"), UNEVEN & Q(result__lt=0)),
        Tab("owed", gettext_lazy("To be paid"), UNEVEN & Q(result__gte=0)),
        Tab("even", gettext_lazy("Even"), Q(is_even=True)),
        Tab("all", gettext_lazy("All")),
    )
    columns = (
        Column(
            "account.tenure.unit.label", gettext_lazy("Unit"), link=True, sort="account__tenure__unit__sort_key", sm=1
        ),
        Column(
            "account.tenure.resident.name", gettext_lazy("Resident"), sort="account__tenure__resident__name_sort", sm=4
        ),
        Column("account.tenure.number", gettext_lazy("Lease")),
        Column("property", gettext_lazy("Property"), sort="property__code", across=True),
        StateColumn("state", gettext_lazy("State"), tones={str(k): v for k, v in STATE_TONES.items()}, sm=2),
        DateColumn("last_day", gettext_lazy("Last day of the stay"), sort="last_day", sm=5),
        Money("result", gettext_lazy("Balance (yuan)"), sort="result", sm=3),
        Tags("waiting", gettext_lazy("Objections"), value=_objection_words),
        Tags("return_in", gettext_lazy("Deposit due back in"), value=_due_words),
        DateColumn("due", gettext_lazy("To pay until"), sort="due", hidden=True),
        MomentColumn("closed_at", gettext_lazy("Settled at"), sort="closed_at"),
        Column("reason", gettext_lazy("Reason"), hidden=True),
    )
    filters = (
        ChoiceFilter("state", gettext_lazy("State"), SettlementState.choices),
        DateRangeFilter("last", gettext_lazy("Last day of the stay"), lookup="last_day"),
    )

    def with_related(self, rows: QuerySet[Settlement]) -> QuerySet[Settlement]:
        agreed = Agreement.objects.filter(tenure=OuterRef("account__tenure"))
        waiting = SettlementLine.objects.filter(settlement=OuterRef("pk"), version=OuterRef("version"), answer="")
        waiting = waiting.exclude(objection="")
        return rows.select_related("property", "account__tenure__unit", "account__tenure__resident").annotate(
            return_days=Subquery(agreed.values("deposit_return_days")[:1]),
            is_objected=Exists(waiting),
        )

    def list_actions(self, request: HttpRequest) -> list[Action]:
        return [
            Action(_("Abandoned rooms"), reverse("console:abandonments-list"), icon="door-off"),
            Action(_("Turnovers"), reverse("console:turnovers-list"), icon="clock"),
        ]

    def detail(self, request: HttpRequest, row: Settlement) -> DetailPage:
        tenure = row.account.tenure
        tone = STATE_TONES[SettlementState(row.state)]
        return DetailPage(
            heading=tenure.unit.label,
            tags=[(tone, str(row.get_state_display()))],
            subtitle=f"{tenure.resident.name} · {tenure.number} · {settlement_text(row)}",
        )

    def detail_actions(self, request: HttpRequest, row: Settlement) -> list[Action]:
        if row.state == SettlementState.WITHDRAWN:
            return []
        return [Action(_("Check-out"), check_out_url(row.account.tenure_id), icon="door-exit", primary=True)]

    def detail_context(self, request: HttpRequest, row: Settlement) -> dict[str, Any]:
        sheet = settlement_sheet(row)
        return {"settlement": row, "sheet": sheet, "refundable": max(-row.result, ZERO)}
