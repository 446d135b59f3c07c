"""The rules of the sheet 收费标准: what each basis needs, formulas, tiers, and versions that differ in price only."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from yuju.billing.pricing.formula import FormulaError, parse_formula
from yuju.billing.pricing.tiers import TiersError, parse_tiers
from yuju.journeys.property_import import layout
from yuju.journeys.property_import.cells import shown
from yuju.journeys.property_import.checking.lookup import Lookup
from yuju.journeys.property_import.messages import Say
from yuju.journeys.property_import.reading import title
from yuju.journeys.property_import.rows import TariffRow

# What holds for every version of a tariff, and what an empty cell stands for.
TERMS: dict[str, object] = {
    "name": None,
    "category": None,
    "basis": None,
    "tier_scope": "period",
    "cycle_months": 1,
    "anchor": "calendar",
    "timing": "advance",
    "lead_days": 0,
    "due_days": 0,
    "proration": "actual",
    "rounding": "fen",
    "late_rate": None,
    "late_grace": None,
    "late_cap": None,
}
# Without months there is nothing to repeat, anchor, or prorate.
_NEEDED_BUT_FOR_METERED = ("cycle_months", "anchor", "timing", "proration")


@dataclass(frozen=True, slots=True)
class _PriceRule:
    """Which price columns a basis takes."""

    needs: frozenset[str]
    takes: frozenset[str]


_PRICES = {
    "flat": _PriceRule(frozenset({"rate"}), frozenset({"rate"})),
    "area": _PriceRule(frozenset({"rate"}), frozenset({"rate"})),
    "headcount": _PriceRule(frozenset({"rate"}), frozenset({"rate"})),
    "metered": _PriceRule(frozenset({"rate", "tiers"}), frozenset({"rate", "tiers", "tier_scope"})),
    "formula": _PriceRule(frozenset({"formula"}), frozenset({"rate", "formula"})),
}


def terms_of(row: TariffRow) -> dict[str, object]:
    """What must be the same in every version of a tariff, empty cells standing for their defaults."""
    found = {}
    for name, default in TERMS.items():
        value = getattr(row, name)
        found[name] = default if value is None else value
    return found


def check_tariffs(lookup: Lookup) -> None:
    """Each version once; prices that fit the basis; versions of one tariff alike but for the price."""
    rows = lookup.book.rows.tariffs
    lookup.duplicates(
        "tariffs",
        rows,
        lambda row: (row.code, row.valid_from) if row.code is not None and row.valid_from is not None else None,
        "valid_from",
    )
    rated = _own_rates(lookup)
    for row in rows:
        _check_price(lookup, row, always_own_rate=rated.get(row.code or "", False))
        _check_formula(lookup, row)
        _check_tiers(lookup, row)
        if row.basis is not None and row.basis != "metered":
            for column in _NEEDED_BUT_FOR_METERED:
                if getattr(row, column) is None and not lookup.book.is_faulty("tariffs", row.row, column):
                    lookup.fault(
                        "tariffs",
                        row.row,
                        column,
                        _("Only a metered tariff can do without it."),
                        _options(column),
                        "empty",
                    )
    _check_versions(lookup)


def _options(column: str) -> Say:
    declared = layout.TARIFFS.column(column)
    return Say(_("one of %(options)s."), options=" / ".join(option.zh for option in declared.options))


def _own_rates(lookup: Lookup) -> dict[str, bool]:
    """By tariff, whether every recurring charge of the workbook on it has a rate of its own."""
    found: dict[str, bool] = {}
    for row in lookup.book.rows.recurring:
        if row.tariff is not None:
            found[row.tariff] = found.get(row.tariff, True) and row.rate is not None
    return found


def _check_price(lookup: Lookup, row: TariffRow, *, always_own_rate: bool) -> None:
    rule = _PRICES.get(row.basis or "")
    if rule is None:
        return
    given = {column for column in ("rate", "tiers", "formula") if getattr(row, column) is not None}
    for column in sorted(given - rule.takes):
        lookup.fault(
            "tariffs",
            row.row,
            column,
            Say(_("The basis %(basis)s does not take this."), basis=_Basis(row.basis or "")),
            _("an empty cell, or another basis."),
            "price-not-taken",
        )
    if {"rate", "tiers"} <= given and row.basis == "metered":
        lookup.fault(
            "tariffs",
            row.row,
            "rate",
            _("There are a rate and tiers; only one of them can hold."),
            _("either a rate or tiers."),
            "price-twice",
        )
    faulty = any(lookup.book.is_faulty("tariffs", row.row, column) for column in rule.needs)
    if not given & rule.needs and not faulty and not (always_own_rate and "rate" in rule.needs):
        column = "formula" if row.basis == "formula" else "rate"
        expected: dict[str, str | Promise] = {
            "formula": _("a formula such as rent or area * rate."),
            "metered": _("a rate in yuan, or tiers such as 180:5.00;*:7.00."),
        }
        lookup.fault(
            "tariffs",
            row.row,
            column,
            Say(_("The basis %(basis)s needs a price."), basis=_Basis(row.basis or "")),
            expected.get(row.basis or "", _("a rate in yuan.")),
            "no-price",
        )


class _Basis:
    """A basis in the words of the workbook."""

    def __init__(self, value: str) -> None:
        self._option = next(option for option in layout.BASES if option.value == value)

    def __str__(self) -> str:
        return f"{self._option.zh} ({self._option.en})"


def _check_formula(lookup: Lookup, row: TariffRow) -> None:
    if row.formula is None or row.basis not in (None, "formula"):
        return
    try:
        formula = parse_formula(row.formula)
    except FormulaError as error:
        lookup.fault(
            "tariffs",
            row.row,
            "formula",
            _at(error),
            _("a formula of + - * / ( ), numbers, min, max, round(x, n) and area, rate, occupants, rent, floor."),
            "formula",
        )
        return
    row.formula = formula.text
    if len(formula.text) > layout.TARIFFS.column("formula").longest:
        row.formula = None


def _check_tiers(lookup: Lookup, row: TariffRow) -> None:
    if row.tiers is None or row.basis not in (None, "metered"):
        return
    try:
        row.tiers = parse_tiers(row.tiers).text()
    except TiersError as error:
        lookup.fault(
            "tariffs",
            row.row,
            "tiers",
            _at(error),
            _("tiers that ascend, the last being *, such as 180:5.00;260:7.00;*:9.00."),
            "tiers",
        )


def _at(error: FormulaError | TiersError) -> Say:
    """What is wrong with a formula or tiers, with the place of it in the text."""
    if error.found:
        return Say(
            _("%(reason)s (character %(position)d, “%(found)s”)"),
            reason=error.reason,
            position=error.position,
            found=error.found,
        )
    return Say(_("%(reason)s (character %(position)d)"), reason=error.reason, position=error.position)


def _check_versions(lookup: Lookup) -> None:
    for code, rows in lookup.tariffs.items():
        first = rows[0]
        terms = terms_of(first)
        tiered = first.tiers is not None
        for row in rows[1:]:
            for name, value in terms_of(row).items():
                if value == terms[name] or _not_to_compare(lookup, row, first, name):
                    continue
                if name == "tier_scope" and not (tiered and row.tiers is not None):
                    continue
                lookup.fault(
                    "tariffs",
                    row.row,
                    name,
                    Say(
                        _("Versions of tariff %(code)s may differ in price only; row %(row)d has %(value)s."),
                        code=code,
                        row=first.row,
                        value=_Term(lookup, first, name),
                    ),
                    _("the same as in the other versions, or another code."),
                    "versions-differ",
                )


def _not_to_compare(lookup: Lookup, row: TariffRow, first: TariffRow, name: str) -> bool:
    if lookup.book.is_faulty("tariffs", row.row, name) or lookup.book.is_faulty("tariffs", first.row, name):
        return True
    # A required cell that is empty was reported as such.
    return TERMS[name] is None and name in ("name", "category", "basis") and getattr(row, name) is None


class _Term:
    """What a cell of another row holds, as written; “empty” where it holds nothing."""

    def __init__(self, lookup: Lookup, row: TariffRow, name: str) -> None:
        self._text = shown(lookup.book.tables["tariffs"].raw(row.row, name))
        self._title = layout.TARIFFS.column(name)

    def __str__(self) -> str:
        return f"{title(self._title)} “{self._text}”" if self._text else str(_("an empty cell there"))
