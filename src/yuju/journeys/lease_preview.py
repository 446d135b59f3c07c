"""What a lease will be billed first, worked out before it is signed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from yuju.billing.choices import Basis, Cause
from yuju.billing.models import Tariff
from yuju.billing.pricing.line import Dated, Priced, Recurring, price_period
from yuju.billing.pricing.periods import bill_date, due_date, periods
from yuju.billing.selectors.preview import terms_of
from yuju.journeys.tenures import own_rate
from yuju.premises.models import ALWAYS, Unit, UnitFact


@dataclass(frozen=True)
class FirstCharge:
    """The first thing a tariff will bill; dates are property-local, both ends inclusive.

    Attributes:
        amount: yuan; None where it is billed by readings, or cannot be billed.
        cause: why it cannot be billed, in words.
    """

    name: str
    start: date | None = None
    end: date | None = None
    due: date | None = None
    amount: Decimal | None = None
    cause: Any = ""


def first_charges(
    *,
    unit: Unit,
    start: date,
    end: date | None,
    rent: Decimal | None,
    occupants: int | None,
    tariffs: Iterable[Tariff],
) -> list[FirstCharge]:
    """The first charge of each tariff for a lease with these terms."""
    held = list(UnitFact.objects.filter(unit=unit).order_by("valid_from"))
    facts: dict[Any, Dated] = {
        "area": Dated(tuple((one.valid_from, one.area) for one in held)),
        "floor": Dated(tuple((one.valid_from, None if one.floor is None else Decimal(one.floor)) for one in held)),
        "rent": Dated(((ALWAYS, rent),)),
        "occupants": Dated(((ALWAYS, None if occupants is None else Decimal(occupants)),)),
    }
    return [_first(tariff, start, end, own_rate(tariff, rent), facts) for tariff in tariffs]


def _first(tariff: Tariff, start: date, end: date | None, rate: Decimal | None, facts: dict[Any, Dated]) -> FirstCharge:
    if tariff.basis == Basis.METERED:
        return FirstCharge(tariff.name)
    terms = terms_of(tariff)
    period = next(periods(cycle_months=terms.cycle_months, anchor=terms.anchor, start=start, end=end), None)
    if period is None:
        return FirstCharge(tariff.name)
    price = price_period(terms, Recurring(start=start, end=end, rate=rate, facts=facts), period)
    due = due_date(bill_date(period, terms.timing, terms.lead_days), terms.due_days)
    if isinstance(price, Priced):
        return FirstCharge(tariff.name, period.first, period.last, due, price.amount)
    return FirstCharge(tariff.name, period.first, period.last, due, cause=Cause(price.cause).label)
