"""Fee items (收费项目): what charges are for. They belong to the operator as a whole."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from yuju.billing.choices import FeeCategory
from yuju.billing.models import FeeItem
from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.kit.errors import Refused
from yuju.premises.services.saving import save_row, set_fields

USUAL_NAMES = {
    FeeCategory.RENT: "房租",
    FeeCategory.PROPERTY: "物业费",
    FeeCategory.WATER: "水费",
    FeeCategory.ELECTRICITY: "电费",
    FeeCategory.GAS: "燃气费",
    FeeCategory.PARKING: "停车费",
    FeeCategory.NETWORK: "网络费",
    FeeCategory.OTHER: "其他",
}
"""What stands on bills in China; an operator may rename each."""

STAY_NAMES = {FeeCategory.DEPOSIT: "押金", FeeCategory.DAMAGE: "物品赔偿", FeeCategory.PENALTY: "提前退租违约金"}
"""What is charged once, at the beginning or the end of a stay; made when first needed."""


def fee_items_ensure() -> dict[str, FeeItem]:
    """The operator's fee item of each category; those that are missing are made. Of several the oldest stands."""
    found: dict[str, FeeItem] = {}
    for item in FeeItem.objects.order_by("pk"):
        found.setdefault(item.category, item)
    for place, (category, name) in enumerate(USUAL_NAMES.items(), start=1):
        if category.value not in found:
            made, _new = FeeItem.objects.get_or_create(
                name=name, defaults={"category": category.value, "priority": place * 10}
            )
            found[category.value] = made
    return found


def fee_item_of_stay(category: FeeCategory) -> FeeItem:
    """The operator's fee item for a deposit, damages or a penalty; of several the oldest stands.

    Last in order: what lives on goes before what a stay ends with.
    """
    found: FeeItem | None = FeeItem.objects.filter(category=category).order_by("pk").first()
    if found is None:
        found, _new = FeeItem.objects.get_or_create(
            name=STAY_NAMES[category], defaults={"category": category, "priority": 90}
        )
    return found


@edits
def fee_item_create(
    *,
    category: str,
    name: str,
    tax_rate: Decimal = Decimal(0),
    revenue_account: str = "",
    priority: int = 50,
    by: User | None,
    at: datetime,
) -> FeeItem:
    """Makes a fee item.

    Args:
        tax_rate: a share, 0 to 1.
        priority: the lower is paid first among charges due on one day.

    Raises:
        Refused: the name is taken, or the tax rate is no share.
    """
    _check_tax_rate(tax_rate)
    made = FeeItem(
        category=category,
        name=name.strip(),
        tax_rate=tax_rate,
        revenue_account=revenue_account.strip(),
        priority=priority,
    )
    save_row(made, _taken(made.name))
    return made


@edits
def fee_item_change(
    *,
    item: FeeItem,
    category: str,
    name: str,
    tax_rate: Decimal,
    revenue_account: str,
    priority: int,
    by: User | None,
    at: datetime,
) -> FeeItem:
    """Changes a fee item; what it is called changes on every bill, old ones too.

    Raises:
        Refused: as `fee_item_create` does.
    """
    _check_tax_rate(tax_rate)
    values = {
        "category": category,
        "name": name.strip(),
        "tax_rate": tax_rate,
        "revenue_account": revenue_account.strip(),
        "priority": priority,
    }
    changes = set_fields(item, values)
    if changes:
        save_row(item, _taken(item.name))
    return item


def _check_tax_rate(tax_rate: Decimal) -> None:
    if not 0 <= tax_rate <= 1:
        raise Refused(_("A tax rate is 0 to 100 %."), field="tax_rate")


def _taken(name: str) -> dict[str, tuple[str, str]]:
    return {"fee_item_name_once": ("name", _("There is a fee item called %(name)s already.") % {"name": name})}
