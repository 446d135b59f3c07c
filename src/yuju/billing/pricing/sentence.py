"""How an amount came about, in words: from the derivation that its charge keeps, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from .derivation import NAMES, Derivation, MeteredDerivation, OnceDerivation, Part, read
from .formula import FUNCTIONS, parse_formula
from .money import round_half_up
from .tiers import TierPart, parse_tiers

_WORD = re.compile(r"[a-z]+|\*|/|-|,\s*")


def sentence(
    document: Mapping[str, Any], *, item: str, gross: Decimal, discount: Decimal, amount: Decimal, unit: str = ""
) -> str:
    """A charge as one sentence: 物业费 89.50 m² × 2.80 元/m²·月 × 3 个月 = 751.80 元.

    Args:
        document: the charge's derivation.
        item: the fee item's name.
        gross, discount, amount: the charge's, in yuan.
        unit: what a meter counts, such as kWh.
    """
    words = {"item": item, "calculation": _calculation(read(document), unit, with_formula=True), "gross": money(gross)}
    if not discount:
        return _("%(item)s %(calculation)s = %(gross)s yuan") % words
    words |= {
        "percent": number(Decimal(document.get("d", "0"))),
        "discount": money(discount),
        "amount": money(amount),
    }
    return (
        _(
            "%(item)s %(calculation)s = %(gross)s yuan, less %(percent)s%% discount %(discount)s yuan, "
            "leaves %(amount)s yuan"
        )
        % words
    )


def calculation(document: Mapping[str, Any], *, unit: str = "") -> str:
    """The main line of a charge's calculation on a bill, without its result; ``lines`` go below it."""
    derivation = read(document)
    if isinstance(derivation, MeteredDerivation):
        return _readings(derivation, unit)
    return _calculation(derivation, unit, with_formula=False)


def lines(document: Mapping[str, Any], *, unit: str = "") -> list[tuple[str, str]]:
    """What stands below the main line, as (label, text): tiers with their exact amounts, formulas, prices that changed."""
    derivation = read(document)
    if isinstance(derivation, OnceDerivation):
        return []
    if isinstance(derivation, MeteredDerivation):
        return _metered_lines(derivation, unit)
    made: list[tuple[str, str]] = []
    parts = list(_merged(derivation.parts))
    for part in parts:
        if part.formula is not None and not _is_plain(part.formula):
            label = _formula_label(part) if len(parts) > 1 else _("Formula")
            made.append((label, f"{_formula(part)} = {_month_price(part)}"))
        elif len(parts) > 1:
            label = _("Price from %(day)s") % {"day": part.version.isoformat()}
            made.append((label, _term(derivation.basis, part, with_formula=False)))
    return made


def number(value: Decimal, places: int = 0) -> str:
    """A number with thousands separators, at least ``places`` decimals and no other trailing zeros: ``2,688``."""
    text = f"{value:,f}"
    whole, _point, rest = text.partition(".")
    rest = rest.rstrip("0").ljust(places, "0")
    return f"{whole}.{rest}" if rest else whole


def money(value: Decimal) -> str:
    """Yuan with thousands separators and two decimals."""
    return f"{value:,.2f}"


def _calculation(derivation: Derivation, unit: str, *, with_formula: bool) -> str:
    if isinstance(derivation, OnceDerivation):
        return f"¥{number(derivation.rate, 2)} × {number(derivation.quantity)}"
    if isinstance(derivation, MeteredDerivation):
        return _metered(derivation, unit)
    if not derivation.parts:
        return _("no billed day")
    return " + ".join(_term(derivation.basis, part, with_formula=with_formula) for part in _merged(derivation.parts))


def _merged(parts: tuple[Part, ...]) -> Iterator[Part]:
    """Neighbouring parts whose price is the same (a version that only others feel, an own rate) as one."""
    open_part: Part | None = None
    for part in parts:
        if open_part is not None and (open_part.values, open_part.formula) == (part.values, part.formula):
            partial = open_part.partial + part.partial
            open_part = replace(open_part, whole=open_part.whole + part.whole, partial=partial)
            continue
        if open_part is not None:
            yield open_part
        open_part = part
    if open_part is not None:
        yield open_part


def _term(basis: str, part: Part, *, with_formula: bool) -> str:
    return f"{_price(basis, part, with_formula=with_formula)} × {_months(part)}"


def _price(basis: str, part: Part, *, with_formula: bool) -> str:
    """What one full month costs, as a product where it is one."""
    if part.formula is not None:
        text = _("%(price)s yuan/month") % {"price": _month_price(part)}
        if not with_formula or _is_plain(part.formula):
            return text
        return _("%(price)s (%(formula)s)") % {"price": text, "formula": _formula(part)}
    rate = number(part.values["rate"], 2)
    if basis == "area":
        return _("%(area)s m² × %(rate)s yuan/m²·month") % {"area": number(part.values["area"], 2), "rate": rate}
    if basis == "headcount":
        count = part.values["occupants"]
        words = {"count": number(count), "rate": rate}
        text = ngettext(
            "%(count)s person × %(rate)s yuan/person·month",
            "%(count)s persons × %(rate)s yuan/person·month",
            int(count),
        )
        return text % words
    return _("%(price)s yuan/month") % {"price": rate}


def _months(part: Part) -> str:
    """3 months, 16/31 month, (2 + 16/31) months."""
    shares = [f"{above}/{below}" for above, below in part.partial]
    if not shares:
        return ngettext("%(count)s month", "%(count)s months", part.whole) % {"count": part.whole}
    if part.whole:
        shares.insert(0, str(part.whole))
    if len(shares) == 1:
        return _("%(share)s month") % {"share": shares[0]}
    return _("(%(shares)s) months") % {"shares": " + ".join(shares)}


