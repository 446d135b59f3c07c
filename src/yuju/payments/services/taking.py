"""Money taken at the desk: what it settles, what stays as credit, and the receipt for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from yuju.billing.models import BillingAccount, Charge
from yuju.identity.models import User
from yuju.kit.errors import Refused
from yuju.kit.live import publish
from yuju.kit.money import FEN
from yuju.kit.numbering import take
from yuju.messaging.choices import ResidentNoticeKind
from yuju.messaging.services import resident_notice_add
from yuju.payments.choices import DESK_CHANNELS, PaymentChannel
from yuju.payments.models import Allocation, Payment, Receipt, Shift
from yuju.payments.selectors import OpenCharge, open_charges

TOPIC = "account"
"""Open pages are told under this topic that money moved on a billing account; the id is the account's."""

LARGEST = Decimal("99999999.99")
"""Yuan; no desk takes a hundred million at once: a number that long is a slip of the finger."""


@dataclass(frozen=True)
class Taken:
    """What came of taking money, in yuan.

    Attributes:
        settled_meanwhile: charges that were picked but had nothing open any more; their part is credit now.
        credit: what of this payment settles nothing yet.
        again: True when this had been asked before: nothing new was posted.
    """

    payment: Payment
    receipt: Receipt
    allocations: list[Allocation]
    credit: Decimal
    settled_meanwhile: list[Charge] = field(default_factory=list)
    again: bool = False


@transaction.atomic
def payment_take(
    *,
    account: BillingAccount,
    amount: Decimal,
    channel: PaymentChannel,
    key: UUID,
    on: date,
    by: User | None,
    at: datetime,
    charges: Sequence[int] | None = None,
    tendered: Decimal | None = None,
    reference: str = "",
    shift: Shift | None = None,
) -> Taken:
    """Takes money for an account, settles charges with it and writes the receipt.

    Order, unless charges are picked: earliest due date, then the fee item's priority, then the older charge (billing
    rules, "Payments against charges"). What is over stays as credit. Asking again with the same key posts nothing and
    answers what was posted.

    Args:
        amount: yuan, more than 0, whole fen.
        charges: the picked ones, by id; None lets the order decide. Money beyond them is credit.
        tendered: the cash handed over.
        reference: the card voucher's number; needed for cards.
        shift: the cashier's open shift.
        on: the property's day.

    Raises:
        Refused: the amount is none; the cash is not enough; the voucher's number is missing; a picked charge is another
            account's; the shift is closed or another property's; or the key was used for something else.
    """
    refuse_nonsense(amount, channel, tendered, reference)
    # Whoever moves money on an account holds its row: the sums below stay true until the end.
    rows = BillingAccount.objects.select_related("tenure__resident")
    held = rows.select_for_update(no_key=True, of=("self",)).get(pk=account.pk)
    earlier = Payment.objects.filter(key=key).first()
    if earlier is not None:
        return _again(earlier, held, amount)
    refuse_shift(shift, held.property_id)
    standing = open_charges(held)
    chosen, gone = _chosen(held, standing, charges)
    payment = payment_post(
        property_id=held.property_id,
        account=held,
        channel=channel,
        received_on=on,
        amount=amount,
        tendered=tendered,
        reference=reference.strip(),
        key=key,
        shift=shift,
        posted_at=at,
        posted_by=by,
    )
    allocations = _allocate(payment, chosen, by, at)
    receipt = Receipt.objects.create(
        property_id=held.property_id,
        payment=payment,
        number=receipt_number(held.property_id, on),
        payer=held.tenure.resident.name[:80],
        issued_at=at,
        issued_by=by,
    )
    credit = amount - sum((a.amount for a in allocations), Decimal(0))
    _tell_resident(held, receipt, amount, gone, at)
    publish(TOPIC, id=held.pk, property_id=held.property_id)
    return Taken(payment, receipt, allocations, credit, gone)


