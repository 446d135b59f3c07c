"""Credit (预存): what was paid and settles nothing yet."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path

from django.db import connection

from yuju.billing.models import BillingAccount, BillRun
from yuju.kit.sets import whole_sets
from yuju.kit.tenancy import require_operator_id


def credit_draw(*, run: BillRun, at: datetime) -> int:
    """Settles open charges of the run's accounts with their credit; returns how many allocations were made.

    Order: earliest due date, then the fee item's priority, then the older charge (billing rules, "Payments against charges").
    Accounts that keep their credit (`uses_credit` off) are passed over. Doing it again settles nothing twice.
    """
    accounts = BillingAccount.objects.filter(bills__run=run, uses_credit=True, payments__isnull=False)
    # Locked in the order of their keys, so that two at once cannot wait for each other.
    locked = BillingAccount.objects.select_for_update().filter(pk__in=accounts.values("pk")).order_by("pk")
    if not list(locked.values_list("pk")):
        return 0
    with whole_sets(), connection.cursor() as cursor:
        cursor.execute(_script(), {"operator": require_operator_id(), "run": run.pk, "at": at})
        return int(cursor.rowcount)


@cache
def _script() -> str:
    return (Path(__file__).parent.parent / "sql" / "draw_credit.sql").read_text()
