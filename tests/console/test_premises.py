"""The pages of properties, buildings, units and parking spaces."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from tests.support.console_world import AT, ConsoleWorld
from tests.support.stays import make_tariff
from yuju.billing.selectors.offered import standard_tariffs
from yuju.kit.testing.console import ConsoleFormTests, ConsoleTests
from yuju.premises import services
from yuju.premises.models import Building, ParkingSpace, Property, Unit, UnitFact

pytestmark = pytest.mark.django_db


def make_building(property: Property, code: str = "3栋") -> Building:
    found = Building.objects.filter(property=property, code=code).first()
    return found or services.building_create(property=property, code=code, floors=18, by=None, at=AT)


def make_unit(property: Property, number: int) -> Unit:
    return services.unit_create(
        building=make_building(property),
        number=f"{number:04d}",
        layout="两室一厅",
        floor=number // 100,
        area=Decimal("62.50") + number,
        by=None,
        at=AT,
    )


class TestProperties(ConsoleTests, ConsoleFormTests):
    slug = "properties"
    viewer = "auditor"
    list_queries = 8
    invalid = ("time_zone", "Asia/Nowhere")

    def make(self, world: ConsoleWorld, property: Property, number: int) -> Property:
        return (
            property if number < 3 else services.property_create(code=f"p{number}", name=f"P{number}", by=None, at=AT)
        )

    def form_data(self, world: ConsoleWorld, number: int) -> Mapping[str, Any]:
        return {"code": f"n{number}", "name": f"新项目{number}", "time_zone": "Asia/Shanghai"}

    def test_the_manager_of_one_property_makes_no_other(self, world: ConsoleWorld) -> None:
        client = world.client("manager", at=world.here)
        assert client.get(self.console.url("new")).status_code == 403

    def test_it_says_what_is_billed_as_a_rule(self, world: ConsoleWorld) -> None:
        rent, fee = make_tariff(world.here), make_tariff(world.here, "property", "3", basis="area")
        client, edit = world.client("manager"), self.console.url("edit", world.here.pk)
        page = client.get(edit)
        data = {"code": "here", "name": "青岚里公寓", "time_zone": "Asia/Shanghai", "_version": page.context["version"]}
        given = {**data, "standard_long": [rent.pk, fee.pk], "standard_short": [rent.pk]}
        assert client.post(edit, given).status_code == 302
        assert standard_tariffs(world.here) == {"long_term": {rent.pk, fee.pk}, "short_term": {rent.pk}}
        again = client.get(edit)
        assert again.context["form"].initial["standard_long"] == [rent.pk, fee.pk]
        # What was ticked and is not any more goes
        assert client.post(edit, {**data, "_version": again.context["version"]}).status_code == 302
        assert standard_tariffs(world.here) == {}


class TestBuildings(ConsoleTests, ConsoleFormTests):
    slug = "buildings"
    viewer = "guard"
    list_queries = 8
    invalid = ("floors", "many")

    def make(self, world: ConsoleWorld, property: Property, number: int) -> Building:
        return make_building(property, f"{number}栋")

    def form_data(self, world: ConsoleWorld, number: int) -> Mapping[str, Any]:
        return {"property": world.here.pk, "code": f"{number}号楼", "floors": 18}

    def test_a_building_cannot_be_put_into_a_property_of_others(self, world: ConsoleWorld) -> None:
        client = world.client("manager", at=world.elsewhere)
        response = client.post(self.console.url("new"), self.form_data(world, 1))
        assert response.status_code == 422
        assert response.context["form"].errors["property"]
        assert not Building.objects.exists()

    def test_buildings_stand_in_the_order_of_their_numbers(self, world: ConsoleWorld) -> None:
        rows = [self.make(world, world.here, number) for number in (12, 3, 1)]
        assert self.listed(world.client("guard")) == [row.pk for row in reversed(rows)]


class TestUnits(ConsoleTests, ConsoleFormTests):
    slug = "units"
    viewer = "cleaner"
    list_queries = 9
    invalid = ("area", "sixty")

    def make(self, world: ConsoleWorld, property: Property, number: int) -> Unit:
        return make_unit(property, number)

    def form_data(self, world: ConsoleWorld, number: int) -> Mapping[str, Any]:
        return {
            "building": make_building(world.here).pk,
            "number": f"16{number:02d}",
            "area": f"6{number}.50",
            "floor": "16",
        }

    def test_a_number_taken_is_refused_at_its_field(self, world: ConsoleWorld) -> None:
        make_unit(world.here, 1602)
        client = world.client("manager")
        data = {"building": make_building(world.here).pk, "number": "1602"}
        response = client.post(self.console.url("new"), data)
        assert response.status_code == 422
        assert "3栋1602" in response.context["form"].errors["number"][0]

    def test_a_changed_area_holds_from_the_day_given(self, world: ConsoleWorld) -> None:
        # Given a unit of 63.50 m² since ever
        unit = make_unit(world.here, 1)
        client = world.client("manager")
        edit = self.console.url("edit", unit.pk)
        data = {"number": unit.number, "area": "70.00", "floor": 0, "valid_from": "2026-12-01"}

        # When
        response = client.post(edit, {**data, "_version": client.get(edit).context["version"]})

        # Then both stand, each with its day
        assert response.status_code == 302
        facts = UnitFact.objects.filter(unit=unit).order_by("valid_from").values_list("area", flat=True)
        assert list(facts) == [Decimal("63.50"), Decimal("70.00")]
        assert "2026-12-01" in client.get(self.console.detail_url(unit)).content.decode()

    def test_the_search_finds_by_building_and_number(self, world: ConsoleWorld) -> None:
        unit, _other = make_unit(world.here, 1602), make_unit(world.here, 301)
        client = world.client("cleaner")
        assert self.listed(client, "?q=1602") == [unit.pk]
        assert self.listed(client, "?q=3栋1602") == [unit.pk]
        assert "没有符合条件" in client.get(self.console.url("list") + "?q=9999").content.decode()


class TestSpaces(ConsoleTests, ConsoleFormTests):
    slug = "spaces"
    viewer = "engineer"
    list_queries = 8
    invalid = ("code", "")

    def make(self, world: ConsoleWorld, property: Property, number: int) -> ParkingSpace:
        return services.space_create(
            property=property, code=f"B2-{number}", location=f"负二层 {number}", by=None, at=AT
        )

    def form_data(self, world: ConsoleWorld, number: int) -> Mapping[str, Any]:
        return {"property": world.here.pk, "code": f"B1-{number}", "location": "负一层"}
