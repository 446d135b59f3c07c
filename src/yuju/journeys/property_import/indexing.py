"""What the search box finds of an imported property."""

from __future__ import annotations

from yuju.journeys.property_import.comparing import Change, Comparison
from yuju.metering.models import Meter
from yuju.metering.searching import meters_index
from yuju.premises.models import Property, Unit
from yuju.premises.searching import units_index
from yuju.residency.models import Resident, Tenure
from yuju.residency.searching import residents_index, tenures_index


def index_changes(property: Property, comparison: Comparison) -> None:
    """Writes the search keys of every unit, resident, lease and meter that the import added or changed.

    A resident is found by the rooms of their leases, and a lease by its resident: those are written anew too.
    """
    named = {change.key for change in comparison.residents if change.is_new or "name" in change.old}
    leases = {c.key for c in comparison.leases if _touched(c) or c.values["resident"] in named}
    moved = {c.values["resident"] for c in comparison.leases if _touched(c)}
    moved |= {c.old["resident"] for c in comparison.leases if "resident" in c.old}
    refs = moved | {change.key for change in comparison.residents if _touched(change)}
    unit_keys = {change.key for change in comparison.units if _touched(change)}
    serials = [change.key for change in comparison.meters if _touched(change)]
    if unit_keys:
        units = Unit.objects.filter(property=property).select_related("building")
        units_index(unit for unit in units if (unit.building.code, unit.entrance, unit.number) in unit_keys)
    if leases:
        found = Tenure.objects.filter(property=property, number__in=list(leases))
        tenures_index(found.select_related("resident", "unit__building"))
    if refs:
        residents_index(Resident.objects.filter(property=property, ref__in=list(refs)))
    if serials:
        meters_index(Meter.objects.filter(property=property, serial__in=serials))


def _touched(change: Change) -> bool:
    return change.is_new or bool(change.old)
