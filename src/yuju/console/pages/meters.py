"""Meters and readings (仪表, 抄表): the lists, one meter with all its readings, and what can be done with them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, cast

from django import forms
from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yuju.console.form_panels.meters import meter_panel, new_meter_panel
from yuju.console.local_day import today
from yuju.console.navigation import GROUP_FEES
from yuju.console.pages.billed_readings import may_correct_billed
from yuju.console.pages.premises import PropertyForm, building_options, user_of
from yuju.journeys.readings import billed_charge, meter_correct
from yuju.kit import display
from yuju.kit.console import (
    Action,
    Card,
    ChoiceFilter,
    Column,
    ConditionFilter,
    Consequences,
    DateColumn,
    DateRangeFilter,
    DetailPage,
    Fieldset,
    Happening,
    ModelConsole,
    MomentColumn,
    NumberColumn,
    PickField,
    StateColumn,
    Tab,
    Tags,
    console_site,
)
from yuju.kit.console.filters import Condition
from yuju.kit.dates import local_date, month_start
from yuju.metering import services
from yuju.metering.choices import UNITS_OF_MEASURE, MeterKind, ReadingSource
from yuju.metering.models import Installation, Meter, Reading
from yuju.metering.searching import METER
from yuju.metering.selectors import Anomaly, ReadingLine, meter_counts, reading_lines, reading_round
from yuju.premises.models import Property, Unit

VIEW, READ, EDIT = "metering.view", "metering.read", "metering.edit"
CHARTED = 24
"""The chart shows so many of the latest intervals."""

ANOMALIES = {
    Anomaly.BACKWARDS: ("bad", gettext_lazy("Goes backwards")),
    Anomaly.ROLLOVER_NOT_BELOW: ("bad", gettext_lazy("Marked as rolled over, but not below")),
    Anomaly.SPIKE: ("warn", gettext_lazy("Far above the usual")),
}


def standing_readings() -> QuerySet[Reading]:
    return Reading.objects.filter(superseded_by=None, is_void=False)


def place_of(meter: Any) -> Installation | None:
    """Where a meter is, or was last."""
    return next(iter(meter.places), None)


def unit_label(meter: Any) -> str:
    place = place_of(meter)
    return place.point.unit.label if place is not None and place.point.unit is not None else ""


def state(meter: Any) -> list[tuple[str, str]]:
    place = place_of(meter)
    return [("ok", _("Installed"))] if place is not None and place.end is None else [("", _("Removed"))]


def _installed(request: HttpRequest) -> Q:
    return Q(pk__in=Installation.objects.filter(end=None).values("meter"))


def _unread(request: HttpRequest) -> Q:
    # Not asked meter by meter: when all are read, that goes through all of them.
    return _installed(request) & ~Q(
        pk__in=standing_readings().filter(date__gte=month_start(today(request))).values("meter")
    )


def _in_building(request: HttpRequest) -> list[Condition]:
    return [(str(key), name, partial(_hangs_in, key)) for key, name in building_options(request)]


def _hangs_in(building: int) -> Q:
    return Q(pk__in=Installation.objects.filter(point__unit__building_id=building, end=None).values("meter"))


class MeterForm(PropertyForm):
    """A meter; where it is and its first reading are asked for only when it is new."""

    unit = PickField(
        Unit.objects.none(),
        slug="units",
        label=gettext_lazy("Unit"),
        required=False,
        help_text=gettext_lazy("Left empty, it is a meter of the building."),
    )
    start = forms.DateField(label=gettext_lazy("Installed on"), required=False)
    first_value = forms.DecimalField(
        label=gettext_lazy("First reading"), max_digits=16, decimal_places=4, min_value=0, required=False
    )

    class Meta:
        model = Meter
        fields = ("property", "serial", "kind", "multiplier", "digits")
        help_texts = {
            "multiplier": gettext_lazy("What one count is worth; 1 unless the meter has a transformer."),
            "digits": gettext_lazy("Digits before the decimal point."),
        }

    def narrow_choices(self) -> None:
        super().narrow_choices()
        if self.instance.pk is not None:
            for name in ("kind", "unit", "start", "first_value"):
                del self.fields[name]
            return
        offered = Property.objects.visible_to(user_of(self.request), EDIT).order_by("code", "pk")
        cast("forms.ModelChoiceField[Property]", self.fields["property"]).queryset = offered
        units = Unit.objects.visible_to(user_of(self.request), EDIT).select_related("building")
        chosen: Property | None = getattr(self.request, "property", None)
        cast(PickField, self.fields["unit"]).queryset = units if chosen is None else units.filter(property=chosen)


@console_site.register
class MeterConsole(ModelConsole[Meter]):
    """Meters with where they are and their latest reading."""

    model = Meter
    slug = "meters"
    title = gettext_lazy("Meters")
    title_one = gettext_lazy("Meter")
    icon = "gauge"
    group, order = GROUP_FEES, 310
    view_permission, edit_permission = VIEW, EDIT
    ordering = ("serial",)
    search_kind = METER
    search_hint = gettext_lazy("Serial number, unit")
    empty_text = gettext_lazy("Import the meters from Excel or add them one by one.")
    detail_template = "console/metering/meter.html"
    tabs = (
        Tab("installed", gettext_lazy("Installed"), _installed),
        Tab("unread", gettext_lazy("Not read this month"), _unread),
        Tab("removed", gettext_lazy("Removed"), lambda request: ~_installed(request)),
    )
    columns = (
        Column("serial", gettext_lazy("Serial number"), sort="serial", link=True, sm=1),
        Column("unit", gettext_lazy("Unit"), value=unit_label, sm=2),
        Column("property", gettext_lazy("Property"), across=True),
        Column("kind", gettext_lazy("Kind"), cell="console/metering/kind.html", sm=4),
        NumberColumn("last_value", gettext_lazy("Last reading"), sm=3),
        DateColumn("last_date", gettext_lazy("Read on"), sm=5),
        NumberColumn("multiplier", gettext_lazy("Multiplier")),
        NumberColumn("digits", gettext_lazy("Digits"), hidden=True),
        Tags("state", gettext_lazy("State"), value=state, dot=True),
    )
    filters = (
        ChoiceFilter("kind", gettext_lazy("Kind"), MeterKind.choices),
        ConditionFilter("building", gettext_lazy("Building"), _in_building),
    )
    form_class = MeterForm
    fieldsets = (
        Fieldset(gettext_lazy("Meter"), ("property", "serial", "kind", "multiplier", "digits")),
        Fieldset(gettext_lazy("Place and first reading"), ("unit", "start", "first_value")),
    )

    def with_related(self, rows: QuerySet[Meter]) -> QuerySet[Meter]:
        latest = standing_readings().filter(meter=OuterRef("pk")).order_by("-date")
        places = Installation.objects.select_related("point__unit").order_by("-start", "-pk")
        return (
            rows.select_related("property")
            .annotate(last_value=Subquery(latest.values("value")[:1]), last_date=Subquery(latest.values("date")[:1]))
            .prefetch_related(Prefetch("installations", places, to_attr="places"))
        )

    def tab_counts(self, request: HttpRequest) -> dict[str, int]:
        return meter_counts(self.place_ids(request), month_start(today(request)))

    def list_actions(self, request: HttpRequest) -> list[Action]:
        if not self.may(request, READ):
            return []
        return [
            Action(_("Readings"), reverse("console:readings-list"), icon="clipboard-list"),
            Action(_("Reading sheet"), reverse("console:reading-sheet"), icon="table"),
            Action(_("Read meters"), reverse("console:read"), icon="pencil"),
        ]

    def detail(self, request: HttpRequest, row: Any) -> DetailPage:
        place = place_of(row)
        parents = []
        if (
            place is not None
            and place.point.unit is not None
            and user_of(request).may("premises.view", row.property_id)
        ):
            unit = place.point.unit
            parents.append((unit.label, self.site.consoles["units"].url("detail", unit.pk)))
        return DetailPage(
            heading=row.serial,
            tags=[*state(row), ("", str(row.get_kind_display()))],
            subtitle=" · ".join(filter(None, [unit_label(row), str(row.property)])),
            parents=parents,
        )

    def detail_context(self, request: HttpRequest, row: Any) -> dict[str, Any]:
        lines = reading_lines(row)
        billed = billed_charge(row, row_first_day(lines)) if lines else None
        place = place_of(row)
        installed = place is not None and place.end is None
        others = Installation.objects.filter(point__in=[one.point_id for one in row.places])
        measured = [line for line in lines if line.stands and line.consumption is not None]
        stops = reading_round(row.property_id, meter_id=row.pk) if installed else []
        return {
            "lines": lines,
            "anomalies": {key.value: pair for key, pair in ANOMALIES.items()},
            "billed_until": billed.end if billed is not None else None,
            "may_read": installed and self.may(request, READ, row),
            "may_correct_billed": may_correct_billed(request, row),
            "may_replace": installed and self.may(request, EDIT, row),
            "places": list(others.select_related("meter", "point__unit").order_by("-start", "-pk")),
            "unit_of_measure": UNITS_OF_MEASURE[MeterKind(row.kind)],
            "chart": _chart(row, measured) if len(measured) > 1 else None,
            "usual": stops[0].usual * 30 if stops and stops[0].usual is not None else None,
            "year": _this_year(measured, local_date(timezone.now(), row.property.time_zone).year),
            "latest": measured[0] if measured else None,
        }

    def consequences(self, request: HttpRequest, form: Any, row: Meter | None) -> Consequences:
        return new_meter_panel(form.cleaned_data) if row is None else meter_panel(form.cleaned_data, row)

    def save(self, request: HttpRequest, form: Any, row: Meter | None) -> Meter:
        given = {**form.cleaned_data, "by": user_of(request), "at": timezone.now()}
        return services.meter_create(**given) if row is None else meter_correct(meter=row, **given)


def row_first_day(lines: list[ReadingLine]) -> Any:
    """The day of a meter's first reading."""
    return lines[-1].reading.date


