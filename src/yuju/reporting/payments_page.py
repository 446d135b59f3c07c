"""A payment as it is read: what it settled, what of it is credit, what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Min, OuterRef, Prefetch, QuerySet
from django.utils.translation import gettext as _

from yuju.billing.models import Bill
from yuju.payments.choices import DESK_CHANNELS, PaymentChannel
from yuju.payments.models import Allocation, Payment, Receipt
from yuju.payments.selectors import bill_allocations, refunded, settled


@dataclass(frozen=True)
class Settled:
    """A charge on which money of a payment lies or lay, in yuan.

    Attributes:
        amount: what was allocated first; `left` what of it still is.
        from_credit: it was drawn from credit later, not settled when the money was taken.
    """

    item: str
    bill_id: int | None
    bill_number: str
    start: date
    end: date
    at: datetime
    amount: Decimal
    left: Decimal
    from_credit: bool

    @property
    def released(self) -> bool:
        return self.left == 0


@dataclass(frozen=True)
class Paid:
    """Money that was laid on a bill at one moment, or taken off it again (below zero), in yuan."""

    payment_id: int
    receipt: Receipt | None
    title: str
    by: str
    at: datetime
    amount: Decimal


def payments_to_read(payments: QuerySet[Payment]) -> QuerySet[Payment]:
    """Payments with what a list and a page say of them; a fixed number of statements for any number of rows."""
    # Not the allocations themselves: of 25 payments they are hundreds, for a few words and one sum each.
    items = (
        Allocation.objects.filter(payment=OuterRef("pk"), releases=None)
        .values("charge__tariff__fee_item__name")
        .annotate(first=Min("pk"))
        .order_by("first")
        .values("charge__tariff__fee_item__name")
    )
    return (
        payments.annotate(refunded=refunded(), settled=settled(), settled_items=ArraySubquery(items))
        .select_related(
            "property",
            "account__tenure__unit",
            "account__tenure__resident",
            "posted_by",
            "shift",
            "reverses__together_with",
            "together_with",
        )
        .prefetch_related(
            Prefetch("reversals", Payment.objects.select_related("posted_by")),
            Prefetch("receipts", Receipt.objects.only("operator_id", "number", "payment_id")),
            Prefetch("reverses__receipts", Receipt.objects.only("operator_id", "number", "payment_id")),
            Prefetch("together_with__receipts", Receipt.objects.only("operator_id", "number", "payment_id")),
            Prefetch("reverses__together_with__receipts", Receipt.objects.only("operator_id", "number", "payment_id")),
        )
    )


def receipt_of(payment: Payment) -> Receipt | None:
    """The receipt that was written for a payment; for one that takes another back, the other's."""
    taken: Any = payment.reverses if payment.reverses_id is not None else payment
    first: Any = taken.together_with if taken.together_with_id is not None else taken
    found: Receipt | None = next(iter(first.receipts.all()), None)
    return found


def reversal_of(payment: Payment) -> Payment | None:
    """The payment that took this one back."""
    found: Payment | None = next(iter(payment.reversals.all()), None)
    return found


def credit_left(payment: Any) -> Decimal:
    """What of a payment that `payments_to_read` gave settles nothing now; of one that was taken back, nothing is left."""
    if payment.reverses_id is not None or reversal_of(payment) is not None:
        return Decimal(0)
    left: Decimal = payment.amount - payment.refunded - payment.settled
    return left


def settled_in_words(payment: Any) -> str:
    """The fee items a payment that `payments_to_read` gave settled, and what of it is credit."""
    if payment.reverses_id is not None:
        receipt = receipt_of(payment)
        return _("Takes back %(number)s") % {"number": receipt.number} if receipt is not None else ""
    parts = list(payment.settled_items)
    if credit := credit_left(payment):
        parts.append(_("credit %(amount)s") % {"amount": f"{credit:,.2f}"})
    return _(", ").join(parts)


def settled_lines(payment: Payment) -> list[Settled]:
    """Every charge a payment settled, in order, with what of it was released again. One statement."""
    read = payment.allocations.select_related("charge__tariff__fee_item", "charge__bill").order_by("pk")
    rows: list[Any] = list(read)
    taken_back: dict[int, Decimal] = {}
    for one in rows:
        if one.releases_id is not None:
            taken_back[one.releases_id] = taken_back.get(one.releases_id, Decimal(0)) + one.amount
    return [
        Settled(
            item=one.charge.tariff.fee_item.name,
            bill_id=one.charge.bill_id,
            bill_number=one.charge.bill.number if one.charge.bill else "",
            start=one.charge.start,
            end=one.charge.end,
            at=one.at,
            amount=one.amount,
            left=one.amount + taken_back.get(one.pk, Decimal(0)),
            from_credit=one.at != payment.posted_at,
        )
        for one in rows
        if one.releases_id is None
    ]


def bill_payments(bill: Bill) -> list[Paid]:
    """What was paid on a bill and what was taken off it again, in order of time; two statements."""
    rows = bill_allocations(bill).select_related("by").prefetch_related("payment__receipts", "payment__reversals")
    made: dict[tuple[int, datetime, bool], list[Allocation]] = {}
    for row in rows:
        made.setdefault((row.payment_id, row.at, row.amount < 0), []).append(row)
    return [
        Paid(
            payment_id=payment_id,
            receipt=receipt_of(some[0].payment),
            title=_paid_how(some[0]),
            by=str(some[0].by or ""),
            at=at,
            amount=sum((one.amount for one in some), Decimal(0)),
        )
        for (payment_id, at, _is_release), some in made.items()
    ]


def _paid_how(allocation: Allocation) -> str:
    payment = allocation.payment
    if allocation.amount < 0:
        return _("Payment reversed") if reversal_of(payment) is not None else _("Released to credit")
    if allocation.at != payment.posted_at or payment.channel not in DESK_CHANNELS:
        return _("Paid from credit")
    channel = PaymentChannel(payment.channel)
    return _("Paid in cash") if channel == PaymentChannel.CASH else _("Paid by card")
