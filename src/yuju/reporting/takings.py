"""What was taken (收款) by shift, cashier and day, and what was paid out. Amounts are yuan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from yuju.payments.choices import DESK_CHANNELS, PAID_OUT, RefundChannel
from yuju.payments.models import Payment, Refund, Shift

ZERO = Decimal(0)


@dataclass(frozen=True)
class Money:
    """How many payments there are, and what they come to."""

    count: int = 0
    amount: Decimal = ZERO


@dataclass(frozen=True)
class ShiftFigures:
    """What a shift took by channel; what was given back is taken off the amounts but not counted.

    Attributes:
        paid_out: refunds out of the drawer, which are no part of what was taken.
    """

    by_channel: dict[str, Money]
    given_back: int
    paid_out: Money

    @property
    def total(self) -> Money:
        return total(self.by_channel.values())


def total(sums: Iterable[Money]) -> Money:
    """Several sums as one."""
    made = list(sums)
    return Money(sum(one.count for one in made), sum((one.amount for one in made), ZERO))


def shift_figures(shift: Shift) -> ShiftFigures:
    """What a shift took and paid out, in two statements."""
    rows = (
        Payment.objects.filter(shift=shift)
        .order_by()
        .values("channel")
        .annotate(count=Count("pk", filter=Q(reverses=None)), back=Count("reverses"), sum=Sum("amount"))
    )
    found = {row["channel"]: row for row in rows}
    return ShiftFigures(
        by_channel={
            channel: Money(found[channel]["count"], found[channel]["sum"]) if channel in found else Money()
            for channel in DESK_CHANNELS
        },
        given_back=sum(row["back"] for row in found.values()),
        paid_out=_refunds(Refund.objects.filter(shift=shift)),
    )


def _refunds(rows: QuerySet[Refund]) -> Money:
    """Refunds as one sum; one that takes from several payments is one."""
    found = rows.aggregate(count=Count("key", distinct=True), sum=Sum("amount"))
    return Money(found["count"], found["sum"] or ZERO)


def payments_to_read(payments: QuerySet[Payment]) -> QuerySet[Payment]:
    """Payments with what a line about them says: who paid for which unit, the receipt, and who took it."""
    return payments.select_related(
        "property", "account__tenure__unit", "account__tenure__resident", "posted_by", "shift__cashier"
    ).prefetch_related("receipts", "reversals")


def shift_recent(shift: Shift, limit: int = 8) -> list[Payment]:
    """The latest payments of a shift, the newest first."""
    # What was taken together is told once, by its receipt.
    rows = payments_to_read(Payment.objects.filter(shift=shift, reverses=None, together_with=None))
    return list(rows.order_by("-posted_at", "-pk")[:limit])


@dataclass(frozen=True)
class CashierTakings:
    """What one cashier took on a day, by channel."""

    cashier_id: int | None
    name: str
    by_channel: Mapping[str, Money]

    @property
    def total(self) -> Money:
        return total(self.by_channel.values())


@dataclass(frozen=True)
class Takings:
    """What was taken on a day; what was given back is taken off."""

    cashiers: list[CashierTakings]

    def of(self, channel: str) -> Money:
        return total(one.by_channel[channel] for one in self.cashiers)

    @property
    def total(self) -> Money:
        return total(one.total for one in self.cashiers)


def day_payments(scope: Sequence[int] | None, day: date) -> QuerySet[Payment]:
    """What came in at the desk, and was given back there, on a local day."""
    rows = Payment.objects.filter(received_on=day, channel__in=DESK_CHANNELS)
    return rows if scope is None else rows.filter(property_id__in=scope)


def takings(scope: Sequence[int] | None, day: date) -> Takings:
    """The takings of a local day by channel and cashier, in one statement."""
    rows = (
        day_payments(scope, day)
        .order_by()
        .values("posted_by_id", "posted_by__name", "channel")
        .annotate(count=Count("pk", filter=Q(reverses=None)), sum=Sum("amount"))
    )
    people: dict[int | None, tuple[str, dict[str, Money]]] = {}
    for row in rows:
        _name, sums = people.setdefault(
            row["posted_by_id"], (row["posted_by__name"] or "", {str(channel): Money() for channel in DESK_CHANNELS})
        )
        sums[row["channel"]] = Money(row["count"], row["sum"])
    made = [CashierTakings(pk, name, sums) for pk, (name, sums) in people.items()]
    return Takings(sorted(made, key=lambda one: (-one.total.amount, one.name)))


@dataclass(frozen=True)
class RefundLine:
    """A refund as the takings tell of it, in yuan."""

    at: datetime
    account_id: int
    unit: str
    name: str
    place: str
    channel: str
    by: str
    amount: Decimal


def refunds_on(scope: Sequence[int] | None, day: date) -> list[RefundLine]:
    """What was paid out on a local day, in cash and by bank, in one statement; the latest first."""
    rows = Refund.objects.filter(paid_on=day, channel__in=PAID_OUT)
    if scope is not None:
        rows = rows.filter(property_id__in=scope)
    found = (
        rows.values(
            "key",
            "posted_at",
            "account_id",
            "account__tenure__unit__label",
            "account__tenure__resident__name",
            "property__name",
            "channel",
            "posted_by__name",
        )
        .annotate(sum=Sum("amount"))
        .order_by("-posted_at", "key")
    )
    return [
        RefundLine(
            at=one["posted_at"],
            account_id=one["account_id"],
            unit=one["account__tenure__unit__label"],
            name=one["account__tenure__resident__name"],
            place=one["property__name"],
            channel=str(RefundChannel(one["channel"]).label),
            by=one["posted_by__name"] or "",
            amount=one["sum"],
        )
        for one in found
    ]


def taken_on(scope: Sequence[int] | None, day: date) -> Money:
    """What was taken in all on a local day."""
    found = day_payments(scope, day).aggregate(count=Count("pk", filter=Q(reverses=None)), sum=Sum("amount"))
    return Money(found["count"], found["sum"] or ZERO)
