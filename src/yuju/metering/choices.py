"""The kinds of meters, and where a reading came from."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class MeterKind(models.TextChoices):
    WATER = "water", _("Water")
    ELECTRICITY = "electricity", _("Electricity")
    GAS = "gas", _("Gas")
    HEAT = "heat", _("Heat")


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
