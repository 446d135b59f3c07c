"""The panel beside the form of a lease: what is billed first, what is in the way, what a change does."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from yuju.billing.models import RecurringCharge
from yuju.console.rehearsal import SHOWN, going_on, rehearse
from yuju.journeys.lease_preview import FirstCharge, first_charges
from yuju.kit.console import Caution, Consequences, Line
from yuju.premises.models import Unit
from yuju.reporting.free_units import standing_tenures
from yuju.residency.choices import TenureKind
from yuju.residency.models import Resident, Tenure


def new_lease_panel(given: Mapping[str, Any]) -> Consequences:
    """The first charges of the lease being filled in, as far as it is, and who holds the unit on these days."""
    title = _("What is billed first")
    unit, start, end = given.get("unit"), given.get("start"), given.get("end")
    cautions = _in_the_way(unit, given.get("kind"), start, end) if unit is not None and start is not None else []
    deposit = given.get("deposit") or Decimal(0)
    charges: list[FirstCharge] = []
    if unit is not None and start is not None and (end is None or end >= start):
        charges = first_charges(
            unit=unit,
            start=start,
            end=end,
            rent=given.get("rent"),
            occupants=given.get("occupants"),
            tariffs=given.get("tariffs") or (),
        )
    lines = [Line(_("Deposit"), deposit)] if deposit else []
    lines += [_first_line(one) for one in charges]
    if not lines:
        text = _("Choose the unit, the first day and what is billed: the first charges stand here.")
        return Consequences(title, cautions=cautions + _elsewhere(given.get("resident"), start), text=text)
    total = deposit + sum((one.amount or Decimal(0) for one in charges), Decimal(0))
    return Consequences(title, lines, total, cautions + _elsewhere(given.get("resident"), start))


def _first_line(one: FirstCharge) -> Line:
    days = f"{one.start} – {one.end}" if one.start else ""
    if one.amount is not None:
        return Line(one.name, one.amount, days)
    return Line(one.name, one.cause, days, kind="warn") if one.cause else Line(one.name, _("by readings"), days)


def _in_the_way(unit: Unit, kind: str | None, start: date, end: date | None) -> list[Caution]:
    """Whoever holds the unit in the same way on one of the days."""
    held = standing_tenures().filter(Q(end=None) | Q(end__gte=start), unit=unit, kind=kind or TenureKind.LEASE)
    if end is not None:
        held = held.filter(start__lte=end)
    sentence = _("%(number)s of %(name)s holds %(unit)s from %(start)s to %(end)s.")
    return [
        Caution(
            sentence
            % {
                "number": one.number,
                "name": one.resident.name,
                "unit": unit.label,
                "start": one.start,
                "end": one.end or _("open"),
            },
            url=reverse("console:leases-detail", args=[one.pk]),
            link=_("Open"),
            kind="bad",
        )
        for one in held.select_related("resident").order_by("start")[:2]
    ]


def _elsewhere(resident: Resident | None, start: date | None) -> list[Caution]:
    """What the resident holds besides."""
    if resident is None or start is None:
        return []
    held = standing_tenures().filter(Q(end=None) | Q(end__gte=start), resident=resident).select_related("unit")
    words = {one.unit.label: one for one in held.order_by("start")[:3]}
    return [
        Caution(
            _("%(name)s also holds %(unit)s.") % {"name": resident.name, "unit": label},
            url=reverse("console:leases-detail", args=[one.pk]),
            link=_("Open"),
            kind="info",
        )
        for label, one in words.items()
    ]


def lease_panel(row: Tenure, day: date, change: Callable[[Tenure], Any] | None) -> Consequences:
    """What a change of a lease does to its next charges.

    Args:
        change: makes the change to the tenure it is given; None while there is none, or not all fields are right.
    """
    title = _("What is billed differently")
    if change is None:
        return Consequences(
            title, text=_("Change the days, the rent or the occupants to see what is billed differently.")
        )
    charges = going_on(RecurringCharge.objects.filter(account__tenure=row), day)[:SHOWN]
    found = rehearse(lambda: change(copy.copy(row)), charges)
    text = ""
    if not found.cautions:
        text = (
            _("Issued bills stay as they are.")
            if found.lines
            else _("The charges of the coming year stay as they are.")
        )
    return Consequences(title, found.lines, cautions=found.cautions, text=text)
