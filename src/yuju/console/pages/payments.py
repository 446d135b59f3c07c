"""Payments (收款): what came in by which channel, what it settled; and taking one back (冲红)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from yuju.console.finding import FOUND_AT_MOST, OfAccounts, any_of, number_begins
from yuju.console.navigation import GROUP_FEES
from yuju.console.pages.bills import StateTags
from yuju.console.pages.premises import user_of
from yuju.identity.models import Posting, User
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
from yuju.kit.dates import local_date
from yuju.kit.display import amount_text
from yuju.kit.errors import Refused
from yuju.kit.toasts import toast_add
from yuju.payments.choices import DESK_CHANNELS, PaymentChannel
from yuju.payments.models import Payment, Receipt, Shift
from yuju.payments.services import payment_reverse
from yuju.reporting.payments_page import (
    credit_left,
    payments_to_read,
    receipt_of,
    reversal_of,
    settled_in_words,
    settled_lines,
)

VIEW, TAKE, REVERSE = "payments.view", "payments.take", "payments.reverse"

TAKEN_BACK = Payment.objects.filter(reverses__isnull=False).values("reverses")
"""The ids of payments that were taken back."""


def state_of(payment: Payment) -> list[tuple[str, str]]:
    """Whether a payment stands, as a tag."""
    if payment.reverses_id is not None:
        return [("", _("Reversal"))]
    if payment.reversals.all():
        return [("bad", _("Reversed"))]
    return [("ok", _("Standing"))]


def cashier_options(request: HttpRequest) -> Iterable[tuple[int, str]]:
    """Those who may take money, or take it back."""
    posted = Posting.objects.that_may(TAKE, REVERSE).filter(user=OuterRef("pk"))
    return [(user.pk, str(user)) for user in User.objects.filter(Exists(posted)).order_by("name", "pk")]


def receipt_number(payment: Payment) -> str:
    """The number of the receipt a payment has or takes back."""
    receipt = receipt_of(payment)
    return receipt.number if receipt is not None else ""


@console_site.register
class PaymentConsole(OfAccounts[Payment]):
    """Payments, and the payments below zero that take one back."""

    model = Payment
    slug = "payments"
    title = gettext_lazy("Payments")
    title_one = gettext_lazy("Payment")
    icon = "cash"
    group, order = GROUP_FEES, 240
    view_permission = VIEW
    ordering = ("-posted_at",)
    points_at_many = True
    search_hint = gettext_lazy("Unit, resident, pinyin, voucher, receipt")
    empty_text = gettext_lazy("Payments appear here once money is taken.")
    detail_template = "console/payments/payment.html"
    tabs = (
        Tab("all", gettext_lazy("All")),
        Tab("cash", PaymentChannel.CASH.label, Q(channel=PaymentChannel.CASH)),
        Tab("card", PaymentChannel.CARD.label, Q(channel=PaymentChannel.CARD)),
        Tab("reversed", gettext_lazy("Reversed"), Q(reverses__isnull=False) | Q(pk__in=TAKEN_BACK)),
    )
    columns = (
        Column(
            "account.tenure.unit.label", gettext_lazy("Unit"), link=True, sort="account__tenure__unit__sort_key", sm=1
        ),
        Column(
            "account.tenure.resident.name", gettext_lazy("Resident"), sort="account__tenure__resident__name_sort", sm=2
        ),
        Column("property", gettext_lazy("Property"), sort="property__code", across=True),
        StateTags("state", gettext_lazy("State"), value=state_of, sm=4),
        Column("get_channel_display", gettext_lazy("Channel")),
        Column("reference", gettext_lazy("Voucher number")),
        Column("settled", gettext_lazy("What it settled"), value=settled_in_words),
        Money("amount", gettext_lazy("Amount (yuan)"), sort="amount", sm=3),
        MomentColumn("posted_at", gettext_lazy("Time"), sort="posted_at", sm=5),
        Column("posted_by", gettext_lazy("Taken by")),
        DateColumn("received_on", gettext_lazy("Received on"), hidden=True),
        Column("receipt", gettext_lazy("Receipt"), value=receipt_number, hidden=True),
        Column("account.tenure.number", gettext_lazy("Lease"), hidden=True),
        Column("reason", gettext_lazy("Reason"), hidden=True),
    )
    filters = (
        DateRangeFilter("received", gettext_lazy("Received on"), lookup="received_on"),
        ChoiceFilter("by", gettext_lazy("Taken by"), cashier_options, lookup="posted_by_id"),
    )

    def tab_counts(self, request: HttpRequest) -> dict[str, int]:
        found = self.scoped(request).aggregate(
            all=Count("pk"),
            cash=Count("pk", filter=Q(channel=PaymentChannel.CASH)),
            card=Count("pk", filter=Q(channel=PaymentChannel.CARD)),
            reversals=Count("pk", filter=Q(reverses__isnull=False)),
        )
        # Each stands beside the payment it takes back, at the same property.
        return {**found, "reversed": 2 * found.pop("reversals")}

    def with_related(self, rows: QuerySet[Payment]) -> QuerySet[Payment]:
        return payments_to_read(rows)

    def of_found(self, rows: QuerySet[Payment], text: str, of_accounts: Q) -> QuerySet[Payment]:
        """By account, by the voucher's number from its beginning, and by the receipt's number; each has its index."""
        numbered = Receipt.objects.filter(number_begins(text)).values("payment")
        of_vouchers, of_receipts, of_reversals = (
            Payment.objects.filter(condition).order_by().values_list("pk", flat=True)
            for condition in (
                Q(reference__gte=text, reference__lt=text + "~"),
                Q(pk__in=numbered),
                Q(reverses__in=numbered),
            )
        )
        # Few, and looked up before: beside them the payments of accounts come in the order of the list.
        by_number = list(of_vouchers.union(of_receipts, of_reversals)[:FOUND_AT_MOST])
        return rows.filter(of_accounts | any_of("pk", by_number))

    def detail(self, request: HttpRequest, row: Payment) -> DetailPage:
        place = row.account.tenure.unit.label
        words = {
            "place": place,
            "name": row.account.tenure.resident.name,
            "amount": amount_text(row.amount, symbol=True),
        }
        parts = [str(row.get_channel_display())]
        if row.reference:
            parts.append(_("voucher %(number)s") % {"number": row.reference})
        parts.append(_("received on %(day)s") % {"day": row.received_on})
        return DetailPage(
            heading=_("%(place)s %(name)s · %(amount)s") % words, tags=state_of(row), subtitle=" · ".join(parts)
        )

    def detail_context(self, request: HttpRequest, row: Payment) -> dict[str, Any]:
        taken_back = row.reverses_id is not None or reversal_of(row) is not None
        may_reverse = not taken_back and row.channel in DESK_CHANNELS and self.may(request, REVERSE, row)
        lines = settled_lines(row)
        together = _together(row) if row.channel in DESK_CHANNELS and row.reverses_id is None else []
        standing = sum(1 for line in lines if not line.released)
        return {
            "lines": lines,
            "credit": credit_left(row),
            "change": row.tendered - row.amount if row.tendered is not None else None,
            "receipt": receipt_of(row),
            "reversal": reversal_of(row),
            "may_reverse": may_reverse,
            "together": together,
            "to_give_back": row.amount + sum((one.amount for one in together), Decimal(0)),
            "shift": open_shift(request, row) if may_reverse else None,
            "standing": ngettext("%(count)d charge", "%(count)d charges", standing) % {"count": standing},
            "resident_url": self._url_of(request, "residents", row.account.tenure.resident_id, row),
            "may_see_bills": self.may(request, "bills.view", row),
        }

    def history_more(self, request: HttpRequest, row: Payment) -> list[Happening]:
        title = _("Taken back") if row.reverses_id else _("Payment")
        return [Happening(title, row.posted_at, by=str(row.posted_by or ""), kind="bad" if row.reverses_id else "ok")]

    def _url_of(self, request: HttpRequest, slug: str, pk: int, row: Payment) -> str:
        console = self.site.consoles[slug]
        return console.url("detail", pk) if console.may(request, console.view_permission, row) else ""


def _together(row: Payment) -> list[Payment]:
    """What a company paid with it under one receipt, the first payment first."""
    first = row.together_with_id or row.pk
    rows = Payment.objects.filter(Q(pk=first) | Q(together_with=first)).exclude(pk=row.pk)
    return list(rows.select_related("account__tenure__unit").order_by("pk"))


def open_shift(request: HttpRequest, payment: Payment) -> Shift | None:
    """The user's open shift at a payment's property."""
    found: Shift | None = Shift.objects.filter(
        property_id=payment.property_id, cashier=user_of(request), closed_at=None
    ).first()
    return found


@console_site.page(
    "payment-reverse", title="", permission=REVERSE, route="payments/<int:pk>/reverse", in_navigation=False
)
@require_POST
def reverse_payment(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Takes a payment back; the money goes out of the user's open drawer at the property, if there is one."""
    console = console_site.consoles["payments"]
    payment = console.get(request, pk, REVERSE)
    now = timezone.now()
    try:
        with transaction.atomic():
            payment_reverse(
                payment=payment,
                reason=request.POST.get("reason", "").replace("\x00", ""),
                on=local_date(now, payment.property.time_zone),
                by=user_of(request),
                at=now,
                shift=open_shift(request, payment),
            )
    except Refused as refused:
        toast_add(request, refused, kind="bad")
    else:
        toast_add(request, _("The payment was reversed; what it settled is open again"))
    return HttpResponseRedirect(console.detail_url(payment))
