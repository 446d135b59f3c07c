"""Who lives where today, and what is open: for lists of residents and leases, set-based."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import DecimalField, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Coalesce

from yuju.billing.choices import RunState
from yuju.billing.models import Adjustment, Charge
from yuju.payments.models import Allocation
from yuju.reporting.room_board import EXPIRING_DAYS
from yuju.residency.choices import TagTone, TenureKind, TenureState
from yuju.residency.deaths import has_died
from yuju.residency.models import Resident, ResidentTag, Tenure, TenureTerm
from yuju.residency.selectors import lived_on

_MONEY: DecimalField[Any, Any] = DecimalField(max_digits=16, decimal_places=2)
_ZERO = Value(Decimal(0), output_field=_MONEY)


def in_residence(day: date) -> Q:
    """Residents who live in a unit on a local day."""
    return Q(pk__in=Tenure.objects.filter(lived_on(day)).order_by().values("resident"))


def ending_soon(day: date) -> Q:
    """Leases by which somebody lives here that end within `EXPIRING_DAYS`."""
    return Q(
        kind=TenureKind.LEASE,
        state=TenureState.LIVING,
        start__lte=day,
        end__gte=day,
        end__lte=day + timedelta(days=EXPIRING_DAYS),
    )


def in_care() -> Q:
    """Residents with a tag that means a care need."""
    return Q(pk__in=ResidentTag.objects.filter(tag__tone=TagTone.CARE).values("resident"))


def open_by(path: str) -> CombinedExpression:
    """What is still to pay, in yuan, as an annotation.

    Args:
        path: from a charge to the row annotated, such as `account__tenure__resident`.
    """
    owed = _sum(_charges().filter(**{path: OuterRef("pk")}), path) + _sum(
        Adjustment.objects.filter(
            Q(charge__run=None) | Q(charge__run__state=RunState.ISSUED),
            charge__voids=None,
            **{f"charge__{path}": OuterRef("pk")},
        ),
        f"charge__{path}",
    )
    return owed - _sum(
        Allocation.objects.filter(
            Q(charge__run=None) | Q(charge__run__state=RunState.ISSUED),
            charge__voids=None,
            **{f"charge__{path}": OuterRef("pk")},
        ),
        f"charge__{path}",
    )


def _charges() -> QuerySet[Charge]:
    return Charge.objects.filter(Q(run=None) | Q(run__state=RunState.ISSUED), voids=None)


def _sum(rows: QuerySet[Any], group: str) -> Coalesce:
    total = rows.order_by().values(group).annotate(total=Sum("amount")).values("total")
    return Coalesce(Subquery(total, output_field=_MONEY), _ZERO)


_LIVED = """start <= %(day)s AND (kind = 'lease' AND state = 'living'
    OR kind = 'ownership' AND state NOT IN ('ended', 'cancelled') AND ("end" IS NULL OR "end" >= %(day)s))"""
"""`residency.selectors.lived_on` in SQL."""

_COUNTS = """
SELECT (SELECT count(*) FROM (
        SELECT DISTINCT resident_id FROM residency_tenure
        WHERE {lived} {place}
    ) AS living),
    (SELECT count(DISTINCT resident_id) FROM residency_tenure
        WHERE kind = 'lease' AND state = 'living' AND start <= %(day)s AND "end" >= %(day)s AND "end" <= %(until)s {place}),
    (SELECT count(*) FROM (
        SELECT DISTINCT r.resident_id FROM residency_residenttag r JOIN residency_tag t ON t.id = r.tag_id
        WHERE t.tone = %(care)s
    ) AS care WHERE EXISTS (
        SELECT FROM residency_tenure t
        WHERE t.resident_id = care.resident_id AND {lived} {place})),
    (SELECT count(*) FROM residency_resident r WHERE r.id_number_hash = '' AND EXISTS (
        SELECT FROM residency_tenure t
        WHERE t.resident_id = r.id AND {lived} {tenure_place})),
    (SELECT count(*) FROM residency_resident WHERE true {place})
