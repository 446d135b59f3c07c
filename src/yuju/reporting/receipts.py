"""A receipt as it is read: what was paid, by whom, and what it settled when it was written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from yuju.identity.models import Operator
from yuju.kit.tenancy import require_operator_id
from yuju.payments.models import Allocation, Payment, Receipt


@dataclass(frozen=True)
class ReceiptLine:
    """A charge that was settled with this payment, in yuan.

    Attributes:
        unit: which unit it is for, where the receipt is for several.
        start, end: the billed days, both inclusive; for consumption the dates of the two readings.
        whole: what the charge is, where only a part of it was paid.
    """

    item: str
    unit: str
    bill_id: int | None
    bill_number: str
    start: date
    end: date
    amount: Decimal
    whole: Decimal | None


@dataclass(frozen=True)
class ReceiptSheet:
    """A receipt with everything on it; amounts in yuan.

    Attributes:
        credit: what settled nothing when the money was taken.
        change: the cash given back at the desk.
        reversal: the payment that took this one back: then the receipt is void.
    """

    receipt: Any
    operator: str
    unit: str
    lines: list[ReceiptLine]
    credit: Decimal
    change: Decimal
    reversal: Payment | None

    @property
    def is_void(self) -> bool:
        return self.reversal is not None


def receipts_to_read(receipts: QuerySet[Receipt]) -> QuerySet[Receipt]:
    """Receipts with what their heads say: payment, unit, resident, who wrote it, and the payment that took it back."""
    related = ("property", "payment__account__tenure__unit", "payment__account__tenure__resident", "issued_by")
    reversals = Prefetch("payment__reversals", Payment.objects.select_related("posted_by"))
    return receipts.select_related(*related).prefetch_related(reversals)


def receipt_sheet(receipt: Any) -> ReceiptSheet:
    """The sheet of a receipt that `receipts_to_read` gave.

    It stays what it was when it was written: what credit settled later, and what was released again, is no part of it.
    """
    payment, is_shared = receipt.payment, receipt.total is not None
    lines = [receipt_line(one, with_unit=is_shared) for one in allocations_at_the_desk(payment, is_shared=is_shared)]
    return ReceiptSheet(
        receipt=receipt,
        operator=Operator.objects.get(pk=require_operator_id()).name,
        unit=_units(payment) if is_shared else payment.account.tenure.unit.label,
        lines=lines,
        credit=receipt.amount - sum((line.amount for line in lines), Decimal(0)),
        change=payment.tendered - receipt.amount if payment.tendered is not None else Decimal(0),
        reversal=next(iter(payment.reversals.all()), None),
    )


def allocations_at_the_desk(payment: Payment, *, is_shared: bool = False) -> QuerySet[Allocation]:
    """What a payment settled at the moment it was taken, in the order of the charges.

    Args:
        is_shared: with what was taken together with it.
    """
    whose = Q(payment=payment) | Q(payment__together_with=payment) if is_shared else Q(payment=payment)
    rows = Allocation.objects.filter(whose, releases=None, at=F("payment__posted_at"))
    return rows.select_related("charge__tariff__fee_item", "charge__bill", "payment__account__tenure__unit").order_by(
        "pk"
    )


def _units(payment: Payment) -> str:
    """The units that a receipt for several payments is for."""
    units = payment.together.values_list("account__tenure__unit__label", flat=True)
    return _(", ").join(dict.fromkeys([payment.account.tenure.unit.label, *units]))


def receipt_line(allocation: Allocation, *, with_unit: bool = False) -> ReceiptLine:
    """An allocation as a line."""
    charge = allocation.charge
    return ReceiptLine(
        item=charge.tariff.fee_item.name,
        unit=allocation.payment.account.tenure.unit.label if with_unit else "",
        bill_id=charge.bill_id,
        bill_number=charge.bill.number if charge.bill else "",
        start=charge.start,
        end=charge.end,
        amount=allocation.amount,
        whole=charge.amount if charge.amount != allocation.amount else None,
    )
