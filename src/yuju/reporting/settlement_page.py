"""Settlements as they are read, by the desk and by the resident: every line with its sentence, and what was said to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from yuju.payments.choices import LineKind, RefundChannel
from yuju.payments.models import Refund, Settlement, SettlementLine
from yuju.payments.selectors import account_standing, settlement_lines
from yuju.payments.wording import line_text, line_title


@dataclass(frozen=True)
class SaidLine:
    """A line of a settlement in the reader's language; `row` has its amount, objection and answer."""

    row: SettlementLine
    title: str
    text: str

    @property
    def is_result(self) -> bool:
        return self.row.kind == LineKind.RESULT


@dataclass(frozen=True)
class SettlementSheet:
    """A settlement and its lines; `result` is the last of them."""

    settlement: Settlement
    lines: list[SaidLine]
    result: SaidLine | None

    @property
    def waiting(self) -> int:
        """How many objections have no answer."""
        return sum(1 for one in self.lines if one.row.objection and not one.row.answer)


@dataclass(frozen=True)
class Left:
    """What is left on the account of a settled stay, in yuan."""

    to_pay: Decimal
    to_pay_out: Decimal


@dataclass(frozen=True)
class PaidOut:
    """Money that went out of an account in one go, in yuan."""

    amount: Decimal
    day: date
    channel: str
    payee: str


def settlement_sheet(settlement: Settlement) -> SettlementSheet:
    """A settlement with the lines that hold, in one statement."""
    said = [SaidLine(row, line_title(row), line_text(row)) for row in settlement_lines(settlement)]
    lines = [one for one in said if not one.is_result]
    return SettlementSheet(settlement, lines, next((one for one in said if one.is_result), None))


def left_of(settlement: Settlement) -> Left:
    """What is still to pay or to pay out after a stay was settled."""
    standing = account_standing(settlement.account)
    return Left(standing.open, standing.credit)


def paid_out(settlement: Settlement) -> list[PaidOut]:
    """What was paid out of the account since the stay was settled; one refund may take from several payments."""
    if settlement.closed_at is None:
        return []
    rows = Refund.objects.filter(account=settlement.account_id, posted_at__gte=settlement.closed_at)
    sums = rows.values("key", "paid_on", "channel", "payee").annotate(sum=Sum("amount"))
    return [
        PaidOut(one["sum"], one["paid_on"], str(RefundChannel(one["channel"]).label), one["payee"])
        for one in sums.order_by("paid_on", "key")
    ]
