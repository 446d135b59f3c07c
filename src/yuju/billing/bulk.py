"""Set-based work of billing: a draft of a whole property in a fixed number of statements, however many units it has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connection

from yuju.billing.models import Bill, Charge, TariffVersion
from yuju.billing.pricing.formula import Formula, parse_formula
from yuju.billing.pricing.formula_sql import formula_sql, formula_values_sql
from yuju.billing.pricing.tiers import parse_tiers
from yuju.kit.sets import MANY, statistics_renew, whole_sets
from yuju.kit.tenancy import require_operator_id

_COLUMNS = {name: f"s.{name}" for name in ("area", "rate", "occupants", "rent", "floor")}
_PRICING = ("1_prices", "2_periods", "3_intervals", "4_metered", "4a_held")
_WRITING = ("5_bills", "6_charges", "7_exceptions", "8_totals")
_TEMPORARY = ("draft_price", "draft_line", "draft_interval")


def draft_fill(*, run_id: int, property_id: int, as_of: date, at: datetime) -> None:
    """Writes the bills, charges and exceptions of a draft run that has none yet.

    Takes every period whose bill date is not after `as_of` and that has no standing charge. The caller holds the
    property's lock. The rows are those of `yuju.billing.pricing`, line by line; tests hold the two against each other.
    """
    parameters = {"operator": require_operator_id(), "property": property_id, "run": run_id, "as_of": as_of, "at": at}
    with whole_sets(), _priced(parameters) as cursor:
        for name in _WRITING:
            cursor.execute(_script(name), parameters)
            if name == "6_charges" and cursor.rowcount >= MANY:
                statistics_renew(Bill, Charge)


def draft_is_stale(*, run_id: int, property_id: int, as_of: date) -> bool:
    """Whether a draft holds a charge that would come out otherwise, or not at all, if it were drafted now.

    What would come on top does not count: the next run takes it. The caller holds the property's lock.
    """
    with whole_sets(), _priced({"property": property_id, "run": run_id, "as_of": as_of}) as cursor:
        cursor.execute(
            """
            SELECT EXISTS (
                SELECT FROM billing_charge c
                LEFT JOIN draft_line l ON l.recurring_id = c.recurring_id AND l.period_start = c.period_start AND l.fault IS NULL
                WHERE c.run_id = %s
                    AND (l.account_id, l.attempt, l.start, l.end, l.bill_date, l.due_date, l.gross, l.discount)
                        IS DISTINCT FROM (c.account_id, c.attempt, c.start, c.end, c.bill_date, c.due_date, c.gross, c.discount)
            )
            """,
            [run_id],
        )
        (stale,) = cursor.fetchone()
    return bool(stale)


@contextmanager
def _priced(parameters: dict[str, Any]) -> Iterator[Any]:
    """The temporary tables of a draft, worked out from the facts as they stand, behind a cursor; gone afterwards."""
    formulas = _Formulas()
    property_id = parameters["property"]
    given = {**parameters, **formulas.versions(property_id), **_tiers(property_id)}
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {', '.join(_TEMPORARY)}")
        for name in _PRICING:
            cursor.execute(formulas.written_into(_script(name)), given)
            if name in ("1_prices", "3_intervals"):
                cursor.execute(f"ANALYZE {'draft_price' if name == '1_prices' else 'draft_interval'}")
            elif name == "4_metered":
                cursor.execute("ANALYZE draft_line")
        yield cursor
        cursor.execute(f"DROP TABLE {', '.join(_TEMPORARY)}")


def draft_clear(*, run_id: int) -> None:
    """Takes away everything a draft run holds; the database refuses it for an issued one."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM billing_charge WHERE run_id = %s", [run_id])
        cursor.execute("DELETE FROM billing_bill WHERE run_id = %s", [run_id])
        cursor.execute("DELETE FROM billing_runexception WHERE run_id = %s", [run_id])


@cache
def _script(name: str) -> str:
    return (Path(__file__).parent / "sql" / "draft" / f"{name}.sql").read_text()


