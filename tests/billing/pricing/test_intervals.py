"""Readings become intervals, intervals find who pays, consumption finds its price."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from yuju.billing.pricing.causes import Cause
from yuju.billing.pricing.intervals import (
    DueInterval,
    Faulty,
    Installation,
    Interval,
    Reading,
    due_intervals,
    intervals,
)
from yuju.billing.pricing.line import Priced, Recurring, Terms, Unbillable, Version
from yuju.billing.pricing.tiers import parse_tiers

LONG_AGO = date(2020, 1, 1)
AS_OF = date(2026, 12, 1)


def dial(*readings: str, multiplier: str = "1", digits: int = 6) -> Installation:
    """Readings written as ``2026-01-31 1024.5`` and ``2026-02-28 3 rollover``."""
    made = [line.split() for line in readings]
    return Installation(
        tuple(Reading(date.fromisoformat(one[0]), Decimal(one[1]), "rollover" in one) for one in made),
        Decimal(multiplier),
        digits,
    )


def consumptions(*installations: Installation) -> list[str]:
    return [
        str(one.cause) if isinstance(one, Faulty) else f"{one.standing}+{one.consumption}"
        for one in intervals(installations)
    ]


def metered(tiers: str | None = None, rate: str | None = None, **terms: Any) -> Terms:
    version = Version(LONG_AGO, rate=Decimal(rate) if rate else None, tiers=parse_tiers(tiers) if tiers else None)
    return Terms(basis="metered", versions=(version,), due_days=10, **terms)


def stay(start: str, end: str | None = None, **more: Any) -> Recurring:
    return Recurring(date.fromisoformat(start), date.fromisoformat(end) if end else None, **more)


def taken(installation: Installation, as_of: date = AS_OF, **owners: tuple[Terms, Recurring]) -> list[DueInterval]:
    return list(due_intervals([installation], owners, as_of))


def outcomes(made: list[DueInterval]) -> list[str]:
    return [f"{one.owner}:{one.price.gross if isinstance(one.price, Priced) else one.price.cause}" for one in made]


def test_the_first_reading_is_never_billed() -> None:
    """Elsewhere the first reading was billed at its full face value."""
    assert consumptions(dial("2026-01-01 255777")) == []
    assert consumptions(dial("2026-01-01 255777", "2026-02-01 255800")) == ["0+23"]


def test_consumption_is_multiplied() -> None:
    assert consumptions(dial("2026-01-01 100", "2026-02-01 110.5", multiplier="1.5")) == ["0+15.75"]


def test_a_rollover_goes_past_the_end_and_is_multiplied_too() -> None:
    assert consumptions(dial("2026-01-01 99990", "2026-02-01 15 rollover", digits=5, multiplier="10")) == ["0+250"]


def test_a_reading_that_goes_backwards_holds_back_everything_later() -> None:
    made = dial("2026-01-01 100", "2026-02-01 120", "2026-03-01 110", "2026-04-01 130", "2026-05-01 150")
    assert consumptions(made) == ["0+20", "backwards", "waiting", "waiting"]


def test_a_rollover_that_is_not_below_is_a_fault() -> None:
    assert consumptions(dial("2026-01-01 100", "2026-02-01 120 rollover", "2026-03-01 130")) == [
        "rollover_not_below",
        "waiting",
    ]
    assert consumptions(dial("2026-01-01 100", "2026-02-01 100 rollover")) == ["rollover_not_below"]


def test_an_unchanged_reading_is_a_charge_of_nothing() -> None:
    made = taken(dial("2026-01-01 7", "2026-02-01 7"), a=(metered(rate="2"), stay("2026-01-01")))
    assert outcomes(made) == ["a:0.00"]


def test_the_years_tiers_go_on_through_a_replacement_and_begin_anew_in_january() -> None:
    old = dial("2025-11-30 100", "2025-12-31 160", "2026-02-01 200")
    new = dial("2026-02-01 5000", "2026-03-01 5030")
    assert consumptions(old, new) == ["0+60", "0+40", "40+30"]


def test_an_interval_counts_whole_in_the_year_of_its_later_reading() -> None:
    assert consumptions(dial("2025-12-31 0", "2026-01-31 100", "2026-12-31 300", "2027-01-01 301")) == [
        "0+100",
        "100+200",
        "0+1",
    ]


def test_electricity_of_a_year() -> None:
    """The worked example: 192 × 0.4883 + 120 × 0.5383 = 158.35."""
    installation = dial("2025-12-31 0", "2026-06-30 2688", "2026-07-31 3000")
    terms = metered("2880:0.4883;4800:0.5383;*:0.7883", tier_scope="year")
    price = taken(installation, a=(terms, stay("2020-01-01")))[1].price
    assert isinstance(price, Priced)
    assert price.gross == Decimal("158.35")
    assert price.derivation.document() == {
        "k": "metered",
        "v": "2020-01-01",
        "from": "2688",
        "to": "3000",
        "x": "1",
        "q": "312",
        "tiers": "2880:0.4883;4800:0.5383;*:0.7883",
        "s": "2688",
    }


def test_tiers_of_a_period_begin_anew_with_each_interval() -> None:
    installation = dial("2026-01-01 0", "2026-02-01 20", "2026-03-01 40")
    assert outcomes(taken(installation, a=(metered("15:5;22:7;*:9"), stay("2026-01-01")))) == ["a:110.00", "a:110.00"]


def test_what_others_consumed_counts_in_the_year() -> None:
    """The tiers of a year go by the meter, whoever consumed it and whether billed or not."""
    installation = dial("2026-01-01 0", "2026-03-01 90", "2026-05-01 100", "2026-06-01 110")
    terms = metered("100:1;*:2", tier_scope="year")
    made = taken(installation, a=(terms, stay("2026-01-01", "2026-02-28")), b=(terms, stay("2026-05-01")))
    assert outcomes(made) == ["a:90.00", "None:nobody", "b:20.00"]


def test_the_closing_reading_may_be_taken_on_the_day_after() -> None:
    terms = metered(rate="1")
    for closing in ("2026-02-28", "2026-03-01"):
        made = taken(dial("2026-01-01 0", f"{closing} 10"), a=(terms, stay("2026-01-01", "2026-02-28")))
        assert outcomes(made) == ["a:10.00"]
    late = taken(dial("2026-01-01 0", "2026-03-02 10"), a=(terms, stay("2026-01-01", "2026-02-28")))
    assert outcomes(late) == ["None:nobody", "a:no_closing_reading"]


def test_a_reading_on_the_day_of_change_ends_one_stay_and_begins_the_next() -> None:
    terms = metered(rate="1")
    installation = dial("2026-01-01 0", "2026-03-01 10", "2026-04-01 30")
    made = taken(installation, a=(terms, stay("2026-01-01", "2026-02-28")), b=(terms, stay("2026-03-01")))
    assert outcomes(made) == ["a:10.00", "b:20.00"]


def test_consumption_of_nobody_is_told_and_an_empty_unit_is_not() -> None:
    installation = dial("2026-01-01 0", "2026-02-01 5", "2026-03-01 5")
    assert outcomes(taken(installation)) == ["None:nobody"]


def test_a_stay_that_ended_without_a_closing_reading_is_told() -> None:
    terms = metered(rate="1")
    readings = dial("2026-01-01 0", "2026-02-01 5")
    assert outcomes(taken(readings, a=(terms, stay("2026-01-01", "2026-12-01")))) == ["a:5.00", "a:no_closing_reading"]
    assert outcomes(taken(readings, a=(terms, stay("2026-01-01", "2026-12-02")))) == ["a:5.00"]
    paid = stay("2026-01-01", "2026-03-01", billed_until=date(2026, 3, 1))
    assert outcomes(taken(readings, a=(terms, paid))) == []


def test_what_was_paid_before_a_move_in_is_not_billed_but_counts_in_the_year() -> None:
    installation = dial("2026-01-01 0", "2026-02-01 100", "2026-03-01 110")
    paid = stay("2026-01-01", billed_until=date(2026, 2, 1))
    assert outcomes(taken(installation, a=(metered("100:1;*:2", tier_scope="year"), paid))) == ["a:20.00"]


def test_a_fault_in_what_was_paid_before_a_move_in_is_told_where_later_consumption_waits_for_it() -> None:
    readings = ("2026-01-01 100", "2026-02-01 90", "2026-03-01 110", "2026-04-01 130")
    paid = stay("2026-01-01", billed_until=date(2026, 3, 1))
    made = taken(dial(*readings), a=(metered(rate="1"), paid))
    assert outcomes(made) == ["a:backwards", "a:waiting"]
    assert [one.interval and one.interval.this.on for one in made] == [date(2026, 2, 1), date(2026, 4, 1)]
    assert outcomes(taken(dial(*readings[:3]), a=(metered(rate="1"), paid))) == []


def test_readings_after_the_day_wait() -> None:
    installation = dial("2026-01-01 0", "2026-02-01 10", "2026-03-01 30")
    made = taken(installation, date(2026, 2, 1), a=(metered(rate="1"), stay("2026-01-01")))
    assert outcomes(made) == ["a:10.00"]
    assert (made[0].due_date, made[0].interval and made[0].interval.this.on) == (date(2026, 2, 11), date(2026, 2, 1))


def test_the_price_is_that_of_the_later_readings_day() -> None:
    versions = (Version(LONG_AGO, rate=Decimal(1)), Version(date(2026, 2, 1), rate=Decimal(2)))
    terms = Terms(basis="metered", versions=versions)
    installation = dial("2026-01-01 0", "2026-01-31 10", "2026-02-01 20")
    assert outcomes(taken(installation, a=(terms, stay("2026-01-01")))) == ["a:10.00", "a:20.00"]


def test_an_own_rate_stands_in_for_tiers_too() -> None:
    installation = dial("2026-01-01 0", "2026-02-01 30")
    own = stay("2026-01-01", rate=Decimal("2.5"), discount=Decimal(10))
    made = taken(installation, a=(metered("15:5;*:9"), own))[0].price
    assert isinstance(made, Priced)
    assert (made.gross, made.discount, made.amount) == (Decimal("75.00"), Decimal("7.50"), Decimal("67.50"))
    assert made.derivation.document().get("tiers") is None


@pytest.mark.parametrize(
    ("terms", "cause"),
    [
        (metered(), Cause.NO_RATE),
        (Terms(basis="metered", versions=(Version(date(2026, 2, 2), rate=Decimal(1)),)), Cause.NO_VERSION),
    ],
)
def test_a_consumption_without_a_price(terms: Terms, cause: Cause) -> None:
    made = taken(dial("2026-01-01 0", "2026-02-01 5"), a=(terms, stay("2026-01-01")))
    assert made[0].price == Unbillable(cause, date(2026, 2, 1))
    assert isinstance(made[0].interval, Interval)
