"""What a property holds in the database already, in the words of the workbook, read in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, Q

from yuju.billing.models import BillingAccount, RecurringCharge, Tariff, TariffVersion
from yuju.journeys.property_import.checking.tariffs import TERMS
from yuju.journeys.property_import.known import Known, KnownLease, KnownReading, KnownRecurring, KnownTariff
from yuju.journeys.property_import.rows import UnitKey
from yuju.kit import crypto
from yuju.metering.models import Installation, Reading
from yuju.premises.models import Building, ParkingSpace, Property, Unit, UnitFact
from yuju.residency.choices import ResidentKind
from yuju.residency.models import Resident, ResidentTag, Tenure, TenureTerm

RecurringKey = tuple[str, str, str | None, str | None, date]
SEALED = ("phone", "id_number", "emergency_phone")


@dataclass(slots=True)
class Stored:
    """A row in the database: its primary key, what the workbook can say about it, and other keys beside it."""

    id: int
    values: dict[str, Any]
    beside: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Existing:
    """Everything the property has that a workbook may speak of, by the workbook's keys."""

    property: Property | None = None
    buildings: dict[str, Stored] = field(default_factory=dict)
    units: dict[UnitKey, Stored] = field(default_factory=dict)
    residents: dict[str, Stored] = field(default_factory=dict)
    leases: dict[str, Stored] = field(default_factory=dict)
    tariffs: dict[str, Stored] = field(default_factory=dict)
    versions: dict[tuple[str, date], Stored] = field(default_factory=dict)
    spaces: dict[str, Stored] = field(default_factory=dict)
    meters: dict[str, Stored] = field(default_factory=dict)
    recurring: dict[RecurringKey, Stored] = field(default_factory=dict)
    readings: dict[tuple[str, date], Stored] = field(default_factory=dict)

    def known(self) -> Known:
        """The same as checks need it."""
        known = Known(
            buildings=set(self.buildings),
            units=set(self.units),
            residents={ref: stored.values["category"] for ref, stored in self.residents.items()},
            companies={ref for ref, stored in self.residents.items() if stored.beside["kind"] == ResidentKind.COMPANY},
            spaces=set(self.spaces),
            meters={serial: stored.values["digits"] for serial, stored in self.meters.items()},
        )
        for number, lease in self.leases.items():
            values = lease.values
            known.leases[number] = KnownLease(
                values["unit"], values["kind"] == "ownership", values["start"], values["end"]
            )
        days: dict[str, set[date]] = {}
        priced: dict[str, bool] = {}
        for (code, day), version in self.versions.items():
            days.setdefault(code, set()).add(day)
            priced[code] = priced.get(code, True) and any(version.values.values())
        for code, tariff in self.tariffs.items():
            terms = tariff.values
            known.tariffs[code] = KnownTariff(
                category=terms["category"],
                basis=terms["basis"],
                cycle_months=terms["cycle_months"],
                anchor=terms["anchor"],
                has_price=priced.get(code, False),
                terms=terms,
                versions=frozenset(days.get(code, ())),
            )
        for (serial, day), reading in self.readings.items():
            known.readings.setdefault(serial, []).append(
                KnownReading(day, reading.values["value"], reading.values["rollover"])
            )
        for (lease_number, code, meter, _space, start), recurring in self.recurring.items():
            if meter is not None:
                known.metered.setdefault(meter, []).append(
                    KnownRecurring(lease_number, code, start, recurring.values["end"])
                )
        return known


def load_existing(property: Property | None) -> Existing:
    """Reads a property. The reading of 10,000 units takes a few seconds at most and fifteen statements."""
    found = Existing(property=property)
    if property is None:
        return found
    unit_keys = _load_premises(found, property)
    _load_residents(found, property)
    tenure_numbers = _load_tenures(found, property, unit_keys)
    tariff_codes = _load_tariffs(found, property)
    serials_by_point = _load_meters(found, property, unit_keys)
    _load_recurring(found, property, tenure_numbers, tariff_codes, serials_by_point)
    return found


def _load_premises(found: Existing, property: Property) -> dict[int, UnitKey]:
    codes: dict[int, str] = {}
    for key, code, name, floors in Building.objects.filter(property=property).values_list(
        "id", "code", "name", "floors"
    ):
        codes[key] = code
        found.buildings[code] = Stored(key, {"name": name, "floors": floors})
    facts = dict(
        UnitFact.objects.filter(unit__property=property).values_list("unit_id").annotate(Count("id")).order_by()
    )
    units: dict[int, UnitKey] = {}
    rows = Unit.objects.filter(property=property).values_list(
        "id", "building_id", "entrance", "number", "layout", "floor", "area"
    )
    for key, building, entrance, number, layout, floor, area in rows:
        units[key] = (codes[building], entrance, number)
        found.units[units[key]] = Stored(
            key, {"layout": layout, "floor": floor, "area": area}, {"facts": facts.get(key, 0)}
        )
    for key, code, location in ParkingSpace.objects.filter(property=property).values_list("id", "code", "location"):
        found.spaces[code] = Stored(key, {"location": location})
    return units


