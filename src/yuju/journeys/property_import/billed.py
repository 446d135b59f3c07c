"""Rows that would change what has been billed: such changes are made in the product, with their correction."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from yuju.billing.pricing.formula import parse_formula
from yuju.journeys.property_import.checking.lookup import Lookup
from yuju.journeys.property_import.checking.recurring import ends_a_period
from yuju.journeys.property_import.comparing import Change, Comparison
from yuju.journeys.property_import.existing import Existing
from yuju.journeys.property_import.messages import Say, Sentence

# A change of these prices the same period otherwise; the others are of no consequence for what was billed.
_FROZEN_TERMS = ("basis", "tier_scope", "cycle_months", "anchor", "proration", "rounding")
_FAR = date(9999, 12, 31)
_ONE_DAY = timedelta(days=1)

_LATEST = """
SELECT DISTINCT ON (c.recurring_id) c.recurring_id, t.code, n.number, c.start, c.end, c.amount, r.number, r.state
FROM billing_charge c
JOIN billing_tariff t ON t.id = c.tariff_id
JOIN billing_billingaccount a ON a.id = c.account_id
JOIN residency_tenure n ON n.id = a.tenure_id
LEFT JOIN billing_billrun r ON r.id = c.run_id
WHERE c.recurring_id = ANY (%s) AND c.kind = 'run'
    AND NOT EXISTS (SELECT FROM billing_chargevoid v WHERE v.charge_id = c.id)
ORDER BY c.recurring_id, c.end DESC
"""
_PRICED = """
SELECT c.recurring_id, t.code, n.number, c.start, c.end, c.amount, r.number, r.state
FROM billing_charge c
JOIN billing_tariff t ON t.id = c.tariff_id
JOIN billing_recurringcharge p ON p.id = c.recurring_id
JOIN billing_billingaccount a ON a.id = c.account_id
JOIN residency_tenure n ON n.id = a.tenure_id
LEFT JOIN billing_billrun r ON r.id = c.run_id
WHERE c.tariff_id = %(tariff)s AND c.kind = 'run' AND c.start < %(until)s
    AND (p.rate IS NULL OR t.basis = 'formula')
    AND %(since)s <= CASE
        WHEN t.basis = 'metered' OR t.anchor = 'lease' THEN c.end
        ELSE greatest(c.start, date_trunc('month', c.end)::date) END
    AND NOT EXISTS (SELECT FROM billing_chargevoid v WHERE v.charge_id = c.id)
ORDER BY c.start LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class BilledCharge:
    """A standing charge, as a fault names it."""

    recurring_id: int
    tariff: str
    lease: str
    start: date
    end: date
    amount: Decimal
    run: int | None
    state: str | None

    def label(self) -> Sentence:
        """Its lease, tariff, days, amount and bill run."""
        return Say(
            _("%(lease)s %(tariff)s %(start)s–%(end)s, %(amount)s yuan, bill run %(run)s"),
            lease=self.lease,
            tariff=self.tariff,
            start=self.start.isoformat(),
            end=self.end.isoformat(),
            amount=self.amount,
            run=self.run if self.run is not None else "–",
        )


@dataclass(frozen=True, slots=True)
class _Suspect:
    """A change that is a fault if one of these recurring charges has been billed (as far as `affects` says)."""

    recurring_ids: tuple[int, ...]
    sheet: str
    row: int
    column: str
    old: Any
    affects: Callable[[BilledCharge], bool]


def refuse_changes_of_billed(lookup: Lookup, existing: Existing, comparison: Comparison) -> None:
    """Reports every row that would change what has been billed, naming a charge."""
    by = _Recurring(existing)
    suspects = [
        *_leases(lookup, by, comparison),
        *_units(lookup, by, existing, comparison),
        *_tariff_terms(by, comparison),
        *_meters(by, comparison),
        *_readings(by, comparison),
        *_recurring(by, existing, comparison),
    ]
    wanted = sorted({key for suspect in suspects for key in suspect.recurring_ids})
    latest = _latest(wanted)
    for suspect in suspects:
        for key in suspect.recurring_ids:
            charge = latest.get(key)
            if charge is not None and suspect.affects(charge):
                _report(lookup, suspect.sheet, suspect.row, suspect.column, suspect.old, charge)
                break
    _versions(lookup, existing, comparison)


