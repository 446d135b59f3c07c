"""The kinds of meters, and where a reading came from."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class MeterKind(models.TextChoices):
    WATER = "water", pgettext_lazy("what a meter measures", "Water")
    ELECTRICITY = "electricity", pgettext_lazy("what a meter measures", "Electricity")
    GAS = "gas", pgettext_lazy("what a meter measures", "Gas")
    HEAT = "heat", pgettext_lazy("what a meter measures", "Heat")


UNITS_OF_MEASURE = {
    MeterKind.WATER: "m³",
    MeterKind.ELECTRICITY: "kWh",
    MeterKind.GAS: "m³",
    MeterKind.HEAT: "kWh",
}


class ReadingSource(models.TextChoices):
    WORKBOOK = "workbook", _("Property workbook")
    FORM = "form", _("Form")
    SHEET = "sheet", _("Reading sheet")
