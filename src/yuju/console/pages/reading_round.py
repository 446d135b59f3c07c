"""The reading round: meter after meter by keyboard or phone, and the same by an Excel sheet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.files.base import ContentFile
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods

from yuju.console.navigation import GROUP_FEES
from yuju.console.pages.meters import READ
from yuju.console.pages.premises import user_of
from yuju.journeys.reading_sheet import Checked, sheet_apply, sheet_check, sheet_report, sheet_write
from yuju.journeys.readings import reading_enter
from yuju.kit import display, files
from yuju.kit.console import ConsoleForm, console_site
from yuju.kit.dates import local_date, month_start
from yuju.kit.errors import Refused
from yuju.kit.toasts import toast_add
from yuju.metering.choices import UNITS_OF_MEASURE, MeterKind
from yuju.metering.models import Meter
from yuju.metering.selectors import SPIKE, RoundStop, consumed, reading_round
from yuju.premises.models import Building, Property

NEAR = 12
"""The list beside the form shows so many meters before and after the one at hand."""
FAULTS_SHOWN = 200
REPORT = "reading_report"


class EntryForm(ConsoleForm):
    """What one meter shows. `seen` repeats an unusual value that was confirmed."""

    date = forms.DateField(label=gettext_lazy("Date"))
    value = forms.DecimalField(
        label=gettext_lazy("This reading"),
        max_digits=16,
        decimal_places=4,
        min_value=0,
        widget=forms.TextInput(attrs={"class": "form-control reading-value num", "inputmode": "decimal"}),
    )
    is_rollover = forms.BooleanField(
        label=gettext_lazy("The counter passed its highest number since the reading before"), required=False
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)


@dataclass(frozen=True)
class Round:
    """The round chosen by the address: a property, and a building and kind of it if wanted.

    Attributes:
        done: the meters read this month.
        at: the place of the meter at hand among the stops; None when all are read.
    """

    property: Property
    building: Building | None
    kind: str
    stops: list[RoundStop]
    done: frozenset[int]
    at: int | None

    def query(self, **changes: Any) -> str:
        values = {"building": self.building.pk if self.building is not None else "", "kind": self.kind, **changes}
        return "?" + urlencode({key: value for key, value in values.items() if value})


def _properties(request: HttpRequest) -> list[Property]:
    chosen: Property | None = getattr(request, "property", None)
    rows = Property.objects.visible_to(user_of(request), READ)
    if chosen is not None:
        rows = rows.filter(pk=chosen.pk)
    return list(rows.order_by("code", "pk"))


def _number(request: HttpRequest, name: str) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def _round(request: HttpRequest, property: Property) -> tuple[Round, list[Building]]:
    buildings = list(Building.objects.filter(property=property).order_by("sort_key", "pk"))
    building = next((one for one in buildings if one.pk == _number(request, "building")), None)
    kind = request.GET.get("kind", "")
    kind = kind if kind in MeterKind.values else ""
    stops = reading_round(property.pk, kind=kind, building_id=building.pk if building is not None else None)
    since = month_start(local_date(timezone.now(), property.time_zone))
    done = frozenset(stop.meter_id for stop in stops if stop.last_date is not None and stop.last_date >= since)
    wanted = _number(request, "meter")
    at = next((index for index, stop in enumerate(stops) if stop.meter_id == wanted), None)
    if at is None:
        at = next((index for index, stop in enumerate(stops) if stop.meter_id not in done), None)
    return Round(property, building, kind, stops, done, at), buildings


@console_site.page(
    "read", title=gettext_lazy("Read meters"), icon="pencil", group=GROUP_FEES, order=315, permission=READ
)
@require_http_methods(["GET", "POST"])
def read_page(request: HttpRequest) -> HttpResponseBase:
    """One meter at a time: Enter keeps the reading and goes on to the next that is not read this month."""
    places = _properties(request)
    wanted = _number(request, "property")
    place = next((one for one in places if one.pk == wanted), places[0] if len(places) == 1 else None)
    if place is None:
        return render(request, "console/metering/choose.html", {"places": places, "heading": _("Read meters")})
    round_, buildings = _round(request, place)
    stop = round_.stops[round_.at] if round_.at is not None else None
    today = local_date(timezone.now(), place.time_zone)
    kept = request.session.get("reading_date", "")
    initial = {"date": parse_date(kept) if kept and parse_date(kept) else today}
    form = EntryForm(request.POST or None, request=request, initial=initial)
    warning = ""
    if request.method == "POST" and stop is not None and form.is_valid():
        warning = _unusual(stop, form.cleaned_data)
        if not warning:
            try:
                saved = _enter(request, stop, form)
                request.session["reading_date"] = saved.isoformat() if saved != today else ""
                return redirect(reverse("console:read") + round_.query(property=place.pk, meter=_next(round_)))
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
    near = range(max((round_.at or 0) - NEAR, 0), min((round_.at or 0) + NEAR + 1, len(round_.stops)))
    context = {
        "round": round_,
        "stop": stop,
        "form": form,
        "warning": warning,
        "seen": form.data.get("value", "") if warning else "",
        "shares": len(round_.done) / len(round_.stops) if round_.stops else 0,
        "near": [
            (round_.stops[index], round_.query(property=place.pk, meter=round_.stops[index].meter_id)) for index in near
        ],
        "kinds": [("", _("All"), round_.query(property=place.pk, kind=""), not round_.kind)]
        + [
            (kind.value, kind.label, round_.query(property=place.pk, kind=kind.value), round_.kind == kind.value)
            for kind in MeterKind
        ],
        "buildings": [(_("All"), round_.query(property=place.pk, building=""), round_.building is None)]
        + [(str(one), round_.query(property=place.pk, building=one.pk), one == round_.building) for one in buildings],
        "previous": _step(round_, -1),
        "following": _step(round_, 1),
        "unit_of_measure": UNITS_OF_MEASURE[MeterKind(stop.kind)] if stop is not None else "",
        "backwards": bool(form.errors.get("value"))
        or bool(form.errors.get("is_rollover"))
        or bool(form["is_rollover"].value()),
    }
    return render(request, "console/metering/read.html", context, status=422 if form.errors or warning else 200)


def _enter(request: HttpRequest, stop: RoundStop, form: EntryForm) -> date:
    values = form.cleaned_data
    meter = Meter.objects.select_related("property").get(pk=stop.meter_id)
    reading = reading_enter(
        meter=meter,
        date=values["date"],
        value=values["value"],
        is_rollover=values["is_rollover"],
        by=user_of(request),
        at=timezone.now(),
    )
    return reading.date


def _unusual(stop: RoundStop, values: dict[str, Any]) -> str:
    """A sentence about a consumption far above the usual, unless this very value was seen and confirmed."""
    if (
        stop.usual is None
        or stop.last_date is None
        or stop.last_value is None
        or values["seen"] == str(values["value"])
    ):
        return ""
    used, _anomaly = consumed(stop.last_value, values["value"], values["is_rollover"], stop.multiplier, stop.digits)
    days = (values["date"] - stop.last_date).days
    if used is None or days < 1 or not stop.usual or used / days <= SPIKE * stop.usual:
        return ""
    return _(
        "The consumption is %(used)s %(unit)s, %(times)s times the usual. Press the button again if it is right."
    ) % {
        "used": display.number_text(used),
        "unit": UNITS_OF_MEASURE[MeterKind(stop.kind)],
        "times": display.number_text(used / days / stop.usual, 1),
    }


def _next(round_: Round) -> int | str:
    """The next meter that is not read yet, after the one at hand or from the beginning; empty when all are read."""
    at = round_.at or 0
    order = [*round_.stops[at + 1 :], *round_.stops[:at]]
    return next((stop.meter_id for stop in order if stop.meter_id not in round_.done), "")


def _step(round_: Round, by: int) -> str:
    at = (round_.at if round_.at is not None else 0) + by
    if round_.at is None or not 0 <= at < len(round_.stops):
        return ""
    return round_.query(property=round_.property.pk, meter=round_.stops[at].meter_id)


class SheetForm(ConsoleForm):
    """A filled-in reading sheet."""

    sheet = forms.FileField(
        label=gettext_lazy("Filled-in sheet (.xlsx)"), widget=forms.FileInput(attrs={"accept": ".xlsx"})
    )


@console_site.page(
    "reading-sheet", title=gettext_lazy("Reading sheet"), permission=READ, route="reading-sheet/", in_navigation=False
)
@require_http_methods(["GET", "POST"])
def sheet_page(request: HttpRequest) -> HttpResponseBase:
    """Takes a sheet in: whole when every row is right, not at all otherwise."""
    places = _properties(request)
    wanted = _number(request, "property")
    place = next((one for one in places if one.pk == wanted), places[0] if len(places) == 1 else None)
    if place is None:
        return render(request, "console/metering/choose.html", {"places": places, "heading": _("Reading sheet")})
    form = SheetForm(request.POST or None, request.FILES or None, request=request)
    checked: Checked | None = None
    if request.method == "POST" and form.is_valid():
        try:
            files.check(form.cleaned_data["sheet"], [files.XLSX], field="sheet")
            today = local_date(timezone.now(), place.time_zone)
            checked = sheet_check(place, form.cleaned_data["sheet"].read(), today=today)
            if not checked.faults:
                count = sheet_apply(place, checked, by=user_of(request), at=timezone.now())
                words = ngettext("%(count)d reading written down", "%(count)d readings written down", count)
                toast_add(request, words % {"count": count})
                return redirect("console:readings-list")
            _keep_report(request, checked)
        except Refused as refusal:
            form.add_error("sheet", str(refusal))
    buildings = Building.objects.filter(property=place).order_by("sort_key", "pk")
    context = {
        "place": place,
        "form": form,
        "checked": checked,
        "faults": checked.faults[:FAULTS_SHOWN] if checked is not None else [],
        "buildings": buildings,
        "kinds": MeterKind.choices,
        "query": f"?property={place.pk}",
    }
    return render(request, "console/metering/sheet.html", context, status=422 if form.errors or checked else 200)


def _keep_report(request: HttpRequest, checked: Checked) -> None:
    """Keeps the coloured copy for this browser; the one before goes away."""
    if old := request.session.get(REPORT):
        files.forget(old)
    stored = files.keep(ContentFile(sheet_report(checked), "report.xlsx"), [files.XLSX], folder="reading-reports")
    request.session[REPORT] = stored.path


@console_site.page("reading-sheet-file", title="", permission=READ, route="reading-sheet/file", in_navigation=False)
@require_GET
def sheet_file_page(request: HttpRequest) -> HttpResponseBase:
    """The sheet of a round, to fill in."""
    place = next((one for one in _properties(request) if one.pk == _number(request, "property")), None)
    if place is None:
        raise Http404
    round_, _buildings = _round(request, place)
    today = local_date(timezone.now(), place.time_zone)
    data = sheet_write(
        place, on=today, kind=round_.kind, building_id=round_.building.pk if round_.building is not None else None
    )
    name = f"{place.code} {_('Readings')} {today}.xlsx"
    return FileResponse(ContentFile(data), as_attachment=True, filename=name, content_type=files.XLSX.content_type)


@console_site.page("reading-sheet-report", title="", permission=READ, route="reading-sheet/report", in_navigation=False)
@require_GET
def sheet_report_page(request: HttpRequest) -> HttpResponseBase:
    """The coloured copy of the sheet that was refused last."""
    path = request.session.get(REPORT)
    if not path:
        raise Http404
    try:
        return files.answer(path, f"{_('Readings')} {_('Faults')}.xlsx")
    except FileNotFoundError:
        toast_add(request, _("The file has been deleted: it was too old."), kind="bad")
        return redirect("console:reading-sheet")
