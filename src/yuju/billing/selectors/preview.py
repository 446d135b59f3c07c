"""What something will cost, worked out by `yuju.billing.pricing` from what the database knows: for previews, one at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any, Literal, cast

from django.db.models import Q

from yuju.billing.choices import Basis, RunState
from yuju.billing.models import Charge, RecurringCharge, Tariff, TariffVersion
from yuju.billing.pricing import intervals, line
from yuju.billing.pricing.formula import parse_formula
from yuju.billing.pricing.line import Dated, Priced, Recurring, Terms, Unbillable, Version, price_period
from yuju.billing.pricing.periods import bill_date, due_date, periods
from yuju.billing.pricing.tiers import parse_tiers
from yuju.metering.models import Installation, Reading
from yuju.premises.models import ALWAYS

LOOKED_AT = 2400
"""Periods that are passed over at most while looking for the first that is not billed: 200 years of months."""


@dataclass(frozen=True)
class Next:
    """What will be billed next. Dates are property-local, both ends inclusive.

    Attributes:
        bill_date: from which day a run takes it.
        price: what it costs, or why it cannot be billed.
    """

    start: date
    end: date
    bill_date: date
    due_date: date
    price: Priced | Unbillable


@dataclass(frozen=True)
class Due(Next):
    """What is to be billed, and what its charge will be known by within its recurring charge."""

    period_start: date


def terms_of(tariff: Tariff, versions: Iterable[TariffVersion] | None = None) -> Terms:
    """A tariff as pricing takes it."""
    rows = tariff.versions.all() if versions is None else versions
    made = [
        Version(
            valid_from=row.valid_from,
            rate=row.rate,
            tiers=parse_tiers(row.tiers) if row.tiers else None,
            formula=parse_formula(row.formula) if row.formula else None,
        )
        for row in sorted(rows, key=lambda row: row.valid_from)
    ]
    given: Any = tariff
    return Terms(
        basis=given.basis,
        versions=tuple(made),
        cycle_months=given.cycle_months,
        anchor=given.anchor,
        timing=given.timing,
        lead_days=given.lead_days,
        due_days=given.due_days,
        proration=given.proration,
        rounding=given.rounding,
        tier_scope=given.tier_scope,
    )


def recurring_of(charge: RecurringCharge) -> Recurring:
    """A recurring charge with the dated facts of its unit and lease, as pricing takes it."""
    units = list(charge.unit.facts.order_by("valid_from"))
    held = list(charge.account.tenure.terms.order_by("valid_from"))
    free = charge.account.tenure.free_spans.filter(fee_item=charge.tariff.fee_item_id)

    def dated(rows: list[Any], name: str) -> Dated:
        found = ((row.valid_from, getattr(row, name)) for row in rows)
        return Dated(tuple((day, None if value is None else Decimal(value)) for day, value in found))

    return Recurring(
        start=charge.start,
        end=charge.end,
        rate=charge.rate,
        discount=charge.discount * 100,
        billed_until=charge.billed_until,
        facts={
            "area": dated(units, "area"),
            "floor": dated(units, "floor"),
            "rent": dated(held, "rent"),
            "occupants": dated(held, "occupants"),
        },
        free=tuple(free.values_list("start", "end").order_by("start")),
    )


def next_charge(charge: RecurringCharge) -> Next | None:
    """The first thing of a recurring charge that no issued run has billed; None when nothing is left to bill.

    For consumption: the first interval between two readings that is not billed; None while there is none. A recurring
    charge that is not saved yet has nothing billed.
    """
    return next(iter(next_charges(charge, 1)), None)


def next_charges(charge: RecurringCharge, count: int) -> list[Next]:
    """The first things of a recurring charge that no issued run has billed, at most so many; of consumption only one."""
    billed: set[date] = set()
    if charge.pk is not None:
        issued = Charge.objects.filter(recurring=charge, run__state=RunState.ISSUED, voids=None)
        billed = set(issued.values_list("period_start", flat=True))
    terms, recurring = terms_of(charge.tariff), recurring_of(charge)
    if charge.tariff.basis == Basis.METERED:
        interval = _next_interval(charge, terms, recurring, billed)
        return [interval] if interval is not None else []
    run = periods(cycle_months=terms.cycle_months, anchor=terms.anchor, start=recurring.start, end=recurring.end)
    found: list[Next] = []
    for period in islice(run, LOOKED_AT):
        paid = recurring.billed_until is not None and period.last <= recurring.billed_until
        if paid or period.nominal_start in billed:
            continue
        day = bill_date(period, terms.timing, terms.lead_days)
        price = price_period(terms, recurring, period)
        found.append(Next(period.first, period.last, day, due_date(day, terms.due_days), price))
        if len(found) == count:
            break
    return found


def due_charges(charge: RecurringCharge, as_of: date) -> list[Due]:
    """Everything of a saved recurring charge that is to be billed by a local day and that no run has billed, drafts included."""
    billed = set(Charge.objects.filter(recurring=charge, voids=None).values_list("period_start", flat=True))
    terms, recurring = terms_of(charge.tariff), recurring_of(charge)
    if charge.tariff.basis == Basis.METERED:
        return _due_intervals(charge, terms, recurring, billed, as_of)
    return [
        Due(due.period.first, due.period.last, due.bill_date, due.due_date, due.price, due.period.nominal_start)
        for due in line.due_periods(terms, recurring, as_of)
        if due.period.nominal_start not in billed
    ]


def _due_intervals(
    charge: RecurringCharge, terms: Terms, recurring: Recurring, billed: set[date], as_of: date
) -> list[Due]:
    found = []
    for due in intervals.due_intervals(installations_of(charge), {"it": (terms, recurring)}, as_of):
        if due.owner is None:
            continue
        start = due.interval.previous.on if due.interval is not None else recurring.start
        end = due.interval.this.on if due.interval is not None else recurring.end or as_of
        if start not in billed or due.interval is None:
            found.append(Due(start, end, end, due.due_date or end, due.price, start))
    return found


def _next_interval(charge: RecurringCharge, terms: Terms, recurring: Recurring, billed: set[date]) -> Next | None:
    for due in intervals.due_intervals(installations_of(charge), {"it": (terms, recurring)}, date.max):
        if due.owner is None or due.interval is None or due.interval.previous.on in billed:
            continue
        on = due.interval.this.on
        if recurring.billed_until is not None and on <= recurring.billed_until:
            continue
        return Next(due.interval.previous.on, on, on, due.due_date or on, due.price)
    return None


def installations_of(charge: RecurringCharge) -> list[intervals.Installation]:
    """The dials at a metering point, one after the other, with their standing readings."""
    made = []
    found = Installation.objects.filter(point_id=charge.point_id).select_related("meter")
    for installed in sorted(found, key=lambda one: one.start or ALWAYS):
        days = Q()
        if installed.start is not None:
            days &= Q(date__gte=installed.start)
        if installed.end is not None:
            days &= Q(date__lte=installed.end)
        rows = Reading.objects.filter(days, meter=installed.meter, superseded_by=None, is_void=False).order_by("date")
        readings = tuple(intervals.Reading(row.date, row.value, row.is_rollover) for row in rows)
        made.append(intervals.Installation(readings, installed.meter.multiplier, installed.meter.digits))
    return made


@dataclass(frozen=True)
class Example:
    """Facts somebody tries a price with."""

    on: date
    area: Decimal | None = None
    occupants: Decimal | None = None
    rent: Decimal | None = None
    floor: Decimal | None = None
    rate: Decimal | None = None
    discount: Decimal = Decimal(0)
    consumption: Decimal | None = None
    standing: Decimal = Decimal(0)


def example_price(terms: Terms, example: Example) -> Priced | Unbillable:
    """What a tariff costs with these facts: one whole period that holds the day, or a consumption read on it."""
    facts: dict[Literal["area", "occupants", "rent", "floor"], Dated] = {
        name: Dated(((date.min, getattr(example, name)),)) for name in ("area", "occupants", "rent", "floor")
    }
    first = date(example.on.year, 1, 1)
    recurring = Recurring(start=first, rate=example.rate, discount=example.discount, facts=facts)
    if terms.basis == "metered":
        used = example.consumption if example.consumption is not None else Decimal(0)
        interval = intervals.Interval(
            previous=intervals.Reading(first, Decimal(0)),
            this=intervals.Reading(example.on, used),
            multiplier=Decimal(1),
            digits=None,
            consumption=used,
            standing=example.standing,
        )
        return intervals.price_interval(terms, recurring, interval)
    run = periods(cycle_months=terms.cycle_months, anchor=cast(Any, "calendar"), start=first, end=None)
    period = next(one for one in run if one.last >= example.on)
    return line.price_period(terms, recurring, period)
