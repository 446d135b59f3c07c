"""Deposits (押金): held for the resident, and given up at the end, to settle what is open or to be paid out."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from yuju.billing.choices import AdjustmentKind, FeeCategory
from yuju.billing.models import BillingAccount, Charge
from yuju.billing.services.once import charge_once, once_tariff
from yuju.identity.models import User
from yuju.payments.choices import DepositKind, PaymentChannel
from yuju.payments.models import DepositEntry, Payment
from yuju.payments.selectors import ZERO, standing_charges
from yuju.payments.services.adjusting import account_hold, charge_adjust, charge_comes_to


@transaction.atomic
def deposit_ask(
    *, account: BillingAccount, amount: Decimal, on: date, due: date, key: UUID, by: User | None, at: datetime
) -> Charge:
    """Asks for a deposit (yuan): a charge of its own on no bill; held as far as it is settled.

    Raises:
        Refused: as `charge_once`.
    """
    tariff = once_tariff(property_id=account.property_id, category=FeeCategory.DEPOSIT)
    return charge_once(account=account, tariff=tariff, rate=amount, on=on, due=due, key=key, at=at)


@transaction.atomic
def deposit_give_up(
    *, account: BillingAccount, on: date, key: UUID, reason: str, by: User | None, at: datetime
) -> Decimal:
    """Gives an account's whole deposit up: what was paid of it becomes credit, what was not is not asked for any more.

    Doing it again gives up nothing more.

    Returns:
        what became credit, in yuan.
    """
    held = account_hold(account.pk)
    freed = ZERO
    for charge in standing_charges(held).filter(tariff__fee_item__category=FeeCategory.DEPOSIT).order_by("pk"):
        comes_to = charge_comes_to(charge)
        if comes_to:
            freed += charge.allocations.aggregate(sum=Sum("amount"))["sum"] or ZERO
            charge_adjust(charge=charge, amount=-comes_to, kind=AdjustmentKind.DEPOSIT, reason=reason, by=by, at=at)
    return freed + _give_up_carried(held, on, key, by, at)


def _give_up_carried(account: BillingAccount, on: date, key: UUID, by: User | None, at: datetime) -> Decimal:
    """What was carried over from the old books was never a charge here: it becomes a payment that is credit."""
    left = DepositEntry.objects.filter(account=account).aggregate(sum=Sum("amount"))["sum"] or ZERO
    if left <= 0:
        return ZERO
    DepositEntry.objects.create(
        property_id=account.property_id, account=account, kind=DepositKind.RELEASED, day=on, amount=-left, posted_at=at
    )
    Payment.objects.create(
        property_id=account.property_id,
        account=account,
        channel=PaymentChannel.DEPOSIT,
        received_on=on,
        amount=left,
        key=uuid5(key, "deposit"),
        reason=_("Deposit carried over")[:200],
        posted_at=at,
        posted_by=by,
    )
    return left
