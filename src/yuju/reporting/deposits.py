"""The register of deposits (押金台账): what is held for whom, since when, and what has to go back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Min, Q, QuerySet, Sum

from yuju.payments.models import DepositStanding
from yuju.premises.models import Property

ZERO = Decimal(0)


def not_paid() -> Q:
    """The condition of a deposit of which something is still to be paid."""
    return Q(asked__gt=F("held"))


def to_return() -> Q:
    """The condition of a deposit that has to go back: its resident has left, and it is held, or settled and not paid out."""
    return Q(left_on__isnull=False) & (Q(held__gt=0) | Q(to_refund__gt=0))


def late(today: date) -> Q:
    """The condition of one that should have gone back before a local day."""
    return to_return() & Q(return_by__lt=today)


@dataclass(frozen=True)
class DepositTotals:
    """Sums of a register, in yuan, and how many leases they are of.

    Attributes:
        rows: leases of which a deposit is asked for or held; `leases` those of which one is held.
        holding: what is held in all.
        missing: what was asked for and not paid.
        to_return: what is held, or settled and not paid out, of those who have left. `late`: of it, past the day agreed.
        oldest: the day of the oldest money held.
    """

    rows: int = 0
    leases: int = 0
    holding: Decimal = ZERO
    missing: Decimal = ZERO
    missing_count: int = 0
    to_return: Decimal = ZERO
    returning_count: int = 0
    late: Decimal = ZERO
    late_count: int = 0
    oldest: date | None = None


def _sums(today: date) -> dict[str, Any]:
    return {
        "rows": Count("pk"),
        "missing_count": Count("pk", filter=not_paid()),
        "leases": Count("pk", filter=Q(held__gt=0)),
        "holding": Sum("held", default=ZERO),
        "missing": Sum(F("asked") - F("held"), default=ZERO),
        "to_return": Sum(F("held") + F("to_refund"), filter=to_return(), default=ZERO),
        "returning_count": Count("pk", filter=to_return()),
        "late": Sum(F("held") + F("to_refund"), filter=late(today), default=ZERO),
        "late_count": Count("pk", filter=late(today)),
        "oldest": Min("since"),
    }


def deposit_totals(rows: QuerySet[DepositStanding], today: date) -> DepositTotals:
    """What some deposits add up to, in one statement."""
    return DepositTotals(**rows.order_by().aggregate(**_sums(today)))


def deposits_by_property(property_ids: Sequence[int] | None, today: date) -> list[tuple[Property, DepositTotals]]:
    """The sums of each property that has any deposit, in two statements.

    Args:
        property_ids: those within the reader's reach; None for all.
    """
    rows = DepositStanding.objects.all()
    if property_ids is not None:
        rows = rows.filter(property_id__in=property_ids)
    sums = {one.pop("property"): one for one in rows.order_by().values("property").annotate(**_sums(today))}
    places = Property.objects.filter(pk__in=sums).order_by("code", "pk")
    return [(place, DepositTotals(**sums[place.pk])) for place in places]
