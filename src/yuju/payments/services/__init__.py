"""What payments can do, one verb each."""

from yuju.payments.services.credit import credit_draw
from yuju.payments.services.desk import DeskTaken, desk_take
from yuju.payments.services.printing import receipt_print
from yuju.payments.services.reversing import allocations_release, payment_reverse
from yuju.payments.services.shifts import cash_expected, shift_close, shift_open
from yuju.payments.services.taking import Taken, payment_take

__all__ = [
    "DeskTaken",
    "Taken",
    "allocations_release",
    "cash_expected",
    "credit_draw",
    "desk_take",
    "payment_reverse",
    "payment_take",
    "receipt_print",
    "shift_close",
    "shift_open",
]
