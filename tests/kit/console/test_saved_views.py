"""Views of a list: what an address with one means, what is kept when columns or conditions change, who sees what."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from tests.console.test_premises import make_unit
from tests.support.console_world import ConsoleWorld
from yuju.identity.models import Operator, SavedView
from yuju.kit.console import Listing
from yuju.premises.models import Unit

pytestmark = pytest.mark.django_db

FIRST, SECOND = "q=3%E6%A0%8B01", "q=3%E6%A0%8B02"
"""Searches for the two units on the first floor, and for the one on the second."""


@pytest.fixture
def world(operator: Operator) -> ConsoleWorld:
    assert get_resolver().url_patterns
    world = ConsoleWorld(operator)
    for place in (world.here, world.elsewhere):
        for number in (101, 102, 203):
            make_unit(place, number)
    return world


def listing(client: Client, query: str = "") -> Listing:
    found: Listing = client.get(f"/units/{query}").context["listing"]
    return found


def save(client: Client, name: str, query: str = "", **given: Any) -> str:
    """Saves a view of the units; its query."""
    answer = client.post("/units/views", {"name": name, "query": query, **given})
    assert answer.status_code == 303
    return str(answer["Location"]).removeprefix("/units/")


def change(client: Client, view: str, act: str, query: str = "", **given: Any) -> Any:
    return client.post(f"/units/views/{view.removeprefix('?view=')}", {"act": act, "query": query or view, **given})


def names(found: Listing) -> list[str]:
    return [column.name for column in found.columns]


def test_a_view_opens_what_was_saved_and_says_when_it_differs(world: ConsoleWorld) -> None:
    client = world.client("manager")
    view = save(client, "大房间", f"?{FIRST}&sort=floor,-area&page=7")
    # When it is opened by its number alone, then it shows what was saved, from the first page
    found = listing(client, view)
    assert (found.state.q, found.state.sort, found.state.page, found.total) == ("3栋01", "floor,-area", 1, 4)
    assert found.state.query() == view
    # And every link from it that changes something says it all and where it came from
    key = view.removeprefix("?view=")
    changed = listing(client, found.cleared_query)
    assert changed.state.query() == f"?from={key}&sort=floor,-area"
    assert (changed.total, changed.state.changed) == (6, True)
    # And put back as it was, it is the view again
    assert listing(client, f"?from={key}&{FIRST}&sort=floor,-area").state.query() == view
    # And a ready-made tab leads out of it
    assert found.tab_links[0].query == "?"


def test_a_view_is_saved_anew_renamed_and_deleted(world: ConsoleWorld) -> None:
    client = world.client("manager")
    view = save(client, "一层", f"?{FIRST}")
    key = view.removeprefix("?view=")
    assert change(client, view, "save", f"?from={key}&{SECOND}")["Location"] == f"/units/{view}"
    assert listing(client, view).total == 2
    change(client, view, "rename", name="二层", shared="on")
    stored = SavedView.objects.get(pk=key)
    assert (stored.name, stored.shared, stored.query) == ("二层", True, SECOND)
    assert change(client, view, "delete")["Location"] == "/units/"
    # What is gone leaves the list as it is
    assert listing(client, view).state.query() == "?"
    assert change(client, view, "rename", name="x").status_code == 404
    assert change(client, view, "burn").status_code == 404


def test_views_stand_in_the_order_their_owner_gives_them(world: ConsoleWorld) -> None:
    client = world.client("manager")
    for name in "abc":
        last = save(client, name)
    answer = change(client, last, "move", to="left")
    found = client.get(answer["Location"])
    assert [link.view.name for link in found.context["listing"].view_links] == ["a", "c", "b"]
    assert found.context["view_moves"] == ["left", "right"]
    change(client, last, "move", to="left")
    assert client.get(f"/units/{last}").context["view_moves"] == ["right"]


def test_a_refused_view_says_why_and_keeps_what_is_seen(world: ConsoleWorld) -> None:
    client = world.client("manager")
    save(client, "一层", f"?{FIRST}")
    answer = client.post("/units/views", {"name": "一层", "query": f"?{SECOND}&sort=-area"}, follow=True)
    assert answer.redirect_chain == [(f"/units/?{SECOND}&sort=-area", 303)]
    assert "已有名为“一层”的视图" in answer.content.decode()


def test_a_shared_view_shows_each_reader_their_own_rows(world: ConsoleWorld) -> None:
    manager, desk, stranger = (
        world.client("manager"),
        world.client("front_desk", at=world.elsewhere),
        world.client("guard", at=world.elsewhere),
    )
    private, shared = save(manager, "我的", f"?{FIRST}"), save(manager, "一层", f"?{FIRST}", shared="on")
    assert [link.count for link in listing(manager).view_links] == [4, 4]
    # Then somebody posted elsewhere has the shared one alone, with the rows and the count of their property
    found = listing(desk, shared)
    assert [(link.view.name, link.count) for link in found.view_links] == [("一层", 2)]
    assert {row.property_id for row in found.rows} == {world.elsewhere.pk}
    assert listing(desk, private).view is None
    assert change(desk, private, "delete").status_code == 404
    # And neither changes it nor is offered to
    page = desk.get(f"/units/{shared}").content.decode()
    assert 'id="view-manage"' not in page
    assert change(desk, shared, "delete").status_code == 303
    assert change(stranger, shared, "rename", name="x").status_code == 303
    assert SavedView.objects.get(name="一层").shared


def test_a_view_of_another_operator_does_not_exist(world: ConsoleWorld) -> None:
    view = save(world.client("manager"), "一层", f"?{FIRST}", shared="on")
    with world.other_operator() as other:
        client = other.client("manager")
        assert listing(client, view).view is None
        assert change(client, view, "delete").status_code == 404


def test_a_view_that_asks_for_what_is_not_here_shows_nothing(world: ConsoleWorld) -> None:
    # Given a view of one building
    client = world.client("manager")
    building = Unit.objects.filter(property=world.here).first().building_id  # type: ignore[union-attr]
    world.choose(client, world.here)
    view = save(client, "三栋", f"?building={building}")
    assert listing(client, view).total == 3
    # When the reader turns to another property, then it is empty, and not the whole list
    world.choose(client, world.elsewhere)
    found = listing(client, view)
    assert (found.total, found.rows, [link.count for link in found.view_links]) == (0, [], [0])
    assert "当前项目中不存在" in client.get(f"/units/{view}").content.decode()


def test_columns_are_kept_for_the_list_or_for_the_view_that_is_open(world: ConsoleWorld) -> None:
    client = world.client("manager")
    usual = names(listing(client))
    # When columns are chosen where no view is open, then they are the user's own, here and in the export
    chosen = {"column": ["label", "number", "area"], "query": "?sort=area"}
    assert client.post("/units/columns", chosen)["Location"] == "/units/?sort=area"
    assert names(listing(client)) == ["label", "number", "area"]
    exported = client.post("/units/export", {"format": "csv"}).getvalue().decode("utf-8-sig")
    assert exported.splitlines()[0].count(",") == 2
    assert names(listing(world.client("manager"))) == usual
    # And a view saved now keeps them, whatever is chosen for the list afterwards
    view = save(client, "短", f"?{FIRST}&sort=floor,-area")
    client.post("/units/columns", {"column": ["label", "floor"], "query": ""})
    assert names(listing(client, view)) == ["label", "number", "area"]
    # And chosen in the view, they are the view's
    client.post("/units/columns", {"column": ["area", "label"], "query": view})
    assert names(listing(client, view)) == ["area", "label"]
    assert SavedView.objects.get(name="短").query == f"{FIRST}&sort=floor,-area&cols=area,label"
    assert names(listing(client)) == ["label", "floor"]
    # And the usual ones come back
    client.post("/units/columns", {"reset": "yes", "query": ""})
    assert names(listing(client)) == usual


def test_columns_in_somebody_elses_view_stand_in_the_address(world: ConsoleWorld) -> None:
    view = save(world.client("manager"), "一层", f"?{FIRST}", shared="on")
    client = world.client("front_desk")
    answer = client.post("/units/columns", {"column": ["area", "label"], "query": view})
    key = view.removeprefix("?view=")
    assert answer["Location"] == f"/units/?from={key}&{FIRST}&cols=area,label"
    assert names(listing(client, answer["Location"].removeprefix("/units/"))) == ["area", "label"]
    assert "cols" not in SavedView.objects.get(name="一层").query


def test_what_a_row_is_called_cannot_be_hidden_nor_nonsense_chosen(world: ConsoleWorld) -> None:
    client = world.client("manager")
    client.post("/units/columns", {"column": ["area", "password", "area"], "query": "?cols=nothing"})
    assert names(listing(client)) == ["label", "area"]
    assert names(listing(client, "?cols=floor,nothing")) == ["label", "floor"]


def test_a_column_that_tells_properties_apart_is_not_forgotten_where_there_is_one(world: ConsoleWorld) -> None:
    client = world.client("manager")
    world.choose(client, world.here)
    client.post("/units/columns", {"column": ["label", "area"], "query": ""})
    assert names(listing(client)) == ["label", "area"]
    client.post("/property", {"property": ""})
    assert "property" in names(listing(client))


def test_density_is_the_users_for_every_list(world: ConsoleWorld) -> None:
    client = world.client("manager")
    for compact in ("yes", "no"):
        assert client.post("/lists/density", {"compact": compact}).status_code == 204
        for address in ("/units/", "/residents/"):
            assert client.get(address).context["compact"] is (compact == "yes")
    assert Client().post("/lists/density").status_code == 302


def test_views_cost_one_statement_more_however_many_there_are(world: ConsoleWorld) -> None:
    client = world.client("manager")

    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/units/", headers={"HX-Request": "true", "HX-Target": "list-body"}).status_code == 200
        return sum("SAVEPOINT" not in query["sql"] for query in captured)

    without = statements()
    building = Unit.objects.first().building_id  # type: ignore[union-attr]
    for number in range(1, 4):
        save(client, str(number), f"?building={building}&q={number}")
        client.get("/units/")  # with the message that it was saved
        assert statements() == without + 1
