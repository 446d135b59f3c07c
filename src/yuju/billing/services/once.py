"""One-off charges (一次性收费): a deposit asked for, damages, a penalty; by a price list or by an amount agreed."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from yuju.billing.choices import Basis, ChargeKind, FeeCategory
from yuju.billing.models import BillingAccount, Charge, FeeItem, Tariff
from yuju.billing.pricing.derivation import OnceDerivation
from yuju.billing.pricing.money import TOO_LARGE, UNITS, round_half_up, yuan
from yuju.billing.selectors.preview import terms_of
from yuju.billing.services.fee_items import fee_item_of_stay
from yuju.kit.errors import Refused

ONCE = "once-"
"""How the codes of the tariffs begin that carry amounts agreed one by one."""


def once_tariff(*, property_id: int, category: FeeCategory) -> Tariff:
    """The tariff under which one-off amounts of a category stand that no price list names; made when first needed."""
    item = fee_item_of_stay(category)
    made, _new = Tariff.objects.get_or_create(
        property_id=property_id,
        code=f"{ONCE}{category}",
        defaults={"name": item.name, "fee_item": item, "basis": Basis.ONCE},
    )
    return made


def named_tariff(*, property_id: int, code: str, name: str) -> Tariff:
    """The tariff of something charged once that is neither deposit, damage nor penalty, under a fee item of its own name."""
    item, _new = FeeItem.objects.get_or_create(name=name, defaults={"category": FeeCategory.OTHER, "priority": 90})
    made, _new = Tariff.objects.get_or_create(
        property_id=property_id,
        code=f"{ONCE}{code}",
        defaults={"name": name, "fee_item": item, "basis": Basis.ONCE},
    )
    return made


@transaction.atomic
def charge_once(
    *,
    account: BillingAccount,
    tariff: Tariff,
    on: date,
    due: date,
    key: UUID,
    rate: Decimal | None = None,
    quantity: Decimal = Decimal(1),
    first: date | None = None,
    at: datetime,
) -> Charge:
    """Charges something once. Asking again with the same key answers the charge that is there.

    Args:
        on: the property's day it is charged on; the price in force then counts.
        due: the last day to pay.
        rate: yuan a piece, instead of the tariff's.
        quantity: how many pieces.
        first: the first of the days it is for, where it is for days up to `on`.

    Raises:
        Refused: the tariff is not for one-off charges or another property's, there is no price, an amount is below 0 or
            too large, or the key was used for something else.
    """
    earlier: Charge | None = Charge.objects.filter(key=key).first()
    if earlier is not None:
        if (earlier.account_id, earlier.tariff_id) != (account.pk, tariff.pk):
            raise Refused(_("This form was used for another charge. Open it anew."), code="key")
        return earlier
    if tariff.basis != Basis.ONCE or tariff.property_id != account.property_id:
        raise Refused(_("“%(tariff)s” is not for one-off charges here.") % {"tariff": tariff.name}, field="tariff")
    price = rate if rate is not None else _listed(tariff, on)
    if price is None:
        raise Refused(_("“%(tariff)s” has no price yet: give one.") % {"tariff": tariff.name}, field="rate")
    if price < 0 or quantity <= 0:
        raise Refused(_("A charge has a price of 0 or more and a number above 0."), field="rate")
    exact = round_half_up(Fraction(price) * Fraction(quantity), UNITS[tariff.rounding])
    if exact >= TOO_LARGE:
        raise Refused(_("The amount is too large for a charge."), field="rate")
    amount = yuan(exact)
    return Charge.objects.create(
        property_id=account.property_id,
        kind=ChargeKind.ONCE,
        account=account,
        tariff=tariff,
        period_start=on,
        start=first or on,
        end=on,
        bill_date=on,
        due_date=due,
        gross=amount,
        discount=Decimal(0),
        amount=amount,
        derivation=OnceDerivation(price, quantity).document(),
        posted_at=at,
        key=key,
    )


def _listed(tariff: Tariff, on: date) -> Decimal | None:
    version = terms_of(tariff).version_on(on)
    return version.rate if version is not None else None
