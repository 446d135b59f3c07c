"""The price list for damages, from its page to the lines of a check-out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.support.console_world import AT, ConsoleWorld
from yuju.billing.models import Tariff
from yuju.billing.services.damage_prices import damage_price_add, damage_price_change, damage_prices
from yuju.billing.services.once import once_tariff
from yuju.kit.errors import Refused
from yuju.kit.testing.console import ConsoleFormTests, ConsoleTests
from yuju.premises.models import Property

pytestmark = pytest.mark.django_db
BY: dict[str, Any] = {"by": None, "at": AT}


def price(place: Property, code: str = "key-card", rate: str = "20") -> Tariff:
    return damage_price_add(
        property=place, code=code, name="门禁卡", rate=Decimal(rate), valid_from=date(2026, 1, 1), **BY
    )


class TestDamagePrices(ConsoleTests, ConsoleFormTests):
    slug = "damage-prices"
    viewer, editor, stranger = "auditor", "accountant", "guard"
    list_queries = 9
    invalid = ("rate", "-1")

    def make(self, world: ConsoleWorld, property: Property, number: int) -> Tariff:
        return price(property, f"D-{number:02}", str(number))

    def form_data(self, world: ConsoleWorld, number: int) -> Mapping[str, Any]:
        return {
            "property": world.here.pk,
            "code": f"N-{number:02}",
            "name": f"沙发{number}",
            "rate": "1200.00",
            "valid_from": "2026-11-01",
        }


def test_a_new_price_holds_from_its_day_and_what_is_agreed_one_by_one_is_not_listed(world: ConsoleWorld) -> None:
    card = price(world.here)
    once_tariff(property_id=world.here.pk, category="damage")  # type: ignore[arg-type]
    damage_price_change(tariff=card, name="门禁卡", rate=Decimal(25), valid_from=date(2026, 6, 1), **BY)
    assert [str(one.rate.normalize()) for one in card.versions.order_by("valid_from")] == ["2E+1", "25"]
    assert list(damage_prices(Tariff.objects.all())) == [card]
    for code in ("once-x", " ", "key-card"):
        with pytest.raises(Refused) as refused:
            price(world.here, code)
        assert refused.value.field == "code"