class _Formulas:
    """The formulas of a property's tariffs, each compiled once and told apart by a number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._formulas: list[Formula] = []

    def versions(self, property_id: int) -> dict[str, list[Any]]:
        """Which formula each version has, and which facts its price needs, as parallel lists."""
        found: dict[str, list[Any]] = {"version_ids": [], "formula_nos": [], "uses_unit": [], "uses_tenure": []}
        rows = TariffVersion.objects.filter(tariff__property_id=property_id).exclude(tariff__basis="metered")
        for version_id, basis, text in rows.values_list("id", "tariff__basis", "formula"):
            number, names = None, {"area": {"area"}, "headcount": {"occupants"}}.get(basis, set())
            if basis == "formula" and text:
                number = self._number(text)
                names = set(self._formulas[number].names)
            found["version_ids"].append(version_id)
            found["formula_nos"].append(number)
            found["uses_unit"].append(bool(names & {"area", "floor"}))
            found["uses_tenure"].append(bool(names & {"rent", "occupants"}))
        return found

    def written_into(self, script: str) -> str:
        """The script with the formulas in place of its marks."""
        numerators, denominators, facts, faults = [], [], [], []
        for number, formula in enumerate(self._formulas):
            numerator, denominator = formula_sql(formula, _COLUMNS)
            numerators.append(f"WHEN {number} THEN {numerator}")
            denominators.append(f"WHEN {number} THEN {denominator}")
            facts.append(f"WHEN {number} THEN {formula_values_sql(formula, _COLUMNS)}")
            missing = " ".join(f"WHEN {_COLUMNS[name]} IS NULL THEN 'no_{name}'" for name in formula.names)
            faults.append(f"WHEN {number} THEN {f'CASE {missing} END' if missing else 'NULL'}")
        for mark, cases, otherwise in (
            ("numerator", numerators, "NULL::numeric"),
            ("denominator", denominators, "1::numeric"),
            ("facts", facts, "'{}'::jsonb"),
            ("fault", faults, "'no_rate'"),
        ):
            chosen = f"CASE formula_no {' '.join(cases)} ELSE {otherwise} END" if cases else otherwise
            script = script.replace(f"/*formula {mark}*/", chosen)
        return script

    def _number(self, text: str) -> int:
        if text not in self._numbers:
            self._numbers[text] = len(self._formulas)
            self._formulas.append(parse_formula(text))
        return self._numbers[text]


def _tiers(property_id: int) -> dict[str, list[Any]]:
    """The tiers of a property's metered tariffs, with what everything below each of them costs, as parallel lists."""
    found: dict[str, list[Any]] = {
        name: [] for name in ("tier_versions", "tier_above", "tier_upto", "tier_prices", "tier_below")
    }
    rows = TariffVersion.objects.filter(tariff__property_id=property_id, tariff__basis="metered").exclude(tiers="")
    for version_id, text in rows.values_list("id", "tiers"):
        above = below = Decimal(0)
        for tier in parse_tiers(text).steps:
            found["tier_versions"].append(version_id)
            found["tier_above"].append(above)
            found["tier_upto"].append(tier.upto)
            found["tier_prices"].append(tier.price)
            found["tier_below"].append(below)
            if tier.upto is not None:
                below += (tier.upto - above) * tier.price
                above = tier.upto
    return found


def draft_totals(*, run_id: int) -> None:
    """Brings a draft's totals in line with its bills."""
    with connection.cursor() as cursor:
        cursor.execute(_script("8_totals"), {"run": run_id})


def bills_number(*, run_id: int, prefix: str, first: int) -> None:
    """Numbers a run's bills from `first` on, in order of unit and due date."""
    with whole_sets(), connection.cursor() as cursor:
        cursor.execute(_script("../issue/number_bills"), {"run": run_id, "prefix": prefix, "first": first})


def companies_billed(*, run_id: int, property_id: int) -> int:
    """How many companies a run has bills for."""
    with connection.cursor() as cursor:
        cursor.execute(_COMPANIES_BILLED, {"run": run_id, "property": property_id})
        found: int = cursor.fetchone()[0]
    return found


def collective_bills_make(*, run_id: int, property_id: int, prefix: str, first: int) -> None:
    """Puts the numbered bills of each company together under a number of their own, from `first` on."""
    given: dict[str, Any] = {"run": run_id, "property": property_id, "prefix": prefix, "first": first}
    with whole_sets(), connection.cursor() as cursor:
        cursor.execute(_script("../issue/collective_bills"), given)


_COMPANIES_BILLED = """
SELECT count(DISTINCT r.id) FROM residency_resident r
JOIN residency_tenure n ON n.resident_id = r.id
JOIN billing_billingaccount a ON a.tenure_id = n.id
JOIN billing_bill b ON b.account_id = a.id AND b.run_id = %(run)s
WHERE r.kind = 'company' AND r.property_id = %(property)s
"""
