"""Writes pricing's dataclasses into the database, so that a bill run can be held against them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tests.support.billing_worlds import PointCase, World
from tests.support.property_sheets import Property as PlainProperty
from yuju.billing.choices import FeeCategory
from yuju.billing.models import BillingAccount, FeeItem, FreeSpan, RecurringCharge, Tariff, TariffVersion
from yuju.billing.pricing.line import Dated, Terms
from yuju.metering.models import Installation, Meter, MeteringPoint, Reading
from yuju.premises.models import ALWAYS, Building, ParkingSpace, Property, Unit, UnitFact
from yuju.residency.models import Resident, Tenure, TenureTerm


@dataclass
class Loaded:
    """What was written, by the keys of the plain property."""

    property: Property
    recurring: dict[tuple[str, str, str, str], RecurringCharge]


def load(plain: PlainProperty, code: str = "P") -> Loaded:
    """Writes a whole property. Every lease gets a unit of its own, because units are shared over time only."""
    place = Property.objects.create(code=code, name=code)
    building = Building.objects.create(property=place, code="1")
    tariffs = _tariffs(place, plain.tariffs)
    points = _meters(place, plain)
    leases = sorted({lease for lease, *_ in plain.recurring})
    spaces = {
        space: ParkingSpace.objects.create(property=place, code=space)
        for space in sorted({key[3] for key in plain.recurring if key[3]})
    }
    resident = Resident.objects.create(property=place, ref="R", name="R")
    first = {lease: next(one for key, one in plain.recurring.items() if key[0] == lease) for lease in leases}
    units = {lease: Unit(property=place, building=building, number=lease, sort_key=lease) for lease in leases}
    Unit.objects.bulk_create(units.values())
    UnitFact.objects.bulk_create(
        [
            UnitFact(unit=units[lease], valid_from=day, area=area, floor=floor)
            for lease, one in first.items()
            for day, (area, floor) in _merged(one.facts.get("area", Dated()), one.facts.get("floor", Dated())).items()
        ]
    )
    tenures = {
        lease: Tenure(
            kind="lease",
            property=place,
            unit=units[lease],
            resident=resident,
            number=lease,
            category="long_term",
            start=min(one.start for key, one in plain.recurring.items() if key[0] == lease),
        )
        for lease in leases
    }
    Tenure.objects.bulk_create(tenures.values())
    TenureTerm.objects.bulk_create(
        [
            TenureTerm(tenure=tenures[lease], valid_from=day, rent=rent, occupants=people)
            for lease, one in first.items()
            for day, (rent, people) in _merged(
                one.facts.get("rent", Dated()), one.facts.get("occupants", Dated())
            ).items()
        ]
    )
    accounts = {lease: BillingAccount(property=place, tenure=tenure) for lease, tenure in tenures.items()}
    BillingAccount.objects.bulk_create(accounts.values())
    made = {
        key: RecurringCharge(
            property=place,
            account=accounts[key[0]],
            tariff=tariffs[key[1]],
            unit=units[key[0]],
            point=points.get(key[2]),
            space=spaces.get(key[3]),
            start=one.start,
            end=one.end,
            rate=one.rate,
            discount=one.discount / 100,
            billed_until=one.billed_until,
        )
        for key, one in plain.recurring.items()
    }
    RecurringCharge.objects.bulk_create(made.values())
    return Loaded(place, made)


def _tariffs(place: Property, plain: Mapping[str, Terms]) -> dict[str, Tariff]:
    item, _ = FeeItem.objects.get_or_create(category=FeeCategory.OTHER, name="Any")
    made: dict[str, Tariff] = {}
    for code, terms in plain.items():
        made[code] = Tariff.objects.create(
            property=place,
            code=code,
            name=code,
            fee_item=item,
            basis=terms.basis,
            tier_scope=terms.tier_scope,
            cycle_months=terms.cycle_months,
            anchor=terms.anchor,
            timing=terms.timing,
            lead_days=terms.lead_days,
            due_days=terms.due_days,
            proration=terms.proration,
            rounding=terms.rounding,
        )
        TariffVersion.objects.bulk_create(
            [
                TariffVersion(
                    tariff=made[code],
                    valid_from=version.valid_from,
                    rate=version.rate,
                    tiers=version.tiers.text() if version.tiers else "",
                    formula=version.formula.text if version.formula else "",
                )
                for version in terms.versions
            ]
        )
    return made


def _meters(place: Property, plain: PlainProperty) -> dict[str, MeteringPoint]:
    points = {serial: MeteringPoint(property=place, kind="water") for serial in plain.meters}
    MeteringPoint.objects.bulk_create(points.values())
    meters = {
        serial: Meter(property=place, serial=serial, kind="water", multiplier=dial.multiplier, digits=dial.digits)
        for serial, dial in plain.meters.items()
    }
    Meter.objects.bulk_create(meters.values())
    Installation.objects.bulk_create(
        [Installation(meter=meters[serial], point=points[serial]) for serial in plain.meters]
    )
    Reading.objects.bulk_create(
        [
            Reading(
                property=place,
                meter=meters[serial],
                date=r.on,
                value=r.value,
                is_rollover=r.rollover,
                source="workbook",
            )
            for serial, dial in plain.meters.items()
            for r in dial.readings
        ]
    )
    return points


def _merged(one: Dated, other: Dated) -> dict[date, tuple[Decimal | None, Decimal | None]]:
    days = sorted({day for day, _ in (*one.rows, *other.rows)})
    return {max(day, ALWAYS): (one.on(day)[1], other.on(day)[1]) for day in days}


def load_world(world: World, code: str = "W") -> tuple[Property, dict[str, RecurringCharge], dict[str, MeteringPoint]]:
    """Writes a random world; answers its property, and recurring charges and points by the world's keys."""
    place = Property.objects.create(code=code, name=code)
    building = Building.objects.create(property=place, code="1")
    resident = Resident.objects.create(property=place, ref="R", name="R")
    tariffs = _tariffs(place, world.tariffs)
    units = {key: Unit(property=place, building=building, number=key, sort_key=key) for key in world.units}
    Unit.objects.bulk_create(units.values())
    UnitFact.objects.bulk_create(
        [
            UnitFact(unit=units[case.key], valid_from=day, area=area, floor=floor)
            for case in world.units.values()
            for day, area, floor in case.facts
        ]
    )
    tenures = {
        case.key: Tenure(
            kind="lease",
            property=place,
            unit=units[case.unit],
            resident=resident,
            number=case.key,
            category="long_term",
            start=case.start,
            end=case.end,
        )
        for case in world.tenures.values()
    }
    Tenure.objects.bulk_create(tenures.values())
    TenureTerm.objects.bulk_create(
        [
            TenureTerm(tenure=tenures[case.key], valid_from=day, rent=rent, occupants=occupants)
            for case in world.tenures.values()
            for day, rent, occupants in case.terms
        ]
    )
    accounts = {key: BillingAccount(property=place, tenure=tenure) for key, tenure in tenures.items()}
    BillingAccount.objects.bulk_create(accounts.values())
    FreeSpan.objects.bulk_create(
        [
            FreeSpan(tenure=tenures[case.key], fee_item=next(iter(tariffs.values())).fee_item, start=start, end=end)
            for case in world.tenures.values()
            for start, end in case.free
        ]
    )
    points = {case.key: _world_point(place, units[case.unit], case) for case in world.points.values()}
    recurring = {
        case.key: RecurringCharge(
            property=place,
            account=accounts[case.tenure],
            tariff=tariffs[case.tariff],
            unit=units[world.tenures[case.tenure].unit],
            point=points[case.point] if case.point else None,
            start=case.start,
            end=case.end,
            rate=case.rate,
            discount=case.discount / 100,
            billed_until=case.billed_until,
        )
        for case in world.recurring.values()
    }
    RecurringCharge.objects.bulk_create(recurring.values())
    return place, recurring, points


def _world_point(place: Property, unit: Unit, case: PointCase) -> MeteringPoint:
    point = MeteringPoint.objects.create(property=place, unit=unit, kind="water")
    dials = [(number, dial) for number, dial in enumerate(case.installations, start=1) if dial.readings]
    for index, (number, dial) in enumerate(dials):
        meter = Meter.objects.create(
            property=place,
            serial=f"{case.key}-{number}",
            kind="water",
            multiplier=dial.multiplier,
            digits=dial.digits,
        )
        Installation.objects.create(
            meter=meter,
            point=point,
            start=dial.readings[0].on if index else None,
            end=dial.readings[-1].on if index + 1 < len(dials) else None,
        )
        Reading.objects.bulk_create(
            [
                Reading(
                    property=place, meter=meter, date=r.on, value=r.value, is_rollover=r.rollover, source="workbook"
                )
                for r in dial.readings
            ]
        )
    return point
