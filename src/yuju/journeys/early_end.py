"""Leaving before the day agreed (提前退租): notice is taken, with what it will come to; posted is it when the stay is settled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.journeys.following import refuse_not_living, term_on
from yuju.journeys.lease_changes import Changed, tenure_end_move
from yuju.journeys.move_out import notice_give
from yuju.kit.errors import Refused
from yuju.residency.choices import PenaltyKind
from yuju.residency.models import Tenure
from yuju.residency.selectors import agreement_of

ZERO = Decimal(0)


@dataclass(frozen=True)
class LeavesEarly(Changed):
    """What leaving on a day will come to; nothing of it is posted yet.

    Attributes:
        penalty: what the contract asks for it, in yuan. `agreed_end`: the last day it was agreed for.
        last_day: the last local day they stay now.
    """

    last_day: date
    penalty: Decimal = ZERO
    agreed_end: date | None = None


def early_penalty(tenure: Tenure, last_day: date) -> Decimal:
    """What the contract asks for from who leaves after a local day (billing rules, "Changes"), in yuan; as it is settled then."""
    agreement = agreement_of(tenure)
    if agreement is None or last_day >= agreement.agreed_end or agreement.penalty_kind == PenaltyKind.NONE:
        return ZERO
    each = Decimal(1)
    if agreement.penalty_kind == PenaltyKind.MONTHS:
        each = term_on(tenure, last_day).rent or ZERO
    return (agreement.penalty * each).quantize(Decimal("0.01"), ROUND_HALF_UP)


@transaction.atomic
@edits
def early_end_notice(*, tenure: Tenure, last_day: date, reason: str, by: User | None, at: datetime) -> LeavesEarly:
    """Takes notice that a stay ends before the day agreed, and says what that comes to.

    Raises:
        Refused: nobody lives there, the stay is being settled, the day is not before the lease's last, or as
            `tenure_end_move`.
    """
    held: Tenure = Tenure.objects.select_related("unit", "resident", "property").get(pk=tenure.pk)
    refuse_not_living(held)
    assert held.end is not None
    if last_day >= held.end:
        raise Refused(_("The lease ends on %(day)s anyway: give an earlier day.") % {"day": held.end}, field="last_day")
    with transaction.atomic():
        moved = tenure_end_move(tenure=held, end=last_day, reason=reason, by=by, at=at)
        transaction.set_rollback(True)
    notice_give(tenure=tenure, last_day=last_day, reason=reason, by=by, at=at)
    agreement = agreement_of(held)
    return LeavesEarly(
        moved.account,
        moved.adjustments,
        last_day,
        early_penalty(tenure, last_day),
        agreement.agreed_end if agreement is not None else None,
    )
