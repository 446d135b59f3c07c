"""The exact price of one line, or why it has none."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from .causes import Cause
from .derivation import MeteredDerivation, Part, PeriodDerivation
from .formula import DivisionByZero, Formula
from .money import TOO_LARGE, UNITS, round_half_up, yuan
from .periods import (
    SHARE_UNITS,
    Anchor,
    MonthShare,
    Period,
    Proration,
    Span,
    Timing,
    bill_date,
    due_date,
    month_shares,
    periods,
)
from .tiers import Tiers

Basis = Literal["flat", "area", "headcount", "metered", "formula"]
Rounding = Literal["fen", "jiao", "yuan"]
TierScope = Literal["period", "year"]
FactName = Literal["area", "occupants", "rent", "floor"]


_MISSING = {
    "rate": Cause.NO_RATE,
    "area": Cause.NO_AREA,
    "occupants": Cause.NO_OCCUPANTS,
    "rent": Cause.NO_RENT,
    "floor": Cause.NO_FLOOR,
}
_QUANTITY: dict[str, tuple[str, ...]] = {"flat": (), "area": ("area",), "headcount": ("occupants",)}


@dataclass(frozen=True, slots=True)
class Version:
    """A tariff's price from a day on: the rate, or tiers (metered), or a formula."""

    valid_from: date
    rate: Decimal | None = None
    tiers: Tiers | None = None
    formula: Formula | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """A tariff.

    Attributes:
        versions: its price, ascending by ``valid_from``.
        The others are named as in the billing rules.
    """

    basis: Basis
    versions: tuple[Version, ...]
    cycle_months: int = 1
    anchor: Anchor = "calendar"
    timing: Timing = "advance"
    lead_days: int = 0
    due_days: int = 0
    proration: Proration = "actual"
    rounding: Rounding = "fen"
    tier_scope: TierScope = "period"

    def version_on(self, day: date) -> Version | None:
        """The version in force on a day, None before the first."""
        index = bisect_right(self.versions, day, key=lambda version: version.valid_from)
        return self.versions[index - 1] if index else None


@dataclass(frozen=True, slots=True)
class Dated:
    """A fact that changes: its values (None: not known) with the days they hold from, ascending."""

    rows: tuple[tuple[date, Decimal | None], ...] = ()

    def on(self, day: date) -> tuple[int, Decimal | None]:
        """Which row is in force on a day, and its value; (-1, None) before the first."""
        index = bisect_right(self.rows, day, key=lambda row: row[0]) - 1
        return index, self.rows[index][1] if index >= 0 else None


@dataclass(frozen=True, slots=True)
class Recurring:
    """A tariff bound to somebody who pays.

    Attributes:
        start: first day.
        end: last day, None for none.
        rate: own rate (yuan), instead of every version's rate and tiers.
        discount: percent, 0 to 100.
        billed_until: paid through (from a move-in): what ends by then counts as billed.
        facts: the dated facts of its unit and lease; one that is not there is not known.
        free: spans whose days are not billed, both ends inclusive; they do not overlap.
    """

    start: date
    end: date | None = None
    rate: Decimal | None = None
    discount: Decimal = Decimal(0)
    billed_until: date | None = None
    facts: Mapping[FactName, Dated] = field(default_factory=dict)
    free: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Priced:
    """A price in yuan; amount = gross − discount."""

    gross: Decimal
    discount: Decimal
    amount: Decimal
    derivation: PeriodDerivation | MeteredDerivation


@dataclass(frozen=True, slots=True)
class Unbillable:
    """No price, and why; ``on`` is the day at which the cause shows."""

    cause: Cause
    on: date


@dataclass(frozen=True, slots=True)
class DuePeriod:
    """A period that a bill run takes."""

    period: Period
    bill_date: date
    due_date: date
    price: Priced | Unbillable


def due_periods(terms: Terms, recurring: Recurring, as_of: date) -> Iterator[DuePeriod]:
    """Every period (bases but metered) whose bill date is not after ``as_of`` and that was not paid before a move-in."""
    run = periods(cycle_months=terms.cycle_months, anchor=terms.anchor, start=recurring.start, end=recurring.end)
    for period in run:
        billed = bill_date(period, terms.timing, terms.lead_days)
        if billed > as_of:
            return
        if recurring.billed_until is None or period.last > recurring.billed_until:
            yield DuePeriod(period, billed, due_date(billed, terms.due_days), price_period(terms, recurring, period))


