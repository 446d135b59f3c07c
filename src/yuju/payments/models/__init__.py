"""Money received: payments and what they settled, deposits held, receipts, and the cashiers' shifts."""

from yuju.payments.models.deposits import DepositStanding
from yuju.payments.models.money import Allocation, DepositEntry, Payment, Refund
from yuju.payments.models.receipts import Receipt, ReceiptPrint
from yuju.payments.models.settlements import (
    Settlement,
    SettlementExtra,
    SettlementLine,
    SettlementReading,
    SettlementSignature,
)
from yuju.payments.models.shifts import Shift
from yuju.payments.models.standing import DueTotal, SettledBill

__all__ = [
    "Allocation",
    "DepositEntry",
    "DepositStanding",
    "DueTotal",
    "Payment",
    "Receipt",
    "ReceiptPrint",
    "Refund",
    "SettledBill",
    "Settlement",
    "SettlementExtra",
    "SettlementLine",
    "SettlementReading",
    "SettlementSignature",
    "Shift",
]
