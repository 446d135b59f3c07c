"""Collective bills of companies (企业合并账单): their list, reached from the bills, each of them unit by unit, and its PDF."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from yuju.billing.models import Bill, CollectiveBill
from yuju.console.finding import number_begins
from yuju.console.local_day import today
from yuju.console.pages.bills import VIEW, StateTags
from yuju.console.templatetags.stays import BILL_TONES
from yuju.kit.console import (
    Action,
    Column,
    DateColumn,
    DateRangeFilter,
    DetailPage,
    ModelConsole,
    Money,
    NumberColumn,
    Tab,
    console_site,
)
from yuju.kit.dates import local_date
from yuju.kit.errors import Refused
from yuju.kit.search import matching
from yuju.kit.toasts import toast_add
from yuju.payments.selectors import settled_bills
from yuju.reporting.collective_bills import collective_bills_to_read, collective_lines, collective_sheet
from yuju.reporting.collective_pdf import collective_pdf
from yuju.residency.searching import RESIDENT

TAKE = "payments.take"


def to_pay(request: HttpRequest) -> Q:
    return Q(_open_parts())


def overdue(request: HttpRequest) -> Q:
    return Q(_open_parts(due_date__lt=today(request)))


def _open_parts(**narrower: Any) -> Exists:
    return Exists(Bill.objects.filter(~settled_bills(), collective=OuterRef("pk"), **narrower))


def state_of(row: Any) -> list[tuple[str, str]]:
    """How a collective bill stands, as a tag."""
    return [(BILL_TONES.get(row.line.state, ""), str(row.line.state.label))]


@console_site.register
class CollectiveBillConsole(ModelConsole[CollectiveBill]):
    """What the runs billed to companies, each company's bills of a run as one."""

    model = CollectiveBill
    slug = "collective-bills"
    title, title_one = gettext_lazy("Collective bills"), gettext_lazy("Collective bill")
    icon = "building"
    in_navigation = False
    view_permission = VIEW
    has_history = False
    ordering = ("-due_date", "-pk")
    search_hint = gettext_lazy("Company, pinyin, bill number")
    found_by = ("number",)
    found_pattern = r"(?:HD-)?\d{6}-\d{4,9}"
    empty_text = gettext_lazy("What a bill run bills to a company appears here as one bill.")
    detail_template = "console/billing/collective.html"
    tabs = (
        Tab("due", gettext_lazy("To pay"), to_pay),
        Tab("overdue", gettext_lazy("Overdue"), overdue),
        Tab("all", gettext_lazy("All")),
    )
    columns = (
        Column("resident.name", gettext_lazy("Company"), sort="resident__name_sort", link=True, sm=1),
        Column("number", gettext_lazy("Bill number"), sort="number"),
        Column("property", gettext_lazy("Property"), sort="property__code", across=True),
        StateTags("state", gettext_lazy("State"), value=state_of, sm=4),
        DateColumn("due_date", gettext_lazy("Due date"), sort=("due_date", "pk"), sm=5),
        NumberColumn("bill_count", gettext_lazy("Bills")),
        Money("total", gettext_lazy("Total (yuan)"), sort="total"),
        Money("open", gettext_lazy("To pay (yuan)"), value=lambda row: row.line.open, sm=3),
    )
    filters = (DateRangeFilter("due", gettext_lazy("Due date"), lookup="due_date"),)

    def with_related(self, rows: QuerySet[CollectiveBill]) -> QuerySet[CollectiveBill]:
        return collective_bills_to_read(rows)

    def look_up(self, request: HttpRequest, rows: list[CollectiveBill]) -> list[CollectiveBill]:
        for row, line in zip(rows, collective_lines(rows, today(request)), strict=True):
            row.line = line  # type: ignore[attr-defined]
        return rows

    def search(self, rows: QuerySet[CollectiveBill], text: str) -> QuerySet[CollectiveBill]:
        return rows.filter(Q(resident_id__in=matching(text, RESIDENT)) | number_begins(text))

    def numbers_meant(self, number: str) -> set[str]:
        """A bill number may be typed without its letters."""
        return {number, f"HD-{number}"}

    def detail(self, request: HttpRequest, row: Any) -> DetailPage:
        residents, parts = self.site.consoles["residents"], [row.number]
        if row.run.issued_at:
            parts.append(_("issued %(day)s") % {"day": local_date(row.run.issued_at, row.property.time_zone)})
        parts.append(_("due %(day)s") % {"day": row.due_date})
        may_see = residents.may(request, residents.view_permission, row)
        return DetailPage(
            heading=_("%(name)s · collective bill of %(month)s")
            % {"name": row.resident.name, "month": f"{row.run.as_of:%Y-%m}"},
            # The search box names it without asking how it stands.
            tags=state_of(row) if hasattr(row, "line") else [],
            subtitle=" · ".join(parts),
            parents=[(row.resident.name, residents.detail_url(row.resident))] if may_see else [],
        )

    def detail_actions(self, request: HttpRequest, row: Any) -> list[Action]:
        actions = [Action(_("PDF"), reverse("console:collective-bill-pdf", args=[row.pk]), icon="file-type-pdf")]
        if row.line.open > 0 and self.may(request, TAKE, row):
            desk = f"{reverse('console:cashier')}?company={row.resident_id}"
            actions.append(Action(_("Collect at the desk"), desk, icon="cash-register", primary=True))
        return actions

    def detail_context(self, request: HttpRequest, row: CollectiveBill) -> dict[str, Any]:
        return {"sheet": collective_sheet(row, today(request))}


@console_site.page(
    "collective-bill-pdf", title="", permission=VIEW, route="collective-bills/<int:pk>/pdf", in_navigation=False
)
@require_GET
def collective_bill_pdf(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A collective bill as PDF in the user's language."""
    console = console_site.consoles["collective-bills"]
    row = console.get(request, pk, VIEW)
    try:
        made = collective_pdf(collective_sheet(row, today(request)))
    except Refused as refused:
        toast_add(request, refused, kind="bad")
        return HttpResponseRedirect(console.detail_url(row))
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{row.number}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response
