"""What a posted charge comes to by now: adjusted by a row of its own, with what sat on it too much released to credit."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from yuju.billing.choices import AdjustmentKind, RunState
from yuju.billing.models import Adjustment, BillingAccount, Charge, ChargeVoid
from yuju.identity.models import User
from yuju.kit.errors import Refused
from yuju.kit.live import publish
from yuju.payments.models import Allocation
from yuju.payments.selectors import total
from yuju.payments.services.taking import TOPIC


@transaction.atomic
def charge_adjust(
    *,
    charge: Charge,
    amount: Decimal,
    kind: AdjustmentKind,
    reason: str,
    derivation: dict[str, Any] | None = None,
    key: UUID | None = None,
    by: User | None,
    at: datetime,
) -> Adjustment:
    """Changes what a charge comes to. Where that would be less than what is settled, its newest allocations are released
    to credit first (billing rules, "Changes"). Asking again with the same key answers what was posted.

    Args:
        amount: yuan on top; below 0 where less is owed.
        derivation: how the whole amount comes about anew, where it was priced again.

    Raises:
        Refused: the reason is missing, nothing would change, the charge is a draft's or was taken away, it would come to
            less than nothing, or the key was used for something else.
    """
    if not reason.strip():
        raise Refused(_("Say why the charge is changed."), field="reason", code="reason")
    account_hold(charge.account_id)
    earlier: Adjustment | None = Adjustment.objects.filter(key=key).first() if key is not None else None
    if earlier is not None:
        if (earlier.charge_id, earlier.amount) != (charge.pk, amount):
            raise Refused(_("This form was used for another charge. Open it anew."), code="key")
        return earlier
    left = charge_comes_to(charge) + amount
    if not amount:
        raise Refused(_("There is nothing to change."), field="amount", code="amount")
    if left < 0:
        raise Refused(
            _("A charge cannot come to less than nothing: at most %(most)s yuan can be taken off.")
            % {"most": f"{left - amount:,.2f}"},
            field="amount",
            code="amount",
        )
    is_draft = charge.run_id is not None and charge.run.state != RunState.ISSUED
    if is_draft or ChargeVoid.objects.filter(charge=charge).exists():
        raise Refused(_("Only a charge that was issued and stands can be changed."), code="charge")
    charge_release(charge=charge, down_to=left, by=by, at=at)
    made = Adjustment.objects.create(
        property_id=charge.property_id,
        charge=charge,
        kind=kind,
        amount=amount,
        derivation=derivation or {},
        reason=reason.strip()[:200],
        key=key,
        at=at,
        by=by,
    )
    publish(TOPIC, id=charge.account_id, property_id=charge.property_id)
    return made


def account_hold(account_id: int) -> BillingAccount:
    """Holds an account until the transaction ends: whoever moves money on it holds its row."""
    rows = BillingAccount.objects.select_related("tenure__resident", "property")
    held: BillingAccount = rows.select_for_update(no_key=True, of=("self",)).get(pk=account_id)
    return held


def charge_comes_to(charge: Charge) -> Decimal:
    """What a charge comes to by now, in yuan: its amount and its adjustments."""
    return charge.amount + total(Adjustment.objects.filter(charge=charge))


def charge_release(*, charge: Charge, down_to: Decimal, by: User | None, at: datetime) -> Decimal:
    """Releases a charge's newest allocations until no more than so much (yuan) is settled; returns what was released.

    The caller holds the account.
    """
    rows = list(Allocation.objects.filter(charge=charge).order_by("-at", "-pk"))
    standing = {row.pk: row.amount for row in rows if row.releases_id is None}
    for row in rows:
        if row.releases_id is not None:
            standing[row.releases_id] += row.amount
    excess = sum(standing.values(), Decimal(0)) - down_to
    released = Decimal(0)
    made = []
    for row in rows:
        part = min(standing.get(row.pk, Decimal(0)), excess - released)
        if part > 0:
            made.append(Allocation(payment_id=row.payment_id, charge=charge, amount=-part, releases=row, at=at, by=by))
            released += part
    Allocation.objects.bulk_create(made)
    return released
