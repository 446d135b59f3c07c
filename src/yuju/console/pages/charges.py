"""Charges (应收明细): every amount with how it came about, to look through and to export."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Prefetch, Q, QuerySet, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yuju.billing.choices import ChargeKind, RunState
from yuju.billing.models import BillRun, Charge, ChargeVoid, FeeItem
from yuju.console.finding import OfAccounts
from yuju.console.navigation import GROUP_FEES
from yuju.console.pages.premises import user_of
from yuju.console.runs_named import place_named, run_options
from yuju.kit.console import (
    Action,
    Card,
    ChoiceFilter,
    Column,
    ConditionFilter,
    DateColumn,
    DateRangeFilter,
    DetailPage,
    Happening,
    Money,
    Tab,
    console_site,
)
from yuju.premises.models import Property
from yuju.reporting.bill_sheets import charge_sentence

EXPORT = "bills.export"


def run_choices(request: HttpRequest) -> Iterable[tuple[int, str]]:
    """Runs to narrow the list by, drafts included."""
    return run_options(request, BillRun.objects.visible_to(user_of(request), EXPORT).exclude(charge_count=0), EXPORT)


def fee_conditions(request: HttpRequest) -> Iterable[tuple[str, str, Q]]:
    """Charges of a fee item: its few tariffs are looked up first, so that the newest charges are found from their end."""
    items = FeeItem.objects.order_by("priority", "pk").prefetch_related("tariffs")
    for item in items:
        yield str(item.pk), item.name, Q(tariff_id__in=[tariff.pk for tariff in item.tariffs.all()])


def in_drafts(request: HttpRequest) -> Q:
    """Charges of drafts: few runs, mostly none."""
    return Q(run_id__in=list(BillRun.objects.filter(state=RunState.DRAFT).values_list("pk", flat=True)))


PERIOD = (
    DateColumn("start", gettext_lazy("Start"), sort="start", sm=4),
    DateColumn("end", gettext_lazy("End"), sort="end"),
)


class Short(Column):
    """A name or number that is not broken into lines."""

    css = "nowrap"


AMOUNTS = (
    Money("gross", gettext_lazy("Gross (yuan)")),
    Money("discount", gettext_lazy("Discount (yuan)")),
    Money("amount", gettext_lazy("Amount (yuan)"), sort="amount", sm=3),
)


@console_site.register
class ChargeConsole(OfAccounts[Charge]):
    """Charges; reached from runs and bills, and exported from here."""

    model = Charge
    slug = "charges"
    title = gettext_lazy("Charges")
    title_one = gettext_lazy("Charge")
    icon = "list-details"
    group, order = GROUP_FEES, 230
    in_navigation = False
    view_permission = EXPORT
    ordering = ("-due_date", "-account_id")
    points_at_many = True
    search_hint = gettext_lazy("Unit, resident, pinyin, lease")
    columns = (
        Short(
            "account.tenure.unit.label", gettext_lazy("Unit"), sort="account__tenure__unit__sort_key", link=True, sm=1
        ),
        Short("account.tenure.resident.name", gettext_lazy("Resident")),
        Column("property", gettext_lazy("Property"), sort="property__code", across=True),
        Short("tariff.fee_item.name", gettext_lazy("Fee item"), sort="tariff__fee_item__priority", sm=2),
        *PERIOD,
        Column("sentence", gettext_lazy("How it came about"), value=charge_sentence),
        Money("gross", gettext_lazy("Gross (yuan)"), hidden=True),
        Money("discount", gettext_lazy("Discount (yuan)"), hidden=True),
        Money("amount", gettext_lazy("Amount (yuan)"), sort="amount", sm=3),
        DateColumn("due_date", gettext_lazy("Due date"), sort=("due_date", "account_id"), sm=5),
        Short("bill.number", gettext_lazy("Bill number")),
        Column("void", gettext_lazy("Void"), value=lambda charge: _("void") if charge.voids.all() else "", hidden=True),
        Column("account.tenure.number", gettext_lazy("Lease"), hidden=True),
        Column("tariff.code", gettext_lazy("Tariff"), hidden=True),
        Column("reading.meter.serial", gettext_lazy("Meter"), hidden=True),
        Column("recurring.space.code", gettext_lazy("Parking space"), hidden=True),
        DateColumn("bill_date", gettext_lazy("Bill date"), hidden=True),
    )
    tabs = (
        Tab("issued", gettext_lazy("Issued"), Q(run__state=RunState.ISSUED) | Q(run=None)),
        Tab("draft", gettext_lazy("Draft"), in_drafts),
    )
    filters = (
        ChoiceFilter("run", gettext_lazy("Bill run"), run_choices, lookup="run_id"),
        ConditionFilter("fee", gettext_lazy("Fee item"), fee_conditions),
        DateRangeFilter("due", gettext_lazy("Due date"), lookup="due_date"),
    )
    cards = (
        Card(
            gettext_lazy("What is owed"),
            (
                Column("tariff.fee_item.name", gettext_lazy("Fee item")),
                Column("tariff.name", gettext_lazy("Tariff")),
                *PERIOD,
                Column("sentence", gettext_lazy("How it came about"), value=charge_sentence),
                *AMOUNTS,
            ),
        ),
        Card(
            gettext_lazy("Who owes it"),
            (
                Column("account.tenure.resident.name", gettext_lazy("Resident")),
                Column("account.tenure.unit.label", gettext_lazy("Unit")),
                Column("account.tenure.number", gettext_lazy("Lease")),
                DateColumn("bill_date", gettext_lazy("Bill date")),
                DateColumn("due_date", gettext_lazy("Due date")),
                Column("bill.number", gettext_lazy("Bill number")),
            ),
        ),
    )

    def place(self, request: HttpRequest) -> Property | None:
        return place_named(request, EXPORT)

    def tab_counts(self, request: HttpRequest) -> dict[str, int]:
        """Runs remember how many charges they have."""
        runs = BillRun.objects.visible_to(user_of(request), EXPORT)
        place = self.place(request)
        if place is not None:
            runs = runs.filter(property=place)
        found = runs.aggregate(
            issued=Sum("charge_count", filter=Q(state=RunState.ISSUED)),
            draft=Sum("charge_count", filter=Q(state=RunState.DRAFT)),
        )
        carried = self.scoped(request).filter(kind=ChargeKind.OPENING).count()
        return {"issued": (found["issued"] or 0) + carried, "draft": found["draft"] or 0}

    def with_related(self, rows: QuerySet[Charge]) -> QuerySet[Charge]:
        related = (
            "property",
            "bill",
            "run",
            "tariff__fee_item",
            "account__tenure__unit",
            "account__tenure__resident",
            "reading__meter",
            "recurring__space",
        )
        return rows.select_related(*related).prefetch_related(Prefetch("voids", ChargeVoid.objects.all()))

    def subtitle(self, request: HttpRequest) -> Any:
        return _(
            "The export has exactly the rows below, with how each amount came about. It is written down who exports."
        )

    def detail(self, request: HttpRequest, row: Charge) -> DetailPage:
        words = {"item": row.tariff.fee_item.name, "unit": row.account.tenure.unit.label}
        return DetailPage(heading=_("%(unit)s %(item)s") % words)

    def history_more(self, request: HttpRequest, row: Charge) -> list[Happening]:
        told = [Happening(_("Worked out"), row.posted_at, kind="brand")]
        if row.run is not None and row.run.issued_at is not None:
            told.append(Happening(_("Bills issued"), row.run.issued_at, kind="ok"))
        return told + [Happening(_("Void"), void.at, text=void.reason, kind="bad") for void in row.voids.all()]

    def detail_actions(self, request: HttpRequest, row: Charge) -> list[Action]:
        if row.bill_id is None:
            return []
        return [Action(_("Bill"), reverse("console:bills-detail", args=[row.bill_id]), icon="file-invoice")]
