"""Bills (账单): what was issued, what is open, and each bill line by line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from yuju.billing.choices import RunState
from yuju.billing.models import Bill, BillRun, Charge, FeeItem
from yuju.console.finding import OfAccounts, number_begins
from yuju.console.local_day import today
from yuju.console.navigation import GROUP_FEES
from yuju.console.pages.premises import user_of
from yuju.console.pages.statement import statement_action
from yuju.console.run_review import run_title
from yuju.console.runs_named import place_named, run_options
from yuju.kit.console import (
    Action,
    ChoiceFilter,
    Column,
    ConditionFilter,
    DateColumn,
    DateRangeFilter,
    DetailPage,
    Happening,
    Money,
    RowContext,
    Tab,
    Tags,
    console_site,
)
from yuju.kit.dates import local_date
from yuju.kit.sets import found_before_sorted
from yuju.kit.templatetags.ui import tag
from yuju.payments.choices import BillState
from yuju.payments.selectors import account_standing, bill_counts, bill_state, settled_bills
from yuju.premises.models import Property
from yuju.reporting.bill_sheets import bill_comparison, bill_history, bill_sheet, bills_to_read, days_left
from yuju.reporting.payments_page import bill_payments

VIEW, EXPORT = "bills.view", "bills.export"
TONES = {BillState.DUE: "info", BillState.PART_PAID: "warn", BillState.OVERDUE: "bad", BillState.PAID: "ok"}


def state_of(bill: Any) -> list[tuple[str, str]]:
    """A bill's state as a tag, on this day at its property."""
    state = bill_state(bill, local_date(timezone.now(), bill.property.time_zone))
    return [(TONES.get(state, ""), str(state.label))]


def run_choices(request: HttpRequest) -> Iterable[tuple[int, str]]:
    """Issued runs to narrow the list by."""
    return run_options(request, BillRun.objects.visible_to(user_of(request), VIEW).filter(state=RunState.ISSUED), VIEW)


def fee_conditions(request: HttpRequest) -> Iterable[tuple[str, str, Q]]:
    """Bills on which a fee item occurs.

    Property, account and due date of a charge are its bill's own: said here, both are gone through side by side in the
    order of the list.
    """
    own = {"bill": OuterRef("pk"), **{name: OuterRef(name) for name in ("property", "account", "due_date")}}
    tariffs = ArrayAgg("tariffs__pk", filter=Q(tariffs__isnull=False), default=Value([]))
    items = FeeItem.objects.annotate(tariff_ids=tariffs).order_by("priority", "pk")
    for pk, name, ids in items.values_list("pk", "name", "tariff_ids"):
        yield str(pk), name, Q(Exists(Charge.objects.filter(**own, tariff__in=ids)))


def overdue(request: HttpRequest) -> Q:
    return Q(due_date__lt=today(request)) & ~settled_bills()


def to_pay(request: HttpRequest) -> Q:
    return ~settled_bills()


class StateTags(Tags):
    """States as tags with a dot, so that colour is not the only signal."""

    def html(self, row: Any, context: RowContext) -> Any:
        return format_html_join(" ", "{}", [(tag(text, tone, dot=True),) for tone, text in self.pairs(row)])


