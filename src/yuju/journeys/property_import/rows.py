"""The rows of a workbook, typed. Each has its row number first (as Excel shows it), then one field a column.

A field is None where the cell is empty, or where it holds a fault that was already reported.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from yuju.premises.labels import unit_label

UnitKey = tuple[str, str, str]


@dataclass(slots=True)
class PropertyRow:
    row: int
    code: str | None
    name: str | None
    address: str | None
    phone: str | None


@dataclass(slots=True)
class BuildingRow:
    row: int
    building: str | None
    name: str | None
    floors: int | None


@dataclass(slots=True)
class UnitRow:
    row: int
    building: str | None
    entrance: str | None
    unit: str | None
    floor: int | None
    layout: str | None
    area: Decimal | None

    @property
    def key(self) -> UnitKey | None:
        """Building, entrance ("" without one) and number; None while one of them is missing."""
        return unit_key(self.building, self.entrance, self.unit)


@dataclass(slots=True)
class ResidentRow:
    row: int
    ref: str | None
    name: str | None
    phone: str | None
    id_type: str | None
    id_number: str | None
    category: str | None
    tags: tuple[str, ...] | None
    emergency_name: str | None
    emergency_phone: str | None


@dataclass(slots=True)
class LeaseRow:
    row: int
    number: str | None
    building: str | None
    entrance: str | None
    unit: str | None
    resident: str | None
    category: str | None
    start: date | None
    end: date | None
    rent: Decimal | None
    deposit: Decimal | None
    occupants: int | None

    @property
    def key(self) -> UnitKey | None:
        """The unit it is for; None while a part of its key is missing."""
        return unit_key(self.building, self.entrance, self.unit)

    @property
    def owned(self) -> bool:
        """True for an ownership."""
        return self.category == "owner"


@dataclass(slots=True)
class TariffRow:
    row: int
    code: str | None
    name: str | None
    category: str | None
    basis: str | None
    rate: Decimal | None
    tiers: str | None
    tier_scope: str | None
    formula: str | None
    cycle_months: int | None
    anchor: str | None
    timing: str | None
    lead_days: int | None
    due_days: int | None
    proration: str | None
    rounding: str | None
    valid_from: date | None
    late_rate: Decimal | None
    late_grace: int | None
    late_cap: Decimal | None


@dataclass(slots=True)
class SpaceRow:
    row: int
    space: str | None
    location: str | None


@dataclass(slots=True)
class RecurringRow:
    row: int
    lease: str | None
    tariff: str | None
    meter: str | None
    space: str | None
    start: date | None
    end: date | None
    rate: Decimal | None
    discount: Decimal | None
    billed_until: date | None


@dataclass(slots=True)
class MeterRow:
    row: int
    serial: str | None
    building: str | None
    entrance: str | None
    unit: str | None
    kind: str | None
    multiplier: Decimal | None
    digits: int | None

    @property
    def key(self) -> UnitKey | None:
        """The unit it measures; None while a part of its key is missing."""
        return unit_key(self.building, self.entrance, self.unit)


@dataclass(slots=True)
class ReadingRow:
    row: int
    meter: str | None
    date: date | None
    value: Decimal | None
    rollover: bool | None


@dataclass(slots=True)
class OpeningRow:
    row: int
    lease: str | None
    kind: str | None
    tariff: str | None
    start: date | None
    end: date | None
    due_date: date | None
    amount: Decimal | None


@dataclass(slots=True)
class Rows:
    """Everything a workbook brings, by sheet."""

    property: list[PropertyRow] = field(default_factory=list)
    buildings: list[BuildingRow] = field(default_factory=list)
    units: list[UnitRow] = field(default_factory=list)
    residents: list[ResidentRow] = field(default_factory=list)
    leases: list[LeaseRow] = field(default_factory=list)
    tariffs: list[TariffRow] = field(default_factory=list)
    spaces: list[SpaceRow] = field(default_factory=list)
    recurring: list[RecurringRow] = field(default_factory=list)
    meters: list[MeterRow] = field(default_factory=list)
    readings: list[ReadingRow] = field(default_factory=list)
    openings: list[OpeningRow] = field(default_factory=list)


ROW_TYPES = {
    "property": PropertyRow,
    "buildings": BuildingRow,
    "units": UnitRow,
    "residents": ResidentRow,
    "leases": LeaseRow,
    "tariffs": TariffRow,
    "spaces": SpaceRow,
    "recurring": RecurringRow,
    "meters": MeterRow,
    "readings": ReadingRow,
    "openings": OpeningRow,
}


def unit_key(building: str | None, entrance: str | None, unit: str | None) -> UnitKey | None:
    """Building, entrance ("" without one) and number of a unit; None while building or number is missing."""
    if building is None or unit is None:
        return None
    return building, entrance or "", unit


def unit_name(key: UnitKey) -> str:
    """A unit as people call it: `1号楼0101`, with an entrance `1-2-1003`."""
    return unit_label(*key)
