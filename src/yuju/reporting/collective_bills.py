"""Collective bills (企业合并账单) as they are read: the bills of a company's units, put together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from yuju.billing.models import Bill, CollectiveBill
from yuju.payments.choices import BillState
from yuju.payments.selectors import bills_with_open
from yuju.reporting.bill_sheets import BillSheet, bill_sheets
from yuju.reporting.resident_page import BillLine, bill_lines
from yuju.residency.models import InvoiceTitle
from yuju.residency.services import invoice_title_of

ZERO = Decimal(0)
LATEST = 6


@dataclass(frozen=True)
class CollectiveLine:
    """A collective bill in a list: what of it is settled and open by now, in yuan, and how it stands."""

    bill: CollectiveBill
    comes_to: Decimal
    settled: Decimal
    open: Decimal
    state: BillState


@dataclass(frozen=True)
class CollectiveSheet:
    """A collective bill with everything on it; amounts in yuan."""

    line: CollectiveLine
    bills: list[BillLine]
    title: InvoiceTitle | None

    @property
    def bill(self) -> CollectiveBill:
        return self.line.bill


def collective_bills_to_read(rows: QuerySet[CollectiveBill]) -> QuerySet[CollectiveBill]:
    """Collective bills with what their heads say, the latest due first."""
    return rows.select_related("property", "run", "resident").order_by("-due_date", "-pk")


def company_bills(resident_ids: Sequence[int], today: date, limit: int = LATEST) -> list[CollectiveLine]:
    """The latest collective bills of a company, or of several that one person speaks for. Two statements."""
    rows = collective_bills_to_read(CollectiveBill.objects.filter(resident_id__in=resident_ids))
    return collective_lines(list(rows[:limit]), today)


def collective_lines(rows: Sequence[CollectiveBill], today: date) -> list[CollectiveLine]:
    """How some collective bills stand on a local day, in one statement."""
    bills: dict[int, list[Any]] = {}
    for bill in bills_with_open(Bill.objects.filter(collective__in=rows)):
        bills.setdefault(bill.collective_id or 0, []).append(bill)
    return [_line(row, bills.get(row.pk, []), today) for row in rows]


def collective_sheet(row: CollectiveBill, today: date) -> CollectiveSheet:
    """A collective bill with the bills of its units, in the order of their numbers."""
    related = ("property", "run", "account__tenure__unit", "account__tenure__resident")
    bills = list(bills_with_open(Bill.objects.filter(collective=row)).select_related(*related).order_by("number", "pk"))
    return CollectiveSheet(_line(row, bills, today), bill_lines(bills), invoice_title_of(row.resident))


def collective_bill_sheets(row: CollectiveBill) -> list[BillSheet]:
    """The bills on a collective bill, line by line."""
    return list(bill_sheets(Bill.objects.filter(collective=row)))


def _line(row: CollectiveBill, bills: Iterable[Any], today: date) -> CollectiveLine:
    held = list(bills)
    settled = sum((one.settled for one in held), ZERO)
    left = sum((one.open for one in held), ZERO)
    if left <= 0:
        state = BillState.PAID
    elif any(one.open > 0 and one.due_date < today for one in held):
        state = BillState.OVERDUE
    else:
        state = BillState.PART_PAID if settled > 0 else BillState.DUE
    return CollectiveLine(row, settled + left, settled, left, state)
