"""Writes a random world into the database, in a handful of statements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from tests.support.billing_worlds import LONG_AGO, PointCase, World
from yuju.billing.choices import FeeCategory
from yuju.billing.models import BillingAccount, FeeItem, RecurringCharge, Tariff, TariffVersion
from yuju.billing.pricing.line import Terms
from yuju.metering.models import Installation, Meter, MeteringPoint, Reading
from yuju.premises.models import Building, Property, Unit, UnitFact
from yuju.residency.models import Resident, Tenure, TenureTerm


@dataclass(frozen=True)
class WrittenWorld:
    """A world's rows, by its keys."""

    property: Property
    recurring: dict[str, RecurringCharge]
    points: dict[str, MeteringPoint]


def write_world(world: World) -> WrittenWorld:
    """Writes a world as a property of its own; needs an operator in force."""
    place = Property.objects.create(code=f"W{world.seed}", name=f"World {world.seed}")
    building = Building.objects.create(property=place, code="1")
    units = {key: Unit(property=place, building=building, number=key, sort_key=key) for key in world.units}
    Unit.objects.bulk_create(units.values())
    UnitFact.objects.bulk_create(
        UnitFact(unit=units[case.key], valid_from=day, area=area, floor=floor)
        for case in world.units.values()
        for day, area, floor in case.facts
    )
    accounts = _write_tenures(place, units, world)
    tariffs = _write_tariffs(place, world)
    points = {
        case.key: MeteringPoint(property=place, unit=units[case.unit], kind="water") for case in world.points.values()
    }
    MeteringPoint.objects.bulk_create(points.values())
    _write_meters(place, points, world)
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
    return WrittenWorld(place, recurring, points)


def _write_tenures(place: Property, units: dict[str, Unit], world: World) -> dict[str, BillingAccount]:
    resident = Resident.objects.create(property=place, ref="R", name="R")
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
        TenureTerm(tenure=tenures[case.key], valid_from=day, rent=rent, occupants=count)
        for case in world.tenures.values()
        for day, rent, count in case.terms
    )
    accounts = {key: BillingAccount(property=place, tenure=tenure) for key, tenure in tenures.items()}
    BillingAccount.objects.bulk_create(accounts.values())
    return accounts


def _write_tariffs(place: Property, world: World) -> dict[str, Tariff]:
    item, _ = FeeItem.objects.get_or_create(category=FeeCategory.OTHER, name="Any")
    tariffs = {code: _tariff(place, item, code, terms) for code, terms in world.tariffs.items()}
    Tariff.objects.bulk_create(tariffs.values())
    TariffVersion.objects.bulk_create(
        TariffVersion(
            tariff=tariffs[code],
            valid_from=version.valid_from,
            rate=version.rate,
            tiers=version.tiers.text() if version.tiers else "",
            formula=version.formula.text if version.formula else "",
        )
        for code, terms in world.tariffs.items()
        for version in terms.versions
    )
    return tariffs


def _tariff(place: Property, item: FeeItem, code: str, terms: Terms) -> Tariff:
    return Tariff(
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


def _write_meters(place: Property, points: dict[str, MeteringPoint], world: World) -> None:
    meters: list[Meter] = []
    installations: list[Installation] = []
    readings: list[Reading] = []
    for case in world.points.values():
        spans = list(_spans(case))
        for number, (dial, (start, end)) in enumerate(zip(case.installations, spans, strict=True), start=1):
            serial = f"{case.key}-{number}"
            meter = Meter(property=place, serial=serial, kind="water", multiplier=dial.multiplier, digits=dial.digits)
            meters.append(meter)
            installations.append(Installation(meter=meter, point=points[case.key], start=start, end=end))
            readings += [
                Reading(
                    property=place, meter=meter, date=one.on, value=one.value, is_rollover=one.rollover, source="form"
                )
                for one in dial.readings
            ]
    Meter.objects.bulk_create(meters)
    Installation.objects.bulk_create(installations)
    Reading.objects.bulk_create(readings)


def _spans(case: PointCase) -> Iterator[tuple[date | None, date | None]]:
    """When each dial hung there: from its first reading until the next one's first; the first since ever.

    A dial that was never read leaves no trace, and takes no time.
    """
    starts = [dial.readings[0].on if dial.readings else None for dial in case.installations]
    at = LONG_AGO
    for index, start in enumerate(starts):
        if start is None:
            yield at, at
            continue
        following = [later for later in starts[index + 1 :] if later is not None]
        at = following[0] if following else date.max
        yield (None if not any(starts[:index]) else start), (following[0] if following else None)
