"""What charges that were posted would come to by the facts as they stand now (billing rules, "Changes")."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import takewhile
from typing import Any

from django.db.models import Q, Sum

from yuju.billing.choices import AdjustmentKind, Basis, Cause, RunState
from yuju.billing.models import BillingAccount, Charge, RecurringCharge
from yuju.billing.pricing.intervals import due_intervals
from yuju.billing.pricing.line import Priced, Recurring, Terms, Unbillable, price_period
from yuju.billing.pricing.periods import periods
from yuju.billing.selectors.preview import installations_of, recurring_of, terms_of

NOTHING: dict[str, Any] = {}
"""The derivation of a charge of which nothing is left to price."""


@dataclass(frozen=True)
class Repriced:
    """A posted charge that would come to another amount now, in yuan.

    Attributes:
        was: what it was priced at last: as posted or as priced again since; waivers do not count.
        now: what it would be priced at; None where it cannot be priced.
        derivation: how `now` comes about; empty where nothing is left of its period.
        cause: why it cannot be priced.
    """

    charge: Charge
    was: Decimal
    now: Decimal | None
    derivation: dict[str, Any]
    cause: Cause | None = None


def charges_repriced(account: BillingAccount) -> list[Repriced]:
    """The issued charges of an account's recurring charges that would come out otherwise by now, the earliest first."""
    rows = RecurringCharge.objects.filter(account=account).select_related("tariff__fee_item", "unit", "account__tenure")
    found = [one for row in rows.prefetch_related("tariff__versions").order_by("pk") for one in _of(row)]
    return sorted(found, key=lambda one: (one.charge.start, one.charge.pk))


def _of(recurring: RecurringCharge) -> Iterator[Repriced]:
    issued = Charge.objects.filter(recurring=recurring, run__state=RunState.ISSUED, voids=None)
    again = Sum("adjustments__amount", filter=Q(adjustments__kind=AdjustmentKind.PRICE))
    rows: Any = issued.select_related("tariff__fee_item", "run").annotate(again=again).order_by("period_start")
    charges = list(rows)
    if not charges:
        return
    prices = dict(_prices(recurring, charges[-1].period_start))
    for charge in charges:
        was = charge.amount + (charge.again or Decimal(0))
        price = prices.get(charge.period_start)
        if isinstance(price, Unbillable):
            yield Repriced(charge, was, None, NOTHING, Cause(price.cause.value))
        elif price is None and was:
            yield Repriced(charge, was, Decimal(0), NOTHING)
        elif price is not None and price.amount != was:
            yield Repriced(charge, was, price.amount, price.derivation.document())


def _prices(row: RecurringCharge, latest: date) -> Iterable[tuple[date, Priced | Unbillable]]:
    """The prices of everything up to a period's nominal start, by nominal start."""
    terms, recurring = terms_of(row.tariff), recurring_of(row)
    if row.tariff.basis == Basis.METERED:
        return _consumed(row, terms, recurring)
    run = periods(cycle_months=terms.cycle_months, anchor=terms.anchor, start=recurring.start, end=recurring.end)
    return (
        (period.nominal_start, price_period(terms, recurring, period))
        for period in takewhile(lambda period: period.nominal_start <= latest, run)
    )


def _consumed(row: RecurringCharge, terms: Terms, recurring: Recurring) -> Iterator[tuple[date, Priced | Unbillable]]:
    for due in due_intervals(installations_of(row), {"it": (terms, recurring)}, date.max):
        if due.owner is not None and due.interval is not None:
            yield due.interval.previous.on, due.price
