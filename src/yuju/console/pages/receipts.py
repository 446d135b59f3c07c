"""Receipts (收据): the list, each as it was written, and its prints."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from yuju.console.finding import OfAccounts, number_begins
from yuju.console.navigation import GROUP_FEES
from yuju.console.pages.bills import StateTags
from yuju.console.pages.payments import TAKEN_BACK, VIEW, cashier_options
from yuju.console.pages.premises import user_of
from yuju.identity.addresses import public_address
from yuju.kit.capital import in_words
from yuju.kit.console import (
    ChoiceFilter,
    Column,
    DateColumn,
    DateRangeFilter,
    DetailPage,
    Happening,
    MomentColumn,
    Money,
    Tab,
    console_site,
)
from yuju.kit.errors import Refused
from yuju.kit.toasts import toast_add
from yuju.payments.choices import ReceiptLayout
from yuju.payments.models import Payment, Receipt, ReceiptPrint
from yuju.payments.services import receipt_print
from yuju.reporting.receipt_pdf import receipt_pdf
from yuju.reporting.receipts import ReceiptSheet, receipt_sheet, receipts_to_read


def is_void(receipt: Receipt) -> bool:
    """Whether the payment of a receipt was taken back."""
    return bool(receipt.payment.reversals.all())


def unit_of(receipt: Receipt) -> str:
    """For which unit a receipt is."""
    return _("several units") if receipt.total is not None else str(receipt.payment.account.tenure.unit.label)


def state_of(receipt: Receipt) -> list[tuple[str, str]]:
    """Whether a receipt still counts, as a tag."""
    return [("bad", _("Void"))] if is_void(receipt) else [("ok", _("Valid"))]


def taken_back() -> Q:
    """The condition of a receipt whose payment was taken back."""
    return Q(Exists(Payment.objects.filter(reverses=OuterRef("payment"))))


@console_site.register
class ReceiptConsole(OfAccounts[Receipt]):
    """Receipts; each leads to its payment."""

    model = Receipt
    slug = "receipts"
    title = gettext_lazy("Receipts")
    title_one = gettext_lazy("Receipt")
    icon = "receipt"
    group, order = GROUP_FEES, 245
    view_permission = VIEW
    ordering = ("-issued_at",)
    points_at_many = True
    search_hint = gettext_lazy("Receipt number, payer, unit, pinyin")
    found_by = ("number",)
    found_pattern = r"(?:[A-Z]{1,4}-)?\d{8}-\d{1,6}"
    empty_text = gettext_lazy("A receipt is written for every payment that is taken.")
    detail_template = "console/payments/receipt.html"
    tabs = (Tab("valid", gettext_lazy("Valid"), ~taken_back()), Tab("void", gettext_lazy("Void"), taken_back()))
    columns = (
        Column("number", gettext_lazy("Receipt number"), sort="number", link=True, sm=1),
        Column("payer", gettext_lazy("Payer"), sort="payer", sm=2),
        Column("unit", gettext_lazy("Unit"), value=unit_of, sort="payment__account__tenure__unit__sort_key"),
        Column("property", gettext_lazy("Property"), sort="property__code", across=True),
        StateTags("state", gettext_lazy("State"), value=state_of, sm=4),
        Column("payment.get_channel_display", gettext_lazy("Channel")),
        Money("amount", gettext_lazy("Amount (yuan)"), sort="payment__amount", sm=3),
        MomentColumn("issued_at", gettext_lazy("Time"), sort="issued_at", sm=5),
        Column("issued_by", gettext_lazy("Taken by")),
        DateColumn("payment.received_on", gettext_lazy("Received on"), hidden=True),
        Column("payment.reference", gettext_lazy("Voucher number"), hidden=True),
        Column("payment.account.tenure.number", gettext_lazy("Lease"), hidden=True),
    )
    filters = (
        DateRangeFilter("received", gettext_lazy("Received on"), lookup="payment__received_on"),
        ChoiceFilter("by", gettext_lazy("Taken by"), cashier_options, lookup="issued_by_id"),
    )

    def tab_counts(self, request: HttpRequest) -> dict[str, int]:
        rows = self.scoped(request)
        void = rows.filter(payment__in=TAKEN_BACK).count()
        return {"valid": rows.count() - void, "void": void}

    def with_related(self, rows: QuerySet[Receipt]) -> QuerySet[Receipt]:
        return receipts_to_read(rows)

    def of_found(self, rows: QuerySet[Receipt], text: str, of_accounts: Q) -> QuerySet[Receipt]:
        """By the account that paid, and by number; each has its index."""
        paid = Payment.objects.filter(of_accounts).values("pk")
        of_payers, numbered = (
            Receipt.objects.filter(condition).order_by().values("pk")
            for condition in (Q(payment__in=paid), number_begins(text))
        )
        return rows.filter(pk__in=of_payers.union(numbered))

    def numbers_meant(self, number: str) -> set[str]:
        """A receipt number may be typed without its letters."""
        return {number, f"SJ-{number}"}

    def detail(self, request: HttpRequest, row: Receipt) -> DetailPage:
        words = {"place": unit_of(row), "name": row.payer}
        return DetailPage(
            heading=row.number,
            tags=state_of(row),
            subtitle=_("%(place)s %(name)s") % words,
        )

    def detail_context(self, request: HttpRequest, row: Receipt) -> dict[str, Any]:
        sheet = receipt_sheet(row)
        return {
            "sheet": sheet,
            "capital": in_words(row.amount, currency="人民币"),
            "layouts": ReceiptLayout.choices,
            "public_url": reverse("console:public-receipt", args=[row.token]),
            "may_see_bills": self.may(request, "bills.view", row),
        }

    def history_more(self, request: HttpRequest, row: Receipt) -> list[Happening]:
        prints = list(ReceiptPrint.objects.filter(receipt=row).select_related("by").order_by("pk"))
        return [Happening(**step) for step in _history(receipt_sheet(row), prints)]


def _history(sheet: ReceiptSheet, prints: list[ReceiptPrint]) -> list[dict[str, Any]]:
    """What happened to a receipt, the latest first, as `timeline` draws it."""
    receipt = sheet.receipt
    events: list[dict[str, Any]] = [
        {"title": _("Receipt written"), "by": str(receipt.issued_by or ""), "when": receipt.issued_at, "kind": "ok"}
    ]
    for number, one in enumerate(prints):
        title = _("Reprinted") if number else _("Printed")
        events.append(
            {"title": title, "text": one.get_layout_display(), "by": str(one.by or ""), "when": one.at, "kind": "info"}
        )
    if sheet.reversal is not None:
        reversal = sheet.reversal
        by = str(reversal.posted_by or "")
        events.append(
            {"title": _("Void"), "text": reversal.reason, "by": by, "when": reversal.posted_at, "kind": "bad"}
        )
    # Of what happened at one moment the later step comes first.
    order = sorted(range(len(events)), key=lambda place: (events[place]["when"], place), reverse=True)
    return [events[place] for place in order]


@console_site.page("receipt-print", title="", permission=VIEW, route="receipts/<int:pk>/print", in_navigation=False)
@require_POST
def print_receipt(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A receipt as PDF in the layout asked for; that it was printed is noted, so every one after the first is marked."""
    console = console_site.consoles["receipts"]
    receipt = console.get(request, pk, VIEW)
    if request.POST.get("layout") not in ReceiptLayout:
        raise Http404
    layout = ReceiptLayout(request.POST["layout"])
    address = public_address(request, reverse("console:public-receipt", args=[receipt.token]))
    try:
        with transaction.atomic():
            before = receipt_print(receipt=receipt, layout=layout, by=user_of(request), at=timezone.now())
            made = receipt_pdf(receipt_sheet(receipt), layout=layout, address=address, before=before)
    except Refused as refused:
        toast_add(request, refused, kind="bad")
        return HttpResponseRedirect(console.detail_url(receipt))
    response = HttpResponse(made, content_type="application/pdf")
    # Shown in its own window, from where it is one step to the printer.
    response["Content-Disposition"] = f'inline; filename="{receipt.number}-{layout}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response
