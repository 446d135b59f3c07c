"""Credit (预存): what was paid and settles nothing yet."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path

from django.db import connection
from django.db.models import Exists, OuterRef

from yuju.billing.models import Bill, BillingAccount, BillRun
from yuju.kit.sets import whole_sets
from yuju.kit.tenancy import require_operator_id
from yuju.payments.models import Payment


def credit_draw(*, run: BillRun, at: datetime) -> int:
    """Settles open charges of the run's accounts with their credit; returns how many allocations were made.

    Order: earliest due date, then the fee item's priority, then the older charge (billing rules, "Payments against charges").
    Accounts that keep their credit (`uses_credit` off) are passed over. Doing it again settles nothing twice.
    """
    billed = Bill.objects.filter(run=run, account=OuterRef("pk"))
    paying = Payment.objects.filter(account=OuterRef("pk"))
    # Locked in the order of their keys, so that two at once cannot wait for each other.
    accounts = BillingAccount.objects.filter(Exists(billed), Exists(paying), uses_credit=True).order_by("pk")
    with whole_sets(), connection.cursor() as cursor:
        # NO KEY: rows that point at an account can still be written meanwhile.
        held = list(accounts.select_for_update(no_key=True).values_list("pk", flat=True))
        if not held:
            return 0
        # Only these: money that came to any other since then is still being moved by whoever took it.
        cursor.execute(_script(), {"operator": require_operator_id(), "accounts": held, "at": at})
        return int(cursor.rowcount)


def credit_settle(*, account: BillingAccount, at: datetime) -> int:
    """Settles what is open on one account with its credit; returns how many allocations were made. The caller holds it.

    Unlike `credit_draw` it does so for accounts that keep their credit, too: somebody decided it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_script(), {"operator": require_operator_id(), "accounts": [account.pk], "at": at})
        return int(cursor.rowcount)


@cache
def _script() -> str:
    return (Path(__file__).parent.parent / "sql" / "draw_credit.sql").read_text()
