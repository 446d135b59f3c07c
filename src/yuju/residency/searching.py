"""What the search box finds residents and their tenures by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from yuju.kit import search
from yuju.kit.identity_numbers import mask_phone
from yuju.premises.models import Unit
from yuju.residency.models import Resident, Tenure

RESIDENT = "resident"
LEASE = "lease"


def residents_index(residents: Iterable[Resident]) -> None:
    """Writes the search keys of residents: their names, phones, documents and the rooms they hold or held."""
    people = list(residents)
    rooms: dict[int, list[Unit]] = {}
    tenures = Tenure.objects.filter(resident__in=people).select_related("unit__building")
    for tenure in tenures.order_by("-start", "-pk"):
        rooms.setdefault(tenure.resident_id, []).append(tenure.unit)
    search.index(RESIDENT, (_resident_row(person, rooms.get(person.pk, ())) for person in people))


def tenures_index(tenures: Iterable[Tenure]) -> None:
    """Writes the search keys of leases and ownerships; their residents and units should be at hand."""
    search.index(
        LEASE,
        (
            search.Row(
                object_id=tenure.pk,
                title=tenure.number,
                subtitle=f"{tenure.unit.label} {tenure.resident.name}",
                property_id=tenure.property_id,
                people=(tenure.resident.name,),
                rooms=(_room(tenure.unit),),
                numbers=(tenure.number,),
            )
            for tenure in tenures
        ),
    )


def _resident_row(person: Resident, units: Sequence[Unit]) -> search.Row:
    shown = [units[0].label] if units else []
    if person.phone:
        shown.append(mask_phone(person.phone))
    return search.Row(
        object_id=person.pk,
        title=person.name,
        subtitle=" · ".join(shown),
        property_id=person.property_id,
        people=(person.name,),
        rooms=[_room(unit) for unit in units],
        secrets=tuple(filter(None, (person.phone, person.id_number))),
        numbers=(person.ref,),
    )


def _room(unit: Unit) -> tuple[str, ...]:
    return tuple(part for part in (unit.building.code, unit.entrance, unit.number) if part)
