"""Everything the page of one resident tells (360°), in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from yuju.billing.choices import FeeCategory, RunState
from yuju.billing.models import Bill, Charge
from yuju.kit.console.happenings import Happening
from yuju.kit.display import number_text
from yuju.metering.models import Reading
from yuju.payments.models import Payment
from yuju.payments.selectors import bills_with_open
from yuju.residency.models import Resident, Tenure

LATEST_BILLS = 6
LATEST_EVENTS = 12

COLUMNS: dict[str, tuple[FeeCategory, ...]] = {
    "rent": (FeeCategory.RENT,),
    "property": (FeeCategory.PROPERTY,),
    "utilities": (FeeCategory.WATER, FeeCategory.ELECTRICITY, FeeCategory.GAS),
}
"""Which fee categories stand in which column; the rest is other."""


@dataclass(frozen=True)
class Figures:
    """A resident's key figures; amounts in yuan.

    Attributes:
        open, open_bills, next_due: what is to pay, on how many bills, and the earliest day it is due.
        credit: received and settling nothing yet.
        deposit, deposit_day: held, and since when.
        paid_bills, due_bills: of the bills that were due, how many were settled by their day.
    """

    open: Decimal
    open_bills: int
    next_due: date | None
    credit: Decimal
    deposit: Decimal
    deposit_day: date | None
    paid_bills: int
    due_bills: int

    @property
    def is_overdue(self) -> bool:
        return self.next_due is not None and self.next_due < timezone.localdate()


_FIGURES = """
WITH account AS (
    SELECT a.id FROM billing_billingaccount a JOIN residency_tenure t ON t.id = a.tenure_id
    WHERE t.resident_id = ANY(%(residents)s)
), charge AS (
    SELECT c.id, c.tariff_id, c.bill_id, c.due_date,
        c.amount + coalesce((SELECT sum(j.amount) FROM billing_adjustment j WHERE j.charge_id = c.id), 0) AS amount
    FROM billing_charge c
    LEFT JOIN billing_billrun r ON r.id = c.run_id
    WHERE c.account_id IN (SELECT id FROM account) AND (c.run_id IS NULL OR r.state = 'issued')
        AND NOT EXISTS (SELECT FROM billing_chargevoid v WHERE v.charge_id = c.id)
), paid AS (
    SELECT c.id, c.tariff_id, c.bill_id, c.due_date, c.amount, coalesce(sum(a.amount), 0) AS settled,
        coalesce(sum(a.amount) FILTER (WHERE (a.at AT TIME ZONE %(zone)s)::date <= c.due_date), 0) AS in_time
    FROM charge c LEFT JOIN payments_allocation a ON a.charge_id = c.id GROUP BY 1, 2, 3, 4, 5
), deposit AS (
    SELECT amount, day FROM payments_depositentry WHERE account_id IN (SELECT id FROM account)
    UNION ALL
    SELECT a.amount, p.received_on FROM payments_allocation a
    JOIN payments_payment p ON p.id = a.payment_id
    JOIN charge c ON c.id = a.charge_id
    JOIN billing_tariff t ON t.id = c.tariff_id
    JOIN billing_feeitem f ON f.id = t.fee_item_id AND f.category = 'deposit'
), bill AS (
    SELECT bill_id, min(due_date) AS due_date, sum(amount) AS amount, sum(settled) AS settled, sum(in_time) AS in_time
    FROM paid WHERE bill_id IS NOT NULL GROUP BY 1
)
SELECT coalesce((SELECT sum(amount - settled) FROM paid), 0),
    (SELECT count(*) FROM bill WHERE amount > settled),
    (SELECT min(due_date) FROM paid WHERE amount > settled),
    coalesce((SELECT sum(amount) FROM payments_payment WHERE account_id IN (SELECT id FROM account)), 0)
        - coalesce((SELECT sum(amount) FROM payments_refund WHERE account_id IN (SELECT id FROM account)), 0)
        - coalesce((SELECT sum(settled) FROM paid), 0),
    coalesce((SELECT sum(amount) FROM deposit), 0),
    (SELECT min(day) FROM deposit WHERE amount > 0),
    (SELECT count(*) FROM bill WHERE in_time >= amount AND due_date < %(today)s),
    (SELECT count(*) FROM bill WHERE due_date < %(today)s)
