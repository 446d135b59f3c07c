"""Random properties as plain data: tariffs, units, tenures, recurring charges, meters and readings, and what they must bill.

A world is made from a number, so a failing one can be made again. It leans towards where billing goes wrong: ends of
months, leap years, prices and facts that change within a period, unknown facts, divisions by zero, dials that roll over or
run backwards, stays without readings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from yuju.billing.pricing.formula import DivisionByZero, FormulaError, parse_formula
from yuju.billing.pricing.intervals import Installation, Interval, Reading, due_intervals
from yuju.billing.pricing.line import Dated, Priced, Recurring, Terms, Version, due_periods
from yuju.billing.pricing.periods import periods
from yuju.billing.pricing.tiers import parse_tiers

DAY = timedelta(days=1)
AS_OF = date(2028, 3, 15)
EARLIEST = date(2026, 10, 20)
LONG_AGO = date(1900, 1, 1)
LIMIT = 10**7
_ORDINARY = {"area": 90, "rate": Decimal("2.8"), "occupants": 3, "rent": 4500, "floor": 7}


@dataclass(frozen=True)
class UnitCase:
    """A unit; ``facts`` are (valid from, area, floor)."""

    key: str
    facts: tuple[tuple[date, Decimal | None, int | None], ...]


@dataclass(frozen=True)
class TenureCase:
    """Somebody in a unit; ``terms`` are (valid from, rent, occupants)."""

    key: str
    unit: str
    start: date
    end: date | None
    terms: tuple[tuple[date, Decimal | None, int | None], ...]
    free: tuple[tuple[date, date], ...] = ()


@dataclass(frozen=True)
class PointCase:
    """A place where something is measured, and its meters one after the other (their serials are key-1, key-2 …)."""

    key: str
    unit: str
    installations: tuple[Installation, ...]


@dataclass(frozen=True)
class RecurringCase:
    """A recurring charge; ``discount`` in percent."""

    key: str
    tenure: str
    tariff: str
    point: str | None
    start: date
    end: date | None
    rate: Decimal | None
    discount: Decimal
    billed_until: date | None


@dataclass(frozen=True)
class Line:
    """A charge that must come out: the recurring charge, its period's nominal start (or earlier reading), and the rest."""

    recurring: str
    period_start: date
    start: date
    end: date
    bill_date: date
    due_date: date
    gross: Decimal
    discount: Decimal
    amount: Decimal
    derivation: dict[str, Any]


@dataclass
class World:
    """A property."""

    seed: int
    as_of: date = AS_OF
    tariffs: dict[str, Terms] = field(default_factory=dict)
    units: dict[str, UnitCase] = field(default_factory=dict)
    tenures: dict[str, TenureCase] = field(default_factory=dict)
    points: dict[str, PointCase] = field(default_factory=dict)
    recurring: dict[str, RecurringCase] = field(default_factory=dict)

    def priced_as(self, case: RecurringCase) -> Recurring:
        """A recurring charge as pricing knows it."""
        tenure = self.tenures[case.tenure]
        unit = self.units[tenure.unit]
        return Recurring(
            start=case.start,
            end=case.end,
            rate=case.rate,
            discount=case.discount,
            billed_until=case.billed_until,
            facts={
                "area": Dated(tuple((day, area) for day, area, _ in unit.facts)),
                "floor": Dated(tuple((day, _decimal(floor)) for day, _, floor in unit.facts)),
                "rent": Dated(tuple((day, rent) for day, rent, _ in tenure.terms)),
                "occupants": Dated(tuple((day, _decimal(count)) for day, _, count in tenure.terms)),
            },
            free=tenure.free,
        )

    def expected(self) -> tuple[list[Line], list[tuple[str, str, date]]]:
        """What a bill run must charge, and what it must except.

        An exception is its cause, whose it is (a recurring charge, or a point when it is nobody's) and the period's nominal
        start, the earlier reading's date, or the stay's end.
        """
        lines: list[Line] = []
        faults: list[tuple[str, str, date]] = []
        for case in self.recurring.values():
            terms = self.tariffs[case.tariff]
            if terms.basis == "metered":
                continue
            for due in due_periods(terms, self.priced_as(case), self.as_of):
                period = due.period
                if isinstance(due.price, Priced):
                    days = (period.nominal_start, period.first, period.last, due.bill_date, due.due_date)
                    lines.append(_line(case.key, *days, due.price))
                else:
                    faults.append((str(due.price.cause), case.key, period.nominal_start))
        for point in self.points.values():
            on_point = [case for case in self.recurring.values() if case.point == point.key]
            if not on_point:
                continue
            owners = {case.key: (self.tariffs[case.tariff], self.priced_as(case)) for case in on_point}
            for taken in due_intervals(point.installations, owners, self.as_of):
                if isinstance(taken.price, Priced):
                    assert isinstance(taken.interval, Interval)
                    assert taken.owner
                    assert taken.due_date
                    before, this = taken.interval.previous.on, taken.interval.this.on
                    lines.append(_line(taken.owner, before, before, this, this, taken.due_date, taken.price))
                else:
                    on = taken.interval.previous.on if taken.interval is not None else taken.price.on
                    faults.append((str(taken.price.cause), taken.owner or point.key, on))
        return lines, faults


