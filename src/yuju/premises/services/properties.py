"""Making and changing properties (项目) and buildings (楼栋)."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.kit.errors import Refused
from yuju.premises.labels import place_sort_key, unit_label
from yuju.premises.models import Building, Property, Unit
from yuju.premises.searching import units_index
from yuju.premises.services.saving import save_row, set_fields


@edits
def property_create(
    *,
    code: str,
    name: str,
    address: str = "",
    phone: str = "",
    time_zone: str = "Asia/Shanghai",
    landlord: str = "",
    landlord_code: str = "",
    title_number: str = "",
    by: User | None,
    at: datetime,
) -> Property:
    """Makes a property.

    Args:
        landlord, landlord_code: who lets its units, as contracts name them; empty for the operator.
        title_number: 不动产权证号 of the whole.

    Raises:
        Refused: the code is taken, or the time zone is not one.
    """
    _check_time_zone(time_zone)
    made = Property(
        code=code.strip(),
        name=name.strip(),
        address=address,
        phone=phone,
        time_zone=time_zone,
        landlord=landlord.strip(),
        landlord_code=landlord_code.strip(),
        title_number=title_number.strip(),
        created_at=at,
    )
    save_row(
        made, {"property_code_once": ("code", _("Another property has the code “%(value)s”.") % {"value": made.code})}
    )
    return made


@edits
def property_change(
    *,
    property: Property,
    code: str,
    name: str,
    address: str,
    phone: str,
    time_zone: str,
    landlord: str | None = None,
    landlord_code: str | None = None,
    title_number: str | None = None,
    by: User | None,
    at: datetime,
) -> Property:
    """Changes a property; what contracts say of it stays where nothing is given.

    Raises:
        Refused: the code is taken, or the time zone is not one.
    """
    _check_time_zone(time_zone)
    values = {"code": code.strip(), "name": name.strip(), "address": address, "phone": phone, "time_zone": time_zone}
    said = {"landlord": landlord, "landlord_code": landlord_code, "title_number": title_number}
    values |= {name: value.strip() for name, value in said.items() if value is not None}
    set_fields(property, values)
    save_row(
        property, {"property_code_once": ("code", _("Another property has the code “%(value)s”.") % {"value": code})}
    )
    return property


@edits
def property_region_set(*, property: Property, region: str, by: User | None, at: datetime) -> Property:
    """Says in which administrative division a property lies, by its code of six digits (GB/T 2260); empty for unknown.

    Raises:
        Refused: the code cannot be one.
    """
    region = region.strip()
    if region and not (region.isascii() and region.isdecimal() and len(region) == 6 and region[0] != "0"):
        raise Refused(_("A division code has six digits, such as 330106."), field="region")
    if property.region != region:
        property.region = region
        property.save(update_fields=["region"])
    return property


@edits
def building_create(
    *, property: Property, code: str, name: str = "", floors: int | None = None, by: User | None, at: datetime
) -> Building:
    """Makes a building of a property.

    Raises:
        Refused: the property has a building of this code.
    """
    code = code.strip()
    made = Building(property=property, code=code, name=name.strip(), floors=floors, sort_key=place_sort_key(code)[:80])
    save_row(made, _taken(code))
    return made


@edits
def building_change(
    *, building: Building, code: str, name: str, floors: int | None, by: User | None, at: datetime
) -> Building:
    """Changes a building; with its code, what its units are called.

    Raises:
        Refused: the property has another building of this code.
    """
    code = code.strip()
    changes = set_fields(building, {"code": code, "name": name.strip(), "floors": floors})
    building.sort_key = place_sort_key(code)[:80]
    save_row(building, _taken(code))
    if "code" in changes:
        units = list(Unit.objects.filter(building=building))
        for unit in units:
            unit.label = unit_label(code, unit.entrance, unit.number)
            unit.sort_key = place_sort_key(code, unit.entrance, unit.number)
            unit.building = building
        Unit.objects.bulk_update(units, ["label", "sort_key"], batch_size=1000)
        units_index(units)
    return building


def _taken(code: str) -> dict[str, tuple[str, str]]:
    return {
        "building_code_once": (
            "code",
            _("The property already has a building “%(value)s”. Give another code, or change that one.")
            % {"value": code},
        )
    }


def _check_time_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise Refused(_("There is no such time zone; write one such as Asia/Shanghai."), field="time_zone") from error