def refuse_nonsense(amount: Decimal, channel: PaymentChannel, tendered: Decimal | None, reference: str) -> None:
    """Looks whether money can be taken like this at all.

    Raises:
        Refused: the amount is none, the cash is not enough, or the voucher's number is missing.
    """
    if channel not in DESK_CHANNELS:
        raise Refused(_("At the desk cash and cards are taken."), field="channel", code="channel")
    if not amount.is_finite() or amount <= 0:
        raise Refused(_("The amount has to be more than 0."), field="amount", code="amount")
    if amount != amount.quantize(FEN):
        raise Refused(
            _("The amount has parts of a fen: at most two decimals are expected."), field="amount", code="amount"
        )
    if amount > LARGEST:
        raise Refused(
            _("The amount is too large: at most 99,999,999.99 yuan are taken at once."), field="amount", code="amount"
        )
    if tendered is not None and (channel != PaymentChannel.CASH or tendered < amount):
        raise Refused(_("The cash handed over is less than the amount."), field="tendered", code="tendered")
    if channel == PaymentChannel.CARD and not reference.strip():
        raise Refused(_("Enter the number on the card terminal's voucher."), field="reference", code="reference")


def refuse_shift(shift: Shift | None, property_id: int) -> None:
    """Holds a shift open until the transaction ends; None holds nothing.

    Raises:
        Refused: it is another property's, or closed.
    """
    if shift is None:
        return
    current = Shift.objects.select_for_update(no_key=True).get(pk=shift.pk)
    if current.property_id != property_id:
        raise Refused(_("This shift is at another property."), code="shift")
    if current.closed_at is not None:
        raise Refused(_("This shift is closed. Open a new one to take money."), code="shift")


def _again(earlier: Payment, account: BillingAccount, amount: Decimal) -> Taken:
    if earlier.account_id != account.pk or earlier.amount != amount:
        raise Refused(_("This form was used for another payment. Open it anew."), code="key")
    allocations = list(Allocation.objects.filter(payment=earlier, releases=None))
    credit = amount - sum((a.amount for a in allocations), Decimal(0))
    return Taken(earlier, Receipt.objects.get(payment=earlier), allocations, credit, again=True)


def _chosen(
    account: BillingAccount, standing: list[OpenCharge], picked: Sequence[int] | None
) -> tuple[list[OpenCharge], list[Charge]]:
    """What is to be settled, in order, and what was picked but is settled already."""
    if picked is None:
        return standing, []
    wanted = set(picked)
    known = {charge.pk: charge for charge in Charge.objects.filter(pk__in=wanted, account=account)}
    if wanted - known.keys():
        raise Refused(_("One of the charges is not this account's."), field="charges", code="charges")
    chosen = [one for one in standing if one.charge.pk in wanted]
    left = wanted - {one.charge.pk for one in chosen}
    return chosen, [known[pk] for pk in sorted(left)]


def payment_post(**values: object) -> Payment:
    """Posts a payment.

    Raises:
        Refused: its key was used for another account's payment at the same moment.
    """
    try:
        with transaction.atomic():
            return Payment.objects.create(**values)
    except IntegrityError as error:
        if "payment_asked_once" in str(error):
            # Asked twice at the same moment for two accounts.
            raise Refused(_("This form was used for another payment. Open it anew."), code="key") from error
        raise


def _allocate(payment: Payment, charges: list[OpenCharge], by: User | None, at: datetime) -> list[Allocation]:
    made: list[Allocation] = []
    left = payment.amount
    for one in charges:
        part = min(left, one.open)
        if part > 0:
            made.append(Allocation(payment=payment, charge=one.charge, amount=part, at=at, by=by))
            left -= part
    return Allocation.objects.bulk_create(made)


def _tell_resident(
    account: BillingAccount, receipt: Receipt, amount: Decimal, gone: list[Charge], at: datetime
) -> None:
    given = {"resident_id": account.tenure.resident_id, "about_id": receipt.payment_id, "at": at}
    facts = {"number": receipt.number, "amount": str(amount)}
    resident_notice_add(kind=ResidentNoticeKind.PAYMENT_RECEIVED, facts=facts, **given)
    if gone:
        resident_notice_add(kind=ResidentNoticeKind.SETTLED_MEANWHILE, facts=facts | {"count": len(gone)}, **given)


def receipt_number(property_id: int, on: date) -> str:
    """Numbers without gaps, by property and day: SJ-20261125-0028."""
    period = f"{on:%Y%m%d}"
    return f"SJ-{period}-{take('receipt', property_id, period).start:04d}"
