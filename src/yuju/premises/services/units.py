"""Making and changing units (房间) and parking spaces (车位)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.kit.errors import Refused
from yuju.premises.labels import place_sort_key, unit_label
from yuju.premises.models import ALWAYS, Building, ParkingSpace, Property, Unit, UnitFact
from yuju.premises.searching import units_index
from yuju.premises.services.saving import save_row, set_fields


@edits
def unit_create(
    *,
    building: Building,
    number: str,
    entrance: str = "",
    layout: str = "",
    floor: int | None = None,
    area: Decimal | None = None,
    title_number: str = "",
    by: User | None,
    at: datetime,
) -> Unit:
    """Makes a unit. Its area (m²) and floor hold for all time until `unit_change` gives them a day.

    Raises:
        Refused: the building has a unit of this number, or the area is negative.
    """
    number, entrance = number.strip(), entrance.strip()
    _check_area(area)
    made = Unit(
        property_id=building.property_id,
        building=building,
        entrance=entrance,
        number=number,
        layout=layout.strip(),
        floor=floor,
        area=area,
        title_number=title_number.strip(),
        label=unit_label(building.code, entrance, number),
        sort_key=place_sort_key(building.code, entrance, number),
    )
    save_row(made, _taken(made.label))
    UnitFact.objects.create(unit=made, valid_from=ALWAYS, area=area, floor=floor)
    units_index([made])
    return made


@edits
def unit_change(
    *,
    unit: Unit,
    number: str,
    entrance: str,
    layout: str,
    floor: int | None,
    area: Decimal | None,
    valid_from: date | None,
    title_number: str | None = None,
    by: User | None,
    at: datetime,
) -> Unit:
    """Changes a unit.

    Args:
        floor, area: the new facts; area in m².
        valid_from: the local day from which a changed area or floor holds; None corrects the latest fact
            as if it had always been so.
        title_number: 不动产权证号; None leaves it.

    Raises:
        Refused: the building has another unit of this number, the area is negative, or the day lies before
            that of a later fact.
    """
    number, entrance = number.strip(), entrance.strip()
    _check_area(area)
    values = {"entrance": entrance, "number": number, "layout": layout.strip(), "floor": floor, "area": area}
    if title_number is not None:
        values["title_number"] = title_number.strip()
    changes = set_fields(unit, values)
    unit.label = unit_label(unit.building.code, entrance, number)
    unit.sort_key = place_sort_key(unit.building.code, entrance, number)
    save_row(unit, _taken(unit.label))
    units_index([unit])
    if "area" in changes or "floor" in changes:
        _set_fact(unit, area, floor, valid_from)
    return unit


def _set_fact(unit: Unit, area: Decimal | None, floor: int | None, valid_from: date | None) -> None:
    latest = UnitFact.objects.filter(unit=unit).order_by("-valid_from").first()
    if latest is None:
        UnitFact.objects.create(unit=unit, valid_from=valid_from or ALWAYS, area=area, floor=floor)
        return
    day = valid_from or latest.valid_from
    if day < latest.valid_from:
        raise Refused(
            _("A later change is recorded already, from %(day)s on. Give that day or a later one.")
            % {"day": latest.valid_from},
            field="valid_from",
        )
    UnitFact.objects.update_or_create(unit=unit, valid_from=day, defaults={"area": area, "floor": floor})


@edits
def space_create(*, property: Property, code: str, location: str = "", by: User | None, at: datetime) -> ParkingSpace:
    """Makes a parking space.

    Raises:
        Refused: the property has a space of this code.
    """
    code = code.strip()
    made = ParkingSpace(property=property, code=code, location=location.strip(), sort_key=place_sort_key(code)[:80])
    save_row(made, _space_taken(code))
    return made


@edits
def space_change(*, space: ParkingSpace, code: str, location: str, by: User | None, at: datetime) -> ParkingSpace:
    """Changes a parking space.

    Raises:
        Refused: the property has another space of this code.
    """
    code = code.strip()
    set_fields(space, {"code": code, "location": location.strip()})
    space.sort_key = place_sort_key(code)[:80]
    save_row(space, _space_taken(code))
    return space


def _taken(label: str) -> dict[str, tuple[str, str]]:
    return {"unit_number_once": ("number", _("There is a unit “%(value)s” already.") % {"value": label})}


def _space_taken(code: str) -> dict[str, tuple[str, str]]:
    sentence = _("The property already has a parking space “%(value)s”.") % {"value": code}
    return {"space_code_once": ("code", sentence)}


def _check_area(area: Decimal | None) -> None:
    if area is not None and area < 0:
        raise Refused(_("The area cannot be negative. Give 0 or more, or leave it empty."), field="area")