def make_world(seed: int, *, units: int = 40, tariffs: int = 24) -> World:
    """A world from a number: the same number gives the same world."""
    rng = Random(seed)
    world = World(seed)
    for index in range(tariffs):
        world.tariffs[f"T{index}"] = random_terms(rng)
    for index in range(units):
        _add_unit(rng, world, f"U{index}")
    _give_free_spans(Random(seed + 1000), world)
    return world


def _give_free_spans(rng: Random, world: World) -> None:
    """Some tenures have rent-free spans: at the beginning, across months, side by side, longer than a period."""
    for key, tenure in list(world.tenures.items()):
        spans: list[tuple[date, date]] = []
        start = tenure.start if rng.random() < 0.5 else random_day(rng)
        for _ in range(rng.choice([0, 0, 1, 1, 2, 3])):
            end = start + timedelta(days=rng.choice([0, 13, 29, 30, 59, rng.randrange(400)]))
            spans.append((start, end))
            start = end + timedelta(days=rng.choice([1, 1, 2, 17, 45]))
        world.tenures[key] = replace(tenure, free=tuple(spans))


def random_terms(rng: Random) -> Terms:
    """A tariff: any basis, cycle, anchor, timing, proration and rounding, with one to three versions."""
    basis: Any = rng.choice(["flat", "area", "headcount", "formula", "formula", "metered", "metered"])
    first = LONG_AGO if rng.random() < 0.9 else random_day(rng)
    starts = sorted({first, *(random_day(rng) for _ in range(rng.choice([0, 0, 1, 2])))})
    return Terms(
        basis=basis,
        versions=tuple(_version(rng, basis, start) for start in starts),
        cycle_months=rng.choice([1, 1, 2, 3, 6, 12]),
        anchor=rng.choice(["calendar", "lease"]),
        timing=rng.choice(["advance", "arrears"]),
        lead_days=rng.choice([0, 0, 7, 31]),
        due_days=rng.choice([0, 5, 30]),
        proration=rng.choice(["actual", "thirty", "none"]),
        rounding=rng.choice(["fen", "fen", "jiao", "yuan"]),
        tier_scope=rng.choice(["period", "year"]),
    )


def random_formula(rng: Random) -> str:
    """A formula that reads; it may still divide by zero or come out negative with a unit's facts."""
    while True:
        text = _expression(rng, 3)
        try:
            if abs(parse_formula(text).evaluate(_ORDINARY)) < LIMIT:
                return text
        except (FormulaError, DivisionByZero):
            continue


def random_day(rng: Random) -> date:
    """A day of the worlds' eighteen months, often near the end of a month."""
    day = EARLIEST + timedelta(days=rng.randrange((AS_OF - EARLIEST).days + 40))
    if rng.random() < 0.4:
        following = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
        day = following + timedelta(days=rng.randrange(-4, 3))
    return day


