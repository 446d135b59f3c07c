"""Rounding half up, away from zero, exactly."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

UNITS = {"fen": Fraction(1, 100), "jiao": Fraction(1, 10), "yuan": Fraction(1)}
"""What a tariff's ``rounding`` means in yuan."""


TOO_LARGE = 10**12
"""The first amount, in yuan, that a charge can't hold."""


def round_half_up(value: Fraction, unit: Fraction) -> Fraction:
    """The multiple of ``unit`` nearest to ``value``; of two equally near the one further from zero."""
    steps = abs(value) / unit
    whole = (2 * steps.numerator + steps.denominator) // (2 * steps.denominator)
    return whole * unit if value >= 0 else -whole * unit


def yuan(value: Fraction) -> Decimal:
    """An amount of whole fen as a decimal with two places.

    Raises:
        ValueError: the amount is no whole number of fen.
    """
    fen = value * 100
    if fen.denominator != 1:
        raise ValueError(f"{value} is no whole number of fen")
    return Decimal(fen.numerator).scaleb(-2)
