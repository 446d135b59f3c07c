"""A small property that bills something of everything, for tests of pages and services."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from yuju.billing.choices import RunSource
from yuju.billing.models import BillRun, RecurringCharge, Tariff
from yuju.billing.services.fee_items import fee_items_ensure
from yuju.billing.services.recurring import recurring_charge_add
from yuju.billing.services.runs import bill_run_draft, bill_run_issue
from yuju.billing.services.tariffs import tariff_create
from yuju.kit import search
from yuju.metering.models import Installation, Meter, MeteringPoint, Reading
from yuju.premises.models import ALWAYS, Building, Property, Unit
from yuju.premises.services import building_create, unit_create
from yuju.residency.models import Resident, Tenure, TenureTerm

AT = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
START = date(2026, 1, 1)


@dataclass
class Lease:
    """A lease with a rent, a fee by area and metered electricity."""

    tenure: Tenure
    unit: Unit
    point: MeteringPoint
    meter: Meter
    charges: dict[str, RecurringCharge]


def tariffs_of(property: Property) -> dict[str, Tariff]:
    """The property's tariffs by code: RENT (4,000 a month), FEE (2.80 by m²), POWER (tiers by year)."""
    found = {one.code: one for one in Tariff.objects.filter(property=property)}
    if found:
        return found
    items = fee_items_ensure()
    common: dict[str, Any] = {"property": property, "valid_from": START, "due_days": 10, "by": None, "at": AT}
    return {
        "RENT": tariff_create(
            code="RENT", name="月付房租", fee_item=items["rent"], basis="flat", rate=Decimal(4000), **common
        ),
        "FEE": tariff_create(
            code="FEE", name="物业费", fee_item=items["property"], basis="area", rate=Decimal("2.80"), **common
        ),
        "POWER": tariff_create(
            code="POWER",
            name="居民电价",
            fee_item=items["electricity"],
            basis="metered",
            tiers="100:0.50;*:0.80",
            tier_scope="year",
            **common,
        ),
    }


def lease_of(property: Property, number: int, name: str = "林晓彤") -> Lease:
    """A lease of a unit of its own, from 1 January 2026 on."""
    building = Building.objects.filter(property=property).first()
    building = building or building_create(property=property, code="3栋", floors=18, by=None, at=AT)
    unit = unit_create(
        building=building, number=f"{number:04d}", floor=number // 100, area=Decimal("62.50"), by=None, at=AT
    )
    resident = Resident.objects.create(
        property=property, ref=f"R{number}", name=name, name_sort=name, category="long_term"
    )
    tenure = Tenure.objects.create(
        kind="lease",
        property=property,
        unit=unit,
        resident=resident,
        number=f"HT-{property.code}-{number}",
        category="long_term",
        start=START,
        end=date(2027, 12, 31),
    )
    TenureTerm.objects.create(tenure=tenure, valid_from=ALWAYS, rent=Decimal(4000), occupants=2)
    room = (building.code, unit.number)
    search.index(
        "resident",
        [search.Row(object_id=resident.pk, title=name, property_id=property.pk, people=(name,), rooms=(room,))],
    )
    point = MeteringPoint.objects.create(property=property, unit=unit, kind="electricity")
    meter = Meter.objects.create(property=property, serial=f"D-{property.code}-{number}", kind="electricity")
    Installation.objects.create(meter=meter, point=point)
    tariffs = tariffs_of(property)
    given: dict[str, Any] = {"tenure": tenure, "start": START, "by": None, "at": AT}
    charges = {
        "RENT": recurring_charge_add(tariff=tariffs["RENT"], **given),
        "FEE": recurring_charge_add(tariff=tariffs["FEE"], **given),
        "POWER": recurring_charge_add(tariff=tariffs["POWER"], point=point, **given),
    }
    return Lease(tenure, unit, point, meter, charges)


def read(lease: Lease, *readings: tuple[date, int]) -> None:
    """Readings of the lease's meter."""
    Reading.objects.bulk_create(
        [
            Reading(property=lease.meter.property, meter=lease.meter, date=day, value=value, source="form")
            for day, value in readings
        ]
    )


def draft(property: Property, as_of: date = date(2026, 2, 1), by: Any = None) -> BillRun:
    """A drafted run."""
    return bill_run_draft(property=property, as_of=as_of, source=RunSource.CONSOLE, by=by, at=AT)


def issued(property: Property, as_of: date = date(2026, 2, 1)) -> BillRun:
    """An issued run."""
    return bill_run_issue(run=draft(property, as_of), by=None, at=AT, leave_out_open=True)
