"""What payments can do, one verb each."""

from yuju.payments.services.adjusting import account_hold, charge_adjust, charge_comes_to
from yuju.payments.services.company import CompanyTaken, company_take
from yuju.payments.services.credit import credit_draw, credit_settle
from yuju.payments.services.deposits import deposit_ask, deposit_give_up
from yuju.payments.services.desk import DeskTaken, desk_take
from yuju.payments.services.printing import receipt_print
from yuju.payments.services.refunding import credit_move, credits_of, refund_pay
from yuju.payments.services.repricing import account_reprice, repriced_post
from yuju.payments.services.reversing import allocations_release, payment_reverse
from yuju.payments.services.settlements import settlement_answer, settlement_object, settlement_withdraw
from yuju.payments.services.shifts import cash_expected, shift_close, shift_open
from yuju.payments.services.taking import Taken, payment_take

__all__ = [
    "CompanyTaken",
    "DeskTaken",
    "Taken",
    "account_hold",
    "account_reprice",
    "allocations_release",
    "cash_expected",
    "charge_adjust",
    "charge_comes_to",
    "company_take",
    "credit_draw",
    "credit_move",
    "credit_settle",
    "credits_of",
    "deposit_ask",
    "deposit_give_up",
    "desk_take",
    "payment_reverse",
    "payment_take",
    "receipt_print",
    "refund_pay",
    "repriced_post",
    "settlement_answer",
    "settlement_object",
    "settlement_withdraw",
    "shift_close",
    "shift_open",
]
