"""What the product knows of a property already, as far as a workbook may refer to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from yuju.journeys.property_import.rows import UnitKey


@dataclass(frozen=True, slots=True)
class KnownLease:
    """A lease or ownership: the unit it is for and its days, both inclusive (an empty end is open)."""

    unit: UnitKey
    owned: bool
    start: date
    end: date | None


@dataclass(frozen=True, slots=True)
class KnownTariff:
    """A tariff; `terms` are the facts that may not differ between its versions, by field of the workbook."""

    category: str
    basis: str
    cycle_months: int
    anchor: str
    has_price: bool
    terms: dict[str, object]
    versions: frozenset[date]


@dataclass(frozen=True, slots=True)
class KnownReading:
    """A standing reading of a meter."""

    date: date
    value: Decimal
    rollover: bool


@dataclass(frozen=True, slots=True)
class KnownRecurring:
    """A recurring charge with a meter, as far as others on that meter must keep clear of it."""

    lease: str
    tariff: str
    start: date
    end: date | None


@dataclass(slots=True)
class Known:
    """Everything a check may look up. Empty for a property that is new."""

    buildings: set[str] = field(default_factory=set)
    units: set[UnitKey] = field(default_factory=set)
    residents: dict[str, str] = field(default_factory=dict)
    companies: set[str] = field(default_factory=set)
    leases: dict[str, KnownLease] = field(default_factory=dict)
    tariffs: dict[str, KnownTariff] = field(default_factory=dict)
    spaces: set[str] = field(default_factory=set)
    meters: dict[str, int] = field(default_factory=dict)
    readings: dict[str, list[KnownReading]] = field(default_factory=dict)
    metered: dict[str, list[KnownRecurring]] = field(default_factory=dict)