class _Recurring:
    """The stored recurring charges by what they hang on."""

    def __init__(self, existing: Existing) -> None:
        self.of_lease: dict[str, list[tuple[str, int]]] = {}
        self.of_tariff: dict[str, list[int]] = {}
        self.of_meter: dict[str, list[int]] = {}
        self.facts: dict[str, frozenset[str]] = {}
        for (lease, tariff, meter, _space, _start), stored in existing.recurring.items():
            self.of_lease.setdefault(lease, []).append((tariff, stored.id))
            self.of_tariff.setdefault(tariff, []).append(stored.id)
            if meter is not None:
                self.of_meter.setdefault(meter, []).append(stored.id)
        for (code, _day), version in existing.versions.items():
            basis = existing.tariffs[code].values["basis"]
            names = {"area": {"area"}, "headcount": {"occupants"}}.get(basis, set())
            if basis == "formula" and version.values["formula"]:
                names = set(parse_formula(version.values["formula"]).names)
            self.facts[code] = self.facts.get(code, frozenset()) | names

    def that_use(self, lease: str, fact: str | None) -> tuple[int, ...]:
        """The recurring charges of a lease whose price needs a fact; all of them for None."""
        return tuple(
            key
            for tariff, key in self.of_lease.get(lease, ())
            if fact is None or fact in self.facts.get(tariff, frozenset())
        )


def _always(_charge: BilledCharge) -> bool:
    return True


def _leases(lookup: Lookup, by: _Recurring, comparison: Comparison) -> Iterable[_Suspect]:
    for change in comparison.leases:
        if change.stored is None:
            continue
        for name, old in change.old.items():
            fact = name if name in ("rent", "occupants") else None
            if name in ("deposit", "category", "end"):
                # A new end is judged with the recurring charges it ends.
                continue
            if fact is not None and change.stored.beside["terms"] > 1:
                _refuse_dated(lookup, "leases", change.row.row, name, old)
                continue
            column = {"kind": "category"}.get(name, name)
            yield _Suspect(by.that_use(change.key, fact), "leases", change.row.row, column, old, _always)


def _units(lookup: Lookup, by: _Recurring, existing: Existing, comparison: Comparison) -> Iterable[_Suspect]:
    in_unit: dict[Any, list[str]] = {}
    for number, lease in existing.leases.items():
        in_unit.setdefault(lease.values["unit"], []).append(number)
    for change in comparison.units:
        for name in ("area", "floor"):
            if change.stored is None or name not in change.old:
                continue
            old = change.old[name]
            if change.stored.beside["facts"] > 1:
                _refuse_dated(lookup, "units", change.row.row, name, old)
                continue
            keys = tuple(key for number in in_unit.get(change.key, ()) for key in by.that_use(number, name))
            yield _Suspect(keys, "units", change.row.row, name, old, _always)


def _tariff_terms(by: _Recurring, comparison: Comparison) -> Iterable[_Suspect]:
    for change in comparison.tariffs:
        for name in _FROZEN_TERMS:
            if name in change.old:
                keys = tuple(by.of_tariff.get(change.key, ()))
                yield _Suspect(keys, "tariffs", change.row.row, name, change.old[name], _always)


def _meters(by: _Recurring, comparison: Comparison) -> Iterable[_Suspect]:
    for change in comparison.meters:
        for name, old in change.old.items():
            yield _Suspect(tuple(by.of_meter.get(change.key, ())), "meters", change.row.row, name, old, _always)


def _readings(by: _Recurring, comparison: Comparison) -> Iterable[_Suspect]:
    for change in comparison.readings:
        if change.stored is not None and not change.old:
            continue
        serial, day = change.key
        name = "rollover" if "rollover" in change.old and "value" not in change.old else "value"

        def used(charge: BilledCharge, day: date = day) -> bool:
            return charge.end >= day

        keys = tuple(by.of_meter.get(serial, ()))
        yield _Suspect(keys, "readings", change.row.row, name, change.old.get(name), used)