def _month_price(part: Part) -> str:
    """A formula's value; ≈ where it has no end within four decimals."""
    value = parse_formula(part.formula or "").evaluate(part.values)
    shown = round_half_up(value, Fraction(1, 10_000))
    text = number(Decimal(shown.numerator) / Decimal(shown.denominator), 2)
    return text if shown == value else f"≈ {text}"


def _is_plain(formula: str) -> bool:
    """Whether a formula is one name: its value says it all."""
    return formula.isalpha()


def formula_words(formula: str) -> str:
    """A formula in the reader's language: rent × 0.97."""
    return _spelt(formula, {})


def _formula(part: Part) -> str:
    """A formula with what its names stand for: rent 4,850.00 × 0.97."""
    return _spelt(part.formula or "", part.values)


def _spelt(formula: str, values: Mapping[str, Decimal]) -> str:
    def spell(match: re.Match[str]) -> str:
        text = match.group()
        if text in values:
            return f"{_name(text)} {number(values[text], 0 if text in ('occupants', 'floor') else 2)}"
        if text in NAMES:
            return _name(text)
        if text in FUNCTIONS:
            return _function(text)
        return {"*": "×", "/": "÷", "-": "−"}.get(text, text)

    return _WORD.sub(spell, formula)


def _formula_label(part: Part) -> str:
    return _("Formula from %(day)s") % {"day": part.version.isoformat()}


def _name(name: str) -> str:
    return {
        "area": pgettext("in a formula", "area"),
        "rate": pgettext("in a formula", "rate"),
        "occupants": pgettext("in a formula", "occupants"),
        "rent": pgettext("in a formula", "rent"),
        "floor": pgettext("in a formula", "floor"),
    }[name]


def _function(name: str) -> str:
    return {
        "min": pgettext("in a formula", "min"),
        "max": pgettext("in a formula", "max"),
        "round": pgettext("in a formula", "round"),
    }[name]


def _quantity(value: Decimal, unit: str) -> str:
    return f"{number(value)} {unit}".rstrip()


def _metered(derivation: MeteredDerivation, unit: str) -> str:
    quantity = _quantity(derivation.consumption, unit)
    if derivation.rate is not None:
        price = number(derivation.rate, 2)
        rate = _("%(price)s yuan/%(unit)s") % {"price": price, "unit": unit} if unit else price
        return f"{quantity} × {rate}"
    parts = _tier_parts(derivation)
    if not parts:
        return quantity
    sums = " + ".join(f"{number(part.quantity)} × {number(part.price, 2)}" for part in parts)
    words = {"quantity": quantity, "sums": sums}
    if derivation.standing is None:
        return _("%(quantity)s: %(sums)s") % words
    words |= {"before": number(derivation.standing), "after": number(derivation.standing + derivation.consumption)}
    return _("%(quantity)s: this year %(before)s→%(after)s; %(sums)s") % words


def _readings(derivation: MeteredDerivation, unit: str) -> str:
    words = {
        "previous": number(derivation.previous),
        "value": number(derivation.value),
        "quantity": _quantity(derivation.consumption, unit),
        "multiplier": number(derivation.multiplier),
    }
    if derivation.digits is not None and derivation.multiplier != 1:
        return _("Reading %(previous)s → %(value)s (past the dial's end) × %(multiplier)s, used %(quantity)s") % words
    if derivation.digits is not None:
        return _("Reading %(previous)s → %(value)s (past the dial's end), used %(quantity)s") % words
    if derivation.multiplier != 1:
        return _("Reading %(previous)s → %(value)s × %(multiplier)s, used %(quantity)s") % words
    return _("Reading %(previous)s → %(value)s, used %(quantity)s") % words


def _metered_lines(derivation: MeteredDerivation, unit: str) -> list[tuple[str, str]]:
    if derivation.rate is not None:
        total = Fraction(derivation.rate) * Fraction(derivation.consumption)
        text = f"{number(derivation.consumption)} × {number(derivation.rate, 2)} = {_exact(total)}"
        return [(_("One price"), text)]
    made: list[tuple[str, str]] = []
    if derivation.standing is not None:
        after = derivation.standing + derivation.consumption
        made.append((_("This year"), f"{number(derivation.standing)} → {_quantity(after, unit)}"))
    for part in _tier_parts(derivation):
        text = f"{number(part.quantity)} × {number(part.price, 2)} = {_exact(part.amount)}"
        made.append((_tier_label(part, unit), text))
    return made


def _tier_label(part: TierPart, unit: str) -> str:
    words = {"number": part.number, "above": number(part.above), "unit": unit}
    if part.upto is None:
        return (_("Tier %(number)d above %(above)s %(unit)s") % words).rstrip()
    words["upto"] = number(part.upto)
    return (_("Tier %(number)d %(above)s–%(upto)s %(unit)s") % words).rstrip()


def _tier_parts(derivation: MeteredDerivation) -> list[TierPart]:
    standing = derivation.standing if derivation.standing is not None else Decimal(0)
    return parse_tiers(derivation.tiers or "").split(derivation.consumption, standing)


def _exact(value: Fraction) -> str:
    """An amount with all its decimals, so that the rows of a line add up to it before it is rounded."""
    return number(Decimal(value.numerator) / Decimal(value.denominator), 2)
