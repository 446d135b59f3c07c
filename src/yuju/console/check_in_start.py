"""What the fields of a check-in hold before anybody typed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.http import HttpRequest

from yuju.console.check_in_forms import PAYING, RoomForm
from yuju.console.check_in_panels import ticked
from yuju.console.local_day import today
from yuju.premises.models import Unit
from yuju.reporting.free_units import leases_between
from yuju.residency.choices import Category, CheckInStep
from yuju.residency.models import Agreement, CheckIn, TenureTerm
from yuju.residency.services.check_ins import facts_of


def room_start(request: HttpRequest, check_in: CheckIn | None) -> dict[str, Any]:
    """What the first step begins with: the room of the address, from the first day it is free."""
    if check_in is not None:
        return {**facts_of(check_in).get(CheckInStep.ROOM, {}), "unit": check_in.unit_id}
    given = {name: request.GET[name] for name in RoomForm.base_fields if name in request.GET}
    start = today(request)
    picked = given.get("unit", "")
    unit = Unit.objects.filter(pk=picked).first() if picked.isdecimal() and len(picked) < 19 else None
    if unit is not None:
        now = next(iter(leases_between(unit, start, start)), None)
        start = now.end + timedelta(days=1) if now is not None and now.end is not None else start
    return {"start": str(start), "length": "12", "category": Category.LONG_TERM, **given}


def terms_start(check_in: CheckIn) -> dict[str, Any]:
    """The rent the room brought last, and what contracts of the property say besides."""
    last = TenureTerm.objects.filter(tenure__unit=check_in.unit_id, rent__isnull=False).order_by(
        "-tenure__start", "-valid_from"
    )
    rent = last.values_list("rent", flat=True).first()
    usual = Agreement.objects.filter(tenure__property=check_in.property_id).order_by("-pk").first()
    given: dict[str, Any] = {
        "rent": rent if rent is not None else "",
        "pay": "1-1",
        "step_kind": "percent",
        "penalty_kind": "months",
        "penalty": "1",
        "notice_days": "30",
        "deposit_return_days": "7",
    }
    if usual is not None:
        names = ("penalty_kind", "penalty", "notice_days", "deposit_return_days", "overstay_rate")
        given |= {name: getattr(usual, name) for name in names}
        paid = f"{usual.deposit_months.normalize():f}-{usual.pay_months}"
        given["pay"] = paid if paid in dict(PAYING) else "1-1"
    return given


STARTS: dict[CheckInStep, Callable[[CheckIn], dict[str, Any]]] = {
    CheckInStep.WHO: lambda check_in: {},
    CheckInStep.TERMS: terms_start,
    CheckInStep.BILLED: lambda check_in: ticked(check_in),
}
"""By step; the room has its own, since it may not be kept yet."""
