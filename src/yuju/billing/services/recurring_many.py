"""Ending many recurring charges (计费项) at once, by one statement, under the rules of `recurring_charge_end`."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils.translation import gettext as _

from yuju.billing.choices import ChargeKind, RunState
from yuju.billing.models import Charge, RecurringCharge
from yuju.kit.errors import Refused

ONE_DAY = timedelta(days=1)


def ending_refusals(end: date) -> list[tuple[str, Q]]:
    """Why a recurring charge cannot end on a day or need not: each reason and the charges it holds for."""
    beyond = Exists(_issued().filter(end__gt=end))
    # A closing reading may be taken on the day after the last one.
    beyond_metered = Exists(_issued().filter(end__gt=end + ONE_DAY))
    metered = Q(point__isnull=False)
    return [
        (_("Begins after that day"), Q(start__gt=end)),
        (_("Ends by that day already"), Q(end__lte=end)),
        (
            _("Billed beyond that day already"),
            (~metered & (Q(beyond) | Q(billed_until__gt=end)))
            | (metered & (Q(beyond_metered) | Q(billed_until__gt=end + ONE_DAY))),
        ),
    ]


def recurring_charges_end(*, charges: QuerySet[RecurringCharge], end: date) -> int:
    """Ends recurring charges on a day, which is their last. Returns how many there are.

    Raises:
        Refused: one of them cannot end then (`ending_refusals`).
    """
    for why, condition in ending_refusals(end):
        if charges.filter(condition).exists():
            raise Refused(why, field="end")
    return charges.update(end=end)


def recurring_charges_reopen(*, charges: QuerySet[RecurringCharge], end: date | None) -> int:
    """Gives recurring charges that were ended their former last day back; None leaves them open. Returns how many there are.

    Raises:
        Refused: another recurring charge bills one of their meters by now.
    """
    try:
        with transaction.atomic():
            return charges.update(end=end)
    except IntegrityError as error:
        diagnosis: Any = getattr(error.__cause__, "diag", None)
        if getattr(diagnosis, "constraint_name", "") != "recurring_point_once_a_day":
            raise
        raise Refused(_("Another recurring charge bills one of these meters by now.")) from error


def last_billed(charges: QuerySet[RecurringCharge]) -> tuple[Decimal, int]:
    """What recurring charges came to when each was billed last (yuan, all together), and how many were billed at all."""
    amounts = _issued().order_by("-start", "-pk").values("amount")[:1]
    found = charges.order_by().annotate(last=Subquery(amounts)).aggregate(sum=Sum("last"), number=Count("last"))
    return found["sum"] or Decimal(0), found["number"]


def _issued() -> QuerySet[Charge]:
    """The issued charges of a recurring charge, for a subquery."""
    return Charge.objects.filter(
        recurring=OuterRef("pk"),
        property=OuterRef("property"),
        kind=ChargeKind.RUN,
        run__state=RunState.ISSUED,
        voids=None,
    )
