"""Who moves in and who moves out in the days ahead, and who should have: in three statements whatever the number of units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from yuju.residency.choices import LinkKind, TenureKind, TenureState
from yuju.residency.models import MoveOutNotice, Tenure

DAYS = 7
"""So far ahead moves are told of."""

NOTICE_DAYS = 60
"""Who stays for longer than this after the day they gave notice for thought better of it, or is late by the lease itself."""


@dataclass(frozen=True)
class Move:
    """Somebody's moving in or out.

    Attributes:
        day: the first local day of the stay, or the last; past where they have not moved yet.
        out: whether they leave.
        said: for who leaves: whether they gave notice, or the lease is just over.
    """

    tenure: Tenure
    day: date
    out: bool
    said: bool = True


def moves_near(scope: list[int] | None, on: date, limit: int) -> list[Move]:
    """The moves due within `DAYS` of a local day: those of the day first, then who is late, then who comes next.

    Who leaves is told of once they gave notice, or when their lease is over and nobody checked them out.

    Args:
        scope: the ids of the properties; None for all of the operator.
    """
    until = on + timedelta(days=DAYS)
    held = Tenure.objects.filter(kind=TenureKind.LEASE)
    if scope is not None:
        held = held.filter(property_id__in=scope)
    living = held.filter(state=TenureState.LIVING)
    # Who goes on living in the same unit moves nowhere.
    coming = held.filter(state__in=(TenureState.RESERVED, TenureState.SIGNED), start__lte=until).exclude(
        predecessors__kind=LinkKind.RENEWAL
    )
    notices = MoveOutNotice.objects.filter(
        withdrawn_at=None, last_day__range=(on - timedelta(days=NOTICE_DAYS), until), tenure__in=living
    )
    over = living.filter(end__lt=on).exclude(move_out_notices__in=notices)
    related = ("unit", "resident", "property")
    by_notice = _first(notices.select_related(*(f"tenure__{one}" for one in related)), "last_day", on)
    moves = [
        *(Move(one, one.start, out=False) for one in _first(coming.select_related(*related), "start", on)[:limit]),
        *(Move(one.tenure, one.last_day, out=True) for one in by_notice[:limit]),
        *(
            Move(one, one.end, out=True, said=False)
            for one in _first(over.select_related(*related), "end", on)[:limit]
            if one.end is not None
        ),
    ]
    return sorted(moves, key=lambda one: (_turn(one.day, on), one.day, one.out, one.tenure.pk))[:limit]


def _turn(day: date, on: date) -> int:
    return 0 if day == on else 1 if day < on else 2


def _first(rows: QuerySet[Any], field: str, on: date) -> QuerySet[Any]:
    """Rows in the order of their turn."""
    turn = Case(
        When(Q(**{field: on}), then=Value(0)),
        When(Q(**{f"{field}__lt": on}), then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return rows.order_by(turn, field, "pk")
