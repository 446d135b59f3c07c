"""Panels beside the forms of premises."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yuju.billing.models import RecurringCharge
from yuju.console.rehearsal import SHOWN, going_on, rehearse
from yuju.identity.models import User
from yuju.kit.console import Caution, Consequences, Line
from yuju.kit.dates import local_date
from yuju.kit.display import MISSING
from yuju.premises import services
from yuju.premises.labels import unit_label
from yuju.premises.models import Building, ParkingSpace, Property, Unit

CHARGES_VIEW = "tariffs.view"
UNIT_FIELDS = ("entrance", "number", "layout", "floor", "area", "valid_from")


def property_panel(given: Mapping[str, Any], row: Property | None, at: datetime) -> Consequences | None:
    """Which day it is there now; how many buildings and units go by its name."""
    zone = given.get("time_zone") or ""
    try:
        now = f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}" if zone else MISSING
    except (KeyError, ValueError, OSError):
        now = MISSING
    lines = [Line(_("Date and time there now"), now)]
    if row is not None:
        lines.append(Line(_("Buildings"), str(Building.objects.filter(property=row).count())))
        lines.append(Line(_("Units"), str(Unit.objects.filter(property=row).count())))
    cautions = []
    if row is not None and zone and zone != row.time_zone:
        cautions.append(Caution(_("Bills and readings count their days by the new time zone from now on.")))
    return Consequences(_("What hangs on it"), lines, cautions=cautions)


def building_panel(given: Mapping[str, Any], row: Building | None) -> Consequences | None:
    """Another code goes into the name of every unit of the building."""
    if row is None:
        return None
    count = Unit.objects.filter(building=row).count()
    lines = [Line(_("Units"), str(count))]
    code = (given.get("code") or row.code).strip()
    if code == row.code or not count:
        return Consequences(_("What hangs on it"), lines, text=_("The code is the first part of each unit's name."))
    units = Unit.objects.filter(building=row).order_by("sort_key")[:3]
    lines += [Line(one.label, unit_label(code, one.entrance, one.number)) for one in units]
    said = ngettext(
        "%(count)d unit is called otherwise from now on. What was printed keeps the old name.",
        "%(count)d units are called otherwise from now on. What was printed keeps the old name.",
        count,
    ) % {"count": count}
    return Consequences(_("What hangs on it"), lines, cautions=[Caution(said)])


def unit_panel(given: Mapping[str, Any], row: Unit | None, user: User, at: datetime) -> Consequences | None:
    """What another area or floor does to the next charges, and from when."""
    if row is None or not user.may(CHARGES_VIEW, row.property_id):
        return None
    title = _("What is billed differently")
    area, floor = given.get("area", row.area), given.get("floor", row.floor)
    if (area, floor) == (row.area, row.floor):
        return Consequences(title, text=_("Another area or floor changes the charges that are priced by it."))
    charges = going_on(RecurringCharge.objects.filter(unit=row), local_date(at, row.property.time_zone))[:SHOWN]
    values: dict[str, Any] = {name: given[name] if name in given else getattr(row, name, None) for name in UNIT_FIELDS}
    found = rehearse(lambda: services.unit_change(unit=copy.copy(row), **values, by=user, at=at), charges)
    if found.cautions or found.lines:
        valid_from = values["valid_from"]
        said = (
            _("The new values hold from %(day)s on.") % {"day": valid_from}
            if valid_from
            else _("The latest values are corrected, back to their first day. Issued bills stay as they are.")
        )
        return Consequences(title, found.lines, cautions=found.cautions, text=said if found.lines else "")
    return Consequences(title, text=_("No charge of this unit is priced by area or floor: bills stay as they are."))


def space_panel(row: ParkingSpace | None, user: User, at: datetime) -> Consequences | None:
    """Who is billed for a parking space."""
    if row is None or not user.may(CHARGES_VIEW, row.property_id):
        return None
    charges = going_on(RecurringCharge.objects.filter(space=row), local_date(at, row.property.time_zone))[:SHOWN]
    lines = [
        Line(
            f"{one.account.tenure.resident.name} · {one.unit.label}",
            one.tariff.name,
            f"{one.start} – {one.end or _('open')}",
            url=reverse("console:recurring-charges-detail", args=[one.pk]),
        )
        for one in charges
    ]
    text = _("Bills from now on name it as written here.") if lines else _("Nobody is billed for this parking space.")
    return Consequences(_("Billed for it"), lines, text=text)
