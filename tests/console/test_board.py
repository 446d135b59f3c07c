"""The room-status board."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.console.test_premises import make_unit
from tests.support.console_world import ConsoleWorld
from yuju.premises.models import Property, Unit
from yuju.reporting.room_board import UnitState, building_status, unit_status
from yuju.residency.choices import Category, TenureKind, TenureState
from yuju.residency.models import MoveOutNotice, Resident, Tenure, Turnover
from yuju.residency.services.states import state_by_days

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 25)


def make_tenure(
    unit: Unit,
    start: date,
    end: date | None,
    *,
    name: str = "林晓彤",
    kind: TenureKind = TenureKind.LEASE,
    state: TenureState | None = None,
) -> Tenure:
    number = f"HT-{unit.pk}-{kind}-{start}"
    resident = Resident.objects.create(property=unit.property, ref=number, name=name)
    return Tenure.objects.create(
        kind=kind,
        property=unit.property,
        unit=unit,
        resident=resident,
        number=number,
        category=Category.OWNER if kind == TenureKind.OWNERSHIP else Category.LONG_TERM,
        start=start,
        end=end,
        state=state or state_by_days(start, end, ON),
    )


@pytest.mark.parametrize(
    ("start", "end", "state", "days"),
    [
        (-300, 61, UnitState.OCCUPIED, 61),
        (-300, 60, UnitState.EXPIRING, 60),
        (0, 0, UnitState.EXPIRING, 0),
        (-300, None, UnitState.OCCUPIED, None),
        (-300, -1, UnitState.VACANT, 1),
        (1, 300, UnitState.COMING, 1),
    ],
)
def test_the_state_of_a_unit_follows_its_lease(
    world: ConsoleWorld, start: int, end: int | None, state: UnitState, days: int | None
) -> None:
    # Given one lease whose days tell how far it is
    unit = make_unit(world.here, 1203)
    make_tenure(unit, ON + timedelta(start), None if end is None else ON + timedelta(end))

    # When
    status = unit_status(unit, ON)

    # Then
    assert (status.state, status.days) == (state, days)


@pytest.mark.parametrize(
    ("start", "end", "tenure", "state", "days"),
    [
        (-300, -3, TenureState.LIVING, UnitState.OVERDUE, 3),
        (-300, 0, TenureState.ENDED, UnitState.VACANT, 0),
        (0, 300, TenureState.SIGNED, UnitState.COMING, 0),
        (-2, 300, TenureState.RESERVED, UnitState.RESERVED, -2),
        (6, 300, TenureState.RESERVED, UnitState.RESERVED, 6),
        (6, 5, TenureState.CANCELLED, UnitState.VACANT, None),
    ],
)
def test_how_far_a_stay_has_come_counts_more_than_its_days(
    world: ConsoleWorld, start: int, end: int, tenure: TenureState, state: UnitState, days: int | None
) -> None:
    unit = make_unit(world.here, 1203)
    make_tenure(unit, ON + timedelta(start), ON + timedelta(end), state=tenure)
    status = unit_status(unit, ON)
    assert (status.state, status.days) == (state, days)


def test_who_has_not_checked_out_stands_before_who_comes_next(world: ConsoleWorld) -> None:
    unit = make_unit(world.here, 1203)
    make_tenure(unit, ON - timedelta(300), ON - timedelta(1), name="孙宇", state=TenureState.LIVING)
    make_tenure(unit, ON, ON + timedelta(300), name="林晓彤", state=TenureState.SIGNED)
    status = unit_status(unit, ON)
    assert (status.state, status.current and status.current.name) == (UnitState.OVERDUE, "孙宇")
    assert status.following is not None
    assert status.following.name == "林晓彤"


def test_notice_given_and_a_unit_that_is_not_ready_are_seen_around_a_stay(world: ConsoleWorld) -> None:
    # Given somebody who leaves in ten days, long before the last day
    unit = make_unit(world.here, 1203)
    leaving = make_tenure(unit, ON - timedelta(300), ON + timedelta(300))
    notice = MoveOutNotice.objects.create(tenure=leaving, given_on=ON, last_day=ON + timedelta(10))
    status = unit_status(unit, ON)
    assert (status.state, status.days, status.out_on) == (UnitState.LEAVING, 10, notice.last_day)

    # When they are gone, the unit is made ready, also with somebody who comes next
    Tenure.objects.filter(pk=leaving.pk).update(state=TenureState.ENDED, end=ON)
    turnover = Turnover.objects.create(property=world.here, unit=unit, tenure=leaving, vacated_at=timezone.now())
    assert unit_status(unit, ON).state == UnitState.TURNOVER
    make_tenure(unit, ON + timedelta(5), ON + timedelta(300), name="周明", state=TenureState.SIGNED)
    status = unit_status(unit, ON)
    assert (status.state, status.following and status.following.name) == (UnitState.TURNOVER, "周明")

    # And once it is ready, only the next one counts
    Turnover.objects.filter(pk=turnover.pk).update(ready_at=timezone.now() + timedelta(hours=1))
    assert unit_status(unit, ON).state == UnitState.COMING

    # A notice taken back is none
    other = make_tenure(make_unit(world.here, 1204), ON - timedelta(300), ON + timedelta(300))
    MoveOutNotice.objects.create(tenure=other, given_on=ON, last_day=ON + timedelta(10), withdrawn_at=timezone.now())
    assert unit_status(other.unit, ON).state == UnitState.OCCUPIED


def test_a_lease_renewed_by_the_same_person_does_not_expire(world: ConsoleWorld) -> None:
    unit = make_unit(world.here, 1203)
    ending = make_tenure(unit, ON - timedelta(300), ON + timedelta(10))
    renewal = make_tenure(unit, ON + timedelta(11), ON + timedelta(400))
    assert unit_status(unit, ON).state == UnitState.EXPIRING
    Tenure.objects.filter(pk=renewal.pk).update(resident=ending.resident)
    assert unit_status(unit, ON).state == UnitState.OCCUPIED


def test_the_tenant_stands_before_the_owner(world: ConsoleWorld) -> None:
    # Given a unit owned and let, and one owned and not let
    let, owned = make_unit(world.here, 101), make_unit(world.here, 102)
    for unit in (let, owned):
        make_tenure(unit, ON - timedelta(900), None, name="业主", kind=TenureKind.OWNERSHIP)
    make_tenure(let, ON - timedelta(30), ON + timedelta(300), name="租客")

    # Then
    names = {one.unit.number: one.current.name for one in building_status(let.building, ON) if one.current}
    assert names == {"0101": "租客", "0102": "业主"}


def test_the_last_lease_of_a_vacant_unit_is_the_one_that_ended_last(world: ConsoleWorld) -> None:
    unit = make_unit(world.here, 1203)
    make_tenure(unit, date(2024, 1, 1), date(2024, 12, 31), name="甲")
    make_tenure(unit, date(2025, 1, 1), date(2026, 11, 13), name="孙宇")
    status = unit_status(unit, ON)
    assert status.last is not None
    assert (status.last.name, status.days) == ("孙宇", 12)


def board(client: Any, query: str = "", target: str = "") -> Any:
    headers = {"HX-Request": "true", "HX-Target": target} if target else {}
    response = client.get(reverse("console:board") + query, headers=headers)
    assert response.status_code == 200
    return response


def lived_in(property: Property, number: int) -> Unit:
    unit = make_unit(property, number)
    start = timezone.localdate() - timedelta(30)
    make_tenure(unit, start, start + timedelta(330), name="林晓彤")
    return unit


def test_the_board_shows_floors_from_the_top_and_counts_each_state(world: ConsoleWorld) -> None:
    lived_in(world.here, 1801)
    lived_in(world.here, 101)
    make_unit(world.here, 102)
    client = world.client("front_desk")
    context = board(client).context
    assert [number for number, _tiles in context["floors"]] == [18, 1]
    assert {chip.state: chip.count for chip in context["chips"]} == {"": 3, "live": 2, "vac": 1}
    only = board(client, "?state=vac").context
    assert [tile.number for _number, tiles in only["floors"] for tile in tiles] == ["0102"]


def test_names_are_shown_only_to_those_who_may_see_residents(world: ConsoleWorld) -> None:
    unit = lived_in(world.here, 1801)
    query = f"?unit={unit.pk}"
    assert "林晓彤" in board(world.client("front_desk"), query).content.decode()
    assert "林晓彤" not in board(world.client("cleaner"), query).content.decode()


def test_a_unit_opens_at_the_side(world: ConsoleWorld) -> None:
    unit = lived_in(world.here, 1801)
    client = world.client("manager")
    panel = board(client, f"?unit={unit.pk}", "side-panel").content.decode()
    assert unit.label in panel
    assert "<html" not in panel
    assert reverse("console:units-detail", args=[unit.pk]) in panel


def test_the_page_of_a_unit_tells_who_held_it(world: ConsoleWorld) -> None:
    unit = lived_in(world.here, 1801)
    make_tenure(unit, date(2024, 1, 1), date(2024, 12, 31), name="孙宇")
    address = reverse("console:units-detail", args=[unit.pk])
    page = world.client("front_desk").get(address).content.decode()
    assert page.index("林晓彤") < page.index("孙宇")
    # Who may not see leases is not told of them.
    assert "孙宇" not in world.client("cleaner").get(address).content.decode()


def test_the_board_keeps_to_the_properties_of_the_user(world: ConsoleWorld) -> None:
    unit = lived_in(world.here, 1801)
    client = world.client("manager", at=world.elsewhere)
    response = board(client, f"?building={unit.building_id}&unit={unit.pk}")
    assert unit.label not in response.content.decode()
    with world.other_operator() as other:
        answer = board(other.client("manager"), f"?building={unit.building_id}")
        assert unit.label not in answer.content.decode()


@pytest.mark.parametrize("query", ["?building=x", "?unit=-1", "?state=nothing", "?building=99999999999999999999999"])
def test_no_address_makes_the_board_fail(world: ConsoleWorld, query: str) -> None:
    make_unit(world.here, 1)
    board(world.client("manager"), query)


def test_a_building_takes_the_same_few_queries_for_any_number_of_units(world: ConsoleWorld) -> None:
    client = world.client("manager")
    for numbers in ([101], range(201, 230)):
        for number in numbers:
            lived_in(world.here, number)
        with CaptureQueriesContext(connection) as captured:
            board(client, target="board")
        assert sum("SAVEPOINT" not in query["sql"] for query in captured) == 10
