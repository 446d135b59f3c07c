"""Small words on the pages of residents, leases and meters."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yuju.kit import display
from yuju.kit.dates import local_date
from yuju.kit.templatetags.ui import svg, tag
from yuju.metering.choices import UNITS_OF_MEASURE, MeterKind
from yuju.metering.selectors import RoundStop
from yuju.payments.choices import BillState
from yuju.payments.selectors import bill_state
from yuju.reporting.stays import days_left, is_over
from yuju.residency.choices import TenureKind, TenureState
from yuju.residency.models import Tenure

register = template.Library()

BILL_TONES = {BillState.DUE: "info", BillState.PART_PAID: "warn", BillState.OVERDUE: "bad", BillState.PAID: "ok"}
METER_ICONS: dict[MeterKind, dict[str, str]] = {
    MeterKind.WATER: {"icon": "droplet"},
    MeterKind.ELECTRICITY: {"icon": "bolt"},
    MeterKind.GAS: {"icon": "flame"},
    MeterKind.HEAT: {"icon": "temperature"},
}
"""Read by the asset build too, which collects the icons used."""

MONTH = Decimal(30)


@register.simple_tag
def bill_tag(bill: Any) -> SafeString:
    """Where a bill stands today at its property."""
    state = bill_state(bill, local_date(timezone.now(), bill.property.time_zone))
    return tag(state.label, BILL_TONES.get(state, ""), dot=True)


def tenure_state(tenure: Tenure, day: date) -> tuple[str, str]:
    """Where a lease or ownership stands on a local day: the colour and the words."""
    if tenure.kind == TenureKind.OWNERSHIP:
        return _by_days(tenure, day)
    match TenureState(tenure.state):
        case TenureState.RESERVED:
            return "vio", str(TenureState.RESERVED.label)
        case TenureState.SIGNED:
            return ("info", str(TenureState.SIGNED.label)) if tenure.start > day else ("warn", _("Due to move in"))
        case TenureState.ENDED | TenureState.CANCELLED:
            return "", str(tenure.get_state_display())
    if tenure.end is not None and is_over(tenure, day):
        over = (day - tenure.end).days
        words = ngettext("Not checked out, %(number)s day over", "Not checked out, %(number)s days over", over)
        return "bad", words % {"number": over}
    return _by_days(tenure, day)


def _by_days(tenure: Tenure, day: date) -> tuple[str, str]:
    if tenure.start > day:
        return "info", _("Not begun")
    if tenure.end is not None and tenure.end < day:
        return "", _("Ended")
    left = days_left(tenure.end, day) if tenure.kind == TenureKind.LEASE else None
    if left == 0:
        return "warn", _("Ends today")
    if left is not None:
        return "warn", ngettext("Ends in %(number)s day", "Ends in %(number)s days", left) % {"number": left}
    return "ok", _("In force")


@register.simple_tag
def tenure_tag(tenure: Tenure, day: date) -> SafeString:
    """The state of a lease or ownership, as a tag."""
    tone, words = tenure_state(tenure, day)
    return tag(words, tone, dot=True)


@register.simple_tag
def meter_kind(kind: str) -> SafeString:
    """The kind of a meter with its sign."""
    return format_html("{} {}", svg(METER_ICONS[MeterKind(kind)]["icon"]), MeterKind(kind).label)


@register.simple_tag
def unit_of(kind: str) -> str:
    """What a meter of this kind counts: kWh or m³."""
    return UNITS_OF_MEASURE[MeterKind(kind)]


@register.simple_tag
def usual_month(stop: RoundStop) -> Any:
    """What a meter usually counts in a month of thirty days."""
    if stop.usual is None:
        return display.MISSING
    return f"{display.number_text(stop.usual * MONTH, 1)} {UNITS_OF_MEASURE[MeterKind(stop.kind)]}"