"""


def resident_counts(places: Sequence[int] | None, day: date) -> dict[str, int]:
    """How many residents live here, leave within `EXPIRING_DAYS`, need care, lack a document, and are on file.

    Args:
        places: the properties that count; None for all of the operator.
    """
    # Without the condition where it says nothing, so that an index alone can answer.
    place = "" if places is None else "AND property_id = ANY (%(places)s)"
    tenure_place = "" if places is None else "AND t.property_id = ANY (%(places)s)"
    values: dict[str, Any] = {
        "places": list(places or ()),
        "day": day,
        "until": day + timedelta(days=EXPIRING_DAYS),
        "care": TagTone.CARE.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS.format(lived=_LIVED, place=place, tenure_place=tenure_place), values)
        return dict(zip(("living", "ending", "care", "documents", "all"), cursor.fetchone(), strict=True))


def with_stays(residents: QuerySet[Resident]) -> QuerySet[Resident]:
    """Residents with `open` (yuan), `held` (their tenures with units, the latest first), `labels` (their tags) and whether they
    `died`."""
    held = Prefetch("tenures", Tenure.objects.select_related("unit").order_by("-start", "-pk"), to_attr="held")
    labels = Prefetch(
        "resident_tags", ResidentTag.objects.select_related("tag").order_by("tag__name"), to_attr="labels"
    )
    owed = residents.annotate(open=open_by("account__tenure__resident"), died=has_died())
    return owed.prefetch_related(held, labels)


def stay_of(held: Iterable[Tenure], day: date) -> Tenure | None:
    """The tenure that places somebody: a lease of the day, or one that is over without check-out; else an ownership, else the
    next, else the last. A cancelled reservation places nobody.

    Args:
        held: the latest first.
    """
    found = [one for one in held if one.state != TenureState.CANCELLED]
    current = [one for one in found if one.start <= day and (one.end is None or one.end >= day or is_over(one, day))]
    if current:
        return next((one for one in current if one.kind == TenureKind.LEASE), current[0])
    ahead = [one for one in found if one.start > day]
    return ahead[-1] if ahead else next(iter(found), None)


def homes_on(resident_ids: Collection[int], day: date) -> dict[int, str]:
    """In which unit each of some residents lives on a local day, by its label; one statement."""
    rows = Tenure.objects.filter(resident_id__in=resident_ids).select_related("unit").order_by("-start", "-pk")
    held: dict[int, list[Tenure]] = {}
    for one in rows:
        held.setdefault(one.resident_id, []).append(one)
    placed = {resident: stay_of(stays, day) for resident, stays in held.items()}
    return {resident: stay.unit.label for resident, stay in placed.items() if stay is not None}


def is_over(tenure: Tenure, day: date) -> bool:
    """Whether a lease is over and nobody checked out."""
    lived = tenure.kind == TenureKind.LEASE and tenure.state == TenureState.LIVING
    return lived and tenure.end is not None and tenure.end < day


def with_terms(tenures: QuerySet[Tenure]) -> QuerySet[Tenure]:
    """Tenures with `open` (yuan), and the latest `rent` (yuan a month) and `people` (occupants)."""
    latest = TenureTerm.objects.filter(tenure=OuterRef("pk")).order_by("-valid_from")
    return tenures.annotate(
        open=open_by("account__tenure"),
        rent=Subquery(latest.values("rent")[:1]),
        people=Subquery(latest.values("occupants")[:1]),
    ).select_related("unit", "resident", "property")


def days_left(end: date | None, day: date) -> int | None:
    """Days until the last day, 0 on it; None where it is past, open, or further off than `EXPIRING_DAYS`."""
    if end is None or not day <= end <= day + timedelta(days=EXPIRING_DAYS):
        return None
    return (end - day).days
