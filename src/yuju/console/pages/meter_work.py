"""What is done with one meter: reading it, putting a wrong reading right, replacing it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from yuju.console.pages.billed_readings import billed_correction, may_correct_billed
from yuju.console.pages.meters import EDIT, READ, standing_readings
from yuju.console.pages.premises import user_of
from yuju.journeys.readings import reading_correct, reading_enter
from yuju.kit import display
from yuju.kit.console import ConsoleForm, console_site
from yuju.kit.dates import local_date
from yuju.kit.errors import Refused
from yuju.kit.toasts import toast_add
from yuju.metering.models import Meter, Reading
from yuju.metering.services import meter_replace

VALUE: dict[str, Any] = {"max_digits": 16, "decimal_places": 4, "min_value": 0}


class ReadingForm(ConsoleForm):
    """A new reading."""

    date = forms.DateField(label=gettext_lazy("Date"))
    value = forms.DecimalField(label=gettext_lazy("Reading"), **VALUE)
    is_rollover = forms.BooleanField(
        label=gettext_lazy("The counter passed its highest number since the reading before"), required=False
    )


class CorrectionForm(ReadingForm):
    """What takes the place of a wrong reading."""

    value = forms.DecimalField(label=gettext_lazy("What the meter really showed"), required=False, **VALUE)
    is_void = forms.BooleanField(label=gettext_lazy("There was no reading at all: take it away"), required=False)
    reason = forms.CharField(
        label=gettext_lazy("Why the reading is wrong"),
        max_length=200,
        help_text=gettext_lazy("The wrong reading stays to be seen, with this reason beside it."),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("value") is None and not values.get("is_void") and "value" not in self.errors:
            self.add_error("value", _("Give what the meter showed, or take the reading away."))
        return values


class ReplacementForm(ConsoleForm):
    """The old meter's last reading and the new meter with its first."""

    on = forms.DateField(label=gettext_lazy("Replaced on"))
    last_value = forms.DecimalField(label=gettext_lazy("Last reading of the old meter"), **VALUE)
    last_is_rollover = forms.BooleanField(
        label=gettext_lazy("The counter passed its highest number since the reading before"), required=False
    )
    serial = forms.CharField(label=gettext_lazy("Serial number of the new meter"), max_length=60)
    first_value = forms.DecimalField(label=gettext_lazy("First reading of the new meter"), **VALUE)
    multiplier = forms.DecimalField(label=gettext_lazy("Multiplier"), max_digits=12, decimal_places=4)
    digits = forms.IntegerField(label=gettext_lazy("Digits"), min_value=1, max_value=12)


Work = Callable[[dict[str, Any]], Any]
"""Does what a form asks; answers with the meter to go on to, or with a page that asks further."""


def _page(
    request: HttpRequest, meter: Meter, form: ConsoleForm, heading: str, work: Work, hint: Any = ""
) -> HttpResponseBase:
    """Shows a form about a meter, and does the work when it is sent."""
    back = reverse("console:meters-detail", args=[meter.pk])
    if request.method == "POST" and form.is_valid():
        try:
            done = work({**form.cleaned_data, "by": user_of(request), "at": timezone.now()})
            if isinstance(done, HttpResponseBase):
                return done
            toast_add(request, _("Saved"))
            return redirect("console:meters-detail", done.pk if isinstance(done, Meter) else meter.pk)
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
    latest = standing_readings().filter(meter=meter).order_by("-date").first()
    last = (
        _("Last reading %(value)s on %(day)s") % {"value": display.number_text(latest.value), "day": latest.date}
        if latest is not None
        else _("Not read yet")
    )
    context = {
        "form": form,
        "heading": heading,
        "sub": f"{meter.serial} · {meter.get_kind_display()} · {last}",
        "crumbs": [(_("Meters"), reverse("console:meters-list")), (meter.serial, back), (heading, "")],
        "back_url": back,
        "hint": hint,
    }
    return render(request, "console/residency/small_form.html", context, status=422 if form.errors else 200)


def _meter(request: HttpRequest, pk: int, permission: str) -> Meter:
    found: Meter = get_object_or_404(
        Meter.objects.visible_to(user_of(request), permission).select_related("property"), pk=pk
    )
    return found


@console_site.page("reading-new", title="", permission=READ, route="meters/<int:pk>/readings/new/", in_navigation=False)
@require_http_methods(["GET", "POST"])
def reading_new_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Writes down a reading of one meter."""
    meter = _meter(request, pk, READ)
    initial = {"date": local_date(timezone.now(), meter.property.time_zone)}
    form = ReadingForm(request.POST or None, request=request, initial=initial)
    return _page(request, meter, form, _("New reading"), lambda given: reading_enter(meter=meter, **given))


@console_site.page(
    "reading-correct", title="", permission=READ, route="readings/<int:pk>/correct/", in_navigation=False
)
@require_http_methods(["GET", "POST"])
def reading_correct_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Puts another reading in the place of a wrong one."""
    rows = Reading.objects.visible_to(user_of(request), READ).select_related("meter__property")
    reading = get_object_or_404(rows, pk=pk, is_void=False)
    initial = {"date": reading.date, "is_rollover": reading.is_rollover}
    form = CorrectionForm(request.POST or None, request=request, initial=initial)

    def work(given: dict[str, Any]) -> Reading | HttpResponseBase:
        if given.pop("is_void"):
            given["value"] = None
        try:
            return reading_correct(reading=reading, **given)
        except Refused as refusal:
            if refusal.code != "billed" or not may_correct_billed(request, reading.meter):
                raise
        return billed_correction(request, reading, given)

    heading = _("Correct the reading %(value)s of %(day)s") % {
        "value": display.number_text(reading.value),
        "day": reading.date,
    }
    hint = _(
        "A reading is never edited: another takes its place. Where bills stand on it, you see first what would be posted."
    )
    return _page(request, reading.meter, form, heading, work, hint)


@console_site.page("meter-replace", title="", permission=EDIT, route="meters/<int:pk>/replace/", in_navigation=False)
@require_http_methods(["GET", "POST"])
def meter_replace_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Puts another meter in the place of this one."""
    meter = _meter(request, pk, EDIT)
    initial = {
        "on": local_date(timezone.now(), meter.property.time_zone),
        "multiplier": meter.multiplier.normalize(),
        "digits": meter.digits,
    }
    form = ReplacementForm(request.POST or None, request=request, initial=initial)
    hint = _("No consumption lies between the two readings; the year's tiers go on with the new meter.")
    return _page(request, meter, form, _("Replace the meter"), lambda given: meter_replace(meter=meter, **given), hint)
