"""Exceptions of a bill run in words: what was found, with its figures, in the reader's language."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from yuju.billing.choices import Cause
from yuju.billing.models import RunException
from yuju.billing.pricing.sentence import number
from yuju.metering.choices import UNITS_OF_MEASURE, MeterKind
from yuju.residency.deaths import death_of


def exception_place(exception: RunException) -> str:
    """Where it is: the unit, or the meter where the meter stands in none."""
    unit = exception.recurring.unit if exception.recurring else exception.point.unit if exception.point else None
    if unit is not None:
        return str(unit.label)
    return str(exception.reading.meter.serial) if exception.reading else ""


def exception_title(exception: RunException) -> str:
    """Where and what: `3栋1107 电费`."""
    place = exception_place(exception)
    if exception.recurring is not None:
        subject = exception.recurring.tariff.fee_item.name
    else:
        subject = exception.point.get_kind_display() if exception.point else ""
    return pgettext("place and subject", "%(place)s %(subject)s") % {"place": place, "subject": subject}


def exception_text(exception: RunException) -> str:
    """What was found, as one or two sentences."""
    detail = exception.detail
    words = {
        "start": exception.start,
        "end": exception.end,
        "tariff": exception.recurring.tariff.name if exception.recurring else "",
        "lease": exception.recurring.account.tenure.number if exception.recurring else "",
        "serial": exception.reading.meter.serial if exception.reading else "",
        "previous": _figure(detail.get("from")),
        "value": _figure(detail.get("to")),
        "used": _figure(detail.get("q"), _measure(exception)),
        "usual": _figure(detail.get("usual"), _measure(exception)),
        "count": detail.get("count", 0),
    }
    match exception.cause:
        case Cause.SPIKE:
            usual = Decimal(detail["usual"])
            words["times"] = f"{Decimal(detail['q']) / usual:.1f}" if usual else "—"
            return (
                _(
                    "Used %(used)s from %(start)s to %(end)s, %(times)s times the %(usual)s of the last %(count)s intervals. "
                    "Reading %(previous)s → %(value)s."
                )
                % words
            )
        case Cause.NO_CONSUMPTION:
            return _("Nothing used from %(start)s to %(end)s; usually %(usual)s. Reading %(value)s.") % words
        case Cause.BACKWARDS:
            return _("Meter %(serial)s on %(end)s: %(value)s is below %(previous)s of %(start)s.") % words
        case Cause.ROLLOVER_NOT_BELOW:
            return (
                _("Meter %(serial)s on %(end)s: %(value)s is marked as rolled over, but not below %(previous)s.")
                % words
            )
        case Cause.WAITING:
            return _("Meter %(serial)s, %(start)s to %(end)s: an earlier reading has to be put right first.") % words
        case Cause.NOBODY:
            return _("Meter %(serial)s, %(start)s to %(end)s: %(used)s belong to no lease.") % words
        case Cause.NO_CLOSING_READING:
            return _("%(lease)s ended on %(end)s; the meter was not read that day or the day after.") % words
        case Cause.HELD:
            return _("%(tariff)s, %(start)s to %(end)s, %(lease)s: %(name)s died on %(day)s; review the stay.") % (
                words | _death(exception)
            )
    return _("%(tariff)s, %(start)s to %(end)s, %(lease)s: not billed.") % words


def _death(exception: RunException) -> dict[str, object]:
    resident = exception.recurring.account.tenure.resident if exception.recurring else None
    death = death_of(resident.pk) if resident is not None else None
    return {"name": resident.name if resident else "", "day": death.died_on if death is not None else "—"}


def exception_icon(exception: RunException) -> str:
    """The icon that stands for what it is about."""
    if exception.point is None:
        return "calendar-time"
    return {MeterKind.ELECTRICITY: "bolt", MeterKind.WATER: "droplet"}.get(MeterKind(exception.point.kind), "gauge")


def _measure(exception: RunException) -> str:
    return UNITS_OF_MEASURE[MeterKind(exception.point.kind)] if exception.point else ""


def _figure(text: str | None, measure: str = "") -> str:
    return "" if text is None else f"{number(Decimal(text))} {measure}".rstrip()
