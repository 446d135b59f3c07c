"""Rounding: half up, away from zero, exactly."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuju.billing.pricing.money import UNITS, round_half_up, yuan


@pytest.mark.parametrize(
    ("value", "unit", "rounded"),
    [
        ("444.195", "fen", "444.20"),  # in binary floats it came out as 444.19
        ("1.005", "fen", "1.01"),
        ("2.675", "fen", "2.68"),
        ("-2.675", "fen", "-2.68"),
        ("0.004999999999999999999999", "fen", "0.00"),
        ("12.25", "jiao", "12.30"),
        ("12.249", "jiao", "12.20"),
        ("0.5", "yuan", "1.00"),
        ("1/3", "fen", "0.33"),
        ("1/200", "fen", "0.01"),
    ],
)
def test_half_goes_up(value: str, unit: str, rounded: str) -> None:
    assert yuan(round_half_up(Fraction(value), UNITS[unit])) == Decimal(rounded)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6))
def test_as_decimal_half_up(value: Decimal) -> None:
    expected = value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    assert yuan(round_half_up(Fraction(value), UNITS["fen"])) == expected


@given(st.fractions(), st.sampled_from(sorted(UNITS)))
def test_no_further_than_half_a_unit_and_odd(value: Fraction, name: str) -> None:
    unit = UNITS[name]
    rounded = round_half_up(value, unit)
    assert abs(rounded - value) <= unit / 2
    assert (rounded / unit).denominator == 1
    assert round_half_up(-value, unit) == -rounded


def test_an_amount_below_a_fen_is_not_written_as_yuan() -> None:
    with pytest.raises(ValueError, match="fen"):
        yuan(Fraction(1, 1000))
