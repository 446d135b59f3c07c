"""The cycle of bills: a run is issued, credit pays what it can, and those concerned are told."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from yuju.billing.models import Bill, BillRun, Charge
from yuju.billing.services.runs import bill_run_issue
from yuju.identity.models import User
from yuju.kit.sets import MANY, statistics_renew
from yuju.payments.models import Allocation
from yuju.payments.services import credit_draw


@transaction.atomic
def bill_run_complete(*, run: BillRun, by: User | None, at: datetime, leave_out_open: bool = False) -> BillRun:
    """Issues a drafted run and lets credit pay its charges, all or nothing.

    Raises:
        Refused: see `bill_run_issue`.
    """
    run = bill_run_issue(run=run, by=by, at=at, leave_out_open=leave_out_open)
    credit_draw(run=run, at=at)
    if run.charge_count >= MANY:
        statistics_renew(Bill, Charge, Allocation)
    return run
