"""Who owes, set-based: only bills on which something is open are looked into, which the books keep apart."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from yuju.billing.choices import RunState
from yuju.billing.models import Adjustment, Charge, ChargeVoid
from yuju.payments.models import Allocation, SettledBill

_MONEY: DecimalField[Any, Any] = DecimalField(max_digits=16, decimal_places=2)
_RESIDENT = "account__tenure__resident_id"


def owing_residents(amount: Decimal, *, resident_id: int | None = None) -> QuerySet[Any]:
    """The ids of residents who have to pay an amount or more, in yuan, due already or not.

    Args:
        resident_id: the only one that is asked for; None for all.
    """
    by_resident = _open_charges(resident_id).order_by().values(_RESIDENT).annotate(owed=Sum("left"))
    found: QuerySet[Any] = by_resident.filter(owed__gte=amount).values(_RESIDENT)
    return found


def overdue_residents(day: date, *, resident_id: int | None = None) -> QuerySet[Any]:
    """The ids of residents of whom something is open that was due on a day or before."""
    found: QuerySet[Any] = _open_charges(resident_id).filter(due_date__lte=day, left__gt=0).order_by().values(_RESIDENT)
    return found


def _open_charges(resident_id: int | None) -> QuerySet[Any]:
    """Charges on bills that are not settled, and those on no bill, with what is `left` of each in yuan."""
    on_open_bill = Q(run__state=RunState.ISSUED) & ~Exists(SettledBill.objects.filter(bill=OuterRef("bill")))
    rows = Charge.objects.filter(Q(run=None) | on_open_bill, ~Exists(ChargeVoid.objects.filter(charge=OuterRef("pk"))))
    if resident_id is not None:
        rows = rows.filter(**{_RESIDENT: resident_id})
    found: QuerySet[Any] = rows.annotate(left=F("amount") + _sum(Adjustment) - _sum(Allocation))
    return found


def _sum(model: type[Adjustment] | type[Allocation]) -> Coalesce:
    rows = model.objects.filter(charge=OuterRef("pk")).order_by().values("charge").annotate(sum=Sum("amount"))
    return Coalesce(Subquery(rows.values("sum"), output_field=_MONEY), Value(Decimal(0), output_field=_MONEY))
