"""Making and changing premises, and what they are called."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from yuju.identity.models import Change, Operator
from yuju.kit import search
from yuju.kit.errors import Refused
from yuju.premises import services
from yuju.premises.labels import place_sort_key, unit_label
from yuju.premises.models import ALWAYS, Building, Property, Unit, UnitFact

AT = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
NUMBERS = st.integers(0, 99_999)


@pytest.mark.parametrize(
    ("parts", "label"),
    [
        (("3栋", "", "1602"), "3栋1602"),
        (("1", "2", "1003"), "1-2-1003"),
        (("3栋", "1单元", "1602"), "3栋1单元1602"),
        (("A", "", "801"), "A-801"),
    ],
)
def test_a_unit_is_called_as_people_call_it(parts: tuple[str, str, str], label: str) -> None:
    assert unit_label(*parts) == label


@given(st.tuples(NUMBERS, NUMBERS), st.tuples(NUMBERS, NUMBERS))
def test_units_sort_by_the_value_of_their_numbers(one: tuple[int, int], other: tuple[int, int]) -> None:
    keys = [place_sort_key(f"{building}栋", "", str(number)) for building, number in (one, other)]
    assert (one < other) == (keys[0] < keys[1])


@pytest.fixture
def place(operator: Operator) -> Property:
    return services.property_create(code="qinglan", name="青岚里公寓", by=None, at=AT)


@pytest.fixture
def building(place: Property) -> Building:
    return services.building_create(property=place, code="3栋", by=None, at=AT)


def make(building: Building, number: str = "1602", area: str | None = "62.50") -> Unit:
    given = Decimal(area) if area is not None else None
    return services.unit_create(building=building, number=number, floor=16, area=given, by=None, at=AT)


def change(unit: Unit, *, area: str, valid_from: date | None = None) -> Unit:
    return services.unit_change(
        unit=unit,
        number=unit.number,
        entrance=unit.entrance,
        layout=unit.layout,
        floor=unit.floor,
        area=Decimal(area),
        valid_from=valid_from,
        by=None,
        at=AT,
    )


def facts(unit: Unit) -> list[tuple[date, Decimal | None]]:
    return list(UnitFact.objects.filter(unit=unit).order_by("valid_from").values_list("valid_from", "area"))


def test_a_new_unit_is_known_everywhere(building: Building) -> None:
    unit = make(building)
    assert unit.property == building.property
    assert facts(unit) == [(ALWAYS, Decimal("62.50"))]
    assert [hit.object_id for hit in search.find("3栋1602")] == [unit.pk]
    assert Change.objects.filter(kind="premises_unit", row_id=unit.pk, act="made").exists()


def test_a_correction_replaces_and_a_change_has_its_day(building: Building) -> None:
    unit = make(building)
    change(unit, area="63")
    assert facts(unit) == [(ALWAYS, Decimal("63"))]
    change(unit, area="70", valid_from=date(2026, 12, 1))
    change(unit, area="71")
    assert facts(unit) == [(ALWAYS, Decimal("63")), (date(2026, 12, 1), Decimal("71"))]
    unit.refresh_from_db()
    assert unit.area == Decimal("71")


def test_a_change_cannot_slip_in_before_a_later_one(building: Building) -> None:
    unit = make(building)
    change(unit, area="70", valid_from=date(2026, 12, 1))
    with pytest.raises(Refused) as refusal:
        change(unit, area="80", valid_from=date(2026, 11, 1))
    assert refusal.value.field == "valid_from"


def test_what_stays_the_same_is_not_recorded(building: Building) -> None:
    unit = make(building)
    change(unit, area="62.50")
    assert facts(unit) == [(ALWAYS, Decimal("62.50"))]
    assert not Change.objects.filter(kind="premises_unit", act="changed").exists()


@pytest.mark.parametrize("area", ["-0.01", "-1"])
def test_an_area_below_zero_is_refused(building: Building, area: str) -> None:
    with pytest.raises(Refused) as refusal:
        make(building, area=area)
    assert refusal.value.field == "area"
    assert not Unit.objects.exists()


def test_a_number_is_taken_once_in_a_building_and_entrance(place: Property, building: Building) -> None:
    make(building)
    with pytest.raises(Refused) as refusal:
        make(building)
    assert (refusal.value.field, refusal.value.code) == ("number", "taken")
    # Elsewhere the same number is another unit, and the refusal has left the transaction usable.
    make(services.building_create(property=place, code="5栋", by=None, at=AT))
    services.unit_create(building=building, entrance="2", number="1602", by=None, at=AT)
    assert Unit.objects.count() == 3


def test_a_renamed_building_renames_its_units(building: Building) -> None:
    unit = make(building)
    services.building_change(building=building, code="8栋", name="", floors=None, by=None, at=AT)
    unit.refresh_from_db()
    assert unit.label == "8栋1602"
    assert unit.sort_key == place_sort_key("8栋", "", "1602")
    assert [hit.object_id for hit in search.find("8栋1602")] == [unit.pk]
    assert search.find("3栋1602") == []


def test_codes_are_taken_once(place: Property) -> None:
    with pytest.raises(Refused) as refusal:
        services.property_create(code="qinglan", name="again", by=None, at=AT)
    assert refusal.value.field == "code"
    services.space_create(property=place, code="B2-117", by=None, at=AT)
    with pytest.raises(Refused) as refusal:
        services.space_create(property=place, code=" B2-117 ", by=None, at=AT)
    assert refusal.value.field == "code"
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def test_a_time_zone_must_exist(place: Property) -> None:
    with pytest.raises(Refused) as refusal:
        services.property_create(code="x", name="x", time_zone="Mars/Olympus", by=None, at=AT)
    assert refusal.value.field == "time_zone"
