"""Readings become intervals, intervals find who pays and what the year consumed before (billing rules, "Metered")."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from .causes import Cause
from .derivation import MeteredDerivation
from .line import Priced, Recurring, Terms, Unbillable, priced
from .periods import ONE_DAY, due_date


@dataclass(frozen=True, slots=True)
class Reading:
    """What the dial showed on a day; ``rollover`` where it went past its end since the reading before."""

    on: date
    value: Decimal
    rollover: bool = False


@dataclass(frozen=True, slots=True)
class Installation:
    """One dial in its place: its readings in order of date (those that were superseded left out)."""

    readings: tuple[Reading, ...]
    multiplier: Decimal = Decimal(1)
    digits: int = 6


@dataclass(frozen=True, slots=True)
class Interval:
    """From one reading to the next of the same dial.

    Attributes:
        previous: the earlier reading.
        this: the later one.
        multiplier: of the installation.
        digits: of the installation, only where this reading is a rollover.
        consumption: what is priced.
        standing: what the meter had consumed before in the calendar year of the later reading.
    """

    previous: Reading
    this: Reading
    multiplier: Decimal
    digits: int | None
    consumption: Decimal
    standing: Decimal


@dataclass(frozen=True, slots=True)
class Faulty:
    """An interval without a consumption: its reading is at fault, or one before it."""

    previous: Reading
    this: Reading
    cause: Cause


@dataclass(frozen=True, slots=True)
class DueInterval:
    """An interval that a bill run takes; ``owner`` is the key of its recurring charge, None for nobody's.

    A stay without its closing reading has no interval: ``interval`` is None then.
    """

    interval: Interval | Faulty | None
    owner: str | None
    due_date: date | None
    price: Priced | Unbillable


def intervals(installations: Sequence[Installation]) -> Iterator[Interval | Faulty]:
    """The intervals of a meter through all its installations, in order of time.

    Nothing is consumed between two installations, and the year's tiers go on from one to the next. From the first faulty
    reading on everything waits.
    """
    stood: dict[int, Decimal] = defaultdict(Decimal)
    waiting = False
    for installation in installations:
        for previous, this in zip(installation.readings, installation.readings[1:], strict=False):
            if waiting:
                yield Faulty(previous, this, Cause.WAITING)
                continue
            raw = this.value - previous.value
            if this.rollover and raw < 0:
                raw += Decimal(10) ** installation.digits
            elif this.rollover:
                waiting = True
                yield Faulty(previous, this, Cause.ROLLOVER_NOT_BELOW)
                continue
            if raw < 0:
                waiting = True
                yield Faulty(previous, this, Cause.BACKWARDS)
                continue
            consumption = raw * installation.multiplier
            digits = installation.digits if this.rollover else None
            yield Interval(previous, this, installation.multiplier, digits, consumption, stood[this.on.year])
            stood[this.on.year] += consumption


def belongs(recurring: Recurring, previous: date, this: date) -> bool:
    """Whether an interval between two readings' dates is this recurring charge's.

    The closing reading may be taken on the last day or on the day after.
    """
    return previous >= recurring.start and (recurring.end is None or this <= recurring.end + ONE_DAY)


def price_interval(terms: Terms, recurring: Recurring, interval: Interval) -> Priced | Unbillable:
    """The price of one interval: tiers or rate of the version in force on the later reading's date."""
    on = interval.this.on
    version = terms.version_on(on)
    if version is None:
        return Unbillable(Cause.NO_VERSION, on)
    tiers = version.tiers if recurring.rate is None else None
    rate = recurring.rate if recurring.rate is not None else version.rate
    yearly = tiers is not None and terms.tier_scope == "year"
    if tiers is not None:
        rate = None
        gross = tiers.price(interval.consumption, interval.standing if yearly else Decimal(0))
    elif rate is None:
        return Unbillable(Cause.NO_RATE, on)
    else:
        gross = Fraction(rate) * Fraction(interval.consumption)
    if gross < 0:
        return Unbillable(Cause.NEGATIVE_PRICE, on)
    derivation = MeteredDerivation(
        version=version.valid_from,
        previous=interval.previous.value,
        value=interval.this.value,
        multiplier=interval.multiplier,
        consumption=interval.consumption,
        digits=interval.digits,
        rate=rate,
        tiers=tiers.text() if tiers is not None else None,
        standing=interval.standing if yearly else None,
        discount=recurring.discount,
    )
    return priced(gross, terms, recurring, derivation, on)


def due_intervals(
    installations: Sequence[Installation], owners: Mapping[str, tuple[Terms, Recurring]], as_of: date
) -> Iterator[DueInterval]:
    """What a bill run takes of one meter: its intervals read by ``as_of``, then the stays without a closing reading.

    An interval that belongs to nobody and in which nothing was consumed (a unit that stood empty) is nobody's loss: it is
    passed over. A reading at fault in what was billed elsewhere is told where later consumption waits for it.

    Args:
        installations: the meter's dials one after the other.
        owners: the recurring charges on this meter by a key of the caller's; they do not overlap.
        as_of: property-local day.
    """
    untold: DueInterval | None = None
    for interval in intervals(installations):
        on = interval.this.on
        if on > as_of:
            continue
        owner = next((key for key, (_, one) in owners.items() if belongs(one, interval.previous.on, on)), None)
        if owner is None:
            if isinstance(interval, Faulty):
                made = DueInterval(interval, None, None, Unbillable(interval.cause, on))
            elif interval.consumption > 0:
                made = DueInterval(interval, None, None, Unbillable(Cause.NOBODY, on))
            else:
                continue
        else:
            terms, recurring = owners[owner]
            due = due_date(on, terms.due_days)
            if isinstance(interval, Faulty):
                made = DueInterval(interval, owner, due, Unbillable(interval.cause, on))
            else:
                made = DueInterval(interval, owner, due, price_interval(terms, recurring, interval))
            if recurring.billed_until is not None and on <= recurring.billed_until:
                if isinstance(interval, Faulty) and interval.cause is not Cause.WAITING:
                    untold = made
                continue
        if untold is not None:
            yield untold
            untold = None
        yield made
    read_on = {reading.on for installation in installations for reading in installation.readings}
    for key, (_terms, recurring) in owners.items():
        if lacks_closing_reading(recurring, read_on, as_of):
            yield DueInterval(None, key, None, Unbillable(Cause.NO_CLOSING_READING, recurring.end or as_of))


def lacks_closing_reading(recurring: Recurring, read_on: set[date], as_of: date) -> bool:
    """Whether a stay ended by ``as_of`` and nobody read the meter on its last day or the day after.

    A stay that was paid through before a move-in lacks nothing.
    """
    end = recurring.end
    if end is None or end > as_of or (recurring.billed_until is not None and recurring.billed_until >= end):
        return False
    return end not in read_on and end + ONE_DAY not in read_on