def _this_year(lines: list[ReadingLine], year: int) -> Any:
    """What the year's tiers count so far: intervals belong to the year of their later reading."""
    return sum(line.consumption or 0 for line in lines if line.reading.date.year == year)


@dataclass(frozen=True)
class Bar:
    """One interval of the chart, in its own units of 0 to 120."""

    x: int
    y: float
    height: float
    title: str
    odd: bool


def _chart(meter: Meter, lines: list[ReadingLine]) -> dict[str, Any]:
    """The consumption of the latest intervals as bars, the oldest first; a table below says the same in figures."""
    shown = lines[:CHARTED][::-1]
    most = max(float(line.consumption or 0) for line in shown) or 1.0
    unit = UNITS_OF_MEASURE[MeterKind(meter.kind)]
    bars = []
    for index, line in enumerate(shown):
        height = round(max(float(line.consumption or 0) / most * 120, 1), 1)
        title = f"{line.reading.date}: {display.number_text(line.consumption)} {unit}"
        bars.append(Bar(index * 24 + 4, round(124 - height, 1), height, title, line.anomaly is not None))
    return {
        "bars": bars,
        "width": len(bars) * 24,
        "first": shown[0].reading.date,
        "last": shown[-1].reading.date,
        "most": f"{display.number_text(max(line.consumption or Decimal(0) for line in shown))} {unit}",
        "label": _("Consumption of the last %(count)d intervals") % {"count": len(shown)},
    }


