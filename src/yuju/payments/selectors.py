"""What is settled and what is open, worked out from posted rows alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from yuju.billing.choices import FeeCategory, RunState
from yuju.billing.models import Adjustment, Bill, BillingAccount, Charge, ChargeVoid
from yuju.payments.choices import BillState, SettlementState
from yuju.payments.models import (
    Allocation,
    DepositEntry,
    DepositStanding,
    DueTotal,
    Payment,
    Refund,
    SettledBill,
    Settlement,
    SettlementLine,
    SettlementSignature,
)
from yuju.residency.models import Resident, Tenure

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
    """Bills with `settled` (what allocations paid), `voided` (what was taken away), `adjusted` (what came on top since, below
    0 where less is owed) and `open` (what is left), in yuan.

    For the rows of a page: each is looked up by itself.
    """
    allocations = Allocation.objects.filter(charge__bill=OuterRef("pk"), charge__voids=None)
    voided = Charge.objects.filter(bill=OuterRef("pk"), voids__isnull=False)
    adjusted = Adjustment.objects.filter(charge__bill=OuterRef("pk"), charge__voids=None)
    return bills.annotate(
        settled=_sum(allocations, "charge__bill"),
        voided=_sum(voided, "bill"),
        adjusted=_sum(adjusted, "charge__bill"),
        open=F("total") - F("voided") + F("adjusted") - F("settled"),
    )


def settled_bills() -> Q:
    """The condition of an issued bill on which nothing is open any more."""
    return Q(Exists(SettledBill.objects.filter(bill=OuterRef("pk"))))


def bill_counts(property_ids: Sequence[int] | None, today: date) -> dict[str, int]:
    """How many issued bills there are, are open, and are overdue.

    Args:
        property_ids: those within the reader's reach; None for all.
        today: property-local.
    """
    open_bills = F("bills") - F("settled_bills")
    found = due_totals(property_ids).aggregate(
        all=Sum("bills"), due=Sum(open_bills), overdue=Sum(open_bills, filter=Q(due_date__lt=today))
    )
    return {name: count or 0 for name, count in found.items()}


def due_totals(property_ids: Sequence[int] | None) -> QuerySet[DueTotal]:
    """What fell or falls due at some properties (None: at all), by day; several rows a day."""
    rows = DueTotal.objects.all()
    return rows if property_ids is None else rows.filter(property_id__in=property_ids)


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
    return standing_charges_of([account])


def standing_charges_of(accounts: Sequence[BillingAccount] | QuerySet[BillingAccount]) -> QuerySet[Charge]:
    """The same of several accounts."""
    issued = Q(run=None) | Q(run__state=RunState.ISSUED)
    void = ChargeVoid.objects.filter(charge=OuterRef("pk"))
    return Charge.objects.filter(issued, ~Exists(void), account__in=accounts)


def account_standing(account: BillingAccount) -> Account:
    """What an account still has to pay, and its credit."""
    owed = total(standing_charges(account)) + total(Adjustment.objects.filter(charge__in=standing_charges(account)))
    settled = total(Allocation.objects.filter(charge__in=standing_charges(account)))
    paid = total(Payment.objects.filter(account=account)) - total(Refund.objects.filter(account=account))
    return Account(open=owed - settled, credit=paid - settled)


def total(rows: QuerySet[Any]) -> Decimal:
    """The sum of the rows' amounts, in yuan."""
    found: Decimal | None = rows.order_by().aggregate(sum=Sum("amount"))["sum"]
    return found or ZERO


def deposit_held(account: BillingAccount) -> Decimal:
    """The deposit that is held for an account, in yuan: a liability until it is given up."""
    return deposits_held([account.pk]).get(account.pk, ZERO)


def deposits_held(accounts: Sequence[int]) -> dict[int, Decimal]:
    """The deposits held for some accounts that have any, in two statements."""
    carried = DepositEntry.objects.filter(account_id__in=accounts).order_by().values_list("account_id")
    paid = (
        Allocation.objects.filter(
            charge__account_id__in=accounts, charge__tariff__fee_item__category=FeeCategory.DEPOSIT
        )
        .order_by()
        .values_list("charge__account_id")
    )
    found: dict[int, Decimal] = dict(carried.annotate(sum=Sum("amount")))
    for account, amount in paid.annotate(sum=Sum("amount")):
        found[account] = found.get(account, ZERO) + amount
    return {account: amount for account, amount in found.items() if amount}


