"""The formula language: what it takes, what it refuses and where, and that its arithmetic is exact."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from yuju.billing.pricing.formula import MAX_LENGTH, DivisionByZero, FormulaError, MissingValue, parse_formula
from yuju.billing.pricing.text import fold

FACTS = {
    "area": Decimal("89.5"),
    "rate": Decimal("2.8"),
    "occupants": Decimal(3),
    "rent": Decimal(4850),
    "floor": Decimal(-1),
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("rent", "4850"),
        ("rent * 0.97", "4704.5"),
        ("max(6, round(area * 0.12, 1)) + min(floor, 20) * 0.35", "10.35"),
        ("1 + 2 * 3 - 4 / 2", "5"),
        ("10 - 4 - 3", "3"),
        ("16 / 4 / 2", "2"),
        ("-(2 - 5)", "3"),
        ("2 * -3", "-6"),
        ("- - 2", "2"),
        ("+2 -+ 1", "1"),
        ("min(3, 1, 2) + max(3, 1, 2)", "4"),
        ("round(2.5, 0)", "3"),
        ("round(-2.5, 0)", "-3"),
        ("round(444.195, 2)", "444.2"),
        ("round(1250, -2)", "1300"),
        (".5 * 2", "1"),
        ("（ａｒｅａ　＋　１０．５） ＊ ２", "200"),
        ("\tarea\n*\n2 ", "179"),
    ],
)
def test_a_formula_gives_the_exact_value(text: str, value: str) -> None:
    assert parse_formula(text).evaluate(FACTS) == Fraction(value)


def test_a_formula_with_two_names_takes_both() -> None:
    """Elsewhere only one of two variables was replaced."""
    assert parse_formula("area * rate + rate * area").evaluate(FACTS) == 2 * Fraction("89.5") * Fraction("2.8")


def test_thirds_stay_thirds() -> None:
    assert parse_formula("rent / occupants * 3").evaluate(FACTS) == 4850


@pytest.mark.parametrize(
    ("text", "position", "found"),
    [
        ("", 1, ""),
        ("   ", 1, ""),
        ("area +", 7, ""),
        ("area + * 2", 8, "*"),
        ("(area", 6, ""),
        ("area)", 5, ")"),
        ("area rate", 6, "rate"),
        ("2 area", 3, "area"),
        ("1.2.3", 4, ".3"),
        ("size * 2", 1, "size"),
        ("AREA * 2", 1, "AREA"),
        ("area²", 5, "²"),
        ("area × 2", 6, "×"),
        ("area % 2", 6, "%"),
        ("area ** 2", 7, "*"),
        ("area // 2", 7, "/"),
        ("abs(area)", 1, "abs"),
        ("__import__('os')", 1, "__import__"),
        ("rate.__class__", 5, "."),
        ("'area'", 1, "'"),
        ("area; rate", 5, ";"),
        ("min(area)", 9, ")"),
        ("min()", 5, ")"),
        ("max", 1, "max"),
        ("round(area)", 11, ")"),
        ("round(area, 1.5)", 13, "1.5"),
        ("round(area, rate)", 13, "rate"),
        ("round(area, 10)", 13, "10"),
        ("round(area, 1, 2)", 14, ","),
        ("area / 0", 8, "0"),
        ("area / (2 - 2)", 8, "("),
        ("area / round(0.4, 0)", 8, "round"),
        ("面积 * 2", 1, "面积"),
        ("1e3", 2, "e3"),
    ],
)
def test_anything_else_is_refused_with_its_place(text: str, position: int, found: str) -> None:
    # When a text is read that is no formula.
    with pytest.raises(FormulaError) as caught:
        parse_formula(text)
    # Then the refusal names the place, counted from 1, and the text at fault.
    assert (caught.value.position, caught.value.found) == (position, found)
    assert caught.value.field == "formula"
    assert str(position) in str(caught.value)


def test_long_and_deep_formulas_are_refused() -> None:
    assert parse_formula("+".join(["1"] * 100)).evaluate({}) == 100
    with pytest.raises(FormulaError):
        parse_formula("1+" * (MAX_LENGTH // 2) + "1")
    assert parse_formula("(" * 10 + "1" + ")" * 10).evaluate({}) == 1
    with pytest.raises(FormulaError):
        parse_formula("(" * 11 + "1" + ")" * 11)
    assert parse_formula("(1)+" * 40 + "1").evaluate({}) == 41  # side by side is not deep


@given(st.text(alphabet="areatfloominxud()+-*/,. 0123456789'²\u3000０", max_size=40))
def test_any_text_is_a_formula_or_a_fault_inside_it(text: str) -> None:
    fault = None
    try:
        formula = parse_formula(text)
    except FormulaError as raised:
        fault = raised
    if fault is None:
        assert parse_formula(formula.text) == formula
    else:
        assert 1 <= fault.position <= len(text) + 1
        assert fault.found in fold(text)


def test_a_division_by_zero_is_an_error_and_never_zero() -> None:
    with pytest.raises(DivisionByZero):
        parse_formula("min(1, rent / (occupants - 3))").evaluate(FACTS)


def test_a_fact_that_is_not_known_is_an_error_and_never_zero() -> None:
    formula = parse_formula("max(rent, 0 * area)")
    assert formula.names == ("area", "rent")
    with pytest.raises(MissingValue) as caught:
        formula.evaluate({"rent": Decimal(1), "area": None})
    assert caught.value.name == "area"


_numbers = st.decimals(min_value=0, max_value=9999, places=3).map(lambda value: (str(value), Fraction(value)))
_names = st.sampled_from(sorted(FACTS)).map(lambda name: (name, Fraction(FACTS[name])))


def _joined(pair: tuple[tuple[str, Fraction], str, tuple[str, Fraction]]) -> tuple[str, Fraction]:
    (left, a), sign, (right, b) = pair
    if sign == "/" and b == 0:
        sign = "-"
    value = {"+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b, "/": lambda: a / b}[sign]()
    return f"({left} {sign} {right})", value


_spelled = st.recursive(
    _numbers | _names,
    lambda inner: (
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(_joined)
        | st.tuples(inner, inner).map(lambda pair: (f"min({pair[0][0]}, {pair[1][0]})", min(pair[0][1], pair[1][1])))
        | st.tuples(inner, inner).map(lambda pair: (f"max({pair[0][0]},{pair[1][0]})", max(pair[0][1], pair[1][1])))
        | inner.map(lambda one: (f"-({one[0]})", -one[1]))
    ),
    max_leaves=8,
)


@given(_spelled)
def test_a_spelled_out_calculation_gives_what_was_calculated(case: tuple[str, Fraction]) -> None:
    text, value = case
    assume(len(text) <= MAX_LENGTH)
    assert parse_formula(text).evaluate(FACTS) == value
