"""Who arrives in the demo: reserved, half entered, signed, just moved in; and two who did not check out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count

from yuju.billing.choices import Basis, FeeCategory
from yuju.billing.models import RecurringCharge, Tariff
from yuju.billing.selectors.offered import tariffs_offered
from yuju.billing.services.standard import standard_tariffs_set
from yuju.identity.models import User
from yuju.journeys.check_in_plan import last_day
from yuju.journeys.move_in import check_in_complete
from yuju.journeys.reserving import stay_reserve
from yuju.kit.dates import local_date
from yuju.kit.identity_numbers import check_character
from yuju.premises.models import Property, Unit
from yuju.residency.choices import Category, CheckInStep, TenureKind, TenureState
from yuju.residency.models import CheckIn, Tenure
from yuju.residency.services.check_ins import check_in_begin, check_in_keep

ONE_DAY = timedelta(days=1)
OVERSTAYING = 2
USUAL = 0.4
"""What so large a share of the leases of a category is billed is billed as a rule."""


@dataclass(frozen=True)
class Arrival:
    """Somebody who comes to the desk. Days count from today.

    Attributes:
        until: `who` is only asked about, `held` reserves, `terms` leaves it half entered, `signed` and `in` complete it.
    """

    name: str
    phone: str
    born: str
    day: int
    rent: str
    until: str
    terms: dict[str, str] = field(default_factory=dict)
    others: tuple[dict[str, str], ...] = ()
    begun: timedelta = timedelta(hours=2)


ARRIVALS = (
    Arrival("苏晚晴", "13900002718", "19960318", 5, "3280", "held", begun=timedelta(hours=20)),
    Arrival("陆知行", "13900003141", "19921107", 2, "4100", "terms", begun=timedelta(minutes=35)),
    Arrival(
        "唐一诺",
        "13900001618",
        "19980822",
        0,
        "3650",
        "signed",
        terms={"deposit_months": "1", "pay_months": "3", "pay": "1-3"},
    ),
    Arrival(
        "程嘉树",
        "13900001414",
        "19900105",
        6,
        "4380",
        "signed",
        terms={"step_months": "12", "step_kind": "percent", "step_by": "3", "free_days": "7"},
        others=({"name": "许安然", "relation": "配偶", "phone": "13900001732"},),
        begun=timedelta(days=1),
    ),
    Arrival("白露", "13900002236", "20000612", 0, "2980", "in", begun=timedelta(hours=1)),
)


def arrivals_make(*, property: Property, by: User, at: datetime) -> None:
    """Makes stays in every state at a property whose leases are all there."""
    today = local_date(at, property.time_zone)
    _standard(property, by, at)
    _overstay(property, today)
    units = _vacant(property, today)
    for arrival, unit in zip(ARRIVALS, units, strict=True):
        _arrive(arrival, unit, today, by, at)


def _standard(property: Property, by: User, at: datetime) -> None:
    """What most leases of a category are billed is what the property bills as a rule."""
    for category in (Category.LONG_TERM, Category.SHORT_TERM):
        rows = RecurringCharge.objects.filter(property=property, account__tenure__category=category)
        leases = rows.values("account").distinct().count()
        counts = dict(rows.values_list("tariff").annotate(count=Count("account", distinct=True)))
        tariffs = Tariff.objects.filter(property=property, pk__in=counts).exclude(basis=Basis.ONCE)
        chosen = [
            one
            for one in tariffs.select_related("fee_item")
            if one.fee_item.category == FeeCategory.RENT or counts[one.pk] >= USUAL * leases
        ]
        standard_tariffs_set(property=property, category=category, tariffs=chosen, by=by, at=at)


def _overstay(property: Property, today: date) -> None:
    """The workbook knows days alone: here nobody handed the keys back."""
    ended = Tenure.objects.filter(property=property, kind=TenureKind.LEASE, state=TenureState.ENDED, end__lt=today)
    rows = ended.exclude(unit__tenures__end__gte=today).exclude(unit__tenures__end=None).order_by("-end", "pk")
    Tenure.objects.filter(pk__in=list(rows.values_list("pk", flat=True)[:OVERSTAYING])).update(state=TenureState.LIVING)


def _vacant(property: Property, today: date) -> list[Unit]:
    """Rooms nobody holds or comes to, one on each floor."""
    held = Tenure.objects.filter(property=property).exclude(state=TenureState.ENDED).values("unit")
    rows = Unit.objects.filter(property=property).exclude(pk__in=held).select_related("building", "property")
    by_floor: dict[Any, Unit] = {}
    for unit in rows.order_by("sort_key"):
        by_floor.setdefault(unit.floor, unit)
    return list(by_floor.values())[: len(ARRIVALS)]


def _arrive(arrival: Arrival, unit: Unit, today: date, by: User, at: datetime) -> None:
    first, begun_at = today + arrival.day * ONE_DAY, at - arrival.begun
    check_in = check_in_begin(unit=unit, by=by, at=begun_at)
    room = {"start": str(first), "length": "12", "end": "", "category": Category.LONG_TERM.value}
    check_in = _keep(check_in, CheckInStep.ROOM, room, by, begun_at, days=(first, last_day(first, 12)))
    who = {
        "name": arrival.name,
        "phone": arrival.phone,
        "id_type": "id_card",
        "id_number": _id_number(arrival.born),
        "others": list(arrival.others),
    }
    check_in = _keep(check_in, CheckInStep.WHO, who, by, begun_at, name=arrival.name)
    if arrival.until == "held":
        stay_reserve(check_in=check_in, until=at + timedelta(hours=52), by=by, at=begun_at)
        return
    terms = {
        "rent": arrival.rent,
        "pay": "1-1",
        "deposit_months": "1",
        "pay_months": "1",
        **_USUAL_TERMS,
        **arrival.terms,
    }
    check_in = _keep(check_in, CheckInStep.TERMS, terms, by, begun_at)
    if arrival.until == "terms":
        return
    offered = tariffs_offered(unit=unit, category=Category.LONG_TERM, pay_months=int(terms["pay_months"]))
    ticked = {"tariffs": [str(one.tariff.pk) for one in offered if one.ticked]}
    check_in = _keep(check_in, CheckInStep.BILLED, ticked, by, begun_at)
    check_in_complete(check_in=check_in, moves_in=arrival.until == "in", by=by, at=at)


_USUAL_TERMS = {
    "penalty_kind": "months",
    "penalty": "1",
    "notice_days": "30",
    "deposit_return_days": "7",
    "overstay_rate": "200",
}


def _keep(check_in: CheckIn, step: CheckInStep, facts: dict[str, Any], by: User, at: datetime, **more: Any) -> CheckIn:
    steps = list(CheckInStep)
    following = steps[steps.index(step) + 1]
    return check_in_keep(check_in=check_in, step=step, facts=facts, to=following, by=by, at=at, **more)


def _id_number(born: str) -> str:
    """An invented number: of a county code nobody is given."""
    first = f"330199{born}{sum(map(int, born)):03d}"
    return first + check_character(first)