def price_period(terms: Terms, recurring: Recurring, period: Period) -> Priced | Unbillable:
    """The price of one billing period (bases but metered).

    gross = round(Σ over months: quantity × rate × share), each month with the version and the facts of its first billed
    day (billing rules, "Months and proration"). A part with a negative price has no price at all, be the sum what it may.
    """
    stretches = _stretches(terms, recurring, month_shares(period, terms.proration, recurring.free))
    faults: list[Unbillable] = []
    parts: list[Part] = []
    gross = Fraction(0)
    for stretch in stretches:
        outcome = stretch.price(terms.basis)
        if isinstance(outcome, Unbillable):
            faults.append(outcome)
            continue
        part, month_price = outcome
        if month_price < 0:
            faults.append(Unbillable(Cause.NEGATIVE_PRICE, stretch.months[0].first))
        gross += month_price * sum(month.units for month in stretch.months) / SHARE_UNITS
        parts.append(part)
    if faults:
        order = list(Cause)
        return min(faults, key=lambda fault: (order.index(fault.cause), fault.on))
    derivation = PeriodDerivation(terms.basis, tuple(parts), recurring.discount)
    return priced(gross, terms, recurring, derivation, period.first)


def priced(
    gross: Fraction, terms: Terms, recurring: Recurring, derivation: PeriodDerivation | MeteredDerivation, on: date
) -> Priced | Unbillable:
    """The two roundings, both to the tariff's unit: the gross, then the discount on the rounded gross.

    An amount that no charge can hold (a formula that multiplies rent by rent) is an exception and stops no run.
    """
    unit = UNITS[terms.rounding]
    whole = round_half_up(gross, unit)
    if whole >= TOO_LARGE:
        return Unbillable(Cause.TOO_LARGE, on)
    off = round_half_up(whole * Fraction(recurring.discount) / 100, unit)
    return Priced(yuan(whole), yuan(off), yuan(whole - off), derivation)


@dataclass(slots=True)
class _Stretch:
    """Months priced alike: one version and one row of each fact that the price uses."""

    version: Version | None
    needed: tuple[str, ...]
    values: dict[str, Decimal | None]
    months: list[MonthShare]

    def price(self, basis: Basis) -> tuple[Part, Fraction] | Unbillable:
        """The part of the derivation, and the exact price of one full month."""
        first = self.months[0].first
        if self.version is None:
            return Unbillable(Cause.NO_VERSION, first)
        values = {name: value for name, value in self.values.items() if value is not None}
        missing = [_MISSING[name] for name in self.needed if name not in values]
        if basis == "formula" and self.version.formula is None:
            missing.insert(0, Cause.NO_RATE)
        if missing:
            return Unbillable(missing[0], first)
        formula = self.version.formula if basis == "formula" else None
        try:
            month = _month_price(values, formula)
        except DivisionByZero:
            return Unbillable(Cause.DIVISION_BY_ZERO, first)
        whole = sum(share.whole for share in self.months)
        partial = tuple((share.numerator, share.denominator) for share in self.months if not share.whole)
        return Part(self.version.valid_from, whole, partial, values, formula.text if formula else None), month


def _month_price(values: Mapping[str, Decimal], formula: Formula | None) -> Fraction:
    if formula is not None:
        return formula.evaluate(values)
    price = Fraction(1)
    for value in values.values():
        price *= Fraction(value)
    return price


def _stretches(terms: Terms, recurring: Recurring, months: Sequence[MonthShare]) -> list[_Stretch]:
    made: list[_Stretch] = []
    before: tuple[object, ...] | None = None
    for month in months:
        version = terms.version_on(month.first)
        needed = _needed(terms.basis, version)
        rows: list[int] = []
        values: dict[str, Decimal | None] = {}
        for name in needed:
            if name == "rate":
                values[name] = recurring.rate
                if recurring.rate is None and version is not None:
                    values[name] = version.rate
                continue
            row, values[name] = recurring.facts.get(name, Dated()).on(month.first)  # type: ignore[call-overload]
            rows.append(row)
        key = (version and version.valid_from, *rows)
        if key != before:
            made.append(_Stretch(version, needed, values, []))
            before = key
        made[-1].months.append(month)
    return made


def _needed(basis: Basis, version: Version | None) -> tuple[str, ...]:
    """The facts that a price uses, in the order of the causes."""
    if basis == "formula":
        return version.formula.names if version is not None and version.formula is not None else ()
    return ("rate", *_QUANTITY[basis])
