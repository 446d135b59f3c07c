"""The statement of a billing account (对账单): all that was owed and paid in order of its days, with what was left after each.

Two statements of SQL, however long it is. Days are local to the property: a charge counts from the day its bill was issued,
an opening balance from the day it was taken over, a void and an adjustment from their own day, money from the day it was
received, given back or paid out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from yuju.billing.models import BillingAccount
from yuju.payments.choices import PaymentChannel, RefundChannel

ZERO = Decimal(0)


class EntryKind(StrEnum):
    """What a line of a statement is."""

    OPENING_CHARGE = "opening_charge"
    CHARGE = "charge"
    VOID = "void"
    ADJUSTMENT = "adjustment"
    OPENING_CREDIT = "opening_credit"
    PAYMENT = "payment"
    REVERSAL = "reversal"
    REFUND = "refund"


@dataclass(frozen=True)
class Entry:
    """A line of a statement; amounts in yuan.

    Attributes:
        title, about: what it is, and more about it, in the reader's language.
        number: of the bill or receipt it stands on; empty where there is none.
        charged: what is owed through it; below 0 for a void. None for money.
        received: what was paid through it; below 0 for what was given back. None for charges.
        balance: what was owed after it; below 0 is money left over.
        is_undone: it was taken back by a later row, in this period or after.
    """

    day: date
    kind: EntryKind
    title: str
    about: str
    number: str
    bill_id: int | None
    payment_id: int | None
    charged: Decimal | None
    received: Decimal | None
    balance: Decimal
    is_undone: bool


@dataclass(frozen=True)
class Statement:
    """An account over a period, both days included; amounts in yuan.

    Attributes:
        start, until: None where the period is open to that side.
        opening, closing: what was owed before the first day and after the last; below 0 is money left over.
        charged, received: what came on top within the period, less voids and what was given back.
        open, overdue, credit: at the end of the last day: to pay, of it past its due day, and settling nothing yet.
            `closing` is `open` less `credit`. Without a last day they are those of `account_standing`.
    """

    account: BillingAccount
    start: date | None
    until: date | None
    opening: Decimal
    entries: list[Entry]
    charged: Decimal
    received: Decimal
    closing: Decimal
    open: Decimal
    overdue: Decimal
    credit: Decimal


_CHARGES = """
    SELECT c.id, c.kind, c.amount, c.due_date, c.tariff_id, c.bill_id, c.start, c.end, coalesce(r.issued_at, c.posted_at) AS at,
        (coalesce(r.issued_at, c.posted_at) AT TIME ZONE %(zone)s)::date AS day,
        v.at AS void_at, (v.at AT TIME ZONE %(zone)s)::date AS void_day, v.reason AS void_reason
    FROM billing_charge c
    LEFT JOIN billing_billrun r ON r.id = c.run_id
    LEFT JOIN billing_chargevoid v ON v.charge_id = c.id
    WHERE c.account_id = %(account)s AND (c.run_id IS NULL OR r.state = 'issued')
"""
_PAYMENTS = """
    SELECT p.id, p.channel, p.amount, p.received_on AS day, p.posted_at AS at, p.reverses_id, p.reference, p.reason,
        x.received_on AS reversed_day, p.together_with_id
    FROM payments_payment p LEFT JOIN payments_payment x ON x.reverses_id = p.id
    WHERE p.account_id = %(account)s
"""
_ADJUSTMENTS = """
    SELECT j.id, j.charge_id, j.amount, j.reason, j.at, (j.at AT TIME ZONE %(zone)s)::date AS day
    FROM billing_adjustment j JOIN charge c ON c.id = j.charge_id
"""
_REFUNDS = """
    SELECT f.id, f.payment_id, f.amount, f.channel, f.reason, f.posted_at AS at, f.paid_on AS day
    FROM payments_refund f WHERE f.account_id = %(account)s
"""

_ENTRIES = f"""
WITH charge AS ({_CHARGES}), payment AS ({_PAYMENTS}), adjustment AS ({_ADJUSTMENTS}), refund AS ({_REFUNDS}), entry AS (
    SELECT day, at, CASE kind WHEN 'opening' THEN 'opening_charge' ELSE 'charge' END AS what,
        id AS charge_id, NULL::bigint AS payment_id, amount, NULL AS said, NULL AS out_by FROM charge
    UNION ALL
    SELECT void_day, void_at, 'void', id, NULL,
        -amount - coalesce((SELECT sum(j.amount) FROM adjustment j WHERE j.charge_id = charge.id), 0), NULL, NULL
    FROM charge WHERE void_at IS NOT NULL
    UNION ALL
    SELECT day, at, 'adjustment', charge_id, NULL, amount, reason, NULL FROM adjustment
    UNION ALL
    SELECT day, at, 'refund', NULL, payment_id, -amount, reason, channel FROM refund
    UNION ALL
    SELECT day, at,
        CASE WHEN reverses_id IS NOT NULL THEN 'reversal' WHEN channel = 'opening' THEN 'opening_credit' ELSE 'payment' END,
        NULL, id, amount, NULL, NULL FROM payment
)
SELECT e.day, e.what, e.amount, f.name, c.start, c.end, b.id, b.number, c.void_reason, c.void_at IS NOT NULL,
    e.said, p.id, coalesce(e.out_by, p.channel), p.reference, p.reason, t.number, p.reversed_day IS NOT NULL
