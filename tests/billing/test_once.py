"""One-off charges, and that nothing is billed again and again by what they stand under."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from tests.support.billing_small import AT, lease_of
from tests.support.console_world import ConsoleWorld
from yuju.billing.choices import Basis, FeeCategory
from yuju.billing.models import BillingAccount, Charge, Tariff
from yuju.billing.services.fee_items import fee_item_of_stay, fee_items_ensure
from yuju.billing.services.once import charge_once, once_tariff
from yuju.billing.services.recurring import recurring_charge_add
from yuju.billing.services.tariffs import tariff_create
from yuju.kit.errors import Refused
from yuju.premises.services import property_create

pytestmark = pytest.mark.django_db
DAY = date(2026, 2, 5)


@pytest.fixture
def account(operator: Any) -> BillingAccount:
    here = property_create(code="here", name="青岚里公寓", by=None, at=AT)
    lease_of(here, 101)
    return BillingAccount.objects.get()


def once(account: BillingAccount, **given: Any) -> Charge:
    tariff = once_tariff(property_id=account.property_id, category=FeeCategory.DAMAGE)
    values: dict[str, Any] = {"tariff": tariff, "on": DAY, "due": DAY, "key": uuid4(), "rate": Decimal(80), **given}
    return charge_once(account=account, at=AT, **values)


def test_so_many_pieces_at_a_price_and_asking_twice_charges_once(account: BillingAccount) -> None:
    key = uuid4()
    made = once(account, key=key, quantity=Decimal(2))
    assert (made.amount, made.derivation) == (Decimal("160.00"), {"k": "once", "rate": "80", "x": "2"})
    assert once(account, key=key, quantity=Decimal(2)) == made
    assert Charge.objects.filter(kind="once").count() == 1


@pytest.mark.parametrize(
    "given", [{"rate": Decimal(-1)}, {"rate": None}, {"quantity": Decimal(0)}, {"rate": Decimal(10) ** 12}]
)
def test_what_has_no_price_is_refused(account: BillingAccount, given: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        once(account, **given)
    assert not Charge.objects.filter(kind="once").exists()


def test_nothing_is_bound_to_a_lease_by_it(account: BillingAccount) -> None:
    tariff = once_tariff(property_id=account.property_id, category=FeeCategory.DAMAGE)
    with pytest.raises(Refused) as refused:
        recurring_charge_add(tenure=account.tenure, tariff=tariff, start=date(2026, 1, 1), by=None, at=AT)
    assert refused.value.field == "tariff"


@pytest.mark.parametrize(("basis", "category"), [(Basis.ONCE, "rent"), (Basis.FLAT, "deposit")])
def test_no_tariff_is_made_for_it_by_hand(account: BillingAccount, basis: str, category: str) -> None:
    item = fee_item_of_stay(FeeCategory.DEPOSIT) if category == "deposit" else fee_items_ensure()[category]
    with pytest.raises(Refused) as refused:
        tariff_create(
            property=account.property,
            code="X",
            name="X",
            fee_item=item,
            basis=basis,
            valid_from=DAY,
            rate=Decimal(1),
            by=None,
            at=AT,
        )
    assert refused.value.code == "once"
    assert not Tariff.objects.filter(code="X").exists()


def test_the_lists_of_tariffs_go_on_without_it(operator: Any) -> None:
    world = ConsoleWorld(operator)
    tariff = once_tariff(property_id=world.here.pk, category=FeeCategory.DEPOSIT)
    client: Client = world.client("manager")
    listed = client.get("/tariffs/")
    assert listed.status_code == 200
    assert tariff.code not in listed.content.decode()
    assert client.get(f"/tariffs/{tariff.pk}/").status_code == 404
    assert 'value="once"' not in client.get("/tariffs/new/").content.decode()