@console_site.register
class BillConsole(OfAccounts[Bill]):
    """Bills that were issued; those of a draft are reached from its review."""

    model = Bill
    slug = "bills"
    title = gettext_lazy("Bills")
    title_one = gettext_lazy("Bill")
    icon = "file-invoice"
    group, order = GROUP_FEES, 220
    view_permission = VIEW
    ordering = ("-due_date", "-account_id")
    search_hint = gettext_lazy("Unit, resident, pinyin, bill number")
    found_by = ("number",)
    found_pattern = r"(?:[A-Z]{1,4}-)?\d{6}-\d{1,9}"
    empty_text = gettext_lazy("Bills appear here once a bill run is issued.")
    detail_template = "console/billing/bill.html"
    tabs = (
        Tab("due", gettext_lazy("To pay"), to_pay),
        Tab("overdue", gettext_lazy("Overdue"), overdue),
        Tab("all", gettext_lazy("All")),
    )
    columns = (
        Column(
            "account.tenure.unit.label", gettext_lazy("Unit"), link=True, sort="account__tenure__unit__sort_key", sm=1
        ),
        Column(
            "account.tenure.resident.name", gettext_lazy("Resident"), sort="account__tenure__resident__name_sort", sm=2
        ),
        Column("number", gettext_lazy("Bill number"), sort="number"),
        Column("property", gettext_lazy("Property"), sort="property__code", across=True),
        StateTags("state", gettext_lazy("State"), value=state_of, sm=4),
        DateColumn("due_date", gettext_lazy("Due date"), sort=("due_date", "account_id"), sm=5),
        Money("total", gettext_lazy("Total (yuan)"), sort="total"),
        Money("open", gettext_lazy("To pay (yuan)"), sm=3),
        Column("account.tenure.number", gettext_lazy("Lease"), hidden=True),
    )
    filters = (
        ChoiceFilter("run", gettext_lazy("Bill run"), run_choices, lookup="run_id"),
        DateRangeFilter("due", gettext_lazy("Due date"), lookup="due_date"),
        ConditionFilter("fee", gettext_lazy("Fee item"), fee_conditions),
    )

    def place(self, request: HttpRequest) -> Property | None:
        return place_named(request, VIEW)

    def list_actions(self, request: HttpRequest) -> list[Action]:
        return [Action(_("Collective bills"), self.site.consoles["collective-bills"].url("list"), icon="building")]

    def scoped(self, request: HttpRequest) -> QuerySet[Bill]:
        return super().scoped(request).filter(run__state=RunState.ISSUED)

    def tab_counts(self, request: HttpRequest) -> dict[str, int]:
        return bill_counts(self.place_ids(request), today(request))

    def with_related(self, rows: QuerySet[Bill]) -> QuerySet[Bill]:
        people = ("run__drafted_by", "run__approved_by", "run__issued_by")
        return bills_to_read(rows).select_related(*people)

    def of_found(self, rows: QuerySet[Bill], text: str, of_accounts: Q) -> QuerySet[Bill]:
        # What is open, and that is mostly what is looked for, is rare among an account's bills.
        found_before_sorted()
        return rows.filter(of_accounts | number_begins(text))

    def numbers_meant(self, number: str) -> set[str]:
        """A bill number may be typed without its letters."""
        return {number, f"ZD-{number}"}

    def detail(self, request: HttpRequest, row: Bill) -> DetailPage:
        tenure = row.account.tenure
        words = {
            "place": tenure.unit.label,
            "name": tenure.resident.name,
            "year": f"{row.run.as_of:%Y}",
            "month": f"{row.run.as_of:%m}",
        }
        day = today(request)
        parts = [row.number or _("Draft, without a number yet")]
        if row.run.issued_at:
            parts.append(_("issued %(day)s") % {"day": f"{local_date(row.run.issued_at, row.property.time_zone)}"})
        parts.append(_("due %(day)s") % {"day": row.due_date})
        left = days_left(row, day)
        if bill_state(row, day) in (BillState.DUE, BillState.PART_PAID):
            parts.append(ngettext("%(count)d day left", "%(count)d days left", left) % {"count": left})
        elif bill_state(row, day) == BillState.OVERDUE:
            parts.append(ngettext("%(count)d day overdue", "%(count)d days overdue", -left) % {"count": -left})
        run_url = console_site.consoles["bill-runs"].detail_url(row.run)
        may_see_run = user_of(request).may("bill_runs.view", row.property_id)
        return DetailPage(
            heading=_("%(place)s %(name)s · bill of %(year)s-%(month)s") % words,
            tags=state_of(row),
            subtitle=" · ".join(parts),
            parents=[(run_title(row.run), run_url)] if may_see_run else [],
        )

    def detail_actions(self, request: HttpRequest, row: Bill) -> list[Action]:
        printed = Action(_("PDF"), reverse("console:bill-pdf", args=[row.pk]), icon="file-type-pdf")
        return [*statement_action(request, row.account), printed]

    def detail_context(self, request: HttpRequest, row: Bill) -> dict[str, Any]:
        sheet = bill_sheet(row)
        paid = bill_payments(row)
        before, compared = bill_comparison(row)
        largest = max((max(one.amount, one.before) for one in compared), default=0)
        charges = console_site.consoles.get("recurring-charges")
        return {
            "sheet": sheet,
            "before": before,
            "compared": compared,
            "largest": largest,
            "paid": paid,
            "may_see_payments": self.may(request, "payments.view", row),
            "credit": account_standing(row.account).credit,
            "state": bill_state(row, today(request)),
            "resident_url": self._url_of(request, "residents", row.account.tenure.resident_id, row),
            "may_see_charges": charges is not None and charges.may(request, charges.view_permission, row),
        }

    def history_more(self, request: HttpRequest, row: Bill) -> list[Happening]:
        return [Happening(**step) for step in bill_history(row, bill_payments(row))]

    def _url_of(self, request: HttpRequest, slug: str, pk: int, row: Bill) -> str:
        console = self.site.consoles.get(slug)
        if console is None or not console.may(request, console.view_permission, row):
            return ""
        return console.url("detail", pk)
