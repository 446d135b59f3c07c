"""The panel beside a tariff: what the price comes to with facts somebody tries, or where a formula or tiers are at fault."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from yuju.billing.choices import Basis, Cause
from yuju.billing.models import Tariff, TariffVersion
from yuju.billing.pricing.line import Priced, Terms
from yuju.billing.pricing.sentence import calculation, lines
from yuju.billing.pricing.text import TextFault, fold
from yuju.billing.selectors.preview import Example, example_price, terms_of
from yuju.billing.services.tariffs import price_of
from yuju.kit.errors import Refused
from yuju.metering.choices import UNITS_OF_MEASURE, MeterKind

USUAL = {"area": "89.50", "occupants": "2", "rent": "4850.00", "floor": "6", "consumption": "300", "standing": "0"}
"""What the panel begins with: a flat as there are many."""

TERMS = ("tier_scope", "cycle_months", "anchor", "timing", "lead_days", "due_days", "proration", "rounding")


@dataclass(frozen=True)
class Fact:
    """An input of the panel."""

    name: str
    label: str
    unit: str
    value: str


@dataclass(frozen=True)
class Marked:
    """A text with its fault marked."""

    before: str
    fault: str
    after: str


def measure_of(category: str) -> str:
    """What a meter of a fee category counts; empty where no meter is read for it."""
    return UNITS_OF_MEASURE.get(MeterKind(category), "") if category in MeterKind.values else ""


def facts_of(terms: Terms, on: date, given: Mapping[str, Any], measure: str = "") -> list[Fact]:
    """The facts the price in force on a day uses, with what was typed."""
    version = terms.version_on(on)
    if terms.basis == "metered":
        names = ["consumption"]
        if version is not None and version.tiers is not None and terms.tier_scope == "year":
            names.append("standing")
    elif version is not None and version.formula is not None:
        names = [name for name in version.formula.names if name != "rate"]
    else:
        names = {"area": ["area"], "headcount": ["occupants"]}.get(terms.basis, [])
    return _facts(names, given, measure)


def _facts(names: Iterable[str], given: Mapping[str, Any], measure: str) -> list[Fact]:
    labels = {
        "area": (_("Area"), "m²"),
        "occupants": (_("Occupants"), ""),
        "rent": (_("Monthly rent"), _("yuan")),
        "floor": (_("Floor"), ""),
        "consumption": (_("Consumption"), measure),
        "standing": (_("Used this year before"), measure),
    }
    return [Fact(name, *labels[name], str(given.get(f"try_{name}", USUAL[name]))) for name in names]


def saved_panel(tariff: Tariff, given: Mapping[str, Any], today: date) -> dict[str, Any]:
    """The panel of a tariff as it is saved; a price that begins later is tried on its first day."""
    versions = list(tariff.versions.all())
    terms = terms_of(tariff, versions)
    on = max(today, min((version.valid_from for version in versions), default=today))
    return _panel(terms, on, given, measure_of(tariff.fee_item.category))


def typed_panel(given: Mapping[str, Any], today: date, tariff: Tariff | None = None) -> dict[str, Any]:
    """The panel of a price as it is being typed, checked on the way.

    Args:
        given: the form's fields as strings, and the panel's own `try_…`.
        tariff: whose terms hold, where only the price is typed.
    """
    draft = Tariff(**({name: getattr(tariff, name) for name in ("basis", *TERMS)} if tariff else _terms(given)))
    try:
        price = price_of(
            basis=draft.basis,
            rate=_decimal(given.get("rate")),
            tiers=str(given.get("tiers", "")),
            formula=str(given.get("formula", "")),
        )
    except Refused as refused:
        # What is tried stays while the formula is being mended.
        tried = [name for name in USUAL if f"try_{name}" in given]
        return {"fault": str(refused), "marked": _marked(refused, given), "facts": _facts(tried, given, "")}
    version = TariffVersion(valid_from=date(today.year, 1, 1), **price)
    measure = measure_of(tariff.fee_item.category) if tariff else ""
    panel = _panel(terms_of(draft, [version]), today, given, measure)
    normal = price["tiers"] or price["formula"]
    return {**panel, "normal": normal}


def _terms(given: Mapping[str, Any]) -> dict[str, Any]:
    """The terms typed so far; what is no choice is as usual."""
    found: dict[str, Any] = {}
    for name in ("basis", *TERMS):
        field: Any = Tariff._meta.get_field(name)
        text = str(given.get(name, ""))
        if field.choices:
            values = [value for value, _label in field.choices]
            found[name] = text if text in values else field.default if name != "basis" else Basis.FLAT.value
        else:
            found[name] = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else field.default
    if found["cycle_months"] not in (1, 2, 3, 6, 12):
        found["cycle_months"] = 1
    return found


def _panel(terms: Terms, on: date, given: Mapping[str, Any], measure: str) -> dict[str, Any]:
    facts = facts_of(terms, on, given, measure)
    tried = {fact.name: _decimal(fact.value) for fact in facts}
    example = Example(
        on=on,
        area=tried.get("area"),
        occupants=tried.get("occupants"),
        rent=tried.get("rent"),
        floor=tried.get("floor"),
        rate=Decimal(1) if _own_rate(terms, on) else None,
        consumption=tried.get("consumption"),
        standing=tried.get("standing") or Decimal(0),
    )
    priced = example_price(terms, example)
    panel: dict[str, Any] = {"facts": facts, "own_rate": _own_rate(terms, on), "months": terms.cycle_months}
    if isinstance(priced, Priced):
        document = priced.derivation.document()
        parts = lines(document, unit=measure)
        main = "" if terms.basis == "metered" else calculation(document, unit=measure)
        return {**panel, "amount": priced.amount, "calculation": main, "parts": parts}
    return {**panel, "cause": str(Cause(priced.cause.value).label)}


def _own_rate(terms: Terms, on: date) -> bool:
    """Whether each recurring charge has to bring its own price; the panel then tries one yuan."""
    version = terms.version_on(on)
    if version is None or version.rate is not None or version.tiers is not None:
        return False
    return version.formula is None or "rate" in version.formula.names


def _decimal(text: Any) -> Decimal | None:
    """What was typed as a number below a billion, or None."""
    try:
        value = Decimal(fold(str(text or "")).replace(",", "").strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value) < 10**9 else None


def _marked(refused: Refused, given: Mapping[str, Any]) -> Marked | None:
    if not isinstance(refused, TextFault):
        return None
    text = str(given.get(refused.field or "", ""))
    start = min(refused.position - 1, len(text))
    end = start + len(refused.found)
    return Marked(text[:start], text[start:end] or " ", text[end:])