"""


def resident_figures(resident: Resident, today: date) -> Figures:
    """The key figures of a resident on a local day, over all their accounts. One statement."""
    return residents_figures([resident.pk], today, resident.property.time_zone)


def residents_figures(resident_ids: Sequence[int], today: date, zone: str) -> Figures:
    """The key figures of several residents who are one person, on a day local to a time zone. One statement."""
    values: dict[str, Any] = {"residents": list(resident_ids), "today": today, "zone": zone}
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, values)
        return Figures(*cursor.fetchone())


@dataclass(frozen=True)
class BillLine:
    """A bill with its amounts (yuan) by column."""

    bill: Any
    amounts: dict[str, Decimal] = field(default_factory=dict)


def resident_bills(resident: Resident, limit: int = LATEST_BILLS) -> list[BillLine]:
    """The latest bills issued to a resident, the latest due first. Two statements."""
    rows = Bill.objects.filter(account__tenure__resident=resident, run__state=RunState.ISSUED)
    return bill_lines(
        list(bills_with_open(rows).select_related("run", "property").order_by("-due_date", "-pk")[:limit])
    )


def tenure_bills(tenure: Tenure, limit: int = LATEST_BILLS) -> list[BillLine]:
    """The latest bills issued for a lease or ownership."""
    rows = Bill.objects.filter(account__tenure=tenure, run__state=RunState.ISSUED)
    return bill_lines(
        list(bills_with_open(rows).select_related("run", "property").order_by("-due_date", "-pk")[:limit])
    )


def bill_lines(bills: Sequence[Any]) -> list[BillLine]:
    """Bills with their charges added up by column."""
    lines = {bill.pk: BillLine(bill, dict.fromkeys((*COLUMNS, "other"), Decimal(0))) for bill in bills}
    charges = Charge.objects.filter(bill__in=lines, voids=None).order_by()
    sums = charges.values_list("bill", "tariff__fee_item__category").annotate(total=Sum("amount"))
    for bill_id, category, total in sums:
        column = next((name for name, members in COLUMNS.items() if category in members), "other")
        lines[bill_id].amounts[column] += total
    return list(lines.values())


def resident_events(
    resident: Resident, tenures: Sequence[Tenure], *, with_money: bool = False, with_readings: bool = False
) -> list[Happening]:
    """What befell a resident lately besides changes: bills issued and money received, readings of their units."""
    events = []
    if with_money:
        issued = Bill.objects.filter(account__tenure__resident=resident, run__state=RunState.ISSUED)
        for bill in issued.select_related("run").order_by("-run__issued_at", "-pk")[:LATEST_EVENTS]:
            title = _("Bill issued: %(amount)s") % {"amount": f"¥{bill.total:,}"}
            text = _("due %(day)s") % {"day": bill.due_date}
            events.append(Happening(title, bill.run.issued_at or bill.run.drafted_at, text, kind="info"))
        payments = Payment.objects.filter(account__tenure__resident=resident).order_by("-received_on")
        for paid in payments.select_related("posted_by")[:LATEST_EVENTS]:
            title = _("Received: %(amount)s") % {"amount": f"¥{paid.amount:,}"}
            events.append(Happening(title, paid.posted_at, paid.get_channel_display(), _name(paid.posted_by), "ok"))
    return events + (_reading_events(tenures) if with_readings else [])


def _reading_events(tenures: Sequence[Tenure]) -> list[Happening]:
    units = [one.unit_id for one in tenures]
    readings = Reading.objects.filter(
        meter__installations__point__unit__in=units, meter__installations__end=None, superseded_by=None, is_void=False
    )
    found = readings.select_related("meter", "read_by").order_by("-date", "-pk")[:LATEST_EVENTS]
    return [
        Happening(
            _("Reading: %(kind)s %(value)s") % {"kind": one.meter.get_kind_display(), "value": number_text(one.value)},
            one.created_at,
            f"{one.date} · {one.meter.serial}",
            _name(one.read_by),
        )
        for one in found
        if any(stay.start <= one.date and (stay.end is None or one.date <= stay.end) for stay in tenures)
    ]


def _name(user: Any) -> str:
    return str(user) if user is not None else ""
