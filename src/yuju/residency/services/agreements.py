"""What the contract of a lease says besides its days and its rent."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.kit.errors import Refused
from yuju.residency.choices import PenaltyKind
from yuju.residency.models import Agreement, Tenure


@transaction.atomic
@edits
def agreement_set(
    *,
    tenure: Tenure,
    deposit_months: Decimal = Decimal(0),
    pay_months: int = 1,
    penalty_kind: PenaltyKind = PenaltyKind.NONE,
    penalty: Decimal = Decimal(0),
    overstay_rate: Decimal = Decimal(0),
    deposit_return_days: int = 0,
    notice_days: int = 0,
    agreed_end: date | None = None,
    by: User | None,
    at: datetime,
) -> Agreement:
    """Writes down what was agreed for a lease; what stood there before is in its history.

    Args:
        penalty: yuan, or months' rent, as `penalty_kind` says.
        overstay_rate: yuan a day.
        agreed_end: the last local day agreed; None takes the lease's.

    Raises:
        Refused: an amount or a number is below 0, or nothing is paid at a time.
    """
    last = agreed_end or tenure.end
    if last is None:
        raise Refused(_("A lease needs its last day; only an ownership may be open."), field="end")
    numbers: dict[str, Decimal | int] = {
        "deposit_months": deposit_months,
        "penalty": penalty,
        "overstay_rate": overstay_rate,
        "deposit_return_days": deposit_return_days,
        "notice_days": notice_days,
    }
    for field, number in numbers.items():
        if number < 0:
            raise Refused(_("This cannot be below 0."), field=field, code="negative")
    if pay_months < 1:
        raise Refused(_("At least one month is paid at a time."), field="pay_months", code="months")
    made, _new = Agreement.objects.update_or_create(
        tenure=tenure,
        defaults={**numbers, "pay_months": pay_months, "penalty_kind": penalty_kind, "agreed_end": last},
    )
    return made
