"""What the search box finds of an imported property: its units, residents and leases."""

from __future__ import annotations

from collections.abc import Iterator

from yuju.journeys.property_import.comparing import Change, Comparison
from yuju.journeys.property_import.existing import Existing
from yuju.journeys.property_import.rows import unit_name
from yuju.kit import search
from yuju.kit.identity_numbers import mask_phone
from yuju.premises.models import Property, Unit
from yuju.residency.models import Resident, Tenure

UNIT = "unit"
RESIDENT = "resident"
LEASE = "lease"


def index_changes(property: Property, comparison: Comparison, existing: Existing) -> None:
    """Writes the search keys of every unit, resident and lease that the import added or changed."""
    units = [change for change in comparison.units if _touched(change)]
    leases = [change for change in comparison.leases if _touched(change)]
    moved = {change.values["resident"] for change in leases} | {change.old.get("resident") for change in leases}
    residents = [change for change in comparison.residents if _touched(change) or change.key in moved]
    unit_ids = dict(Unit.objects.filter(property=property).values_list("label", "id")) if units else {}
    search.index(UNIT, _unit_rows(property, units, unit_ids))
    names = {ref: stored.values["name"] for ref, stored in existing.residents.items()}
    names.update((change.key, change.values["name"]) for change in comparison.residents)
    if leases:
        numbers = dict(Tenure.objects.filter(property=property).values_list("number", "id"))
        search.index(LEASE, _lease_rows(property, leases, numbers, names))
    if residents:
        refs = dict(Resident.objects.filter(property=property).values_list("ref", "id"))
        search.index(RESIDENT, _resident_rows(property, residents, refs, _rooms(comparison, existing)))


def _touched(change: Change) -> bool:
    return change.is_new or bool(change.old)


def _unit_rows(property: Property, changes: list[Change], ids: dict[str, int]) -> Iterator[search.Row]:
    for change in changes:
        label = unit_name(change.key)
        yield search.Row(
            object_id=ids[label],
            title=label,
            subtitle=change.values["layout"],
            property_id=property.pk,
            rooms=(tuple(part for part in change.key if part),),
        )


def _lease_rows(
    property: Property, changes: list[Change], ids: dict[str, int], names: dict[str, str]
) -> Iterator[search.Row]:
    for change in changes:
        name = names.get(change.values["resident"], "")
        yield search.Row(
            object_id=ids[change.key],
            title=change.key,
            subtitle=f"{unit_name(change.values['unit'])} {name}".strip(),
            property_id=property.pk,
            numbers=(change.key,),
        )


def _rooms(comparison: Comparison, existing: Existing) -> dict[str, list[tuple[str, ...]]]:
    """By resident, the rooms of all their leases, the latest first."""
    leases = {number: stored.values for number, stored in existing.leases.items()}
    leases.update((change.key, change.values) for change in comparison.leases)
    found: dict[str, list[tuple[str, ...]]] = {}
    for values in sorted(leases.values(), key=lambda values: values["start"], reverse=True):
        found.setdefault(values["resident"], []).append(tuple(part for part in values["unit"] if part))
    return found


def _resident_rows(
    property: Property, changes: list[Change], ids: dict[str, int], rooms: dict[str, list[tuple[str, ...]]]
) -> Iterator[search.Row]:
    for change in changes:
        values = change.values
        own = rooms.get(change.key, [])
        shown = [" ".join(own[0])] if own else []
        if values["phone"]:
            shown.append(mask_phone(values["phone"]))
        yield search.Row(
            object_id=ids[change.key],
            title=values["name"],
            subtitle=" · ".join(shown),
            property_id=property.pk,
            people=(values["name"],),
            rooms=own,
            secrets=tuple(filter(None, (values["phone"], values["id_number"]))),
            numbers=(change.key,),
        )