def superseded(reading: Reading) -> list[tuple[str, str]]:
    if reading.superseded_by_id is not None:
        return [("", _("Superseded"))]
    return [("warn", _("Rolled over"))] if reading.is_rollover else []


@console_site.register
class ReadingConsole(ModelConsole[Reading]):
    """Readings of all meters, the latest first; what can be done with one stands on its meter's page."""

    model = Reading
    slug = "readings"
    title = gettext_lazy("Readings")
    title_one = gettext_lazy("Reading")
    icon = "clipboard-list"
    group, order = GROUP_FEES, 320
    in_navigation = False
    view_permission = VIEW
    ordering = ("-date", "-meter_id")
    search_hint = gettext_lazy("Serial number, unit")
    empty_text = gettext_lazy("Readings come from the property workbook, from reading sheets and from the round.")
    columns = (
        DateColumn("date", gettext_lazy("Date"), sort=("date", "meter_id"), sm=5),
        Column("meter.serial", gettext_lazy("Meter"), link=True, sm=1),
        Column("unit", gettext_lazy("Unit"), value=lambda reading: unit_label(reading.meter), sm=2),
        Column("property", gettext_lazy("Property"), across=True),
        Column("kind", gettext_lazy("Kind"), value=lambda reading: reading.meter.get_kind_display()),
        NumberColumn("value", gettext_lazy("Reading"), sm=3),
        Tags("state", gettext_lazy("State"), value=superseded, sm=4),
        StateColumn("source", gettext_lazy("Source")),
        Column("read_by", gettext_lazy("Read by")),
    )
    filters = (
        DateRangeFilter("date", gettext_lazy("Date")),
        ChoiceFilter("kind", gettext_lazy("Kind"), MeterKind.choices, lookup="meter__kind"),
        ChoiceFilter("source", gettext_lazy("Source"), ReadingSource.choices),
    )
    cards = (
        Card(
            gettext_lazy("Reading"),
            (
                Column("meter.serial", gettext_lazy("Meter")),
                Column("unit", gettext_lazy("Unit"), value=lambda reading: unit_label(reading.meter)),
                DateColumn("date", gettext_lazy("Date")),
                NumberColumn("value", gettext_lazy("Reading")),
                Tags("state", gettext_lazy("State"), value=superseded),
                Column("reason", gettext_lazy("Reason")),
                StateColumn("source", gettext_lazy("Source")),
                Column("read_by", gettext_lazy("Read by")),
                MomentColumn("created_at", gettext_lazy("Written down")),
            ),
        ),
    )

    def scoped(self, request: HttpRequest) -> QuerySet[Reading]:
        return super().scoped(request).filter(is_void=False)

    def with_related(self, rows: QuerySet[Reading]) -> QuerySet[Reading]:
        places = Installation.objects.select_related("point__unit").order_by("-start", "-pk")
        return rows.select_related("meter", "property", "read_by").prefetch_related(
            Prefetch("meter__installations", places, to_attr="places")
        )

    def search(self, rows: QuerySet[Reading], text: str) -> QuerySet[Reading]:
        return rows.filter(meter__in=console_site.consoles["meters"].search(Meter.objects.all(), text).values("pk"))

    def search_left_out(self, text: str) -> str:
        return console_site.consoles["meters"].search_left_out(text)

    def detail(self, request: HttpRequest, row: Reading) -> DetailPage:
        meters = console_site.consoles["meters"]
        return DetailPage(
            heading=f"{row.meter.serial} · {row.date}", parents=[(row.meter.serial, meters.detail_url(row.meter))]
        )

    def history_more(self, request: HttpRequest, row: Reading) -> list[Happening]:
        by = str(row.read_by or row.get_source_display())
        return [Happening(_("Written down"), row.created_at, by=by, kind="brand")]

    def detail_actions(self, request: HttpRequest, row: Reading) -> list[Action]:
        if row.superseded_by_id is not None or not self.may(request, READ, row):
            return []
        return [Action(_("Correct"), reverse("console:reading-correct", args=[row.pk]), icon="edit")]