def _load_residents(found: Existing, property: Property) -> None:
    tags: dict[int, list[str]] = {}
    links = (
        ResidentTag.objects.filter(resident__property=property).order_by("id").values_list("resident_id", "tag__name")
    )
    for resident, name in links:
        tags.setdefault(resident, []).append(name)
    # The stored texts are kept beside the plain ones: what did not change is written back as it is, not sealed anew.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, ref, kind, nationality, name, phone, id_type, id_number, category, emergency_name, emergency_phone "
            "FROM residency_resident WHERE property_id = %s",
            [property.pk],
        )
        names = [column.name for column in cursor.description or ()]
        for row in cursor.fetchall():
            values = dict(zip(names, row, strict=True))
            key, ref = values.pop("id"), values.pop("ref")
            beside = {name: values.pop(name) for name in ("kind", "nationality")}
            sealed = {name: values[name] for name in SEALED}
            for name in SEALED:
                values[name] = crypto.decrypt(sealed[name], seal_name(name)) if sealed[name] else ""
            values["tags"] = tuple(tags.get(key, ()))
            found.residents[ref] = Stored(key, values, sealed | beside)


def seal_name(column: str) -> str:
    """What a resident's encrypted column is sealed for."""
    return f"{Resident._meta.label_lower}.{column}"


def _load_tenures(found: Existing, property: Property, unit_keys: dict[int, UnitKey]) -> dict[int, str]:
    terms: dict[int, list[tuple[int, Decimal | None, int | None]]] = {}
    rows = TenureTerm.objects.filter(tenure__property=property).order_by("tenure_id", "valid_from")
    for key, tenure, rent, occupants in rows.values_list("id", "tenure_id", "rent", "occupants"):
        terms.setdefault(tenure, []).append((key, rent, occupants))
    refs = {stored.id: ref for ref, stored in found.residents.items()}
    accounts: dict[int, int] = dict(BillingAccount.objects.filter(property=property).values_list("tenure_id", "id"))
    numbers: dict[int, str] = {}
    tenures = Tenure.objects.filter(property=property).values_list(
        "id", "number", "kind", "unit_id", "resident_id", "category", "start", "end", "deposit"
    )
    for key, number, kind, unit, resident, category, start, end, deposit in tenures:
        term = terms.get(key, [(0, None, None)])[-1]
        values = {
            "kind": kind,
            "unit": unit_keys[unit],
            "resident": refs.get(resident, ""),
            "category": category,
            "start": start,
            "end": end,
            "rent": term[1],
            "deposit": deposit,
            "occupants": term[2],
        }
        beside = {"account": accounts.get(key), "term": term[0], "terms": len(terms.get(key, ()))}
        found.leases[number] = Stored(key, values, beside)
        numbers[accounts.get(key, -key)] = number
    return numbers


def _load_tariffs(found: Existing, property: Property) -> dict[int, str]:
    codes: dict[int, str] = {}
    for tariff in Tariff.objects.filter(property=property).select_related("fee_item"):
        codes[tariff.pk] = tariff.code
        values = {name: getattr(tariff, name) for name in TERMS if name != "category"}
        values["category"] = tariff.fee_item.category
        found.tariffs[tariff.code] = Stored(tariff.pk, values)
    versions = TariffVersion.objects.filter(tariff__property=property).values_list(
        "id", "tariff_id", "valid_from", "rate", "tiers", "formula"
    )
    for key, tariff_id, valid_from, rate, tiers, formula in versions:
        found.versions[codes[tariff_id], valid_from] = Stored(key, {"rate": rate, "tiers": tiers, "formula": formula})
    return codes


def _load_meters(found: Existing, property: Property, unit_keys: dict[int, UnitKey]) -> dict[int, str]:
    serials: dict[int, str] = {}
    by_meter: dict[int, str] = {}
    # The meter at a point now; an earlier one keeps its readings and its serial.
    rows = Installation.objects.filter(meter__property=property).order_by("start", "id")
    for installed in rows.select_related("meter", "point"):
        meter, point = installed.meter, installed.point
        serials[point.pk] = meter.serial
        by_meter[meter.pk] = meter.serial
        found.meters[meter.serial] = Stored(
            meter.pk,
            {
                "unit": unit_keys.get(point.unit_id) if point.unit_id is not None else None,
                "kind": meter.kind,
                "multiplier": meter.multiplier,
                "digits": meter.digits,
            },
            {"point": point.pk},
        )
    readings = Reading.objects.filter(Q(superseded_by=None, is_void=False), property=property).values_list(
        "id", "meter_id", "date", "value", "is_rollover"
    )
    for key, meter_id, day, value, rollover in readings:
        serial = by_meter.get(meter_id)
        if serial is not None:
            found.readings[serial, day] = Stored(key, {"value": value, "rollover": rollover})
    return serials


def _load_recurring(
    found: Existing, property: Property, numbers: dict[int, str], codes: dict[int, str], serials: dict[int, str]
) -> None:
    spaces = {stored.id: code for code, stored in found.spaces.items()}
    rows = RecurringCharge.objects.filter(property=property).values_list(
        "id", "account_id", "tariff_id", "point_id", "space_id", "start", "end", "rate", "discount", "billed_until"
    )
    for key, account, tariff, point, space, start, end, rate, discount, billed_until in rows:
        name = (numbers[account], codes[tariff], serials.get(point), spaces.get(space), start)
        found.recurring[name] = Stored(
            key, {"start": start, "end": end, "rate": rate, "discount": discount, "billed_until": billed_until}
        )
