"""The pages of tariffs, their prices, and fee items."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from tests.support.billing_small import AT, issued, lease_of, tariffs_of
from tests.support.console_world import ConsoleWorld
from yuju.billing.models import FeeItem, Tariff
from yuju.billing.services import fee_items, tariffs
from yuju.kit.testing.console import ConsoleFormTests, ConsoleTests
from yuju.premises.models import Property

pytestmark = pytest.mark.django_db


class TestTariffs(ConsoleTests, ConsoleFormTests):
    slug = "tariffs"
    viewer = "cashier"
    editor = "accountant"
    stranger = "guard"
    list_queries = 10
    invalid = ("rate", "four thousand")

    def make(self, world: ConsoleWorld, property: Property, number: int) -> Tariff:
        return tariffs.tariff_create(
            property=property,
            code=f"T{number}",
            name=f"收费标准{number}",
            fee_item=fee_items.fee_items_ensure()["rent"],
            basis=("flat", "area", "headcount")[number % 3],
            valid_from=date(2026, 1, 1),
            rate=Decimal(number),
            by=None,
            at=AT,
        )

    def form_data(self, world: ConsoleWorld, number: int) -> Mapping[str, Any]:
        return {
            "property": world.here.pk,
            "code": f"N{number}",
            "name": f"新标准{number}",
            "fee_item": fee_items.fee_items_ensure()["property"].pk,
            "basis": "area",
            "valid_from": "2026-01-01",
            "rate": "2.80",
            "tier_scope": "period",
            "cycle_months": "3",
            "anchor": "calendar",
            "timing": "advance",
            "lead_days": "5",
            "due_days": "10",
            "proration": "actual",
            "rounding": "fen",
        }

    @pytest.mark.parametrize(
        ("basis", "field", "text", "said"),
        [
            ("formula", "formula", "area * raet", "第 8 个字“raet”"),
            ("formula", "formula", "__import__('os')", "第 1 个字"),
            ("metered", "tiers", "260:7;180:5;*:9", "第 7 个字“180”"),
            ("metered", "tiers", "180:5;260:7", "第 7 个字“260”"),
        ],
    )
    def test_a_bad_price_names_the_place(
        self, world: ConsoleWorld, basis: str, field: str, text: str, said: str
    ) -> None:
        client = world.client("accountant")
        data = {**self.form_data(world, 1), "basis": basis, "rate": "", field: text}
        response = client.post(self.console.url("new"), data)
        assert response.status_code == 422
        assert said in response.context["form"].errors[field][0]
        assert not Tariff.objects.exists()

    def test_the_panel_marks_the_fault_while_typing(self, world: ConsoleWorld) -> None:
        client = world.client("accountant")
        typed = {**self.form_data(world, 1), "basis": "formula", "rate": "", "formula": "area * raet"}
        page = client.post(self.console.url("new-panel"), typed).content.decode()
        assert "area * <mark>raet</mark>" in page

    def test_the_panel_says_what_the_price_comes_to(self, world: ConsoleWorld) -> None:
        client = world.client("accountant")
        typed = {**self.form_data(world, 1), "try_area": "100"}
        page = client.post(self.console.url("new-panel"), typed).content.decode()
        assert "¥840.00" in page
        assert "100.00 m² × 2.80 元/m²·月 × 3 个月" in page
        tiers = {
            **self.form_data(world, 1),
            "basis": "metered",
            "rate": "",
            "tiers": "180:5;*:9",
            "try_consumption": "200",
        }
        assert "¥1,080.00" in client.post(self.console.url("new-panel"), tiers).content.decode()

    @pytest.mark.parametrize(
        "typed", [{}, {"basis": "none"}, {"rate": "1e999999"}, {"try_area": "x"}, {"cycle_months": "5"}]
    )
    def test_the_panel_bears_what_makes_no_sense(self, world: ConsoleWorld, typed: dict[str, str]) -> None:
        client = world.client("accountant")
        given = {**self.form_data(world, 1), **typed} if typed else {}
        assert client.post(self.console.url("new-panel"), given).status_code == 200

    def test_a_new_price_stands_beside_the_old_one(self, world: ConsoleWorld) -> None:
        tariff = tariffs_of(world.here)["FEE"]
        client = world.client("accountant")
        address = reverse("console:tariff-version-new", args=[tariff.pk])
        assert client.get(address).status_code == 200
        refused = client.post(address, {"valid_from": "2026-01-01", "rate": "3.00"})
        assert refused.status_code == 422
        response = client.post(address, {"valid_from": "2027-01-01", "rate": "3.00"})
        assert response.status_code == 302
        page = client.get(response["Location"]).content.decode()
        assert "2027-01-01" in page
        assert "3.00 元/m²·月" in page
        later = tariff.versions.get(valid_from=date(2027, 1, 1))
        client.post(reverse("console:tariff-version-remove", args=[tariff.pk, later.pk]))
        assert tariff.versions.count() == 1

    def test_what_was_billed_by_is_refused_at_its_field(self, world: ConsoleWorld) -> None:
        lease_of(world.here, 101)
        issued(world.here)
        tariff = tariffs_of(world.here)["FEE"]
        client = world.client("accountant")
        edit = self.console.url("edit", tariff.pk)
        data = {**self.form_data(world, 1), "code": "FEE", "_version": client.get(edit).context["version"]}
        response = client.post(edit, data)
        assert response.status_code == 422
        assert "周期" in response.context["form"].errors["cycle_months"][0]

    def test_prices_of_others_are_out_of_reach(self, world: ConsoleWorld) -> None:
        tariff = tariffs_of(world.here)["FEE"]
        client = world.client("accountant", at=world.elsewhere)
        assert client.get(reverse("console:tariff-version-new", args=[tariff.pk])).status_code == 404
        version = tariff.versions.get()
        address = reverse("console:tariff-version-remove", args=[tariff.pk, version.pk])
        assert client.post(address).status_code == 404
        assert world.client("cashier").post(address).status_code == 403


class TestFeeItems(ConsoleTests, ConsoleFormTests):
    slug = "fee-items"
    viewer = "cashier"
    editor = "accountant"
    stranger = "guard"
    list_queries = 8
    invalid = ("tax_rate", "101")

    def make(self, world: ConsoleWorld, property: Property, number: int) -> FeeItem:
        return fee_items.fee_item_create(category="other", name=f"项目{number}", priority=number, by=None, at=AT)

    def form_data(self, world: ConsoleWorld, number: int) -> Mapping[str, Any]:
        return {
            "name": f"新项目{number}",
            "category": "other",
            "tax_rate": "6",
            "revenue_account": "6001",
            "priority": "5",
        }

    def test_the_property_switcher_narrows_the_list(self, world: ConsoleWorld) -> None:
        # Fee items belong to the operator as a whole.
        made = self.make(world, world.here, 1)
        client = world.client("cashier")
        world.choose(client, world.elsewhere)
        assert made.pk in self.listed(client)

    def test_the_tax_rate_is_typed_in_percent(self, world: ConsoleWorld) -> None:
        world.client("accountant").post(self.console.url("new"), self.form_data(world, 1))
        assert FeeItem.objects.get(name="新项目1").tax_rate == Decimal("0.06")


def test_the_list_tells_prices_in_words(world: ConsoleWorld) -> None:
    rules = {"property": world.here, "valid_from": date(2026, 1, 1), "by": None, "at": AT}
    items = fee_items.fee_items_ensure()
    tariffs.tariff_create(
        code="W", name="水价", fee_item=items["water"], basis="metered", tiers="15:5;22:7;*:9", **rules
    )
    tariffs.tariff_create(
        code="R", name="房租", fee_item=items["rent"], basis="formula", formula="rent * 0.97", **rules
    )
    shown = world.client("accountant").get(reverse("console:tariffs-list")).content.decode()
    assert "0–15：5.00 · 15–22：7.00 · &gt;22：9.00" in shown
    assert "月租 × 0.97" in shown


def test_what_is_not_chosen_yet_is_said_in_words(world: ConsoleWorld) -> None:
    form = world.client("accountant").get(reverse("console:tariffs-new")).content.decode()
    assert "请选择</option>" in form
    assert "---" not in form
