"""Which rooms are free on a day, and for how long; who holds one on some days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import DateField, Exists, Max, Min, OuterRef, Q, QuerySet, Subquery

from yuju.premises.models import Unit
from yuju.residency.choices import TenureKind, TenureState
from yuju.residency.models import Tenure
from yuju.residency.selectors import holds_on

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class FreeUnit:
    """A room nobody holds on a day.

    Attributes:
        since: the first day it is free; None where it was never let.
        until: the last free day before the next lease begins; None while there is none.
    """

    unit: Unit
    since: date | None
    until: date | None


def standing_tenures() -> QuerySet[Tenure]:
    """What holds or held a unit: a cancelled reservation never did."""
    return Tenure.objects.exclude(state=TenureState.CANCELLED)


def free_units(units: QuerySet[Unit], on: date, until: date | None, limit: int) -> list[FreeUnit]:
    """The first of some units that nobody holds on a local day, nor by a lease up to another one; in the order of their numbers.
    One statement."""
    here = standing_tenures().filter(unit=OuterRef("pk"))
    leases = here.filter(kind=TenureKind.LEASE).order_by().values("unit")
    free = units.filter(~Exists(here.filter(holds_on(on))))
    if until is not None:
        free = free.filter(~Exists(leases.filter(start__gt=on, start__lte=until)))
    rows: Any = free.annotate(
        last_end=_day(leases.filter(end__lt=on).annotate(day=Max("end"))),
        next_start=_day(leases.filter(start__gt=on).annotate(day=Min("start"))),
    )
    return [
        FreeUnit(
            one,
            one.last_end + ONE_DAY if one.last_end is not None else None,
            one.next_start - ONE_DAY if one.next_start is not None else None,
        )
        for one in rows.order_by("sort_key", "pk")[:limit]
    ]


def _day(rows: QuerySet[Any]) -> Subquery:
    return Subquery(rows.values("day"), output_field=DateField())


def leases_between(unit: Unit, start: date, end: date | None) -> list[Tenure]:
    """The leases of a unit that hold it on one of these days, the earliest first."""
    rows = standing_tenures().filter(Q(end=None) | Q(end__gte=start), unit=unit, kind=TenureKind.LEASE)
    if end is not None:
        rows = rows.filter(start__lte=end)
    return list(rows.select_related("resident", "unit").order_by("start"))


def not_checked_out(unit: Unit, on: date) -> Tenure | None:
    """The lease of a unit that is over and whose resident has not checked out."""
    found: Tenure | None = (
        Tenure.objects.filter(unit=unit, kind=TenureKind.LEASE, state=TenureState.LIVING, end__lt=on)
        .select_related("resident")
        .order_by("-end")
        .first()
    )
    return found
