"""What is owed: fee items, tariffs, recurring charges, charges, bills and the runs that make them."""

from yuju.billing.models.calendar import BillingCalendar, CalendarDay
from yuju.billing.models.charges import Adjustment, Bill, Charge, ChargeVoid
from yuju.billing.models.collective import CollectiveBill
from yuju.billing.models.recurring import BillingAccount, FreeSpan, RecurringCharge
from yuju.billing.models.runs import BillRun, RunException
from yuju.billing.models.tariffs import FeeItem, StandardTariff, Tariff, TariffVersion

__all__ = [
    "Adjustment",
    "Bill",
    "BillRun",
    "BillingAccount",
    "BillingCalendar",
    "CalendarDay",
    "Charge",
    "ChargeVoid",
    "CollectiveBill",
    "FeeItem",
    "FreeSpan",
    "RecurringCharge",
    "RunException",
    "StandardTariff",
    "Tariff",
    "TariffVersion",
]