def _recurring(by: _Recurring, existing: Existing, comparison: Comparison) -> Iterable[_Suspect]:
    moved_leases = {change.key for change in comparison.leases if "start" in change.old}
    for change in comparison.recurring:
        if change.stored is None:
            continue
        own = (change.stored.id,)
        for name, old in change.old.items():
            if name == "end":
                sheet, row = ("recurring", change.row) if change.row.end is not None else _lease_row(comparison, change)
                yield _Suspect(own, sheet, row.row, "end", old, _end_affects(existing, change))
            elif name != "start" or change.row.start is not None or change.key[0] not in moved_leases:
                yield _Suspect(own, "recurring", change.row.row, name, old, _always)


def _lease_row(comparison: Comparison, change: Change) -> tuple[str, Any]:
    """Where the end of a recurring charge comes from when its own cell is empty."""
    for lease in comparison.leases:
        if lease.key == change.key[0]:
            return "leases", lease.row
    return "recurring", change.row


def _end_affects(existing: Existing, change: Change) -> Callable[[BilledCharge], bool]:
    """Whether another end cuts into a billed period, or would lengthen the one that the old end cut short."""
    tariff = existing.tariffs[change.key[1]].values
    old, new = change.old["end"], change.values["end"]
    slack = _ONE_DAY if tariff["basis"] == "metered" else timedelta(0)

    def affects(charge: BilledCharge) -> bool:
        if new is not None and charge.end > new + slack:
            return True
        if tariff["basis"] == "metered" or old is None or charge.end != old:
            return False
        return not ends_a_period(old, change.values["start"], tariff["cycle_months"], tariff["anchor"])

    return affects


def _versions(lookup: Lookup, existing: Existing, comparison: Comparison) -> None:
    """A price is frozen from its first billed month on; a new one may only begin after what was billed."""
    days: dict[str, list[date]] = {}
    for code, day in existing.versions:
        days.setdefault(code, []).append(day)
    for change in comparison.versions:
        code, since = change.key
        tariff = existing.tariffs.get(code)
        if tariff is None or (change.stored is not None and not change.old):
            continue
        until = min((day for day in days.get(code, ()) if day > since), default=_FAR)
        with connection.cursor() as cursor:
            cursor.execute(_PRICED, {"tariff": tariff.id, "since": since, "until": until})
            found = cursor.fetchone()
        if found is not None:
            name = next(iter(change.old), "valid_from")
            _report(lookup, "tariffs", change.row.row, name, change.old.get(name), BilledCharge(*found))


def _latest(recurring_ids: list[int]) -> dict[int, BilledCharge]:
    if not recurring_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_LATEST, [recurring_ids])
        return {row[0]: BilledCharge(*row) for row in cursor.fetchall()}


def _report(lookup: Lookup, sheet: str, row: int, column: str, old: Any, charge: BilledCharge) -> None:
    if charge.state == "draft":
        wrong = Say(_("This would change what a draft bill run holds: %(charge)s."), charge=charge.label())
        expected: Sentence = _("the draft dropped first, and drafted anew afterwards.")
    else:
        wrong = Say(_("This would change what has been billed: %(charge)s."), charge=charge.label())
        expected = Say(
            _("%(old)s as before; change it in the product, where its correction is posted."), old=_shown(old)
        )
    lookup.fault(sheet, row, column, wrong, expected, "billed")


def _refuse_dated(lookup: Lookup, sheet: str, row: int, column: str, old: Any) -> None:
    lookup.fault(
        sheet,
        row,
        column,
        _("This has changed in the product from a certain day on."),
        Say(_("%(old)s as it is now; change it in the product, from a day on."), old=_shown(old)),
        "dated",
    )


def _shown(old: Any) -> Sentence:
    if old is None or old == "":
        return _("an empty cell")
    if isinstance(old, Decimal):
        text = f"{old:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(old, bool):
        return _("yes") if old else _("no")
    return "-".join(part for part in old if part) if isinstance(old, tuple) else str(old)
