"""Bills for one account, at once: at the beginning of a stay and at its end. Priced line by line as a property's run would."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from yuju.billing import bulk
from yuju.billing.choices import Cause, ChargeKind, RunSource, RunState
from yuju.billing.models import Bill, BillingAccount, BillRun, Charge, ChargeVoid, RecurringCharge
from yuju.billing.pricing.line import Priced
from yuju.billing.selectors.preview import Due, due_charges
from yuju.billing.services.runs import property_lock, run_issue
from yuju.identity.models import User
from yuju.kit.errors import Refused
from yuju.metering.models import Installation, Reading
from yuju.residency.models import Freeze


@transaction.atomic
def account_bill(*, account: BillingAccount, as_of: date, by: User | None, at: datetime) -> BillRun | None:
    """Issues everything that is to be billed to an account by a local day; None where there is nothing.

    A draft of the whole property gives up what it holds of the account. Doing it again bills nothing twice.

    Raises:
        Refused: the stay is frozen (code `frozen`), or something cannot be billed; it says what and why (code `unbillable`).
    """
    property_lock(account.property_id)
    if Freeze.objects.filter(tenure=account.tenure_id, released_at=None).exists():
        raise Refused(_("The resident died: review what is billed first, on the page of the stay."), code="frozen")
    _take_out_of_drafts(account)
    rows = RecurringCharge.objects.filter(account=account).select_related("tariff__fee_item", "unit", "account__tenure")
    due = [
        (row, one)
        for row in rows.prefetch_related("tariff__versions").order_by("tariff__fee_item__priority", "pk")
        for one in due_charges(row, as_of)
    ]
    _refuse_unbillable(due)
    if not due:
        return None
    run = BillRun.objects.create(
        property_id=account.property_id,
        account=account,
        number=(BillRun.objects.filter(property_id=account.property_id).aggregate(last=Max("number"))["last"] or 0) + 1,
        as_of=as_of,
        source=RunSource.STAY,
        drafted_at=at,
        drafted_by=by,
    )
    _write(run, account, due, at)
    bulk.draft_totals(run_id=run.pk)
    run.refresh_from_db()
    return run_issue(run, by=by, at=at)


def _take_out_of_drafts(account: BillingAccount) -> None:
    bills = Bill.objects.filter(account=account, run__state=RunState.DRAFT)
    for run in BillRun.objects.filter(pk__in=bills.values("run")):
        with connection.cursor() as cursor:
            for table in ("billing_charge", "billing_bill"):
                cursor.execute(f"DELETE FROM {table} WHERE run_id = %s AND account_id = %s", [run.pk, account.pk])
        bulk.draft_totals(run_id=run.pk)
        # Who approved it saw other totals.
        BillRun.objects.filter(pk=run.pk).update(approved_at=None, approved_by=None)


def _refuse_unbillable(due: list[tuple[RecurringCharge, Due]]) -> None:
    faults = [
        _("%(item)s of %(start)s to %(end)s: %(cause)s")
        % {
            "item": row.tariff.fee_item.name,
            "start": one.start,
            "end": one.end,
            "cause": Cause(one.price.cause.value).label,
        }
        for row, one in due
        if not isinstance(one.price, Priced)
    ]
    if faults:
        raise Refused(_("This cannot be billed yet. %(faults)s.") % {"faults": _("; ").join(faults)}, code="unbillable")


def _write(run: BillRun, account: BillingAccount, due: list[tuple[RecurringCharge, Due]], at: datetime) -> None:
    days = sorted({one.due_date for _row, one in due})
    bills = {day: Bill(property_id=run.property_id, run=run, account=account, due_date=day) for day in days}
    for bill in bills.values():
        prices = [one.price for _row, one in due if one.due_date == bill.due_date]
        bill.total = sum((price.amount for price in prices if isinstance(price, Priced)), Decimal(0))
        bill.charge_count = len(prices)
    Bill.objects.bulk_create(bills.values())
    tried = Counter(
        ChargeVoid.objects.filter(charge__account=account).values_list("charge__recurring", "charge__period_start")
    )
    readings = _readings(due)
    Charge.objects.bulk_create(
        [
            Charge(
                property_id=run.property_id,
                kind=ChargeKind.RUN,
                run=run,
                bill=bills[one.due_date],
                account=account,
                recurring=row,
                tariff=row.tariff,
                reading_id=readings[row.point_id, one.end] if row.point_id else None,
                period_start=one.period_start,
                attempt=tried[row.pk, one.period_start],
                start=one.start,
                end=one.end,
                bill_date=one.bill_date,
                due_date=one.due_date,
                gross=one.price.gross,
                discount=one.price.discount,
                amount=one.price.amount,
                derivation=one.price.derivation.document(),
                posted_at=at,
            )
            for row, one in due
            if isinstance(one.price, Priced)
        ]
    )


def _readings(due: list[tuple[RecurringCharge, Due]]) -> dict[tuple[Any, date], int]:
    """The reading that closes each interval, by its point and day."""
    points = {row.point_id for row, _one in due if row.point_id}
    found: dict[tuple[Any, date], int] = {}
    for installed in Installation.objects.filter(point_id__in=points):
        rows = Reading.objects.filter(meter_id=installed.meter_id, superseded_by=None, is_void=False)
        for pk, day in rows.values_list("pk", "date"):
            within = (installed.start is None or day >= installed.start) and (
                installed.end is None or day <= installed.end
            )
            # On the day a meter is replaced the old one closes the interval: its installation ends then.
            if within and ((installed.point_id, day) not in found or installed.end == day):
                found[installed.point_id, day] = pk
    return found
