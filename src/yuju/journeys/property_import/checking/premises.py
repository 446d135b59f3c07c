"""The rules of the sheets 项目, 楼栋, 房间 and 车位."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from yuju.journeys.property_import.checking.lookup import Lookup
from yuju.journeys.property_import.messages import Say


def check_property(lookup: Lookup) -> None:
    """One workbook brings one property."""
    rows = lookup.book.rows.property
    for row in rows[1:]:
        lookup.fault(
            "property",
            row.row,
            "code",
            Say(_("Row %(row)d names a property already."), row=rows[0].row),
            _("one property in a workbook."),
            "property-twice",
        )


def check_buildings(lookup: Lookup) -> None:
    """Each building once."""
    lookup.duplicates("buildings", lookup.book.rows.buildings, lambda row: row.building, "building")


def check_units(lookup: Lookup) -> None:
    """Each unit once, in a building that is there."""
    rows = lookup.book.rows.units
    lookup.duplicates("units", rows, lambda row: row.key, "unit")
    for row in rows:
        if row.building is not None:
            lookup.refer(
                "units", row.row, "building", row.building, "buildings", lookup.buildings, lookup.known.buildings
            )


def check_spaces(lookup: Lookup) -> None:
    """Each parking space once."""
    lookup.duplicates("spaces", lookup.book.rows.spaces, lambda row: row.space, "space")
