"""The panel beside the form of a meter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from yuju.journeys.readings import billed_charge
from yuju.kit.console import Caution, Consequences, Line
from yuju.kit.display import number_text
from yuju.metering.choices import UNITS_OF_MEASURE, MeterKind
from yuju.metering.models import Installation, Meter
from yuju.metering.selectors import reading_lines


def new_meter_panel(given: Mapping[str, Any]) -> Consequences:
    """The meters of this kind that the unit has already."""
    title, unit, kind = _("In the unit already"), given.get("unit"), given.get("kind")
    if unit is None:
        return Consequences(title, text=_("Choose the unit to see which meters it has."))
    standing = Installation.objects.filter(point__unit=unit, end=None).select_related("meter", "point")
    shown = list(standing.order_by("point__kind", "pk")[:8])
    lines = [
        Line(
            one.meter.serial,
            str(one.meter.get_kind_display()),
            url=reverse("console:meters-detail", args=[one.meter_id]),
        )
        for one in shown
    ]
    cautions = []
    if any(one.meter.kind == kind for one in shown):
        said = _("The unit has a meter of this kind. If this one takes its place, use “Replace” on that meter's page.")
        cautions.append(Caution(said))
    return Consequences(title, lines, cautions=cautions, text="" if lines else _("The unit has no meter yet."))


def meter_panel(given: Mapping[str, Any], row: Meter) -> Consequences:
    """What the latest interval measures with the multiplier and digits typed."""
    lines = reading_lines(row)
    measured = [one for one in lines if one.stands and one.consumption is not None]
    cautions = []
    billed = billed_charge(row, date.min)
    if billed is not None:
        said = _("Readings of this meter were billed up to %(day)s: its multiplier and digits stay.")
        cautions.append(Caution(said % {"day": billed.end}, kind="info"))
    title = _("What it measures")
    if not measured:
        return Consequences(title, cautions=cautions, text=_("There are no two readings yet, so nothing was measured."))
    latest, unit = measured[0], UNITS_OF_MEASURE[MeterKind(row.kind)]
    now = f"{number_text(latest.consumption)} {unit}"
    shown = [Line(_("Latest interval, to %(day)s") % {"day": latest.reading.date}, now)]
    multiplier = given.get("multiplier")
    if multiplier and multiplier != row.multiplier and latest.consumption is not None:
        then = latest.consumption / row.multiplier * multiplier
        shown.append(Line(_("With the multiplier typed"), f"{number_text(then)} {unit}", kind="warn"))
    return Consequences(title, shown, cautions=cautions)
