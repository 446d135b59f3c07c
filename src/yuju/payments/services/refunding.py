"""Money that goes out again (退款): paid out, or moved to another account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from yuju.billing.models import BillingAccount
from yuju.identity.choices import AuditAction
from yuju.identity.models import User
from yuju.identity.services import audit_record
from yuju.kit.errors import Refused
from yuju.kit.live import publish
from yuju.kit.money import FEN
from yuju.messaging.choices import ResidentNoticeKind
from yuju.messaging.services import resident_notice_add
from yuju.payments.choices import PAID_OUT, PaymentChannel, RefundChannel
from yuju.payments.models import Payment, Refund, Shift
from yuju.payments.selectors import ZERO, refunded, settled
from yuju.payments.services.adjusting import account_hold
from yuju.payments.services.taking import TOPIC, refuse_shift
from yuju.residency.models import Heir


@dataclass(frozen=True)
class Credit:
    """A payment and what of it settles nothing and was not paid out, in yuan."""

    payment: Payment
    left: Decimal


def credits_of(account: BillingAccount) -> list[Credit]:
    """The payments of an account that have something left, the oldest first."""
    rows: Any = (
        Payment.objects.filter(account=account, reverses=None, reversals=None)
        .annotate(left=F("amount") - settled() - refunded())
        .order_by("received_on", "pk")
    )
    return [Credit(row, row.left) for row in rows if row.left > 0]


@transaction.atomic
def refund_pay(
    *,
    account: BillingAccount,
    amount: Decimal,
    channel: RefundChannel,
    key: UUID,
    on: date,
    reason: str,
    payee: str,
    payee_account: str = "",
    reference: str = "",
    shift: Shift | None = None,
    heir: Heir | None = None,
    by: User | None,
    at: datetime,
) -> list[Refund]:
    """Pays credit of an account out; the newest payments give first. Asking again with the same key pays nothing again.

    Args:
        amount: yuan, more than 0, whole fen, at most the account's credit.
        payee, payee_account: who gets it, and for a transfer the number of the bank account.
        shift: the open shift whose cash drawer it is given out from.
        heir: who of the heirs gets it.
        on: the property's day.

    Raises:
        Refused: the amount is none or more than the credit, the payee, the reason or the bank account is missing, the shift
            is closed or another property's, or the key was used for something else.
    """
    if channel not in PAID_OUT:
        raise Refused(_("Money is paid out in cash or by bank transfer."), field="channel", code="channel")
    if not payee.strip():
        raise Refused(_("Say who gets the money."), field="payee", code="payee")
    if channel == RefundChannel.BANK and not payee_account.strip():
        raise Refused(_("Give the number of the bank account."), field="payee_account", code="payee_account")
    held = account_hold(account.pk)
    earlier = list(Refund.objects.filter(key=key).order_by("pk"))
    if earlier:
        if earlier[0].account_id != held.pk or sum((one.amount for one in earlier), ZERO) != amount:
            raise Refused(_("This form was used for another refund. Open it anew."), code="key")
        return earlier
    refuse_shift(shift, held.property_id)
    made = _post(
        held,
        amount,
        key=key,
        channel=channel,
        paid_on=on,
        reason=_reason(reason),
        payee=payee.strip()[:80],
        payee_account=payee_account.strip(),
        reference=reference.strip()[:40],
        shift=shift,
        heir=heir,
        posted_at=at,
        posted_by=by,
    )
    audit_record(
        action=AuditAction.DECIDED,
        by=by,
        at=at,
        about=made[0],
        property_id=held.property_id,
        decision="refunded",
        amount=str(amount),
        reason=made[0].reason,
    )
    resident_notice_add(
        resident_id=held.tenure.resident_id,
        kind=ResidentNoticeKind.REFUND_PAID,
        about_id=made[0].pk,
        facts={"amount": str(amount), "reason": made[0].reason},
        at=at,
    )
    publish(TOPIC, id=held.pk, property_id=held.property_id)
    return made


@transaction.atomic
def credit_move(
    *,
    source: BillingAccount,
    target: BillingAccount,
    amount: Decimal,
    key: UUID,
    on: date,
    reason: str,
    by: User | None,
    at: datetime,
) -> Payment:
    """Moves credit (yuan) to another account of the same property; what it was received by stays on record on both sides.

    Asking again with the same key moves nothing again.

    Raises:
        Refused: the accounts are one or at two properties, the amount is none or more than the credit, the reason is
            missing, or the key was used for something else.
    """
    if source.pk == target.pk or source.property_id != target.property_id:
        raise Refused(_("Credit moves between two accounts of one property."), field="target", code="account")
    # In the order of their keys, so that two at once cannot wait for each other.
    held = {pk: account_hold(pk) for pk in sorted((source.pk, target.pk))}
    earlier: Payment | None = Payment.objects.filter(key=key).first()
    if earlier is not None:
        if (earlier.account_id, earlier.amount) != (target.pk, amount):
            raise Refused(_("This form was used for another payment. Open it anew."), code="key")
        return earlier
    text = _reason(reason)
    _refuse_amount(held[source.pk], amount)
    moved = Payment.objects.create(
        property_id=target.property_id,
        account=held[target.pk],
        channel=PaymentChannel.TRANSFER,
        received_on=on,
        amount=amount,
        key=key,
        reason=text,
        posted_at=at,
        posted_by=by,
    )
    _post(
        held[source.pk],
        amount,
        key=uuid5(key, "out"),
        channel=RefundChannel.TRANSFER,
        paid_on=on,
        reason=text,
        moved_to=moved,
        posted_at=at,
        posted_by=by,
    )
    for pk in held:
        publish(TOPIC, id=pk, property_id=target.property_id)
    return moved


def _post(account: BillingAccount, amount: Decimal, **values: Any) -> list[Refund]:
    left = amount
    made = []
    for credit in reversed(_refuse_amount(account, amount)):
        part = min(left, credit.left)
        if part > 0:
            made.append(
                Refund.objects.create(
                    property_id=account.property_id, account=account, payment=credit.payment, amount=part, **values
                )
            )
            left -= part
    return made


def _refuse_amount(account: BillingAccount, amount: Decimal) -> list[Credit]:
    if not amount.is_finite() or amount <= 0 or amount != amount.quantize(FEN):
        raise Refused(_("The amount has to be more than 0, with at most two decimals."), field="amount", code="amount")
    found = credits_of(account)
    there = sum((credit.left for credit in found), ZERO)
    if amount > there:
        raise Refused(
            _("Only %(credit)s yuan are credit and can go out.") % {"credit": f"{there:,.2f}"},
            field="amount",
            code="credit",
        )
    return found


def _reason(text: str) -> str:
    if not text.strip():
        raise Refused(_("Say why the money goes out."), field="reason", code="reason")
    return text.strip()[:200]
