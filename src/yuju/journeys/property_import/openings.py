"""Opening balances: what the old books leave, posted once and never again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from yuju.billing.choices import ChargeKind
from yuju.billing.models import Charge
from yuju.identity.models import User
from yuju.journeys.property_import import bulk
from yuju.journeys.property_import.checking.lookup import Lookup
from yuju.journeys.property_import.comparing import Change
from yuju.journeys.property_import.existing import Stored
from yuju.journeys.property_import.messages import Say
from yuju.journeys.property_import.rows import OpeningRow
from yuju.payments.choices import DepositKind, PaymentChannel
from yuju.payments.models import DepositEntry, Payment
from yuju.premises.models import Property

OpeningKey = tuple[str, str, str | None, date | None]


def opening_key(row: OpeningRow) -> OpeningKey:
    """What an opening balance is known by; credit and deposit stand once a lease."""
    if row.kind == "arrears":
        return row.lease or "", row.kind, row.tariff, row.start
    return row.lease or "", row.kind or "", None, None


def load_openings(property: Property | None) -> dict[OpeningKey, Stored]:
    """The opening balances that were posted, by their keys."""
    found: dict[OpeningKey, Stored] = {}
    if property is None:
        return found
    charges = Charge.objects.filter(property=property, kind=ChargeKind.OPENING).values_list(
        "id", "account__tenure__number", "tariff__code", "period_start", "end", "due_date", "amount"
    )
    for key, lease, tariff, start, end, due_date, amount in charges:
        found[lease, "arrears", tariff, start] = Stored(key, {"end": end, "due_date": due_date, "amount": amount})
    credits = Payment.objects.filter(property=property, channel=PaymentChannel.OPENING)
    for key, lease, amount in credits.values_list("id", "account__tenure__number", "amount"):
        found[lease, "credit", None, None] = Stored(key, {"amount": amount})
    deposits = DepositEntry.objects.filter(property=property, kind=DepositKind.OPENING)
    for key, lease, amount in deposits.values_list("id", "account__tenure__number", "amount"):
        found[lease, "deposit", None, None] = Stored(key, {"amount": amount})
    return found


def compare_openings(lookup: Lookup, posted: dict[OpeningKey, Stored]) -> list[Change]:
    """Each opening balance against what was posted; one that says otherwise now is a fault."""
    changes: list[Change] = []
    for row in lookup.book.rows.openings:
        key = opening_key(row)
        wanted: dict[str, Any] = {"amount": row.amount}
        if row.kind == "arrears":
            wanted = {"end": row.end, "due_date": row.due_date, "amount": row.amount}
        stored = posted.get(key)
        for name, value in wanted.items():
            if stored is not None and stored.values[name] != value:
                lookup.fault(
                    "openings",
                    row.row,
                    name,
                    Say(_("This was posted already with %(value)s, and is posted once."), value=stored.values[name]),
                    Say(_("%(value)s as before; correct it in the product."), value=stored.values[name]),
                    "posted",
                )
        changes.append(Change(row, key, stored, wanted, {}))
    return changes


def post_openings(
    *,
    property: Property,
    changes: list[Change],
    account_of: Callable[[str], int],
    tariff_of: Callable[[str], tuple[int, int]],
    today: date,
    by: User | None,
    at: datetime,
) -> None:
    """Posts what is new: arrears as open charges, credit as payments, deposits as deposits held. Nothing for 0.00 yuan.

    Args:
        account_of: the billing account of a lease.
        tariff_of: the key of a tariff and its days to pay.
        today: the property's day, on which credit and deposits count as taken over.
    """
    arrears: list[tuple[Any, ...]] = []
    credits: list[tuple[Any, ...]] = []
    deposits: list[tuple[Any, ...]] = []
    for change in changes:
        row: OpeningRow = change.row
        if change.stored is not None or not row.amount:
            continue
        account = account_of(row.lease or "")
        if row.kind == "credit":
            credits.append((property.pk, account, PaymentChannel.OPENING, today, row.amount, at, by.pk if by else None))
        elif row.kind == "deposit":
            deposits.append((property.pk, account, DepositKind.OPENING, today, row.amount, at))
        elif row.due_date is not None:
            tariff, due_days = tariff_of(row.tariff or "")
            billed = row.due_date - timedelta(days=due_days)
            days = (row.start, row.start, row.end, billed, row.due_date)
            money = (row.amount, Decimal(0), row.amount)
            arrears.append((property.pk, ChargeKind.OPENING, account, tariff, *days, *money, at))
    links = ("property_id", "kind", "account_id", "tariff_id")
    dates = ("period_start", "start", "end", "bill_date", "due_date")
    bulk.insert(Charge, (*links, *dates, "gross", "discount", "amount", "posted_at"), arrears)
    bulk.insert(
        Payment,
        ("property_id", "account_id", "channel", "received_on", "amount", "posted_at", "posted_by_id"),
        credits,
    )
    bulk.insert(DepositEntry, ("property_id", "account_id", "kind", "day", "amount", "posted_at"), deposits)
