"""What the guide says of a new model is true: 30 lines beyond its fields give it every page, and every inherited test passes."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest

from tests.workbench.keys.models import Key
from tests.workbench.keys.pages import KeyConsole, site
from yuju.kit.testing.console import ConsoleFormTests, ConsoleTests

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.workbench.keys.urls")]

GUIDE = Path(__file__).parents[2] / "docs/guide/add-a-model.md"
FIELDS = ("property", "number", "holder", "lost_on")


class TestKeys(ConsoleTests, ConsoleFormTests):
    slug = "keys"
    site = site
    list_queries = 8
    invalid = ("number", "")

    def make(self, world: Any, property: Any, number: int) -> Key:
        return Key.objects.create(property=property, number=f"{number:04}", holder=f"持有人{number}")

    def form_data(self, world: Any, number: int) -> dict[str, Any]:
        return {"property": world.here.pk, "number": f"N{number}", "holder": "周明", "lost_on": ""}


def test_a_number_that_is_taken_is_refused_at_its_field(world: Any) -> None:
    # Given a key
    Key.objects.create(property=world.here, number="7")
    client = world.client("manager")
    # When another one is to have its number, then the field says what to do, and nothing is written
    response = client.post(
        "/workbench/keys/new/", {"property": world.here.pk, "number": "7", "holder": "", "lost_on": ""}
    )
    assert response.status_code == 422
    assert response.context["form"].errors["number"]
    assert Key.objects.count() == 1


def test_it_takes_30_lines_beyond_its_fields_and_they_stand_in_the_guide() -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    written = 0
    for part in (Key, KeyConsole):
        source = inspect.getsource(part)
        assert source in guide
        lines = [
            line.strip() for line in source.splitlines() if line.strip() and not line.strip().startswith(('"""', "#"))
        ]
        written += sum(not line.startswith(tuple(f"{field} =" for field in FIELDS)) for line in lines)
    assert written <= 30
