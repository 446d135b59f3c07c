"""What a workbook would add and change, row by row, against what the property has already."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from yuju.journeys.property_import.checking.lookup import Lookup
from yuju.journeys.property_import.checking.meters import DEFAULT_DIGITS
from yuju.journeys.property_import.checking.recurring import days_of
from yuju.journeys.property_import.checking.tariffs import terms_of
from yuju.journeys.property_import.existing import Existing, RecurringKey, Stored
from yuju.journeys.property_import.rows import (
    BuildingRow,
    LeaseRow,
    MeterRow,
    ReadingRow,
    RecurringRow,
    ResidentRow,
    TariffRow,
    UnitRow,
)


@dataclass(slots=True)
class Change:
    """One row of the workbook against the database.

    Args:
        row: the typed row.
        key: what it is known by.
        stored: what is there already; None for something new.
        values: what will be there, complete.
        old: by field, what is there now, of the fields that change. Empty where nothing changes.
    """

    row: Any
    key: Any
    stored: Stored | None
    values: dict[str, Any]
    old: dict[str, Any]

    @property
    def is_new(self) -> bool:
        return self.stored is None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows of a sheet were added, changed, and left as they are."""

    added: int = 0
    changed: int = 0
    left: int = 0


@dataclass(slots=True)
class Comparison:
    """Every row of the workbook against the database, by sheet."""

    property: list[Change] = field(default_factory=list)
    buildings: list[Change] = field(default_factory=list)
    units: list[Change] = field(default_factory=list)
    residents: list[Change] = field(default_factory=list)
    leases: list[Change] = field(default_factory=list)
    tariffs: list[Change] = field(default_factory=list)
    versions: list[Change] = field(default_factory=list)
    spaces: list[Change] = field(default_factory=list)
    recurring: list[Change] = field(default_factory=list)
    meters: list[Change] = field(default_factory=list)
    readings: list[Change] = field(default_factory=list)
    openings: list[Change] = field(default_factory=list)

    def counts(self) -> dict[str, Counts]:
        """By sheet, how many rows are added, changed and left."""
        found = {
            name: _count(getattr(self, name))
            for name in (
                "property",
                "buildings",
                "units",
                "residents",
                "leases",
                "spaces",
                "recurring",
                "meters",
                "readings",
                "openings",
            )
        }
        touched = {change.key for change in self.tariffs if change.old}
        rows = [
            Change(version.row, version.key, version.stored, {}, version.old or {"terms": None})
            if version.stored is not None and version.key[0] in touched
            else version
            for version in self.versions
        ]
        found["tariffs"] = _count(rows)
        return found


def _count(changes: Iterable[Change]) -> Counts:
    added = changed = left = 0
    for change in changes:
        if change.is_new:
            added += 1
        elif change.old:
            changed += 1
        else:
            left += 1
    return Counts(added, changed, left)


def compare(lookup: Lookup, existing: Existing) -> Comparison:
    """Compares a workbook without faults; opening balances are compared by `openings`."""
    made = Comparison()
    rows = lookup.book.rows
    for place in rows.property:
        stored = None
        if existing.property is not None:
            held = existing.property
            stored = Stored(held.pk, {"name": held.name, "address": held.address, "phone": held.phone})
        wanted = {"name": place.name, "address": place.address or "", "phone": place.phone or ""}
        made.property.append(_change(lookup, "property", place, place.code, stored, wanted))
    for building in rows.buildings:
        made.buildings.append(_building(lookup, existing, building))
    for unit in rows.units:
        made.units.append(_unit(lookup, existing, unit))
    for resident in rows.residents:
        made.residents.append(_resident(lookup, existing, resident))
    for lease in rows.leases:
        made.leases.append(_lease(lookup, existing, lease))
    _tariffs(lookup, existing, made)
    for space in rows.spaces:
        made.spaces.append(
            _change(
                lookup,
                "spaces",
                space,
                space.space,
                existing.spaces.get(space.space or ""),
                {"location": space.location or ""},
            )
        )
    for meter in rows.meters:
        made.meters.append(_meter(lookup, existing, meter))
    _recurring(lookup, existing, made)
    for reading in rows.readings:
        made.readings.append(_reading(existing, reading))
    return made


def _change(
    lookup: Lookup,
    sheet: str,
    row: Any,
    key: Any,
    stored: Stored | None,
    wanted: dict[str, Any],
    columns: dict[str, str] | None = None,
) -> Change:
    """A row against what is stored. What its sheet has no column for keeps its stored value.

    Args:
        columns: the workbook's column for a field, where it is called otherwise.
    """
    if stored is None:
        return Change(row, key, None, wanted, {})
    values = dict(wanted)
    old: dict[str, Any] = {}
    for name, value in wanted.items():
        before = stored.values[name]
        if not lookup.book.has_column(sheet, (columns or {}).get(name, name)):
            values[name] = before
        elif value != before:
            old[name] = before
    return Change(row, key, stored, values, old)


def _building(lookup: Lookup, existing: Existing, row: BuildingRow) -> Change:
    # The code stands in for a name; a name that only repeats it would hide a later change of the code.
    wanted = {"name": "" if row.name is None or row.name == row.building else row.name, "floors": row.floors}
    return _change(lookup, "buildings", row, row.building, existing.buildings.get(row.building or ""), wanted)


def _unit(lookup: Lookup, existing: Existing, row: UnitRow) -> Change:
    wanted = {"layout": row.layout or "", "floor": row.floor, "area": row.area}
    stored = existing.units.get(row.key) if row.key is not None else None
    return _change(lookup, "units", row, row.key, stored, wanted)