def random_decimal(rng: Random, top: int, places: int) -> Decimal:
    """A number from 0 to ``top``, often with fewer places than allowed, and often one that ends in 5."""
    shown = rng.randrange(places + 1)
    units = rng.randrange(top * 10**shown + 1)
    if shown and rng.random() < 0.3:
        units = min(units // 10 * 10 + 5, top * 10**shown)
    return Decimal(units).scaleb(-shown)


def _version(rng: Random, basis: str, start: date) -> Version:
    if basis == "formula":
        return Version(
            start, rate=_maybe(rng, 0.6, random_decimal(rng, 50, 6)), formula=parse_formula(random_formula(rng))
        )
    if basis == "metered" and rng.random() < 0.7:
        return Version(start, tiers=parse_tiers(_tiers(rng)))
    return Version(start, rate=_maybe(rng, 0.95, random_decimal(rng, 60, 6)))


def _tiers(rng: Random) -> str:
    bound = Decimal(0)
    pieces = []
    for _ in range(rng.randrange(4)):
        bound += random_decimal(rng, 200, 2) + 1
        pieces.append(f"{bound}:{random_decimal(rng, 9, 6)}")
    return ";".join([*pieces, f"*:{random_decimal(rng, 9, 6)}"])


def _expression(rng: Random, depth: int) -> str:
    kind = rng.randrange(9) if depth else rng.randrange(3)
    if kind <= 1:
        return rng.choice(["area", "rate", "occupants", "rent", "floor"])
    if kind == 2:
        return str(random_decimal(rng, 20, 3))
    inner = [_expression(rng, depth - 1) for _ in range(rng.choice([2, 2, 3]))]
    if kind <= 5:
        return f"{inner[0]} {rng.choice('+-*/')} {inner[1]}"
    if kind == 6:
        return f"round({inner[0]}, {rng.choice([0, 1, 2, -1])})"
    if kind == 7:
        return f"{rng.choice(['min', 'max'])}({', '.join(inner)})"
    return f"{rng.choice(['-', ''])}({inner[0]} {rng.choice('+-*/')} {inner[1]})"


def _add_unit(rng: Random, world: World, key: str) -> None:
    facts = tuple(
        (day, _maybe(rng, 0.95, random_decimal(rng, 180, 2)), _maybe(rng, 0.95, rng.randrange(-2, 30)))
        for day in _fact_days(rng)
    )
    world.units[key] = UnitCase(key, facts)
    periodic = [code for code, terms in world.tariffs.items() if terms.basis != "metered"]
    metered = [code for code, terms in world.tariffs.items() if terms.basis == "metered"]
    tenures = list(_tenures(rng, key))
    for tenure in tenures:
        world.tenures[tenure.key] = tenure
        for code in rng.sample(periodic, min(len(periodic), rng.randrange(1, 6))):
            _add_recurring(rng, world, tenure, code, None)
    for number in range(rng.randrange(3) if metered else 0):
        point = PointCase(f"{key}-P{number}", key, tuple(_installations(rng, tenures)))
        world.points[point.key] = point
        for tenure in tenures:
            if rng.random() < 0.9:
                _add_recurring(rng, world, tenure, rng.choice(metered), point.key)


def _tenures(rng: Random, unit: str) -> Iterator[TenureCase]:
    start = min(random_day(rng), random_day(rng), random_day(rng))
    for number in range(rng.choice([1, 1, 2, 3])):
        end: date | None = start + timedelta(days=rng.choice([0, 20, rng.randrange(700), rng.randrange(700)]))
        if rng.random() < 0.25:
            end = None
        terms = tuple(
            (day, _maybe(rng, 0.95, random_decimal(rng, 9000, 2)), _maybe(rng, 0.95, rng.randrange(6)))
            for day in _fact_days(rng)
        )
        yield TenureCase(f"{unit}-L{number}", unit, start, end, terms)
        if end is None:
            return
        start = end + timedelta(days=rng.choice([1, 1, 2, 40]))


def _fact_days(rng: Random) -> list[date]:
    """The first day nearly always lies before all that is billed."""
    first = LONG_AGO if rng.random() < 0.95 else random_day(rng)
    return sorted({first, *(random_day(rng) for _ in range(rng.choice([0, 0, 0, 1, 2])))})


def _add_recurring(rng: Random, world: World, tenure: TenureCase, tariff: str, point: str | None) -> None:
    start, end = tenure.start, tenure.end
    if rng.random() < 0.2:
        last = end or start + timedelta(days=400)
        start += timedelta(days=rng.randrange((last - start).days + 1))
    if rng.random() < 0.2:
        last = end or start + timedelta(days=400)
        end = start + timedelta(days=rng.randrange((last - start).days + 1))
    key = f"{tenure.key}-{tariff}" + (f"-{point[-2:]}" if point else "")
    world.recurring[key] = RecurringCase(
        key=key,
        tenure=tenure.key,
        tariff=tariff,
        point=point,
        start=start,
        end=end,
        rate=random_decimal(rng, 40, 6) if rng.random() < 0.2 else None,
        discount=random_decimal(rng, 100, 4) if rng.random() < 0.3 else Decimal(0),
        billed_until=_billed_until(rng, world.tariffs[tariff], start, end),
    )


def _billed_until(rng: Random, terms: Terms, start: date, end: date | None) -> date | None:
    if rng.random() < 0.8:
        return None
    if terms.basis == "metered":
        return random_day(rng)
    run = periods(cycle_months=terms.cycle_months, anchor=terms.anchor, start=start, end=end)
    chosen = start
    for _, period in zip(range(rng.randrange(1, 5)), run, strict=False):
        chosen = period.last
    return chosen


def _installations(rng: Random, tenures: list[TenureCase]) -> Iterator[Installation]:
    """One to three dials; read about monthly, and on most check-ins and check-outs."""
    days = {random_day(rng) for _ in range(rng.randrange(20))}
    for tenure in tenures:
        if rng.random() < 0.9:
            days.add(tenure.start)
        if tenure.end is not None and rng.random() < 0.8:
            days.add(tenure.end + rng.choice([0, 1]) * DAY)
    ordered = sorted(day for day in days if day <= AS_OF)
    dials = rng.choice([1, 1, 1, 2, 3])
    at = 0
    for dial in range(dials):
        stop = len(ordered) if dial == dials - 1 else rng.randrange(at, len(ordered) + 1)
        yield _installation(rng, ordered[at:stop])
        at = stop


def _installation(rng: Random, days: list[date]) -> Installation:
    digits = rng.randrange(3, 7)
    top = Decimal(10) ** digits
    value = random_decimal(rng, 10**digits - 1, 2)
    readings: list[Reading] = []
    for day in days:
        used = Decimal(0) if rng.random() < 0.1 else random_decimal(rng, 300, rng.choice([0, 2, 4]))
        rollover = bool(readings) and value + used >= top
        value = (value + used) % top
        if readings and rng.random() < 0.02:
            rollover = not rollover
        if rng.random() < 0.01:
            value = value / 2 // 1
        readings.append(Reading(day, value, rollover))
    multiplier = rng.choice([Decimal(1), Decimal("1.5"), Decimal("0.001"), Decimal(40)])
    return Installation(tuple(readings), multiplier, digits)


def _line(key: str, period_start: date, start: date, end: date, bill_date: date, due_date: date, price: Priced) -> Line:
    amounts = (price.gross, price.discount, price.amount)
    return Line(key, period_start, start, end, bill_date, due_date, *amounts, price.derivation.document())


def _maybe(rng: Random, likely: float, value: Any) -> Any:
    return value if rng.random() < likely else None


def _decimal(value: int | None) -> Decimal | None:
    return None if value is None else Decimal(value)
