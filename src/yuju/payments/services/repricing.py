"""Charges priced again after a fact changed, and the differences posted (billing rules, "Changes")."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from yuju.billing.choices import AdjustmentKind
from yuju.billing.models import Adjustment, BillingAccount
from yuju.billing.selectors.repricing import Repriced, charges_repriced
from yuju.identity.models import User
from yuju.kit.errors import Refused
from yuju.payments.services.adjusting import account_hold, charge_adjust, charge_comes_to


@transaction.atomic
def account_reprice(*, account: BillingAccount, reason: str, by: User | None, at: datetime) -> list[Adjustment]:
    """Prices what was issued to an account again by the facts as they stand, and posts one adjustment for each difference.

    Doing it again posts nothing more. Where a waiver was for more than is left, it goes down to what is left.

    Raises:
        Refused: a charge cannot be priced any more.
    """
    held = account_hold(account.pk)
    return [made for one in charges_repriced(held) for made in repriced_post(one, reason=reason, by=by, at=at)]


def repriced_post(one: Repriced, *, reason: str, by: User | None, at: datetime) -> list[Adjustment]:
    """Posts the difference of one charge that comes to another amount now; a waiver goes down to what is left.

    Raises:
        Refused: it cannot be priced any more.
    """
    if one.now is None:
        raise Refused(
            _("%(item)s of %(start)s to %(end)s cannot be priced any more: %(cause)s.")
            % {
                "item": one.charge.tariff.fee_item.name,
                "start": one.charge.start,
                "end": one.charge.end,
                "cause": one.cause.label if one.cause else "",
            },
            code="unpriced",
        )
    post = partial(charge_adjust, charge=one.charge, reason=reason, by=by, at=at)
    made = []
    difference = one.now - one.was
    below = charge_comes_to(one.charge) + difference
    if below < 0:
        made.append(post(amount=-below, kind=AdjustmentKind.WAIVER))
    made.append(post(amount=difference, kind=AdjustmentKind.PRICE, derivation=one.derivation))
    return made


def effect(adjustments: list[Adjustment]) -> Decimal:
    """What adjustments add up to, in yuan; below 0 where less is owed."""
    return sum((one.amount for one in adjustments), Decimal(0))
