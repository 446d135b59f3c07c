"""Amounts of money: `Decimal` yuan with two decimals, never float."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from yuju.kit.errors import Refused

FEN = Decimal("0.01")
JIAO = Decimal("0.1")
YUAN = Decimal(1)

# What numeric(14,2) holds.
LARGEST = Decimal("999999999999.99")

_AMOUNT = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d*)?|[+-]?\.\d+")
# Excel keeps 0.1 + 0.2 as 0.30000000000000004: noise this small is no part of what was typed.
_NOISE = Decimal("0.0000001")


def parse_money(value: str | float | Decimal, *, field: str | None = None) -> Decimal:
    """Yuan from what people type or a spreadsheet cell holds: `¥1,680.50`, `1680.5元`, full-width digits, `(12.00)`.

    Args:
        value: the text or number.
        field: the name of the input, passed on to the refusal.

    Raises:
        Refused: when it is no amount, has parts of a fen, or is too large.
    """
    if isinstance(value, str):
        amount = _from_text(value)
    elif isinstance(value, bool):
        amount = None
    else:
        amount = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if amount is None or not amount.is_finite():
        raise Refused(
            _("“%(value)s” is not an amount: an amount in yuan is expected, such as 1680.50.") % {"value": value},
            field=field,
            code="amount",
        )
    if abs(amount) > LARGEST:
        raise Refused(_("The amount %(value)s is too large.") % {"value": value}, field=field, code="amount")
    rounded = round_half_up(amount)
    if abs(rounded - amount) > _NOISE:
        raise Refused(
            _("The amount %(value)s has parts of a fen: at most two decimals are expected.") % {"value": value},
            field=field,
            code="amount",
        )
    return rounded


def _from_text(text: str) -> Decimal | None:
    typed = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).replace("−", "-").replace("、", ",")
    negative = typed.startswith("(") and typed.endswith(")")
    typed = typed[1:-1] if negative else typed
    typed = re.sub(r"^([+-]?)(?:¥|人民币|RMB|CNY)", r"\1", typed, flags=re.IGNORECASE)
    typed = re.sub(r"(?:元整?|圆整?)$", "", typed)
    if not _AMOUNT.fullmatch(typed):
        return None
    try:
        amount = Decimal(typed.replace(",", ""))
    except InvalidOperation:
        return None
    return -amount if negative else amount


def round_half_up(value: Decimal | Fraction | int, unit: Decimal = FEN) -> Decimal:
    """The nearest multiple of `unit` (0.01, 0.1 or 1 yuan); halves go away from zero. Always given with two decimals.

    Exact for fractions, which is how prices are computed before they are rounded once.
    """
    if isinstance(value, Fraction):
        steps = value / Fraction(unit)
        doubled = 2 * abs(steps.numerator) + steps.denominator
        whole = doubled // (2 * steps.denominator)
        return (Decimal(whole if steps >= 0 else -whole) * unit).quantize(FEN)
    return ((Decimal(value) / unit).quantize(Decimal(1), ROUND_HALF_UP) * unit).quantize(FEN)


def format_money(amount: Decimal, *, symbol: bool = False) -> str:
    """An amount as pages show it: `1,680.50`, with `symbol` `¥1,680.50`; the minus sign comes first."""
    digits = f"{abs(amount).quantize(FEN, ROUND_HALF_UP):,}"
    return ("-" if amount < 0 else "") + ("¥" if symbol else "") + digits


def allocate(total: Decimal, weights: Sequence[Decimal | Fraction | int]) -> list[Decimal]:
    """Divides an amount in proportion to weights; the parts are whole fen and add up to it exactly.

    Largest remainder: every part is rounded down, and the fen left over go to the parts that lost most; ties go to
    the earlier one. A negative total is divided as its opposite.

    Raises:
        ValueError: when a weight is negative or none is above zero.
    """
    shares = [Fraction(weight) for weight in weights]
    whole = sum(shares, Fraction(0))
    if any(share < 0 for share in shares) or whole <= 0:
        raise ValueError("weights must not be negative, and one must be above zero")
    fen = int(abs(total).quantize(FEN) * 100)
    exact = [share * fen / whole for share in shares]
    parts = [part.numerator // part.denominator for part in exact]
    by_loss = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for index in by_loss[: fen - sum(parts)]:
        parts[index] += 1
    sign = -1 if total < 0 else 1
    return [(Decimal(sign * part) / 100).quantize(FEN) for part in parts]