FROM entry e
LEFT JOIN charge c ON c.id = e.charge_id
LEFT JOIN billing_tariff g ON g.id = c.tariff_id
LEFT JOIN billing_feeitem f ON f.id = g.fee_item_id
LEFT JOIN billing_bill b ON b.id = c.bill_id
LEFT JOIN payment p ON p.id = e.payment_id
LEFT JOIN payments_payment r ON r.id = p.reverses_id
LEFT JOIN payments_receipt t ON t.payment_id = coalesce(r.together_with_id, r.id, p.together_with_id, p.id)
WHERE e.day BETWEEN %(start)s AND %(until)s
ORDER BY e.day, e.at, e.charge_id IS NULL, e.what = 'void', c.start, f.priority, e.charge_id, e.payment_id
"""

_FIGURES = f"""
WITH charge AS ({_CHARGES}), payment AS ({_PAYMENTS}), adjustment AS ({_ADJUSTMENTS}), refund AS ({_REFUNDS}), standing AS (
    SELECT c.due_date, c.amount
        + coalesce((SELECT sum(j.amount) FROM adjustment j WHERE j.charge_id = c.id AND j.day <= %(until)s), 0) AS amount,
    coalesce((
        SELECT sum(a.amount) FROM payments_allocation a JOIN payment p ON p.id = a.payment_id
        WHERE a.charge_id = c.id AND (a.at AT TIME ZONE %(zone)s)::date <= %(until)s AND p.day <= %(until)s
            -- Once given back, money settles nothing, whenever that was written down.
            AND (p.reversed_day IS NULL OR p.reversed_day > %(until)s)
    ), 0) AS settled
    FROM charge c WHERE c.day <= %(until)s AND (c.void_day IS NULL OR c.void_day > %(until)s)
)
SELECT (SELECT coalesce(sum(amount) FILTER (WHERE day < %(start)s), 0) FROM charge)
        - (SELECT coalesce(sum(amount) FILTER (WHERE void_day < %(start)s), 0) FROM charge)
        + (SELECT coalesce(sum(j.amount), 0) FROM adjustment j JOIN charge c ON c.id = j.charge_id
            WHERE j.day < %(start)s AND (c.void_day IS NULL OR c.void_day >= %(start)s))
        - (SELECT coalesce(sum(amount) FILTER (WHERE day < %(start)s), 0) FROM payment)
        + (SELECT coalesce(sum(amount) FILTER (WHERE day < %(start)s), 0) FROM refund),
    (SELECT coalesce(sum(amount - settled), 0) FROM standing),
    (SELECT coalesce(sum(amount - settled) FILTER (WHERE due_date < %(today)s), 0) FROM standing),
    (SELECT coalesce(sum(amount) FILTER (WHERE day <= %(until)s), 0) FROM payment)
        - (SELECT coalesce(sum(amount) FILTER (WHERE day <= %(until)s), 0) FROM refund)
        - (SELECT coalesce(sum(settled), 0) FROM standing)
"""


def account_statement(
    account: BillingAccount, *, today: date, start: date | None = None, until: date | None = None
) -> Statement:
    """The statement of an account.

    Args:
        account: with its property at hand.
        today: property-local; what is overdue is told as of then, or of the last day where that is earlier.
        start, until: the first and the last day; None leaves that side open.
    """
    last = until or date.max
    values = {
        "account": account.pk,
        "zone": account.property.time_zone,
        "start": start or date.min,
        "until": last,
        "today": min(last, today),
    }
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, values)
        opening, open_, overdue, credit = cursor.fetchone()
        cursor.execute(_ENTRIES, values)
        rows = cursor.fetchall()
    entries: list[Entry] = []
    balance = opening
    for row in rows:
        entries.append(_entry(row, balance))
        balance = entries[-1].balance
    return Statement(
        account=account,
        start=start,
        until=until,
        opening=opening,
        entries=entries,
        charged=sum((one.charged for one in entries if one.charged is not None), ZERO),
        received=sum((one.received for one in entries if one.received is not None), ZERO),
        closing=balance,
        open=open_,
        overdue=overdue,
        credit=credit,
    )


def _entry(row: tuple[Any, ...], before: Decimal) -> Entry:
    day, what, amount, item, start, end, bill_id, bill, void_reason, is_void, said, *money = row
    payment_id, channel, reference, reason, receipt, is_reversed = money
    kind = EntryKind(what)
    is_money = payment_id is not None
    if is_money:
        title, about = _money(kind, channel, reference, said or reason)
    else:
        about = _("%(start)s to %(end)s") % {"start": start, "end": end}
        title = item
        if kind == EntryKind.OPENING_CHARGE:
            title = _("%(item)s carried over") % {"item": item}
        elif kind == EntryKind.VOID:
            title = _("%(item)s void") % {"item": item}
            about = f"{about} · {void_reason}" if void_reason else about
        elif kind == EntryKind.ADJUSTMENT:
            title = _("%(item)s adjusted") % {"item": item}
            about = f"{about} · {said}"
    return Entry(
        day=day,
        kind=kind,
        title=title,
        about=about,
        number=(receipt if is_money else bill) or "",
        bill_id=bill_id,
        payment_id=payment_id,
        charged=None if is_money else amount,
        received=amount if is_money else None,
        balance=before - amount if is_money else before + amount,
        is_undone=is_reversed and kind != EntryKind.REFUND if is_money else is_void and kind != EntryKind.VOID,
    )


def _money(kind: EntryKind, channel: str, reference: str, reason: str) -> tuple[str, str]:
    if kind == EntryKind.OPENING_CREDIT:
        return _("Credit carried over"), ""
    if kind == EntryKind.REFUND:
        return _("Refund, %(channel)s") % {"channel": RefundChannel(channel).label}, reason
    name = str(PaymentChannel(channel).label)
    if kind == EntryKind.REVERSAL:
        return _("Payment taken back, %(channel)s") % {"channel": name}, reason
    about = _("Voucher %(number)s") % {"number": reference} if reference else ""
    return _("Payment, %(channel)s") % {"channel": name}, about
