"""What the search box finds meters by."""

from __future__ import annotations

from collections.abc import Iterable

from yuju.kit import search
from yuju.metering.models import Installation, Meter
from yuju.premises.models import Unit

METER = "meter"


def meters_index(meters: Iterable[Meter]) -> None:
    """Writes the search keys of meters: their serial numbers and the units they are installed for."""
    found = list(meters)
    standing = Installation.objects.filter(meter__in=found, end=None).select_related("point__unit__building")
    units = {one.meter_id: one.point.unit for one in standing}
    search.index(METER, (_row(meter, units.get(meter.pk)) for meter in found))


def _row(meter: Meter, unit: Unit | None) -> search.Row:
    room = (unit.building.code, unit.entrance, unit.number) if unit is not None else ()
    return search.Row(
        object_id=meter.pk,
        title=meter.serial,
        subtitle=unit.label if unit is not None else "",
        property_id=meter.property_id,
        rooms=(tuple(part for part in room if part),) if unit is not None else (),
        numbers=(meter.serial,),
    )
