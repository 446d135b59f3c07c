"""A formula as SQL is the formula: the same fraction for any facts, and NULL where there is none."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from django.db import connection

from tests.support.billing_worlds import random_decimal, random_formula
from yuju.billing.pricing.derivation import NAMES, decimal_text
from yuju.billing.pricing.formula import MAX_NESTING, DivisionByZero, Formula, MissingValue, parse_formula
from yuju.billing.pricing.formula_sql import formula_sql, formula_values_sql

COLUMNS = {name: f"f.{name}" for name in NAMES}
Facts = dict[str, Decimal | int | None]


def asked(formulas: list[Formula], facts: Facts) -> list[Fraction | None]:
    """What PostgreSQL makes of the formulas, in one statement."""
    pieces = [part for formula in formulas for part in formula_sql(formula, COLUMNS)]
    given = ["%(area)s::numeric AS area", "%(rate)s::numeric AS rate", "%(occupants)s::smallint AS occupants"]
    given += ["%(rent)s::numeric AS rent", "%(floor)s::smallint AS floor"]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(pieces)} FROM (SELECT {', '.join(given)}) AS f", facts)
        row = cursor.fetchone()
    assert row is not None
    pairs = zip(row[::2], row[1::2], strict=True)
    return [None if above is None else Fraction(above) / Fraction(below) for above, below in pairs]


def expected(formula: Formula, facts: Facts) -> Fraction | None:
    try:
        return formula.evaluate(facts)
    except (DivisionByZero, MissingValue):
        return None


def some_facts(rng: Random) -> Facts:
    facts: Facts = {
        "area": random_decimal(rng, 180, 2),
        "rate": random_decimal(rng, 50, 6),
        "occupants": rng.randrange(4),
        "rent": random_decimal(rng, 9000, 2),
        "floor": rng.randrange(-2, 20),
    }
    return {name: None if rng.random() < 0.04 else value for name, value in facts.items()}


@pytest.mark.django_db
def test_thousands_of_formulas_come_out_the_same() -> None:
    rng = Random(20261201)
    for _ in range(40):
        # Given formulas and facts at random, some facts not known.
        formulas = [parse_formula(random_formula(rng)) for _ in range(40)]
        facts = some_facts(rng)
        # When the database and the reference work them out, then they agree to the last digit.
        for formula, made in zip(formulas, asked(formulas, facts), strict=True):
            assert made == expected(formula, facts), (formula.text, facts)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text",
    [
        "round(rent / occupants, 2)",
        "round(-rent / 7, -1) / 3",
        "round(area / 8, 2)",
        "round(2.5 * -1 + 0 * area, 0)",
        "min(rent / occupants, area / (floor - 3))",
        "max(1, rent / (occupants - 3))",
        "1 / (1 / (area - 89.5))",
        "rent / (floor / (area - 89.5))",
        "0 * (rent / (area - 89.5))",
        "min(area, rate, rent)",
        "-max(-area, floor) / -3",
        "2000000000 * 2000000000 * floor",
        "round(min(rent / 7, area / occupants) * 3, 2) / min(floor, -floor)",
    ],
)
def test_what_is_easily_got_wrong(text: str) -> None:
    formula = parse_formula(text)
    facts: Facts = {
        "area": Decimal("89.5"), "rate": Decimal("2.8"), "occupants": 3, "rent": Decimal("4850.35"), "floor": -2
    }  # fmt: skip
    for name in NAMES:
        for changed in (facts, {**facts, name: None}, {**facts, name: 0}, {**facts, name: 3}):
            assert asked([formula], changed) == [expected(formula, changed)], (text, changed)


@pytest.mark.django_db
def test_the_facts_are_those_of_a_derivation() -> None:
    formula = parse_formula("area * rate + floor - occupants * 0")
    facts: Facts = {"area": Decimal("89.50"), "rate": Decimal("2.800000"), "occupants": 10, "floor": -1, "rent": None}
    given = "89.50::numeric AS area, 2.800000 AS rate, 10::smallint AS occupants, (-1)::smallint AS floor"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {formula_values_sql(formula, COLUMNS)}::text FROM (SELECT {given}) AS f")
        row = cursor.fetchone()
    assert row is not None
    assert json.loads(row[0]) == {name: decimal_text(facts[name] or 0) for name in formula.names} | {"f": formula.text}


@pytest.mark.parametrize(
    "level",
    [
        "min({0}, rent / area)",
        "round({0} / area, 2)",
        "(1 / {0} + 1 / area)",
        "max({0}, area) / min({0}, rent)",
        "area / (rent - {0})",
    ],
)
def test_deep_formulas_stay_of_a_size_the_database_can_take(level: str) -> None:
    text = "occupants"
    for _ in range(MAX_NESTING):
        deeper = level.format(text)
        if len(deeper) > 200:
            break
        text = deeper
    numerator, denominator = formula_sql(parse_formula(text), COLUMNS)
    assert len(numerator) + len(denominator) < 200_000, (text, len(numerator) + len(denominator))


@pytest.mark.parametrize(
    "text", ["rent", "rent * 0.97", "area / 4 + 1", "max(6, round(area * 0.12, 1)) + min(floor, 20) * 0.35"]
)
def test_ordinary_formulas_have_no_denominator(text: str) -> None:
    numerator, denominator = formula_sql(parse_formula(text), COLUMNS)
    assert denominator == "1::numeric"
    assert "SELECT" not in numerator
