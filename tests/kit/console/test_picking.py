"""Picking one of many rows in a form."""

from typing import Any

import pytest
from django.http import HttpRequest, QueryDict
from django.test import RequestFactory
from django.urls import get_resolver, reverse

from tests.console.test_premises import make_unit
from tests.support.console_world import ConsoleWorld
from yuju.identity.models import Operator
from yuju.kit.console import ConsoleForm, PickField
from yuju.premises.models import Property, Unit

pytestmark = pytest.mark.django_db


class LetForm(ConsoleForm):
    unit = PickField(Unit.objects.none(), slug="units", label="Unit")

    def narrow_choices(self) -> None:
        field: Any = self.fields["unit"]
        field.queryset = Unit.objects.filter(property=self.request.property)  # type: ignore[attr-defined]


@pytest.fixture
def world(operator: Operator) -> ConsoleWorld:
    assert get_resolver().url_patterns
    return ConsoleWorld(operator)


def form(property: Property, query: str = "", **initial: Any) -> LetForm:
    request: HttpRequest = RequestFactory().get("/")
    request.property = property  # type: ignore[attr-defined]
    return LetForm(QueryDict(query) if query else None, request=request, initial=initial)


def test_what_was_picked_counts_whatever_the_text_says(world: ConsoleWorld) -> None:
    unit = make_unit(world.here, 1203)
    bound = form(world.here, f"unit={unit.pk}&unit_typed=anything")
    assert bound.is_valid()
    assert bound.cleaned_data["unit"] == unit


def test_typed_text_counts_when_one_row_answers_to_it(world: ConsoleWorld) -> None:
    unit, _other = make_unit(world.here, 1203), make_unit(world.here, 1204)
    bound = form(world.here, "unit=&unit_typed=3栋1203")
    assert bound.is_valid()
    assert bound.cleaned_data["unit"] == unit


@pytest.mark.parametrize("text", ["12", "9999"])
def test_text_of_none_or_several_is_refused_and_kept(world: ConsoleWorld, text: str) -> None:
    make_unit(world.here, 1203)
    make_unit(world.here, 1204)
    bound = form(world.here, f"unit=&unit_typed={text}")
    assert bound.errors["unit"]
    assert f'value="{text}"' in str(bound["unit"])


def test_a_row_out_of_scope_cannot_be_picked(world: ConsoleWorld) -> None:
    unit = make_unit(world.elsewhere, 1203)
    bound = form(world.here, f"unit={unit.pk}")
    assert bound.errors["unit"]
    assert unit.label not in str(bound["unit"])


def test_the_row_of_before_is_shown_by_name(world: ConsoleWorld) -> None:
    unit = make_unit(world.here, 1203)
    shown = str(form(world.here, unit=unit.pk)["unit"])
    assert 'value="3栋1203"' in shown
    assert f'value="{unit.pk}"' in shown


def test_offers_come_from_what_the_user_may_see(world: ConsoleWorld) -> None:
    here, there = make_unit(world.here, 1203), make_unit(world.elsewhere, 1203)
    client = world.client("manager", at=world.here)
    page = client.get(reverse("console:units-pick"), {"unit_typed": "1203"}).content.decode()
    assert f'data-pick-id="{here.pk}"' in page
    assert f'data-pick-id="{there.pk}"' not in page
    assert client.get(reverse("console:units-pick")).status_code == 200
