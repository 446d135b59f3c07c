"""How long units take from the keys coming back until they can be let again, in hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, Max, QuerySet
from django.db.models.functions import TruncMonth

from yuju.residency.models import Turnover

LONGEST = 10
"""How many of the longest are named."""

TOOK = ExpressionWrapper(F("ready_at") - F("vacated_at"), output_field=DurationField())


class Median(Aggregate):
    """The middle of some durations; between the two in the middle where their number is even."""

    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


@dataclass(frozen=True)
class MonthTurnovers:
    """The turnovers of a property that began in a month, of units that are ready by now.

    Attributes:
        median, longest: hours.
    """

    place: str
    month: date
    count: int
    median: float
    longest: float


def turnovers_by_month(scope: Sequence[int] | None, *, since: datetime, zone: ZoneInfo) -> list[MonthTurnovers]:
    """The turnovers by property and local month, the latest month first, in one statement.

    Args:
        scope: the ids of the properties; None for all.
        since: what began before is left out.
    """
    rows: Any = (
        _ready(scope)
        .filter(vacated_at__gte=since)
        .annotate(month=TruncMonth("vacated_at", tzinfo=zone))
        .values("property__name", "property_id", "month")
        .annotate(count=Count("pk"), median=Median(TOOK), longest=Max(TOOK))
        .order_by("-month", "property__name", "property_id")
    )
    return [
        MonthTurnovers(
            one["property__name"], one["month"].date(), one["count"], hours(one["median"]), hours(one["longest"])
        )
        for one in rows
    ]


def turnovers_longest(scope: Sequence[int] | None, *, since: datetime) -> list[Turnover]:
    """Those that took longest."""
    rows = _ready(scope).filter(vacated_at__gte=since).select_related("property", "unit", "tenure")
    return list(rows.annotate(took=TOOK).order_by("-took", "pk")[:LONGEST])


def hours(took: timedelta) -> float:
    """A duration in hours."""
    return took.total_seconds() / 3600


def _ready(scope: Sequence[int] | None) -> QuerySet[Turnover]:
    rows = Turnover.objects.filter(ready_at__isnull=False)
    return rows if scope is None else rows.filter(property_id__in=scope)
