"""The price list for damages, from its page to the lines of a check-out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from tests.support.console_world import AT, ConsoleWorld
from tests.support.handovers import signed
from yuju.billing.models import Tariff
from yuju.billing.services.damage_prices import damage_price_add, damage_price_change, damage_prices
from yuju.billing.services.once import once_tariff
from yuju.journeys.handover import handover_begin
from yuju.kit.errors import Refused
from yuju.kit.testing.console import ConsoleFormTests, ConsoleTests
from yuju.premises.models import Property
from yuju.residency.choices import HandoverKind
from yuju.residency.models import HandoverItem, MoveOutNotice

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


def test_what_the_inspection_found_stands_in_the_lines_priced_by_the_list(world: ConsoleWorld) -> None:
    # Given a stay whose inspection found a thing damaged that the list prices
    made = signed(world.here)
    out = handover_begin(tenure=made.tenure, kind=HandoverKind.OUT, by=None, at=AT)
    thing = out.items.order_by("pk")[0]
    HandoverItem.objects.filter(pk=thing.pk).update(condition="damaged", quantity=1, note="裂口", damage_code="SOFA")
    sofa = price(world.here, "SOFA", "1600")
    MoveOutNotice.objects.create(tenure=made.tenure, given_on=AT.date(), last_day=AT.date())

    # When the check-out asks for damages
    url = reverse("console:check-out", args=[made.tenure_id])
    lines = list(world.client("manager").get(url, {"step": "readings"}).context["damages"])

    # Then it is there, and two lines are free
    assert lines[0].initial == {
        "words": f"{thing.name} 裂口",
        "place": thing.room,
        "tariff": sofa.pk,
        "quantity": 1,
    }
    assert [one.is_spare for one in lines[:4]] == [False, False, False, True]
