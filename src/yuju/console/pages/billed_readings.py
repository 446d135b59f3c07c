"""A wrong reading on which bills stand: what putting it right would post is shown, then confirmed by who may issue bills."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from yuju.billing.models import Adjustment
from yuju.console.pages.premises import user_of
from yuju.journeys.readings import Corrected, billed_reading_correct
from yuju.kit import display
from yuju.kit.errors import Refused
from yuju.kit.toasts import toast_add
from yuju.metering.models import Meter, Reading

APPROVE = "bill_runs.issue"
"""Who may issue what is owed may change it."""


FILLED_IN = ("date", "value", "is_rollover", "is_void", "reason")
"""What was filled in, and is sent again with the seal."""


@dataclass(frozen=True)
class Effect:
    """What a charge comes to before and after, in yuan."""

    adjustment: Adjustment
    was: Decimal

    @property
    def now(self) -> Decimal:
        return self.was + self.adjustment.amount


def may_correct_billed(request: HttpRequest, meter: Meter) -> bool:
    """Whether this user may change what was billed for a meter."""
    return user_of(request).may(APPROVE, meter.property_id)


def billed_correction(request: HttpRequest, reading: Reading, given: dict[str, Any]) -> HttpResponseBase:
    """Shows what a correction would post on charges; sent again with the seal of what was shown, it posts just that.

    Raises:
        Refused: it cannot be corrected, whatever is confirmed.
    """
    seal, meter = request.POST.get("shown", ""), reading.meter
    changed = ""
    if seal:
        try:
            billed_reading_correct(reading=reading, shown=seal, **given)
            toast_add(request, _("Saved"))
            return redirect("console:meters-detail", meter.pk)
        except Refused as refusal:
            if refusal.code != "changed":
                raise
            changed = str(refusal)
    corrected, effects = _rehearsed(reading, given)
    return _shown(request, reading, given, corrected, effects, changed)


def _rehearsed(reading: Reading, given: dict[str, Any]) -> tuple[Corrected, list[Effect]]:
    with transaction.atomic():
        corrected = billed_reading_correct(reading=reading, shown=None, **given)
        effects = [_effect(one) for one in corrected.adjustments]
        transaction.set_rollback(True)
    return corrected, effects


def _effect(adjustment: Adjustment) -> Effect:
    before = Adjustment.objects.filter(charge=adjustment.charge, pk__lt=adjustment.pk)
    return Effect(adjustment, adjustment.charge.amount + sum((one.amount for one in before), Decimal(0)))


def _shown(
    request: HttpRequest,
    reading: Reading,
    given: dict[str, Any],
    corrected: Corrected,
    effects: list[Effect],
    changed: str,
) -> HttpResponse:
    meter = reading.meter
    back = reverse("console:meters-detail", args=[meter.pk])
    heading = _("Correct a reading that was billed")
    new = corrected.reading
    context = {
        "heading": heading,
        "sub": f"{meter.serial} · {meter.get_kind_display()}",
        "crumbs": [(_("Meters"), reverse("console:meters-list")), (meter.serial, back), (heading, "")],
        "back_url": back,
        "before": f"{reading.date} · {display.number_text(reading.value)}",
        "after": _("taken away") if new.is_void else f"{new.date} · {display.number_text(new.value)}",
        "effects": effects,
        "total": sum((one.adjustment.amount for one in effects), Decimal(0)),
        "seal": corrected.seal,
        "changed": changed,
        "kept": [(name, request.POST[name]) for name in FILLED_IN if request.POST.get(name)],
    }
    return render(request, "console/metering/billed_correction.html", context)
