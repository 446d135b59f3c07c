"""Payments and their receipts at a small property, for tests of pages."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

from tests.support.billing_small import AT, issued, lease_of
from yuju.billing.models import BillingAccount
from yuju.payments.choices import PaymentChannel
from yuju.payments.services import Taken, payment_take
from yuju.premises.models import Property

ON = date(2026, 11, 25)


def account_of(property: Property, number: int, name: str = "林晓彤") -> BillingAccount:
    """The account of a lease that owes the rent of 4,000.00 and the fee of 175.00 for January."""
    lease = lease_of(property, number, name)
    issued(property, date(2026, 1, 1))
    return BillingAccount.objects.select_related("property", "tenure").get(tenure=lease.tenure)


def paid(account: BillingAccount, amount: str = "4175.00", **given: Any) -> Taken:
    """Money taken at the desk for an account."""
    values: dict[str, Any] = {"channel": PaymentChannel.CASH, "key": uuid4(), "on": ON, "by": None, "at": AT, **given}
    return payment_take(account=account, amount=Decimal(amount), **values)
