"""Bulk actions on units and parking spaces."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from yuju.kit.console import Ask, BulkAction, ConsoleForm, LeftOut
from yuju.premises.models import ParkingSpace, Unit
from yuju.premises.services import spaces_set_location, units_set_layout


class LayoutForm(ConsoleForm):
    """Which layout."""

    layout = forms.CharField(
        label=gettext_lazy("Layout"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class LocationForm(ConsoleForm):
    """Which location."""

    location = forms.CharField(
        label=gettext_lazy("Location"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )


class SetLayout(BulkAction):
    """Gives units a layout."""

    name = "layout"
    label = gettext_lazy("Set layout")
    icon = "layout"
    form_class = LayoutForm
    fields = ("layout",)

    def left_out(self, ask: Ask) -> Sequence[LeftOut]:
        return [LeftOut(_("Has this layout already"), Q(layout=ask.values["layout"]))]

    def sentence(self, ask: Ask, count: int) -> str:
        words = {"layout": ask.values["layout"], "count": f"{count:,}"}
        return (
            ngettext("%(count)s unit gets the layout %(layout)s", "%(count)s units get the layout %(layout)s", count)
            % words
        )

    def apply(self, ask: Ask, rows: QuerySet[Unit], *, by: Any, at: datetime) -> None:
        units_set_layout(units=rows, layout=ask.values["layout"])

    def restore(self, ask: Ask, rows: QuerySet[Unit], before: dict[str, Any], *, by: Any, at: datetime) -> None:
        units_set_layout(units=rows, layout=before["layout"])


class SetLocation(BulkAction):
    """Says where parking spaces are."""

    name = "location"
    label = gettext_lazy("Set location")
    icon = "map-pin"
    form_class = LocationForm
    fields = ("location",)

    def left_out(self, ask: Ask) -> Sequence[LeftOut]:
        return [LeftOut(_("Is recorded there already"), Q(location=ask.values["location"]))]

    def sentence(self, ask: Ask, count: int) -> str:
        words = {"location": ask.values["location"], "count": f"{count:,}"}
        return (
            ngettext(
                "%(count)s parking space is recorded at %(location)s",
                "%(count)s parking spaces are recorded at %(location)s",
                count,
            )
            % words
        )

    def apply(self, ask: Ask, rows: QuerySet[ParkingSpace], *, by: Any, at: datetime) -> None:
        spaces_set_location(spaces=rows, location=ask.values["location"])

    def restore(self, ask: Ask, rows: QuerySet[ParkingSpace], before: dict[str, Any], *, by: Any, at: datetime) -> None:
        spaces_set_location(spaces=rows, location=before["location"])


UNIT_ACTIONS = (SetLayout(),)
SPACE_ACTIONS = (SetLocation(),)