def _resident(lookup: Lookup, existing: Existing, row: ResidentRow) -> Change:
    tags = row.tags or ()
    wanted = {
        "name": row.name,
        "phone": row.phone or "",
        "id_type": row.id_type or "" if row.id_number is not None else "",
        "id_number": row.id_number or "",
        "category": row.category or "long_term",
        "emergency_name": row.emergency_name or "",
        "emergency_phone": row.emergency_phone or "",
        "tags": tags,
    }
    stored = existing.residents.get(row.ref or "")
    columns = {"id_type": "id_number"}
    change = _change(lookup, "residents", row, row.ref, stored, wanted, columns)
    if "tags" in change.old and stored is not None and set(change.old["tags"]) == set(tags):
        # The order of tags says nothing.
        del change.old["tags"]
        change.values["tags"] = stored.values["tags"]
    return change


def _lease(lookup: Lookup, existing: Existing, row: LeaseRow) -> Change:
    owned = lookup.owned(row)
    wanted = {
        "kind": "ownership" if owned else "lease",
        "unit": row.key,
        "resident": row.resident,
        "category": lookup.category(row),
        "start": row.start,
        "end": row.end,
        "rent": None if owned else row.rent,
        "deposit": row.deposit,
        "occupants": row.occupants,
    }
    stored = existing.leases.get(row.number or "")
    return _change(lookup, "leases", row, row.number, stored, wanted, {"kind": "category"})


def _tariffs(lookup: Lookup, existing: Existing, made: Comparison) -> None:
    for code, rows in lookup.tariffs.items():
        first = rows[0]
        terms = terms_of(first)
        for row in rows:
            if row.tiers is not None and row.tier_scope is not None:
                terms["tier_scope"] = row.tier_scope
        made.tariffs.append(_change(lookup, "tariffs", first, code, existing.tariffs.get(code), terms))
        for row in rows:
            made.versions.append(_version(existing, code, row))


def _version(existing: Existing, code: str, row: TariffRow) -> Change:
    wanted: dict[str, Any] = {"rate": row.rate, "tiers": row.tiers or "", "formula": row.formula or ""}
    key = (code, row.valid_from)
    stored = existing.versions.get(key) if row.valid_from is not None else None  # type: ignore[arg-type]
    old = (
        {} if stored is None else {name: stored.values[name] for name in wanted if wanted[name] != stored.values[name]}
    )
    return Change(row, key, stored, wanted, old)


def _meter(lookup: Lookup, existing: Existing, row: MeterRow) -> Change:
    wanted = {
        "unit": row.key,
        "kind": row.kind,
        "multiplier": row.multiplier if row.multiplier is not None else Decimal(1),
        "digits": row.digits if row.digits is not None else DEFAULT_DIGITS,
    }
    return _change(lookup, "meters", row, row.serial, existing.meters.get(row.serial or ""), wanted)


def _reading(existing: Existing, row: ReadingRow) -> Change:
    key = (row.meter, row.date)
    stored = existing.readings.get(key)  # type: ignore[arg-type]
    wanted = {"value": row.value, "rollover": bool(row.rollover)}
    old = (
        {} if stored is None else {name: stored.values[name] for name in wanted if wanted[name] != stored.values[name]}
    )
    return Change(row, key, stored, wanted, old)


def _recurring(lookup: Lookup, existing: Existing, made: Comparison) -> None:
    """Matches recurring charges by their whole key; one whose start alone is another is the same with a new start."""
    keyed: list[tuple[RecurringRow, RecurringKey, date | None]] = []
    for row in lookup.book.rows.recurring:
        start, end, _settled = days_of(lookup, row)
        if row.lease is not None and row.tariff is not None and start is not None:
            keyed.append((row, (row.lease, row.tariff, row.meter, row.space, start), end))
    exact = {key for _row, key, _end in keyed}
    moved = _moved(existing, keyed, exact)
    for row, key, end in keyed:
        stored = existing.recurring.get(key) or moved.get(key)
        wanted = {
            "start": key[4],
            "end": end,
            "rate": row.rate,
            "discount": row.discount or Decimal(0),
            "billed_until": row.billed_until,
        }
        old: dict[str, Any] = {}
        if stored is not None:
            for name, value in wanted.items():
                derived = name in ("start", "end")
                if not derived and not lookup.book.has_column("recurring", name):
                    wanted[name] = stored.values[name]
                elif value != stored.values[name]:
                    old[name] = stored.values[name]
        made.recurring.append(Change(row, key, stored, wanted, old))


def _moved(
    existing: Existing, keyed: list[tuple[RecurringRow, RecurringKey, date | None]], exact: set[RecurringKey]
) -> dict[RecurringKey, Stored]:
    """Stored recurring charges that the workbook names with another start."""

    loose: dict[tuple[Any, ...], list[Stored]] = {}
    for key, stored in existing.recurring.items():
        if key not in exact:
            loose.setdefault(key[:4], []).append(stored)
    unmatched: dict[tuple[Any, ...], list[RecurringKey]] = {}
    for _row, key, _end in keyed:
        if key not in existing.recurring:
            unmatched.setdefault(key[:4], []).append(key)
    found: dict[RecurringKey, Stored] = {}
    for short, keys in unmatched.items():
        candidates = loose.get(short, [])
        if len(keys) == 1 and len(candidates) == 1:
            end = candidates[0].values["end"]
            # What begins after the other one ended follows it; it does not move it.
            if end is None or keys[0][4] <= end:
                found[keys[0]] = candidates[0]
    return found
