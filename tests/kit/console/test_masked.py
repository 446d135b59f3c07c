"""Personal data on pages: covered, uncovered one value at a time, and written down."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import Client
from django.urls import include, path, set_urlconf

from tests.support.console_world import ConsoleWorld
from yuju.config.urls import urlpatterns as product
from yuju.identity.models import Operator
from yuju.kit.console import Card, Column, ConsoleSite, Masked, ModelConsole
from yuju.residency.models import Resident

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
PHONE = "13800006021"
site = ConsoleSite("trial")


class Notebook:
    """A recorder that remembers."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []

    def revealed(self, request: HttpRequest, row: Any, name: str) -> None:
        self.told.append(("revealed", row.pk, name))

    def exported(self, request: HttpRequest, console: ModelConsole[Any], rows: int, kind: str) -> None:
        self.told.append(("exported", rows, kind))


@site.register
class Residents(ModelConsole[Resident]):
    model = Resident
    slug = "trial"
    title = title_one = "Trial"
    view_permission = "residents.view"
    columns = (
        Column("name", "Name", link=True),
        Masked("phone", "Phone", mask=lambda phone: f"{phone[:3]}****{phone[-4:]}", permission="residents.reveal"),
    )
    cards = (Card("Facts", (Masked("id_number", "ID", mask=lambda number: "****"),)),)


urlpatterns = [*product, path("trial/", include((site.urls, "trial"), namespace="trial"))]


@pytest.fixture
def notebook() -> Iterator[Notebook]:
    before, site.recorder = site.recorder, Notebook()
    set_urlconf(__name__)
    yield site.recorder
    site.recorder = before
    set_urlconf(None)


@pytest.fixture
def world(operator: Operator) -> ConsoleWorld:
    return ConsoleWorld(operator)


@pytest.fixture
def resident(world: ConsoleWorld) -> Resident:
    return Resident.objects.create(property=world.here, ref="1", name="林晓彤", phone=PHONE, id_number="330102")


def reveal(client: Client, resident: Resident, name: str = "phone") -> Any:
    return client.post(f"/trial/trial/{resident.pk}/reveal/{name}", headers={"HX-Request": "true"})


def test_a_phone_is_covered_until_asked_for(world: ConsoleWorld, resident: Resident, notebook: Notebook) -> None:
    # Given a list
    client = world.client("front_desk")
    page = client.get("/trial/trial/").content.decode()
    assert "138****6021" in page
    assert PHONE not in page
    assert notebook.told == []

    # When one value is asked for
    answer = reveal(client, resident)

    # Then it is shown, not kept by the browser, and written down
    assert PHONE in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert notebook.told == [("revealed", resident.pk, "phone")]


def test_who_may_not_uncover_gets_no_eye(world: ConsoleWorld, resident: Resident, notebook: Notebook) -> None:
    client = world.client("guard")
    page = client.get("/trial/trial/").content.decode()
    assert "138****6021" in page
    assert "/reveal/" not in page
    assert reveal(client, resident).status_code == 403
    assert notebook.told == []


def test_nothing_but_masked_columns_can_be_uncovered(
    world: ConsoleWorld, resident: Resident, notebook: Notebook
) -> None:
    client = world.client("manager")
    assert reveal(client, resident, "name").status_code == 404
    # Without a permission of its own a column is never uncovered.
    assert reveal(client, resident, "id_number").status_code == 403
    assert notebook.told == []


def test_an_export_stays_covered(world: ConsoleWorld, resident: Resident, notebook: Notebook) -> None:
    answer: Any = world.client("manager").post("/trial/trial/export", {"format": "csv"})
    body = answer.getvalue().decode("utf-8-sig")
    assert "138****6021" in body
    assert PHONE not in body
    assert notebook.told == [("exported", 1, "csv")]


def test_without_a_recorder_nothing_is_uncovered(world: ConsoleWorld, resident: Resident) -> None:
    set_urlconf(__name__)
    client = world.client("manager")
    client.raise_request_exception = False
    assert reveal(client, resident).status_code == 500
