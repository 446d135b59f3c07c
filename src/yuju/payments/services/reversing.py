"""Taking a payment back (冲红)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from yuju.billing.models import BillingAccount
from yuju.identity.choices import AuditAction
from yuju.identity.models import User
from yuju.identity.services import audit_record
from yuju.kit.errors import Refused
from yuju.kit.live import publish
from yuju.messaging.choices import ResidentNoticeKind
from yuju.messaging.services import resident_notice_add
from yuju.payments.choices import DESK_CHANNELS
from yuju.payments.models import Allocation, Payment, Refund, Shift
from yuju.payments.services.taking import TOPIC, refuse_shift


@transaction.atomic
def payment_reverse(
    *, payment: Payment, reason: str, on: date, by: User | None, at: datetime, shift: Shift | None = None
) -> Payment:
    """Takes a payment back as a whole: what it settled is open again, its receipt is void. Both stay on record.

    Payments that were taken together are taken back together: they stand on one receipt.

    Args:
        on: the property's day on which the money is given back.
        shift: the open shift whose cash drawer it is given back from.

    Raises:
        Refused: the reason is missing, it was taken back before or received after that day, it is an opening balance, or the
            shift is closed or another property's.
    """
    if not reason.strip():
        raise Refused(_("Say why the payment is taken back."), field="reason", code="reason")
    first = payment.together_with_id or payment.pk
    taken = list(Payment.objects.filter(Q(pk=first) | Q(together_with=first)).order_by("pk"))
    rows = BillingAccount.objects.select_related("tenure").filter(pk__in=[one.account_id for one in taken])
    accounts = {one.pk: one for one in rows.select_for_update(no_key=True, of=("self",)).order_by("pk")}
    for one in taken:
        _refuse_irreversible(one, on)
    refuse_shift(shift, payment.property_id)
    given: dict[str, Any] = {"reason": reason.strip()[:200], "on": on, "by": by, "at": at, "shift": shift}
    reversals = {one.pk: _reversed(one, **given) for one in taken}
    resident_notice_add(
        resident_id=accounts[payment.account_id].tenure.resident_id,
        kind=ResidentNoticeKind.PAYMENT_REVERSED,
        about_id=first,
        facts={"amount": str(sum((one.amount for one in taken), Decimal(0))), "reason": given["reason"]},
        at=at,
    )
    for pk in accounts:
        publish(TOPIC, id=pk, property_id=payment.property_id)
    return reversals[payment.pk]


def _refuse_irreversible(payment: Payment, on: date) -> None:
    if payment.channel not in DESK_CHANNELS or payment.reverses_id is not None:
        raise Refused(_("Only money that was taken can be taken back."), code="kind")
    if Payment.objects.filter(reverses=payment).exists():
        raise Refused(_("This payment was taken back before."), code="reversed")
    if Refund.objects.filter(payment=payment).exists():
        raise Refused(_("Part of this payment was paid out again, so it cannot be taken back."), code="refunded")
    if on < payment.received_on:
        raise Refused(_("Money cannot be given back before the day it was received."), field="on", code="day")


def _reversed(
    payment: Payment, *, reason: str, on: date, by: User | None, at: datetime, shift: Shift | None
) -> Payment:
    allocations_release(payment=payment, by=by, at=at)
    reversal = Payment.objects.create(
        property_id=payment.property_id,
        account_id=payment.account_id,
        channel=payment.channel,
        received_on=on,
        amount=-payment.amount,
        reference=payment.reference,
        shift=shift,
        reverses=payment,
        reason=reason,
        posted_at=at,
        posted_by=by,
    )
    audit_record(
        action=AuditAction.DECIDED,
        by=by,
        at=at,
        about=payment,
        property_id=payment.property_id,
        decision="reversed",
        reason=reason,
    )
    return reversal


def allocations_release(*, payment: Payment, by: User | None, at: datetime) -> int:
    """Releases everything a payment settles; returns how many allocations. The caller holds the account's row."""
    made = []
    for allocation in (
        Allocation.objects.filter(payment=payment, releases=None).prefetch_related("released_by").order_by("pk")
    ):
        left = allocation.amount + sum((r.amount for r in allocation.released_by.all()), Decimal(0))
        if left > 0:
            made.append(
                Allocation(
                    payment=payment, charge_id=allocation.charge_id, amount=-left, releases=allocation, at=at, by=by
                )
            )
    Allocation.objects.bulk_create(made)
    return len(made)
