"""The price of one period, and why there may be none."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.billing_worlds import make_world
from yuju.billing.pricing.causes import Cause
from yuju.billing.pricing.derivation import PeriodDerivation, decimal_text, read
from yuju.billing.pricing.formula import parse_formula
from yuju.billing.pricing.line import (
    Dated,
    DuePeriod,
    Priced,
    Recurring,
    Terms,
    Unbillable,
    Version,
    due_periods,
    price_period,
)
from yuju.billing.pricing.money import UNITS
from yuju.billing.pricing.periods import periods

LONG_AGO = date(2020, 1, 1)


def always(value: str | None) -> Dated:
    return Dated(((LONG_AGO, None if value is None else Decimal(value)),))


def tariff(basis: Any, rate: str | None = None, formula: str | None = None, **terms: Any) -> Terms:
    version = Version(
        LONG_AGO, rate=Decimal(rate) if rate else None, formula=parse_formula(formula) if formula else None
    )
    return Terms(basis=basis, versions=(version,), **terms)


def recurring(start: str, end: str | None = None, **more: Any) -> Recurring:
    facts = {"area": always("89.50"), "occupants": always("3"), "rent": always("4850"), "floor": always("16")}
    return Recurring(
        start=date.fromisoformat(start),
        end=date.fromisoformat(end) if end else None,
        facts=more.pop("facts", facts),
        **more,
    )


def due(terms: Terms, charge: Recurring, as_of: str = "2026-12-31") -> list[DuePeriod]:
    return list(due_periods(terms, charge, date.fromisoformat(as_of)))


def price(terms: Terms, charge: Recurring) -> Priced | Unbillable:
    run = periods(cycle_months=terms.cycle_months, anchor=terms.anchor, start=charge.start, end=charge.end)
    return price_period(terms, charge, next(run))


def gross(terms: Terms, charge: Recurring) -> str:
    made = price(terms, charge)
    assert isinstance(made, Priced), made
    return str(made.gross)


def cause(terms: Terms, charge: Recurring) -> Cause:
    made = price(terms, charge)
    assert isinstance(made, Unbillable), made
    return made.cause


def test_a_quarter_of_the_property_fee() -> None:
    """The worked example: 89.50 m² × 2.80 × 3 months = 751.80."""
    made = price(tariff("area", "2.80", cycle_months=3), recurring("2026-01-01"))
    assert isinstance(made, Priced)
    assert (made.gross, made.discount, made.amount) == (Decimal("751.80"), Decimal("0.00"), Decimal("751.80"))
    assert made.derivation.document() == {
        "k": "area",
        "parts": [{"v": "2020-01-01", "n": 3, "p": [], "area": "89.5", "rate": "2.8"}],
    }


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        (tariff("flat", "380"), "380.00"),
        (tariff("headcount", "39.9"), "119.70"),
        (tariff("formula", formula="rent"), "4850.00"),
        (tariff("formula", formula="rent * 0.97", cycle_months=6), "28227.00"),
        (tariff("formula", formula="max(6, round(area * 0.12, 1)) + min(floor, 20) * 0.35", rounding="jiao"), "16.30"),
        (tariff("formula", "1.5", formula="rate * area"), "134.25"),
        (tariff("flat", "0"), "0.00"),
    ],
)
def test_each_basis(terms: Terms, expected: str) -> None:
    assert gross(terms, recurring("2026-01-01")) == expected


def test_part_of_a_month_is_rounded_once_from_the_exact_sum() -> None:
    """Cent-short totals come from rounding parts: 16/31 + 1 + 10/31 months are added before anything is rounded."""
    made = price(tariff("flat", "100", cycle_months=3), recurring("2026-01-16", "2026-03-10"))
    assert isinstance(made, Priced)
    assert made.gross == Decimal("183.87")
    assert made.derivation.document()["parts"] == [
        {"v": "2020-01-01", "n": 1, "p": [[16, 31], [10, 31]], "rate": "100"}
    ]


def test_a_price_change_takes_whole_months_by_their_first_billed_day() -> None:
    # Given 2.80 until the end of January and 3.15 from 1 February.
    terms = Terms(
        basis="area",
        cycle_months=3,
        versions=(Version(LONG_AGO, rate=Decimal("2.80")), Version(date(2026, 2, 1), rate=Decimal("3.15"))),
    )
    made = price(terms, recurring("2026-01-16"))
    assert isinstance(made, Priced)
    # Then January keeps the old price for its 16 days, and the two others have the new one.
    exact = Fraction("89.5") * (Fraction("2.80") * Fraction(16, 31) + 2 * Fraction("3.15"))
    assert abs(Fraction(made.gross) - exact) <= Fraction(1, 200)
    assert made.derivation.document()["parts"] == [
        {"v": "2020-01-01", "n": 0, "p": [[16, 31]], "area": "89.5", "rate": "2.8"},
        {"v": "2026-02-01", "n": 2, "p": [], "area": "89.5", "rate": "3.15"},
    ]


def test_a_price_change_never_splits_a_month() -> None:
    versions = (Version(LONG_AGO, rate=Decimal(100)), Version(date(2026, 3, 15), rate=Decimal(200)))
    assert gross(Terms(basis="flat", versions=versions), recurring("2026-03-01")) == "100.00"
    assert gross(Terms(basis="flat", versions=versions), recurring("2026-03-15", "2026-03-31")) == "109.68"


def test_an_own_rate_stands_in_for_every_version() -> None:
    versions = (Version(LONG_AGO, rate=Decimal(100)), Version(date(2026, 2, 1), rate=Decimal(200)))
    terms = Terms(basis="flat", versions=versions, cycle_months=3)
    assert gross(terms, recurring("2026-01-01", rate=Decimal("29.9"))) == "89.70"
    formula = tariff("formula", "5", formula="rate * 2")
    assert gross(formula, recurring("2026-01-01", rate=Decimal(7))) == "14.00"


def test_a_month_takes_the_facts_of_its_first_billed_day() -> None:
    facts = {"occupants": Dated(((LONG_AGO, Decimal(1)), (date(2026, 2, 10), Decimal(4))))}
    made = price(tariff("headcount", "10", cycle_months=3), recurring("2026-01-01", facts=facts))
    assert isinstance(made, Priced)
    assert made.gross == Decimal("60.00")
    assert [part["n"] for part in made.derivation.document()["parts"]] == [2, 1]


def test_a_fact_the_price_does_not_use_splits_nothing() -> None:
    facts = {"area": always("10"), "rent": Dated(((LONG_AGO, Decimal(1)), (date(2026, 2, 1), Decimal(2))))}
    made = price(tariff("area", "1", cycle_months=3), recurring("2026-01-01", facts=facts))
    assert isinstance(made, Priced)
    assert len(made.derivation.document()["parts"]) == 1


@pytest.mark.parametrize(
    ("terms", "facts", "expected"),
    [
        (tariff("area", "2.8"), {}, Cause.NO_AREA),
        (tariff("area", "2.8"), {"area": always(None)}, Cause.NO_AREA),
        (tariff("area"), {}, Cause.NO_RATE),
        (tariff("headcount", "2.8"), {}, Cause.NO_OCCUPANTS),
        (tariff("flat"), {}, Cause.NO_RATE),
        (tariff("formula", formula="rent"), {}, Cause.NO_RENT),
        (tariff("formula", formula="floor"), {}, Cause.NO_FLOOR),
        (tariff("formula", formula="rate + rent"), {}, Cause.NO_RATE),
        (
            tariff("formula", formula="rent / occupants"),
            {"rent": always("1"), "occupants": always("0")},
            Cause.DIVISION_BY_ZERO,
        ),
        (tariff("formula", formula="area - 100"), {"area": always("99.99")}, Cause.NEGATIVE_PRICE),
        (tariff("formula", formula="rent * rent * rent"), {"rent": always("10000")}, Cause.TOO_LARGE),
        (Terms(basis="flat", versions=(Version(date(2026, 1, 2), rate=Decimal(1)),)), {}, Cause.NO_VERSION),
    ],
)
def test_no_price_has_a_cause_and_is_never_zero(terms: Terms, facts: Any, expected: Cause) -> None:
    """Elsewhere an error or a negative result silently became 0."""
    assert cause(terms, recurring("2026-01-01", facts=facts)) == expected


def test_one_month_before_the_first_version_keeps_the_whole_period_back() -> None:
    terms = Terms(basis="flat", cycle_months=3, versions=(Version(date(2026, 2, 1), rate=Decimal(100)),))
    assert [type(one.price) for one in due(terms, recurring("2026-01-01"), "2026-04-01")] == [Unbillable, Priced]
    assert cause(terms, recurring("2026-01-01", rate=Decimal(5))) == Cause.NO_VERSION


def test_a_part_that_is_negative_keeps_the_whole_period_back() -> None:
    facts = {"area": Dated(((LONG_AGO, Decimal(90)), (date(2026, 2, 1), Decimal(300))))}
    assert (
        cause(tariff("formula", formula="area - 100", cycle_months=3), recurring("2026-01-01", facts=facts))
        == Cause.NEGATIVE_PRICE
    )


def test_the_discount_is_rounded_by_itself_on_the_rounded_gross() -> None:
    made = price(tariff("flat", "33.335"), recurring("2026-01-01", discount=Decimal(15)))
    assert isinstance(made, Priced)
    assert (made.gross, made.discount, made.amount) == (Decimal("33.34"), Decimal("5.00"), Decimal("28.34"))
    made = price(tariff("flat", "33.335", rounding="jiao"), recurring("2026-01-01", discount=Decimal(15)))
    assert isinstance(made, Priced)
    assert (made.gross, made.discount, made.amount) == (Decimal("33.30"), Decimal("5.00"), Decimal("28.30"))
    full = price(tariff("flat", "33.335"), recurring("2026-01-01", discount=Decimal(100)))
    assert isinstance(full, Priced)
    assert full.amount == Decimal("0.00")
    assert full.derivation.document()["d"] == "100"


def test_what_was_paid_before_a_move_in_counts_as_billed() -> None:
    terms = tariff("flat", "100", cycle_months=3)
    taken = due(terms, recurring("2026-02-10", billed_until=date(2026, 6, 30)), "2026-07-01")
    assert [(one.period.first, one.period.last) for one in taken] == [(date(2026, 7, 1), date(2026, 9, 30))]


def test_a_run_takes_everything_whose_bill_date_has_come_and_nothing_later() -> None:
    advance = tariff("flat", "100", timing="advance", lead_days=7, due_days=5)
    charge = recurring("2026-01-01", "2026-03-10")
    assert [one.period.first.isoformat() for one in due(advance, charge, "2026-02-21")] == ["2026-01-01", "2026-02-01"]
    assert [one.period.first.isoformat() for one in due(advance, charge, "2026-02-22")][-1] == "2026-03-01"
    assert (due(advance, charge)[0].bill_date, due(advance, charge)[0].due_date) == (
        date(2025, 12, 25),
        date(2025, 12, 30),
    )
    arrears = tariff("flat", "100", timing="arrears")
    assert [one.bill_date.isoformat() for one in due(arrears, charge)] == ["2026-02-01", "2026-03-01", "2026-03-11"]
    assert len(due(arrears, charge, "2026-03-10")) == 2


def test_a_late_run_catches_up_month_by_month() -> None:
    """No month is skipped and none billed twice, however late the run is."""
    terms = tariff("flat", "100")
    one_by_one = [
        one.period.first
        for month in range(1, 13)
        for one in due(terms, recurring("2026-01-31"), f"2026-{month:02d}-28")
    ]
    late = [one.period.first for one in due(terms, recurring("2026-01-31"), "2026-12-28")]
    assert sorted(set(one_by_one)) == late == sorted(late)
    assert len(late) == 12


_rates = st.decimals(min_value=0, max_value=500, places=4)


@given(st.integers(0, 999_999))
def test_every_line_of_a_random_property_holds_its_own(seed: int) -> None:
    # Given a random property.
    world = make_world(seed, units=2, tariffs=5)
    lines, _faults = world.expected()
    for line in lines:
        terms = world.tariffs[world.recurring[line.recurring].tariff]
        unit = UNITS[terms.rounding]
        # Then amounts add up, are whole units, and stay within bounds.
        assert line.amount == line.gross - line.discount
        assert Decimal(0) <= line.discount <= line.gross
        assert (Fraction(line.gross) / unit).denominator == (Fraction(line.discount) / unit).denominator == 1
        assert line.bill_date <= world.as_of
        # And the derivation reads back, in normal form, and is enough to come to the same gross.
        derivation = read(line.derivation)
        assert derivation.document() == line.derivation
        if isinstance(derivation, PeriodDerivation):
            exact = Fraction(0)
            for part in derivation.parts:
                month = Fraction(1)
                for value in part.values.values():
                    month *= Fraction(value)
                if part.formula is not None:
                    month = parse_formula(part.formula).evaluate(part.values)
                exact += month * (part.whole + sum((Fraction(*share) for share in part.partial), Fraction(0)))
            assert abs(Fraction(line.gross) - exact) <= unit / 2


@given(_rates, _rates, st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.integers(0, 400))
def test_a_higher_rate_never_costs_less(low: Decimal, high: Decimal, start: date, length: int) -> None:
    low, high = sorted((low, high))
    end = start + timedelta(days=length)

    def total(rate: Decimal) -> Decimal:
        terms = tariff("flat", str(rate), cycle_months=3, timing="arrears")
        charge = recurring(start.isoformat(), end.isoformat())
        priced = [one.price for one in due(terms, charge, "2030-01-01")]
        return sum((one.gross for one in priced if isinstance(one, Priced)), Decimal(0))

    assert total(low) <= total(high)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=6))
def test_decimals_are_written_without_trailing_zeros(value: Decimal) -> None:
    text = decimal_text(value)
    assert Decimal(text) == value
    assert "E" not in text
    assert text == "0" or not text.endswith(".")
    assert "." not in text or not text.endswith("0")
    assert text != "-0"
