"""Many rows at once in a browser: ticking, looking, doing, taking back."""

from __future__ import annotations

import pytest
from django.db import transaction

from tests.console.test_premises import make_unit
from tests.support.browser import Visitor
from tests.support.console_world import AT, ConsoleWorld
from yuju.identity.models import Operator
from yuju.kit.tenancy import operator_context
from yuju.premises.models import Unit
from yuju.residency.services import resident_create, tag_create

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def manager(committed_operator: Operator) -> str:
    """The user name of a manager of 60 units, of residents and of a tag."""
    with operator_context(committed_operator.pk), transaction.atomic():
        world = ConsoleWorld(committed_operator)
        for number in range(1, 61):
            make_unit(world.here, number)
        for number in range(1, 4):
            resident_create(property=world.here, name=f"住户{number}", by=None, at=AT)
        tag_create(name="养宠", by=None, at=AT)
        return world.user("manager", at=world.here).username


def layouts(operator: Operator) -> dict[str, int]:
    found: dict[str, int] = {}
    with operator_context(operator.pk), transaction.atomic():
        for layout in Unit.objects.values_list("layout", flat=True):
            found[layout] = found.get(layout, 0) + 1
    return found


def test_ticks_are_kept_over_pages_and_what_they_do_is_taken_back(
    desktop: Visitor, manager: str, committed_operator: Operator
) -> None:
    page = desktop.page
    desktop.sign_in(manager, "long enough to do")
    desktop.open("/units/")
    before = layouts(committed_operator)
    ticked = page.locator("[data-tick-text]")

    # Ticked by mouse, by Shift from one to another, and by key; the bar counts them
    page.locator("[data-tick]").nth(0).click()
    page.locator("[data-tick]").nth(3).click(modifiers=["Shift"])
    for key in "jjx":
        page.keyboard.press(key)
    assert ticked.inner_text() == "已选 5 条"

    # They are still ticked after the page was turned over and back, and another view lets go of them
    desktop.press("#list-pager a[rel=next]")
    page.locator("[data-tick]").nth(0).click()
    desktop.press("#list-pager a[rel=prev]")
    assert ticked.inner_text() == "已选 6 条"
    assert page.locator("tr.sel").count() == 5

    # An action shows first what it would do, for the whole view by now
    page.locator("[data-tick-every]").click()
    assert ticked.inner_text() == "已选全部 60 条"
    page.locator(".bulk-acts button", has_text="设置户型").click()
    page.fill("#dialog [name=layout]", "四室两厅")
    page.keyboard.press("Enter")
    page.locator("#bulk-preview button[name=go]").click()
    page.locator(".toast-x .go").wait_for()
    assert layouts(committed_operator) == {"四室两厅": 60}

    # And it is taken back from the message about it
    desktop.press(".toast-x .go")
    assert "60 行恢复原状" in page.locator("#job").inner_text()
    assert layouts(committed_operator) == before


def test_on_a_phone_rows_are_ticked_on_demand(phone: Visitor, manager: str) -> None:
    page = phone.page
    phone.sign_in(manager, "long enough to do")
    phone.open("/residents/?tab=all")
    assert page.locator("[data-tick]").first.is_hidden()

    # Given the ticks are asked for, when rows are tapped, then they are ticked instead of opened
    page.locator("[data-tick-start]").click()
    for number in (0, 2):
        page.locator("tr[data-row] .sm-1").nth(number).tap()
    assert page.locator("[data-tick-text]").inner_text() == "已选 2 条"
    assert "/residents/?tab=all" in page.url

    # And the actions are at hand at the foot of the screen
    page.locator(".bulk-acts button", has_text="打标签").tap()
    page.select_option("#dialog [name=tag]", label="养宠")
    page.locator("#bulk-preview button[name=go]").tap()
    page.locator(".toast-x .go").wait_for()
    phone.settle()
    assert page.locator("tbody .sm-4", has_text="养宠").count() == 2


def test_what_is_ticked_is_exported(desktop: Visitor, manager: str) -> None:
    page = desktop.page
    desktop.sign_in(manager, "long enough to do")
    desktop.open("/units/")
    for number in range(3):
        page.locator("[data-tick]").nth(number).click()
    with page.expect_download() as download:
        page.locator(".bulk-acts button[value=csv]").click()
    assert len(download.value.path().read_text(encoding="utf-8-sig").splitlines()) == 1 + 3
    # The list stands as it was, and its own export is the whole view
    with page.expect_download() as download:
        page.locator("#list-export summary").click()
        page.locator("#list-export button[value=csv]").first.click()
    assert len(download.value.path().read_text(encoding="utf-8-sig").splitlines()) == 1 + 60
    assert page.locator("#list-export[open]").count() == 0
