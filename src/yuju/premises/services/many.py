"""Changing many units or parking spaces at once, each time by one statement."""

from __future__ import annotations

from django.db.models import QuerySet

from yuju.premises.models import ParkingSpace, Unit
from yuju.premises.searching import units_index

INDEXED = 2_000
"""How many units are held in memory while the search keys are written."""


def units_set_layout(*, units: QuerySet[Unit], layout: str) -> int:
    """Gives units a layout (户型), which the search shows beside them. Returns how many there are."""
    changed = units.update(layout=layout.strip())
    units_index(units.select_related("building").iterator(chunk_size=INDEXED))
    return changed


def spaces_set_location(*, spaces: QuerySet[ParkingSpace], location: str) -> int:
    """Says where parking spaces are. Returns how many there are."""
    return spaces.update(location=location.strip())
