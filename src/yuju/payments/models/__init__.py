"""Money received: payments and what they settled, deposits held, receipts, and the cashiers' shifts."""

from yuju.payments.models.money import Allocation, DepositEntry, Payment
from yuju.payments.models.receipts import Receipt, ReceiptPrint
from yuju.payments.models.shifts import Shift

__all__ = ["Allocation", "DepositEntry", "Payment", "Receipt", "ReceiptPrint", "Shift"]
