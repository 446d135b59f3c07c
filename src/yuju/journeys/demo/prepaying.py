"""What the demo's residents paid before the desk was there: opening credit, from which their older bills are settled
as they are issued. What came after is paid at the desk (`collecting`).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from django.db import transaction

from yuju.billing.choices import RunSource
from yuju.billing.models import BillingAccount, Charge
from yuju.billing.services.runs import bill_run_draft
from yuju.identity.models import User
from yuju.payments.choices import PaymentChannel
from yuju.payments.models import Payment
from yuju.premises.models import Property

# Of a hundred accounts: how many have paid all that is due, and how many after them only the older half.
PAID, HALF_PAID = 88, 6
# Who moved out longer ago than this has paid.
SETTLED_AFTER = timedelta(days=90)
SEED = 20261101


class _OnlyATrial(Exception):  # noqa: N818 - it only takes the trial back
    pass


def prepay(*, property: Property, as_of: date, until: date, by: User) -> None:
    """Gives most accounts of a property that was never billed the credit that pays what is billed up to a day.

    Args:
        as_of: the day the story ends.
        until: the day of the last run whose bills are paid so.
    """
    zone = ZoneInfo(property.time_zone)
    due = _due(property, as_of, until)
    accounts = BillingAccount.objects.filter(property=property).select_related("tenure").order_by("pk")
    chance = Random(SEED)  # noqa: S311 - the same demo every time
    payments = []
    for account in accounts:
        drawn = chance.randrange(100)
        amounts = due.get(account.pk, [])
        gone = account.tenure.end is not None and account.tenure.end < as_of - SETTLED_AFTER
        if not gone and drawn >= PAID:
            amounts = amounts[: len(amounts) // 2] if drawn < PAID + HALF_PAID else []
        if total := sum(amounts, Decimal(0)):
            start = account.tenure.start
            payments.append(
                Payment(
                    property=property,
                    account=account,
                    channel=PaymentChannel.OPENING,
                    received_on=start,
                    amount=total,
                    posted_at=datetime.combine(start, time(9, 30), tzinfo=zone),
                    posted_by=by,
                )
            )
    Payment.objects.bulk_create(payments)


def _due(property: Property, as_of: date, until: date) -> dict[int, list[Decimal]]:
    """What each account is charged up to a day, the earliest first: from a draft that is taken back."""
    found: dict[int, list[Decimal]] = defaultdict(list)
    at = datetime.combine(as_of, time(), tzinfo=ZoneInfo(property.time_zone))
    try:
        with transaction.atomic():
            run = bill_run_draft(property=property, as_of=as_of, source=RunSource.COMMAND, by=None, at=at)
            charges = Charge.objects.filter(run=run, bill_date__lte=until).order_by("due_date", "pk")
            for account_id, amount in charges.values_list("account_id", "amount"):
                found[account_id].append(amount)
            raise _OnlyATrial
    except _OnlyATrial:
        return found
