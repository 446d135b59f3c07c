"""Tiers of a consumption's price: ``180:5.00;260:7.00;*:9.00``.

Up to and including 180 at 5.00, above 180 up to 260 at 7.00, the rest at 9.00 (billing rules, "Metered consumption").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from .derivation import decimal_text
from .text import TextFault, fold

_NUMBER = re.compile(r"\d{1,12}(\.\d{1,6})?\Z", re.ASCII)
MAX_TIERS = 10
_EXPECTED = _("A tier is its upper bound, a colon and its price, like 180:5.00.")
_PRICE = _("A tier's price is a number of yuan, 0 or more.")


class TiersError(TextFault):
    """A tiers text that can't be read; see ``TextFault`` for what it holds."""

    def __init__(self, reason: object, *, position: int, found: str) -> None:
        super().__init__(reason, position=position, found=found, field="tiers", code="tiers")


@dataclass(frozen=True, slots=True)
class Tier:
    """Up to and including ``upto`` (None: without end) one unit costs ``price`` yuan."""

    upto: Decimal | None
    price: Decimal


@dataclass(frozen=True, slots=True)
class TierPart:
    """What of a quantity falls into one tier.

    Attributes:
        number: which tier, from 1.
        above: where the tier begins.
        upto: where it ends, None for the last.
        quantity: how much of the quantity lies in it.
        price: yuan a unit.
    """

    number: int
    above: Decimal
    upto: Decimal | None
    quantity: Decimal
    price: Decimal

    @property
    def amount(self) -> Fraction:
        """Exact yuan, not rounded."""
        return Fraction(self.quantity) * Fraction(self.price)


@dataclass(frozen=True, slots=True)
class Tiers:
    """Ascending tiers of which the last, and only the last, has no end."""

    steps: tuple[Tier, ...]

    def text(self) -> str:
        """The tiers in normal form, the one that is stored: ``180:5;260:7;*:9``."""
        return ";".join(
            f"{'*' if tier.upto is None else decimal_text(tier.upto)}:{decimal_text(tier.price)}" for tier in self.steps
        )

    def split(self, quantity: Decimal, standing: Decimal = Decimal(0)) -> list[TierPart]:
        """A quantity (not negative) cut at the tiers' bounds, counted from where the year stands; empty for 0."""
        parts: list[TierPart] = []
        above, end = Decimal(0), standing + quantity
        for number, tier in enumerate(self.steps, start=1):
            top = end if tier.upto is None else min(end, tier.upto)
            bottom = max(standing, above)
            if top > bottom:
                parts.append(TierPart(number, above, tier.upto, top - bottom, tier.price))
            if tier.upto is None or tier.upto >= end:
                break
            above = tier.upto
        return parts

    def price(self, quantity: Decimal, standing: Decimal = Decimal(0)) -> Fraction:
        """The exact price in yuan of a quantity that begins at ``standing``."""
        return sum((part.amount for part in self.split(quantity, standing)), Fraction(0))


def parse_tiers(text: str) -> Tiers:
    """Tiers from their text; full-width signs and blanks are welcome, and one semicolon too many at the end.

    Raises:
        TiersError: with the place of the fault.
    """
    pieces = list(_pieces(fold(text)))
    if not pieces:
        raise TiersError(_("Tiers are expected, like 180:5.00;260:7.00;*:9.00."), position=1, found="")
    if len(pieces) > MAX_TIERS:
        raise TiersError(_("There are too many tiers; 10 are allowed."), position=pieces[MAX_TIERS][0], found="")
    steps: list[Tier] = []
    below = Decimal(0)
    for index, (column, piece) in enumerate(pieces):
        last = index == len(pieces) - 1
        bound_text, colon, price_text = piece.partition(":")
        price_column = column + len(bound_text) + 1 + len(price_text) - len(price_text.lstrip())
        bound_text, price_text = bound_text.strip(), price_text.strip()
        if not colon:
            raise TiersError(_EXPECTED, position=column, found=piece)
        if bound_text == "*":
            if not last:
                raise TiersError(_("Only the last tier is *."), position=column, found=bound_text)
            bound = None
        else:
            bound = _number(bound_text, column, _("A tier's upper bound is a number, or * for the last."))
            if bound <= below:
                raise TiersError(_("The bounds must ascend from above 0."), position=column, found=bound_text)
            if last:
                raise TiersError(_("The last tier must be *, like *:9.00."), position=column, found=bound_text)
            below = bound
        steps.append(Tier(bound, _number(price_text, price_column, _PRICE)))
    return Tiers(tuple(steps))


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """Each tier's text without blanks around it and the column it begins in."""
    raw = text.split(";")
    if len(raw) > 1 and not raw[-1].strip():
        raw.pop()
    column = 1
    for piece in raw:
        stripped = piece.strip()
        if stripped or len(raw) > 1:
            yield column + len(piece) - len(piece.lstrip()), stripped
        column += len(piece) + 1


def _number(text: str, column: int, reason: object) -> Decimal:
    if not _NUMBER.match(text):
        raise TiersError(reason, position=column, found=text)
    return Decimal(text)
