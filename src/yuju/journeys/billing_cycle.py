"""The cycle of bills: a run is issued, credit pays what it can, and those concerned are told."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from django.db import connection, transaction

from yuju.billing.models import Bill, BillingAccount, BillRun, Charge
from yuju.billing.services.account_runs import account_bill
from yuju.billing.services.runs import bill_run_issue
from yuju.identity.models import User
from yuju.kit.live import publish
from yuju.kit.sets import MANY, statistics_renew
from yuju.messaging.models import ResidentNotice
from yuju.payments.models import Allocation
from yuju.payments.services import credit_draw

BILLS_TOPIC = "property_bills"
"""Open portal pages are told under this topic that bills were issued; the id is the property's: one event, however many bills."""

_TELL = (Path(__file__).parent / "sql" / "tell_residents.sql").read_text()


@transaction.atomic
def bill_run_complete(*, run: BillRun, by: User | None, at: datetime, leave_out_open: bool = False) -> BillRun:
    """Issues a drafted run and lets credit pay its charges, all or nothing.

    Raises:
        Refused: see `bill_run_issue`.
    """
    run = bill_run_issue(run=run, by=by, at=at, leave_out_open=leave_out_open)
    credit_draw(run=run, at=at)
    _tell_residents(run, at)
    if run.charge_count >= MANY:
        statistics_renew(Bill, Charge, Allocation, ResidentNotice)
    return run


@transaction.atomic
def account_bill_complete(
    *, account: BillingAccount, as_of: date, tells: bool = True, by: User | None, at: datetime
) -> BillRun | None:
    """Bills one account by a local day and lets its credit pay, all or nothing; None where nothing is to be billed.

    Args:
        tells: whether the resident gets a notice of the bill; not where they are told of something it is a part of.

    Raises:
        Refused: see `account_bill`.
    """
    run = account_bill(account=account, as_of=as_of, by=by, at=at)
    if run is not None:
        credit_draw(run=run, at=at)
        if tells:
            _tell_residents(run, at)
    return run


def _tell_residents(run: BillRun, at: datetime) -> None:
    """A notice for every bill of a run, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_TELL, {"run": run.pk, "at": at})
    publish(BILLS_TOPIC, id=run.property_id)
