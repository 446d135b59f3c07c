"""Deposits (押金): the register of what is held for whom, and its sums by property."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_GET

from yuju.console.finding import OfAccounts
from yuju.console.local_day import today
from yuju.console.navigation import GROUP_FEES
from yuju.console.pages.bills import StateTags
from yuju.console.pages.premises import user_of
from yuju.kit.console import (
    Action,
    Column,
    DateColumn,
    DateRangeFilter,
    DetailPage,
    Money,
    NumberColumn,
    Tab,
    console_site,
)
from yuju.kit.dates import local_date
from yuju.kit.display import amount_text
from yuju.payments.models import DepositStanding
from yuju.reporting.deposits import DepositTotals, deposit_totals, deposits_by_property, late, not_paid, to_return

VIEW = "payments.view"


class AgeColumn(NumberColumn):
    """For how many days a deposit has been held."""

    def get(self, row: Any) -> Any:
        return None if row.since is None else (_today(row) - row.since).days


def _today(row: DepositStanding) -> date:
    return local_date(timezone.now(), row.property.time_zone)


def state_of(row: DepositStanding) -> list[tuple[str, str]]:
    """What is to be done about a deposit, as tags."""
    tags = []
    if row.left_on is not None and row.held + row.to_refund > 0:
        left = None if row.return_by is None else (row.return_by - _today(row)).days
        if left is None:
            tags.append(("warn", _("To return")))
        elif left == 0:
            tags.append(("warn", _("To return today")))
        elif left < 0:
            words = ngettext("%(count)d day late to return", "%(count)d days late to return", -left)
            tags.append(("bad", words % {"count": -left}))
        else:
            words = ngettext("To return within %(count)d day", "To return within %(count)d days", left)
            tags.append(("warn", words % {"count": left}))
    elif row.held > 0:
        tags.append(("ok", _("Held")))
    if row.asked > row.held:
        tags.append(("info", _("Part not paid") if row.held else _("Not paid")))
    return tags


def missing(row: DepositStanding) -> Any:
    """What was asked for and is not there, in yuan; None for nothing."""
    return row.asked - row.held or None


@console_site.register
class DepositConsole(OfAccounts[DepositStanding]):
    """The register of deposits; each leads to its lease."""

    model = DepositStanding
    slug = "deposits"
    title = gettext_lazy("Deposits")
    title_one = gettext_lazy("Deposit")
    icon = "pig-money"
    group, order = GROUP_FEES, 247
    view_permission = VIEW
    has_history = False
    ordering = ("since",)
    search_hint = gettext_lazy("Unit, resident, pinyin, lease")
    empty_text = gettext_lazy("A deposit stands here from the day it is asked for until it is returned or withheld.")
    tabs = (
        Tab("all", gettext_lazy("All")),
        Tab("missing", gettext_lazy("Not paid"), not_paid()),
        Tab("return", gettext_lazy("To return"), to_return()),
        Tab("late", gettext_lazy("Late to return"), lambda request: late(today(request))),
    )
    columns = (
        Column("account.tenure.unit.label", gettext_lazy("Unit"), link=True, sm=1),
        Column("account.tenure.resident.name", gettext_lazy("Resident"), sm=2),
        Column("account.tenure.number", gettext_lazy("Lease")),
        Column("property", gettext_lazy("Property"), sort="property__code", across=True),
        StateTags("state", gettext_lazy("State"), value=state_of, sm=4),
        Money("held", gettext_lazy("Held (yuan)"), sort="held", sm=3),
        Money("to_refund", gettext_lazy("To pay out (yuan)")),
        Money("missing", gettext_lazy("Not paid (yuan)"), value=missing),
        DateColumn("since", gettext_lazy("Held since"), sort="since", sm=5),
        AgeColumn("age", gettext_lazy("Held for"), unit=pgettext_lazy("counted", "days")),
        DateColumn("left_on", gettext_lazy("Checked out on")),
        DateColumn("return_by", gettext_lazy("To return by"), sort="return_by"),
        Money("asked", gettext_lazy("Asked (yuan)"), hidden=True),
    )
    filters = (DateRangeFilter("since", gettext_lazy("Held since")),)

    def with_related(self, rows: QuerySet[DepositStanding]) -> QuerySet[DepositStanding]:
        return rows.select_related("property", "account__tenure__unit", "account__tenure__resident")

    def tab_counts(self, request: HttpRequest) -> dict[str, int]:
        found = self._totals(request)
        return {
            "all": found.rows,
            "missing": found.missing_count,
            "return": found.returning_count,
            "late": found.late_count,
        }

    def subtitle(self, request: HttpRequest) -> Any:
        found = self._totals(request)
        words = {
            "held": amount_text(found.holding, symbol=True),
            "missing": amount_text(found.missing, symbol=True),
            "late": amount_text(found.late, symbol=True),
        }
        said = _("Held %(held)s · not paid %(missing)s") % words
        return said + (" · " + _("late to return %(late)s") % words if found.late_count else "")

    def _totals(self, request: HttpRequest) -> DepositTotals:
        """What the list adds up to: one statement a page, for its tabs and its head."""
        kept: DepositTotals | None = getattr(request, "deposit_totals", None)
        if kept is None:
            kept = deposit_totals(self.scoped(request), today(request))
            request.deposit_totals = kept  # type: ignore[attr-defined]
        return kept

    def list_actions(self, request: HttpRequest) -> list[Action]:
        return [Action(_("By property"), reverse("console:deposit-totals"), icon="building-community")]

    def detail(self, request: HttpRequest, row: DepositStanding) -> DetailPage:
        tenure = row.account.tenure
        words = {"place": tenure.unit.label, "name": tenure.resident.name}
        return DetailPage(
            heading=_("%(place)s %(name)s") % words + f" · {amount_text(row.held, symbol=True)}",
            tags=state_of(row),
            subtitle=f"{tenure.number} · {tenure.start} – {tenure.end or _('open')}",
        )

    def detail_actions(self, request: HttpRequest, row: DepositStanding) -> list[Action]:
        leases = self.site.consoles["leases"]
        if not leases.may(request, leases.view_permission, row):
            return []
        return [Action(_("To the lease"), leases.url("detail", row.account.tenure_id), icon="file-text")]


@console_site.page("deposit-totals", title="", permission=VIEW, route="deposits/totals/", in_navigation=False)
@require_GET
def totals_page(request: HttpRequest) -> HttpResponseBase:
    """The sums of the register, property by property."""
    day = today(request)
    rows = deposits_by_property(user_of(request).property_scope(VIEW), day)
    whole = deposit_totals(DepositStanding.objects.visible_to(user_of(request), VIEW), day)
    context = {"rows": rows, "whole": whole, "today": day, "list_url": reverse("console:deposits-list")}
    return render(request, "console/payments/deposit_totals.html", context)
