"""From a derivation back to the amount: what was written down must explain what is owed."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from .derivation import Derivation, MeteredDerivation, OnceDerivation, PeriodDerivation
from .formula import parse_formula
from .money import UNITS, round_half_up, yuan
from .tiers import parse_tiers


def recount(derivation: Derivation, rounding: str) -> tuple[Decimal, Decimal]:
    """Gross and discount (yuan) that a derivation comes to, with the tariff's rounding.

    Raises:
        ValueError: it lacks what its kind needs.
    """
    unit = UNITS[rounding]
    if isinstance(derivation, OnceDerivation):
        return yuan(round_half_up(Fraction(derivation.rate) * Fraction(derivation.quantity), unit)), yuan(Fraction(0))
    exact = _metered(derivation) if isinstance(derivation, MeteredDerivation) else _period(derivation)
    gross = round_half_up(exact, unit)
    return yuan(gross), yuan(round_half_up(gross * Fraction(derivation.discount) / 100, unit))


def _period(derivation: PeriodDerivation) -> Fraction:
    total = Fraction(0)
    for part in derivation.parts:
        months = part.whole + sum(Fraction(days, of) for days, of in part.partial)
        if part.formula is not None:
            price = parse_formula(part.formula).evaluate(part.values)
        else:
            price = Fraction(1)
            for value in part.values.values():
                price *= Fraction(value)
        total += price * months
    return total


def _metered(derivation: MeteredDerivation) -> Fraction:
    if derivation.tiers is not None:
        return parse_tiers(derivation.tiers).price(derivation.consumption, derivation.standing or Decimal(0))
    if derivation.rate is None:
        raise ValueError("a consumption is priced by a rate or by tiers")
    return Fraction(derivation.rate) * Fraction(derivation.consumption)
