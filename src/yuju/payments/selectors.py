"""What is settled and what is open, worked out from posted rows alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, cast

from django.db.models import Count, DecimalField, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from yuju.billing.choices import RunState
from yuju.billing.models import Bill, BillingAccount, BillRun, Charge, ChargeVoid
from yuju.payments.choices import BillState
from yuju.payments.models import Allocation, Payment

ZERO = Decimal(0)
_MONEY: DecimalField[Any, Any] = DecimalField(max_digits=16, decimal_places=2)


@dataclass(frozen=True)
class Account:
    """Where an account stands, in yuan: what is still to pay, and the credit that settles nothing yet."""

    open: Decimal
    credit: Decimal


def _sum(rows: QuerySet[Any], group: str, name: str = "amount") -> Coalesce:
    total = rows.order_by().values(group).annotate(total=Sum(name)).values("total")
    return Coalesce(Subquery(total, output_field=_MONEY), Value(ZERO, output_field=_MONEY))


def bills_with_open(bills: QuerySet[Bill]) -> QuerySet[Bill]:
    """Bills with `settled` (what allocations paid), `voided` (what was taken away) and `open` (what is left), in yuan.

    For the rows of a page: each is looked up by itself.
    """
    allocations = Allocation.objects.filter(charge__bill=OuterRef("pk"), charge__voids=None)
    voided = Charge.objects.filter(bill=OuterRef("pk"), voids__isnull=False)
    return bills.annotate(
        settled=_sum(allocations, "charge__bill"),
        voided=_sum(voided, "bill"),
        open=F("total") - F("voided") - F("settled"),
    )


def settled_bills() -> Q:
    """The condition of a bill on which nothing is open any more.

    Made of sets that are looked up once, however many bills are asked: it costs what was paid, not what was billed.
    """
    paid, voided = _settled_ids()
    return Q(total=0) | Q(pk__in=paid) | Q(pk__in=voided)


def bill_counts(bills: QuerySet[Bill], runs: QuerySet[BillRun], today: date) -> dict[str, int]:
    """How many issued bills there are, are open, and are overdue.

    Told from what runs remember of themselves and from the few bills that are settled or not yet due, so that the
    many overdue ones of years are not counted one by one.

    Args:
        bills, runs: those within the reader's reach.
        today: property-local.
    """
    issued = bills.filter(run__state=RunState.ISSUED).order_by()
    everything = runs.filter(state=RunState.ISSUED).aggregate(sum=Sum("bill_count"))["sum"] or 0
    paid, voided = _settled_ids()
    nothing = bills.filter(total=0).order_by().values("pk")
    done = issued.filter(pk__in=nothing.union(paid, voided)).aggregate(
        all=Count("pk"), past=Count("pk", filter=Q(due_date__lt=today))
    )
    coming = issued.filter(due_date__gte=today).count()
    return {"all": everything, "due": everything - done["all"], "overdue": everything - coming - done["past"]}


def _settled_ids() -> tuple[QuerySet[Any], QuerySet[Any]]:
    """The ids of bills that payments cover, and of those that voids leave nothing of."""
    paid: QuerySet[Any] = (
        Allocation.objects.filter(charge__bill__isnull=False)
        .order_by()
        .values("charge__bill", "charge__bill__total")
        .annotate(sum=Sum("amount"))
        .filter(sum__gte=F("charge__bill__total"))
        .values("charge__bill")
    )
    touched = Bill.objects.filter(pk__in=ChargeVoid.objects.values("charge__bill"))
    voided = cast(Any, bills_with_open(touched)).filter(open__lte=0).order_by().values("pk")
    return paid, voided


def bill_state(bill: Any, today: date) -> BillState:
    """What is left to do with a bill that `bills_with_open` gave."""
    if bill.run.state != RunState.ISSUED:
        return BillState.DRAFT
    if bill.open <= 0:
        return BillState.PAID
    if bill.due_date < today:
        return BillState.OVERDUE
    return BillState.PART_PAID if bill.settled > 0 else BillState.DUE


def standing_charges(account: BillingAccount) -> QuerySet[Charge]:
    """What an account owes or owed: charges of issued runs and opening balances that were not taken away."""
    issued = Q(run=None) | Q(run__state=RunState.ISSUED)
    void = ChargeVoid.objects.filter(charge=OuterRef("pk"))
    return Charge.objects.filter(issued, ~Exists(void), account=account)


def account_standing(account: BillingAccount) -> Account:
    """What an account still has to pay, and its credit."""
    owed = standing_charges(account).aggregate(total=Sum("amount"))["total"] or ZERO
    settled = Allocation.objects.filter(charge__in=standing_charges(account)).aggregate(total=Sum("amount"))["total"]
    paid = Payment.objects.filter(account=account).aggregate(total=Sum("amount"))["total"] or ZERO
    return Account(open=owed - (settled or ZERO), credit=paid - (settled or ZERO))


def bill_allocations(bill: Bill) -> QuerySet[Allocation]:
    """What was paid on a bill, in order of time."""
    return (
        Allocation.objects.filter(charge__bill=bill)
        .select_related("payment", "payment__posted_by")
        .order_by("at", "pk")
    )


@dataclass(frozen=True)
class OpenCharge:
    """A charge and what is still open on it, in yuan."""

    charge: Charge
    open: Decimal


def open_charges(account: BillingAccount) -> list[OpenCharge]:
    """What an account owes, in the order in which money settles it: due date, the fee item's priority, age."""
    rows = standing_charges(account).select_related("tariff__fee_item", "bill", "reading")
    settled = _sum(Allocation.objects.filter(charge=OuterRef("pk")), "charge")
    ordered: Any = rows.annotate(settled=settled).order_by("due_date", "tariff__fee_item__priority", "pk")
    return [OpenCharge(row, row.amount - row.settled) for row in ordered if row.amount > row.settled]
