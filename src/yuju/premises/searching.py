"""What the search box finds units by."""

from __future__ import annotations

from collections.abc import Iterable

from yuju.kit import search
from yuju.premises.models import Unit

UNIT = "unit"


def units_index(units: Iterable[Unit]) -> None:
    """Writes the search keys of units; their buildings should be at hand."""
    search.index(UNIT, (_row(unit) for unit in units))


def _row(unit: Unit) -> search.Row:
    parts = (unit.building.code, unit.entrance, unit.number)
    return search.Row(
        object_id=unit.pk,
        title=unit.label,
        subtitle=unit.layout,
        property_id=unit.property_id,
        rooms=(tuple(part for part in parts if part),),
    )
