from yuju.premises.services.many import spaces_set_location, units_set_layout
from yuju.premises.services.properties import (
    building_change,
    building_create,
    property_change,
    property_create,
    property_region_set,
)
from yuju.premises.services.units import space_change, space_create, unit_change, unit_create

__all__ = [
    "building_change",
    "building_create",
    "property_change",
    "property_create",
    "property_region_set",
    "space_change",
    "space_create",
    "spaces_set_location",
    "unit_change",
    "unit_create",
    "units_set_layout",
]
