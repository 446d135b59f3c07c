"""A property of edges: every cycle, anchor and timing from the days on which counting months goes wrong, over years."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import product

from tests.support.billing_worlds import LONG_AGO, RecurringCase, TenureCase, UnitCase, World
from yuju.billing.pricing.line import Terms, Version
from yuju.billing.pricing.periods import periods

STARTS = (
    date(2024, 1, 1),
    *(date(2024, 1, day) for day in (28, 29, 30, 31)),
    *(date(2024, 2, day) for day in (28, 29)),
    date(2024, 3, 1),
    date(2024, 3, 31),
    date(2024, 4, 30),
    date(2024, 8, 30),
    date(2024, 12, 31),
)
TIMINGS = (("advance", 0), ("advance", 45), ("arrears", 0))
DISCOUNTS = (Decimal(0), Decimal("33.3333"), Decimal(100))
PRORATIONS = ("actual", "thirty", "none")


def edge_world() -> World:
    """Leases that begin at the ends of months and on 29 February, end the same day, at an end of a month, or never.

    Prices change on the 15th and at the end of a month; one lease in three was paid for a period or two elsewhere. The
    day of the run is for whoever makes it: set `as_of`.
    """
    world = World(seed=0)
    for number, (cycle, anchor, (timing, lead)) in enumerate(product((1, 2, 3, 6, 12), ("calendar", "lease"), TIMINGS)):
        world.tariffs[f"T{number}"] = Terms(
            "flat",
            (
                Version(LONG_AGO, rate=Decimal("1000.01")),
                Version(date(2024, 2, 15), rate=Decimal(0)),
                Version(date(2024, 7, 31), rate=Decimal("1234.567891")),
                Version(date(2025, 2, 28), rate=Decimal("77.7")),
            ),
            cycle_months=cycle,
            anchor=anchor,
            timing=timing,
            lead_days=lead,
            due_days=5,
            proration=PRORATIONS[number % 3],
            rounding=("fen", "jiao", "fen", "yuan")[number % 4],
        )
    for number, start in enumerate(STARTS):
        key = f"U{number}"
        world.units[key] = UnitCase(key, ((LONG_AGO, Decimal("89.5"), 7),))
        end = (None, start, start + timedelta(days=45), date(2025, 2, 28), date(2026, 1, 31))[number % 5]
        world.tenures[key] = TenureCase(key, key, start, end, ((LONG_AGO, Decimal(4500), 2),))
        for order, (code, terms) in enumerate(world.tariffs.items()):
            run = periods(cycle_months=terms.cycle_months, anchor=terms.anchor, start=start, end=end)
            paid = [None, None, *(period.last for _, period in zip(range(1 + order % 2), run, strict=False))]
            world.recurring[f"{key}-{code}"] = RecurringCase(
                key=f"{key}-{code}",
                tenure=key,
                tariff=code,
                point=None,
                start=start,
                end=end,
                rate=Decimal("0.005") if order % 7 == 3 else None,
                discount=DISCOUNTS[(number + order) % 3],
                billed_until=paid[(number + order) % len(paid)],
            )
    return world
