"""Lists, forms and the room-status board in a browser."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from tests.console.test_board import make_tenure
from tests.console.test_premises import make_unit
from tests.support.axe import faults
from tests.support.browser import Visitor
from tests.support.console_world import ConsoleWorld
from yuju.identity.models import Operator, User
from yuju.identity.services.lists import saved_view_create
from yuju.kit.console import listing
from yuju.kit.tenancy import operator_context

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def manager(committed_operator: Operator) -> str:
    """The user name of a manager of 30 units on three floors, most of them let."""
    today = timezone.localdate()
    with operator_context(committed_operator.pk), transaction.atomic():
        world = ConsoleWorld(committed_operator)
        for floor in (1, 2, 12):
            for number in range(1, 11):
                unit = make_unit(world.here, floor * 100 + number)
                if number != 3:
                    days = 30 if number == 5 else 300
                    make_tenure(unit, today - timedelta(100), today + timedelta(days), name=f"住户{number}")
        return world.user("manager", at=world.here).username


def enter(visitor: Visitor, username: str, path: str) -> None:
    visitor.sign_in(username, "long enough to do")
    visitor.open(path)


def rows(visitor: Visitor) -> list[str]:
    return visitor.page.locator("tbody tr .sm-1").all_inner_texts()


def test_a_large_list_fills_in_its_counts(visitor: Visitor, manager: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a list that proved large when it was opened
    monkeypatch.setattr(listing, "LARGE", 20)
    page = visitor.page
    try:
        enter(visitor, manager, "/units/")
        # When it is opened again and turned over at once, before its counts are there
        page.goto(visitor.home + "/units/", wait_until="commit")
        page.locator("#list-pager a[rel=next]").click()
        visitor.settle()
        # Then the second page stands with the counts of the whole
        assert page.locator("#list-pager .num").inner_text() == "第 26–30 条，共 30 条"
        assert "30" in page.locator("#list-count").inner_text()
        assert page.locator("#list-pager[aria-busy]").count() == 0
        assert len(rows(visitor)) == 5
    finally:
        cache.clear()


def test_a_list_keeps_its_state_in_the_address(desktop: Visitor, manager: str) -> None:
    page = desktop.page
    enter(desktop, manager, "/units/")
    assert len(rows(desktop)) == 25

    # Typing searches without a further key, and the address follows
    page.fill("#list-q", "12栋")
    page.fill("#list-q", "3栋12")
    page.wait_for_url("**/units/?q=*")
    assert unquote(page.url).endswith("/units/?q=3栋12")
    desktop.settle()
    assert len(rows(desktop)) == 10
    page.wait_for_function("() => document.activeElement.id === 'list-q'")

    # A filter is chosen in its menu and shows as a chip; then a column sorts
    page.locator("#list-filters summary", has_text="状态").click()
    page.locator("#list-filters details[open] label", has_text="空置").click()
    desktop.press("#list-filters details[open] button")
    assert rows(desktop) == ["3栋1203"]
    desktop.press("#list-filters .chip-x .x")
    desktop.press("#by-label")
    desktop.press("#by-label")
    page.wait_for_function("() => document.activeElement.id === 'by-label'")
    assert rows(desktop)[0] == "3栋1210"

    # Going back, and opening the address anew, show the same rows
    address = page.url
    page.go_back()
    desktop.settle()
    assert rows(desktop)[0] == "3栋1201"
    desktop.open(address.removeprefix(desktop.home))
    assert rows(desktop)[0] == "3栋1210"
    assert page.input_value("#list-q") == "3栋12"

    # Keys move over the rows and open one
    page.keyboard.press("j")
    page.keyboard.press("j")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator("h1").inner_text() == "3栋1209"


def test_a_view_of_ones_own(desktop: Visitor, manager: str) -> None:
    page = desktop.page
    enter(desktop, manager, "/units/")

    # Columns are put in order with the keyboard alone, and one is left out
    page.locator("#list-columns-button").focus()
    page.keyboard.press("Enter")
    assert faults(desktop) == []
    area = page.locator(".columns-x li", has_text="面积")
    for _step in range(3):
        area.locator("[data-up]").focus()
        page.keyboard.press("Enter")
    assert "第 2 列" in page.locator("#list-said").inner_text()
    page.locator(".columns-x label", has_text="户型").click()
    desktop.press(".columns-x button:text-is('应用')")
    heads = page.locator("thead th:not(.tick-x)").all_inner_texts()
    assert heads[:2] == ["房间", "计费面积（㎡）"]
    assert "户型" not in heads
    page.wait_for_function("() => document.activeElement.id === 'list-columns-button'")

    # A second column is sorted by as well, with Shift or in the menu, and the heads say which comes first
    desktop.press("#by-floor")
    page.click("#by-area", modifiers=["Shift"])
    desktop.settle()
    desktop.press("#list-sort-button")
    desktop.press("#sort-area")
    page.wait_for_function("() => document.activeElement.id === 'sort-area'")
    page.keyboard.press("Escape")
    assert page.url.endswith("?sort=floor,-area")
    assert rows(desktop)[0] == "3栋0110"
    assert page.locator("th[aria-sort]").all_inner_texts() == [page.locator("th", has_text="楼层").inner_text()]
    assert [mark.split()[-1] for mark in page.locator("th .nth").all_inner_texts()] == ["2", "1"]

    # All that is kept as a view, which stands behind the tabs with its count and opens by its number
    desktop.press("#view-new-button")
    page.wait_for_function("() => document.activeElement.id === 'view-new-name'")
    page.keyboard.insert_text("低楼层")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    desktop.settle()
    view = page.locator("#list-tabs .active")
    assert view.inner_text().split() == ["低楼层", "30"]
    address = page.url.removeprefix(desktop.home)

    # What is changed in it is said, saved anew, and still there when it is opened again
    page.fill("#list-q", "3栋12")
    page.wait_for_url("**from=*")
    desktop.settle()
    assert view.inner_text().split() == ["低楼层", "已修改", "30"]
    with page.expect_navigation():
        page.click("#list-views button[value=save]")
    desktop.open(address)
    assert view.inner_text().split() == ["低楼层", "10"]
    assert page.input_value("#list-q") == "3栋12"
    # The tab beside it leads out of it, search box and all
    desktop.press("#list-tabs a >> nth=0")
    assert (page.input_value("#list-q"), page.url.removeprefix(desktop.home)) == ("", "/units/")

    # It goes after a question
    desktop.open(address)
    desktop.press("#view-manage-button")
    page.click("#view-manage button.c-bad")
    with page.expect_navigation():
        page.click("#confirm [data-yes]")
    assert page.locator("#list-tabs a").count() == 1


def test_rows_by_keyboard_and_beside_the_list(desktop: Visitor, manager: str) -> None:
    page = desktop.page
    enter(desktop, manager, "/units/")
    panel = page.locator("#side-panel")

    # A click on a row, not on its link, shows it beside the list; the address stays
    page.click("tbody tr:nth-child(2) td:nth-child(3)")
    desktop.settle()
    assert panel.locator("h2").inner_text() == "3栋0102"
    assert page.url.endswith("/units/")
    assert faults(desktop) == []
    # j and k, and the buttons, show the next; the ends of the page have none
    page.keyboard.press("j")
    panel.locator("h2", has_text="3栋0103").wait_for()
    for _step in range(2):
        page.click("#side-panel [data-step='-1']")
    panel.locator("h2", has_text="3栋0101").wait_for()
    assert panel.locator("[data-step='-1']").is_disabled()
    # Escape closes it and the row has the focus again; Space and o open it
    page.keyboard.press("Escape")
    assert panel.is_hidden()
    assert page.locator("tr:focus .sm-1").inner_text() == "3栋0101"
    for key in ("o", " "):
        page.keyboard.press(key)
        panel.locator("h2", has_text="3栋0101").wait_for()
        page.keyboard.press("Escape")

    # The current row stays the current one when the list is swapped, and goes with its panel when it is not there
    desktop.press("#by-label")
    assert page.locator("tr.cur .sm-1").inner_text() == "3栋0101"
    page.locator("tr.cur").focus()
    page.keyboard.press("o")
    desktop.settle()
    desktop.press("#page-next")
    assert panel.is_hidden()
    page.wait_for_function("() => document.activeElement.id === 'page-previous'")

    # Rows stand close together from now on
    high = page.locator("tbody td").first.bounding_box()["height"]  # type: ignore[index]
    desktop.press("#list-density")
    page.reload()
    assert (high, page.locator("tbody td").first.bounding_box()["height"]) == (44, 36)  # type: ignore[index]

    # e edits the current row, whatever page it is on
    page.keyboard.press("j")
    with page.expect_navigation():
        page.keyboard.press("e")
    assert re.search(r"/units/\d+/edit/$", page.url)
    page.go_back()
    assert page.url.endswith("page=2&sort=label") or page.url.endswith("sort=label&page=2")


def test_on_a_phone_a_row_leads_to_its_page_and_filters_wait_behind_a_button(
    phone: Visitor, manager: str, committed_operator: Operator
) -> None:
    page = phone.page
    enter(phone, manager, "/units/")
    # Views shared by others are more than fits beside the tabs; the page is not wider for it
    with operator_context(committed_operator.pk), transaction.atomic():
        owner = User.objects.get(username=manager)
        for number in range(6):
            name, query = f"第{number}个视图", f"building={number}"
            saved_view_create(list="units", name=name, query=query, shared=True, by=owner)
    phone.open("/units/")
    assert page.locator("#filter-occupied").is_hidden()
    phone.press("[data-filters]")
    phone.press("#filter-occupied")
    page.locator("#list-filters details[open] label", has_text="空置").click()
    phone.press("#list-filters details[open] button")
    assert rows(phone) == ["3栋0103", "3栋0203", "3栋1203"]
    # What is in force stays in sight, the others are put away again
    assert page.locator("#filter-occupied").is_visible()
    assert page.locator("#filter-building").is_hidden()
    phone.press("#list-sort-button")
    phone.press("#sort-area")
    assert page.url.endswith("sort=area")
    page.locator("#list-said").click(force=True, position={"x": 0, "y": 0})
    with page.expect_navigation():
        page.locator("tbody tr").first.click(position={"x": 200, "y": 30})
    assert page.locator("h1").inner_text().startswith("3栋0103")


def test_pages_and_their_size(visitor: Visitor, manager: str) -> None:
    enter(visitor, manager, "/units/")
    visitor.press("a[rel=next]")
    assert len(rows(visitor)) == 5
    assert visitor.page.url.endswith("?page=2")
    visitor.open("/units/?per=50")
    assert len(rows(visitor)) == 30


def test_a_list_without_scripts(chromium: object, live_server: object, manager: str, desktop: Visitor) -> None:
    # Given somebody signed in whose browser runs no scripts
    desktop.sign_in(manager, "long enough to do")
    state = desktop.page.context.storage_state()
    context = chromium.new_context(java_script_enabled=False, storage_state=state, locale="zh-CN")  # type: ignore[attr-defined]
    page = context.new_page()
    page.goto(f"{desktop.home}/units/")

    # Search, filter, sort and pages work by plain requests
    page.fill("#list-q", "3栋12")
    page.press("#list-q", "Enter")
    assert page.locator("tbody tr").count() == 10
    page.locator("#list-filters summary", has_text="状态").click()
    page.locator("#list-filters details[open] label", has_text="空置").click()
    page.locator("#list-filters details[open] button").click()
    assert page.locator("tbody tr").count() == 1
    assert "occupied=no" in page.url
    context.close()


def test_a_refused_form_leads_to_its_fault(visitor: Visitor, manager: str) -> None:
    page = visitor.page
    enter(visitor, manager, "/units/new/")
    page.select_option("[name=building]", label="3栋")
    page.fill("[name=number]", "1299")
    page.fill("[name=area]", "六十")
    visitor.expected.add(422)
    page.click("[data-key=submit]")
    page.locator("[name=area][aria-invalid=true]:focus").wait_for()
    assert page.input_value("[name=area]") == "六十"
    page.fill("[name=area]", "62.50")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/units/\d+/$"))
    assert page.locator("h1").inner_text() == "3栋1299"
    assert "已保存" in page.locator(".toasts").inner_text()


def test_the_board_opens_a_unit_at_the_side(visitor: Visitor, manager: str) -> None:
    page = visitor.page
    enter(visitor, manager, "/board/")
    assert page.locator(".rm").count() == 30
    visitor.press(".rm:has-text('1205')")
    panel = page.locator("#side-panel")
    assert "住户5" in panel.inner_text()
    assert panel.is_visible()
    assert page.locator(".rm.on b").inner_text() == "1205"
    assert "unit=" in page.url
    visitor.press(".chip:has-text('空置')")
    assert page.locator(".rm b").all_inner_texts() == ["1203", "0203", "0103"]


@pytest.mark.urls("tests.journeys.picking_urls")
def test_one_of_many_is_picked_by_typing(desktop: Visitor, manager: str) -> None:
    page = desktop.page
    enter(desktop, manager, "/trial/lets/new/")

    # By mouse
    page.fill("#id_unit", "1205")
    page.locator("[data-pick-id]", has_text="3栋1205").click()
    assert page.input_value("#id_unit") == "3栋1205"
    assert not page.locator("[data-pick-options]").is_visible()

    # By keys, after another text let go of it
    page.fill("#id_unit", "12")
    assert page.input_value("[name=unit]") == ""
    page.locator("[data-pick-id]").nth(9).wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    picked = page.input_value("#id_unit")
    assert picked == "3栋1202"
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/trial/lets/\d+/$"))
    assert page.locator("h1").inner_text() == picked


def test_a_filter_shows_what_is_chosen_and_only_that(desktop: Visitor, manager: str) -> None:
    enter(desktop, manager, "/units/")
    desktop.page.locator("#list-filters summary", has_text="状态").click()
    choice = desktop.page.locator("#list-filters details[open] label", has_text="空置")
    painted = "e => getComputedStyle(e.querySelector('input')).backgroundColor"
    before = choice.evaluate(painted)
    choice.click()
    assert choice.evaluate(painted) != before


@pytest.mark.parametrize("width", [800, 1000, 1200])
def test_a_wide_list_scrolls_inside_its_card(desktop: Visitor, manager: str, width: int) -> None:
    desktop.page.set_viewport_size({"width": width, "height": 900})
    for path in ("/residents/", "/leases/", "/units/", "/meters/"):
        if path == "/residents/":
            enter(desktop, manager, path)
        else:
            desktop.open(path)
    # Nor does the name of whoever is signed in break, however narrow the bar
    assert desktop.page.eval_on_selector(".yj-me .who", "who => getComputedStyle(who).whiteSpace") == "nowrap"


def test_on_a_phone_numbers_say_what_they_are(phone: Visitor, manager: str) -> None:
    sign = "e => getComputedStyle(e, '::before').content + getComputedStyle(e, '::after').content"
    enter(phone, manager, "/residents/")
    assert phone.page.locator("tbody .sm-3").first.inner_text() == "已缴清"
    assert "至" in phone.page.eval_on_selector("tbody .sm-5 [data-until]", sign)
    phone.open("/buildings/")
    assert "套" in phone.page.eval_on_selector("tbody .sm-3 [data-unit]", sign)


def test_the_foot_of_a_short_form_stands_at_the_foot_of_the_screen(phone: Visitor, manager: str) -> None:
    enter(phone, manager, "/bill-runs/new/")
    bar = phone.page.locator(".foot-bar").bounding_box()
    size = phone.page.viewport_size
    assert bar is not None
    assert size is not None
    assert abs(bar["y"] + bar["height"] - size["height"]) <= 1