def deposit_standing(account: BillingAccount) -> DepositStanding | None:
    """What is asked of an account as a deposit and what is held; None where there is nothing of it."""
    found: DepositStanding | None = DepositStanding.objects.filter(account=account).first()
    return found


def settled() -> Coalesce:
    """What a payment settles, in yuan, as an annotation."""
    return _sum(Allocation.objects.filter(payment=OuterRef("pk")), "payment")


def refunded() -> Coalesce:
    """What went out again of a payment, in yuan, as an annotation."""
    return _sum(Refund.objects.filter(payment=OuterRef("pk")), "payment")


def bill_allocations(bill: Bill) -> QuerySet[Allocation]:
    """What was paid on a bill, in order of time."""
    return (
        Allocation.objects.filter(charge__bill=bill)
        .select_related("payment", "payment__posted_by")
        .order_by("at", "pk")
    )


@dataclass(frozen=True)
class OpenCharge:
    """A charge, what it comes to by now, and what of that is still open, in yuan."""

    charge: Charge
    open: Decimal
    comes_to: Decimal


def open_charges(account: BillingAccount) -> list[OpenCharge]:
    """What an account owes, in the order in which money settles it: due date, the fee item's priority, age."""
    return open_charges_of([account])


def company_accounts(company: Resident) -> QuerySet[BillingAccount]:
    """The accounts of a company, by age, with their leases at hand."""
    rows = BillingAccount.objects.filter(tenure__resident=company).order_by("pk")
    return rows.select_related("property", "tenure__unit", "tenure__resident")


def open_charges_of(accounts: Sequence[BillingAccount]) -> list[OpenCharge]:
    """What some accounts owe, as one list in the order of `open_charges`; one statement."""
    return _open(standing_charges_of(accounts).select_related("tariff__fee_item", "bill", "reading"))


def open_apart(accounts: QuerySet[BillingAccount]) -> list[OpenCharge]:
    """What accounts owe that stands on no bill, such as a deposit, with the unit at hand; one statement."""
    rows = standing_charges_of(accounts).filter(bill=None)
    return _open(rows.select_related("tariff__fee_item", "account__tenure__unit"))


def _open(rows: QuerySet[Charge]) -> list[OpenCharge]:
    settled = _sum(Allocation.objects.filter(charge=OuterRef("pk")), "charge")
    adjusted = _sum(Adjustment.objects.filter(charge=OuterRef("pk")), "charge")
    ordered: Any = rows.annotate(settled=settled, comes_to=F("amount") + adjusted).order_by(
        "due_date", "tariff__fee_item__priority", "pk"
    )
    return [OpenCharge(row, row.comes_to - row.settled, row.comes_to) for row in ordered if row.comes_to > row.settled]


def settlement_of(tenure: Tenure) -> Settlement | None:
    """The settlement of a stay, closed or under way; None where there is none, or it was withdrawn."""
    rows = Settlement.objects.exclude(state=SettlementState.WITHDRAWN).filter(account__tenure=tenure)
    found: Settlement | None = rows.select_related("account__tenure", "property").first()
    return found


def settlement_lines(settlement: Settlement, version: int | None = None) -> list[SettlementLine]:
    """The lines of a settlement as they hold, or as they were in an earlier version, in their order."""
    rows = SettlementLine.objects.filter(settlement=settlement, version=version or settlement.version)
    return list(rows.select_related("charge", "answered_by").order_by("position"))


def settlement_signature(settlement: Settlement) -> SettlementSignature | None:
    """The resident's signature to the lines that hold; None where they were not signed on screen."""
    rows = SettlementSignature.objects.filter(settlement=settlement, version=settlement.version)
    return rows.order_by("pk").first()


def settlements_shown(accounts: Sequence[int]) -> QuerySet[Settlement]:
    """What residents see of their settlements: those that were shown to them, the latest first."""
    rows = Settlement.objects.filter(account_id__in=accounts, shown_at__isnull=False)
    return rows.exclude(state__in=[SettlementState.DRAFT, SettlementState.WITHDRAWN]).order_by("-made_at", "-pk")


def settlements_uneven(property_ids: Sequence[int] | None) -> QuerySet[Settlement]:
    """Closed settlements of which something is still to pay or to pay out, the earliest due first."""
    rows = Settlement.objects.filter(state=SettlementState.CLOSED, is_even=False)
    if property_ids is not None:
        rows = rows.filter(property_id__in=property_ids)
    return rows.select_related("account__tenure__resident", "account__tenure__unit").order_by("due", "pk")
