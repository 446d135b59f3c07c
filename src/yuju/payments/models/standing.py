"""What lists and figures would otherwise add up from millions of posted rows. Triggers keep it, `yuju books verify` proves it."""

from __future__ import annotations

from django.db import models

from yuju.billing.models import Bill
from yuju.kit.models import Walled, WalledForeignKey
from yuju.premises.models import Property


class SettledBill(Walled):
    """An issued bill on which nothing is open: it is paid, or nothing of it is left, or it never came to anything."""

    property = WalledForeignKey(Property, related_name="+")
    bill = WalledForeignKey(Bill, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["operator_id", "bill"], name="settled_bill_once")]


class DueTotal(Walled):
    """What fell or falls due on a day at a property, and what of it is settled; in yuan.

    Whoever moves money adds a row with the difference, so that nobody waits for anybody; a job adds the rows of a day
    together now and then. Only the sums mean something.

    Attributes:
        bills, settled_bills: issued bills, and those among them on which nothing is open.
        billed: what the bills come to as they were issued.
        adjusted: what adjustments add to all charges, opening balances among them; below 0 where less is owed.
        settled: what payments settled of all charges, opening balances among them.
    """

    property = WalledForeignKey(Property, related_name="+")
    due_date = models.DateField()
    bills = models.IntegerField(default=0)
    settled_bills = models.IntegerField(default=0)
    billed = models.DecimalField(max_digits=20, decimal_places=2, default=0)
    adjusted = models.DecimalField(max_digits=20, decimal_places=2, default=0)
    settled = models.DecimalField(max_digits=20, decimal_places=2, default=0)

    class Meta:
        indexes = [models.Index(fields=["operator_id", "property", "due_date"], name="due_total_by_day")]
