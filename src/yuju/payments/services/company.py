"""Money of a company, taken as one: a payment on each of its accounts that it settles something of, under one receipt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID, uuid5

from django.db import transaction
from django.utils.translation import gettext as _

from yuju.billing.models import BillingAccount
from yuju.identity.models import User
from yuju.kit.errors import Refused
from yuju.kit.live import publish
from yuju.messaging.choices import ResidentNoticeKind
from yuju.messaging.services import resident_notice_add
from yuju.payments.choices import PaymentChannel
from yuju.payments.models import Allocation, Payment, Receipt, Shift
from yuju.payments.selectors import OpenCharge, company_accounts, open_charges_of
from yuju.payments.services.taking import TOPIC, payment_post, receipt_number, refuse_nonsense, refuse_shift
from yuju.residency.choices import TenureState
from yuju.residency.models import Resident

ZERO = Decimal(0)


@dataclass(frozen=True)
class CompanyTaken:
    """What came of taking a company's money, in yuan.

    Attributes:
        payments: one for each account, that of the receipt first.
        credit: what of it settles nothing yet.
        again: True when this had been asked before: nothing new was posted.
    """

    receipt: Receipt
    payments: list[Payment]
    credit: Decimal
    again: bool = False


@dataclass
class _Part:
    """What of the money goes to one account."""

    account: BillingAccount
    amount: Decimal = ZERO
    settles: list[tuple[OpenCharge, Decimal]] = field(default_factory=list)


@transaction.atomic
def company_take(
    *,
    company: Resident,
    shown: Mapping[int, Decimal],
    picked: Sequence[int] | None,
    amount: Decimal | None,
    channel: PaymentChannel,
    key: UUID,
    shift: Shift | None,
    on: date,
    by: User | None,
    at: datetime,
    tendered: Decimal | None = None,
    reference: str = "",
) -> CompanyTaken:
    """Takes one amount for a company and settles what is open on its accounts with it, all or nothing.

    Order as on one account (billing rules, "Payments against charges"): earliest due date, then the fee item's priority,
    then the older charge, whichever account it is on. What is over stays as credit on the account of the lease that
    runs longest, where it is used soonest for sure. Asking again with the same key posts nothing.

    Args:
        shown: what was open when the page was shown, charge id → yuan, from a source that the page cannot change.
        picked: charges by id, whose open amounts are taken; None for a free amount.
        amount: the free amount in yuan; not asked for picked charges.
        tendered: the cash handed over for all of it.
        shift: the cashier's open shift.

    Raises:
        Refused: what is open changed (`changed`), nothing is picked, the company never had a lease, or what
            `payment_take` refuses.
    """
    accounts = {one.pk: one for one in company_accounts(company).select_for_update(no_key=True, of=("self",))}
    if not accounts:
        raise Refused(_("This company has no lease to pay for."), code="lease")
    wanted = _wanted(shown, picked, amount)
    refuse_nonsense(wanted, channel, tendered, reference)
    earlier = Payment.objects.filter(key=key).first()
    if earlier is not None:
        return _again(earlier, accounts, wanted)
    refuse_shift(shift, company.property_id)
    standing = open_charges_of(list(accounts.values()))
    now = {one.charge.pk: one.open for one in standing}
    before = dict(shown) if picked is None else {pk: shown[pk] for pk in picked}
    if before != (now if picked is None else {pk: now.get(pk, ZERO) for pk in picked}):
        raise Refused(
            _("What is open has changed since this page was shown. Nothing was taken: look again and collect anew."),
            code="changed",
        )
    chosen = standing if picked is None else [one for one in standing if one.charge.pk in set(picked)]
    parts = _divided(wanted, chosen, accounts)
    payments: list[Payment] = []
    for part in parts:
        made = payment_post(
            property_id=company.property_id,
            account=part.account,
            together_with=payments[0] if payments else None,
            channel=channel,
            received_on=on,
            amount=part.amount,
            # What was handed over was handed over once: the receipt's payment says it.
            tendered=None if payments else tendered,
            reference=reference.strip(),
            key=uuid5(key, str(part.account.pk)) if payments else key,
            shift=shift,
            posted_at=at,
            posted_by=by,
        )
        payments.append(made)
        Allocation.objects.bulk_create(
            [Allocation(payment=made, charge=one.charge, amount=sum_, at=at, by=by) for one, sum_ in part.settles]
        )
        publish(TOPIC, id=part.account.pk, property_id=company.property_id)
    receipt = Receipt.objects.create(
        property_id=company.property_id,
        payment=payments[0],
        total=wanted if len(payments) > 1 else None,
        number=receipt_number(company.property_id, on),
        payer=company.name[:80],
        issued_at=at,
        issued_by=by,
    )
    resident_notice_add(
        resident_id=company.pk,
        kind=ResidentNoticeKind.PAYMENT_RECEIVED,
        about_id=payments[0].pk,
        facts={"number": receipt.number, "amount": str(wanted)},
        at=at,
    )
    settled = sum((amount for part in parts for _one, amount in part.settles), ZERO)
    return CompanyTaken(receipt, payments, wanted - settled)


def _wanted(shown: Mapping[int, Decimal], picked: Sequence[int] | None, amount: Decimal | None) -> Decimal:
    if picked is None:
        if amount is None:
            raise Refused(_("Enter the amount that is paid."), field="amount", code="amount")
        return amount
    if not picked:
        raise Refused(_("Tick what is paid, or enter an amount."), field="charges", code="charges")
    if set(picked) - shown.keys():
        raise Refused(_("One of the charges is not this account's."), field="charges", code="charges")
    return sum((shown[pk] for pk in set(picked)), ZERO)


def _again(earlier: Payment, accounts: Mapping[int, BillingAccount], amount: Decimal) -> CompanyTaken:
    receipt = Receipt.objects.select_related("payment").filter(payment=earlier).first()
    if earlier.account_id not in accounts or receipt is None or receipt.amount != amount:
        raise Refused(_("This form was used for another payment. Open it anew."), code="key")
    payments = [earlier, *earlier.together.order_by("pk")]
    settled = sum((one.amount for one in Allocation.objects.filter(payment__in=payments, releases=None)), ZERO)
    return CompanyTaken(receipt, payments, amount - settled, again=True)


def _divided(amount: Decimal, chosen: Sequence[OpenCharge], accounts: Mapping[int, BillingAccount]) -> list[_Part]:
    """The money by account, in the order in which it settles something; what is over goes to the longest lease."""
    parts: dict[int, _Part] = {}
    left = amount

    def of(pk: int) -> _Part:
        return parts.setdefault(pk, _Part(accounts[pk]))

    for one in chosen:
        if left <= 0:
            break
        settled = min(left, one.open)
        part = of(one.charge.account_id)
        part.settles.append((one, settled))
        part.amount += settled
        left -= settled
    if left > 0:
        of(_longest(accounts.values()).pk).amount += left
    return list(parts.values())


def _longest(accounts: Iterable[BillingAccount]) -> BillingAccount:
    """The account of the lease that runs longest, the oldest of several; one that was cancelled only where all were."""
    return max(
        accounts,
        key=lambda one: (one.tenure.state != TenureState.CANCELLED, one.tenure.end or date.max, -one.pk),
    )
