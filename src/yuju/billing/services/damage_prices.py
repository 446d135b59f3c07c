"""The price list for damages (赔偿价目): what one of a thing costs that is broken or lost.

Each is a one-off tariff: handover templates name it by its code, and a settlement takes its price of the day.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from yuju.billing.choices import Basis, FeeCategory
from yuju.billing.models import Tariff, TariffVersion
from yuju.billing.services.fee_items import fee_item_of_stay
from yuju.billing.services.once import ONCE
from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.kit.errors import Refused
from yuju.premises.models import Property
from yuju.premises.services.saving import save_row


def damage_prices(rows: QuerySet[Tariff]) -> QuerySet[Tariff]:
    """Those of some tariffs that are the price list; not what amounts agreed one by one stand under."""
    listed = rows.filter(basis=Basis.ONCE, fee_item__category=FeeCategory.DAMAGE)
    return listed.exclude(code__startswith=ONCE)


@transaction.atomic
@edits
def damage_price_add(
    *, property: Property, code: str, name: str, rate: Decimal, valid_from: date, by: User | None, at: datetime
) -> Tariff:
    """Puts a thing on a property's price list.

    Args:
        code: by which handover templates name it; it stays. `key-door` and the like price lost keys by their kind.
        rate: yuan for one, from `valid_from` on (a local day).

    Raises:
        Refused: the code is taken or begins as those of amounts agreed one by one do, there is no name, or the price is below 0.
    """
    code, name = code.strip(), name.strip()
    _check(name, rate)
    if not code or code.startswith(ONCE):
        raise Refused(_("Give a code that does not begin with “%(start)s”.") % {"start": ONCE}, field="code")
    item = fee_item_of_stay(FeeCategory.DAMAGE)
    made = Tariff(property=property, code=code, name=name, fee_item=item, basis=Basis.ONCE)
    taken = _("Another tariff has the code “%(value)s”.") % {"value": code}
    save_row(made, {"tariff_code_once": ("code", taken)})
    TariffVersion.objects.create(tariff=made, valid_from=valid_from, rate=rate)
    return made


@transaction.atomic
@edits
def damage_price_change(
    *, tariff: Tariff, name: str, rate: Decimal, valid_from: date, by: User | None, at: datetime
) -> Tariff:
    """Changes what a thing is called and costs from a local day on. What was charged stays as it was charged.

    Raises:
        Refused: there is no name, or the price is below 0.
    """
    _check(name.strip(), rate)
    if tariff.name != name.strip():
        tariff.name = name.strip()
        tariff.save(update_fields=["name"])
    current = tariff.versions.filter(valid_from__lte=valid_from).order_by("-valid_from").first()
    if current is None or current.rate != rate:
        TariffVersion.objects.update_or_create(tariff=tariff, valid_from=valid_from, defaults={"rate": rate})
    return tariff


def _check(name: str, rate: Decimal) -> None:
    if not name:
        raise Refused(_("Say what it is the price of."), field="name")
    if rate < 0:
        raise Refused(_("A price is 0 or more."), field="rate", code="negative")
