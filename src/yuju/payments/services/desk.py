"""Taking money at the desk for what a page showed: what changed meanwhile is found before anything is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from yuju.billing.models import BillingAccount
from yuju.identity.models import User
from yuju.kit.display import amount_text
from yuju.kit.errors import Refused
from yuju.messaging.services import notice_send
from yuju.payments.choices import PaymentChannel
from yuju.payments.models import Allocation, Payment, Shift
from yuju.payments.selectors import open_charges, standing_charges
from yuju.payments.services.taking import Taken, payment_take

Shown = Mapping[int, Decimal]
"""What was open when the page was shown: charge id → yuan."""


@dataclass(frozen=True)
class DeskTaken:
    """What came of it: `meanwhile` are the picked charges that somebody settled, in whole or part, before this."""

    taken: Taken
    meanwhile: list[int] = field(default_factory=list)


@transaction.atomic
def desk_take(
    *,
    account: BillingAccount,
    shown: Shown,
    picked: Sequence[int] | None,
    amount: Decimal | None,
    channel: PaymentChannel,
    key: UUID,
    shift: Shift,
    on: date,
    by: User,
    at: datetime,
    tendered: Decimal | None = None,
    reference: str = "",
    link: str = "",
) -> DeskTaken:
    """Takes money for picked charges, or a free amount that the rules allocate.

    The amount of picked charges is what is open on them. Where some of them were settled since the page was shown, the
    money was counted for them as they stood: it is taken as it is, the rest is credit, and whoever settled them gets a
    notice. Every other change takes nothing.

    Args:
        shown: what was open when the page was shown, from a source that the page cannot change.
        picked: charges by id; None for a free amount.
        amount: the free amount in yuan; not asked for picked charges.
        shift: the cashier's open shift.
        link: where the notice leads.

    Raises:
        Refused: what is open changed (`changed`); nothing is picked; or what `payment_take` refuses.
    """
    held = BillingAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
    earlier = Payment.objects.filter(key=key, account=held).first()
    meanwhile: list[int] = []
    if earlier is None:
        now = {one.charge.pk: one.open for one in open_charges(held)}
        if picked is None:
            if dict(shown) != now:
                raise _changed()
        else:
            meanwhile = _settled_meanwhile(held, shown, now, picked)
    if picked is not None:
        if set(picked) - shown.keys():
            raise Refused(_("One of the charges is not this account's."), field="charges", code="charges")
        amount = sum((shown[pk] for pk in set(picked)), Decimal(0))
    if amount is None:
        raise Refused(_("Enter the amount that is paid."), field="amount", code="amount")
    taken = payment_take(
        account=held,
        amount=amount,
        channel=channel,
        key=key,
        on=on,
        by=by,
        at=at,
        charges=None if picked is None else list(picked),
        tendered=tendered,
        reference=reference,
        shift=shift,
    )
    if meanwhile and not taken.again:
        _tell(held, meanwhile, taken, by=by, at=at, link=link)
    return DeskTaken(taken, meanwhile)


def _changed() -> Refused:
    return Refused(
        _("What is open has changed since this page was shown. Nothing was taken: look again and collect anew."),
        code="changed",
    )


def _settled_meanwhile(account: BillingAccount, shown: Shown, now: Shown, picked: Sequence[int]) -> list[int]:
    """The picked charges on which less is open than was shown, because they were paid."""
    if not picked:
        raise Refused(_("Tick what is paid, or enter an amount."), field="charges", code="charges")
    wanted = set(picked) & shown.keys()
    less = sorted(pk for pk in wanted if now.get(pk, Decimal(0)) < shown[pk])
    if any(now.get(pk, Decimal(0)) > shown[pk] for pk in wanted):
        raise _changed()
    # A charge that was taken away was settled by nobody: its money would be taken for nothing.
    if standing_charges(account).filter(pk__in=less).count() < len(less):
        raise _changed()
    return less


def _tell(account: BillingAccount, meanwhile: list[int], taken: Taken, *, by: User, at: datetime, link: str) -> None:
    before = Allocation.objects.filter(charge_id__in=meanwhile, releases=None).exclude(payment=taken.payment)
    last = {one.charge_id: one for one in before.select_related("by").order_by("at", "pk")}
    tenure = account.tenure
    for other in {one.by for one in last.values() if one.by is not None and one.by != by}:
        with translation.override(other.language or settings.LANGUAGE_CODE):
            words = {
                "place": tenure.unit.label,
                "name": tenure.resident.name,
                "by": by,
                "amount": amount_text(taken.payment.amount, symbol=True),
                "credit": amount_text(taken.credit, symbol=True),
            }
            title = _("%(place)s %(name)s paid twice for the same charges") % words
            body = (
                _("You had settled them already; %(by)s then took %(amount)s, of which %(credit)s stays as credit.")
                % words
            )
        notice_send(to=[other], title=title, body=body, link=link, at=at)
