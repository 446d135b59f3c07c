"""What a printer gets of a page: dark words on white, the rows of a desk's table, no shell and nothing to press."""

from __future__ import annotations

import pytest
from django.db import transaction

from tests.support.billing_small import AT
from tests.support.browser import Visitor
from yuju.identity.choices import Role
from yuju.identity.models import Operator
from yuju.identity.services import user_create
from yuju.kit.tenancy import operator_context

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "a good long password"

LIGHTNESS = """selector => {
    const look = getComputedStyle(document.querySelector(selector));
    const lightness = text => text.match(/[0-9.]+/g).slice(0, 3).reduce((sum, one) => sum + Number(one), 0) / 765;
    return [lightness(look.color), lightness(look.backgroundColor)] }"""
"""How light an element's words and ground are, from 0 (black) to 1 (white)."""

SEEN = "selector => [...document.querySelectorAll(selector)].filter(one => one.checkVisibility()).length"


@pytest.fixture
def printed(desktop: Visitor, committed_operator: Operator) -> Visitor:
    """A manager's screen in the dark theme, drawn for an upright A4 page with margins of 12 mm: 703 px wide."""
    with operator_context(committed_operator.pk), transaction.atomic():
        user_create(username="zhou", name="周明", password=PASSWORD, postings=[(Role.MANAGER, None)], by=None, at=AT)
    desktop.sign_in("zhou", PASSWORD)
    desktop.page.context.add_cookies([{"name": "yuju_theme", "value": "dark", "url": desktop.home}])
    desktop.page.set_viewport_size({"width": 703, "height": 994})
    desktop.page.emulate_media(media="print")
    return desktop


def test_a_list_is_printed_dark_on_white_with_its_columns_and_heads(printed: Visitor) -> None:
    # When
    printed.open("/audit/")
    words, _ = printed.page.evaluate(LIGHTNESS, "#list-body td:nth-child(2)")
    _, ground = printed.page.evaluate(LIGHTNESS, "#list-card")

    # Then the theme stays on the screen, and a page narrower than a tablet is no phone
    assert words < 0.2
    assert ground == 1
    assert printed.page.evaluate(SEEN, ".yj-side, .yj-top, .btn, .ib, .list-bar, .pager, .tick-x") == 0
    assert (
        printed.page.evaluate("getComputedStyle(document.querySelector('#list-body tbody tr')).display") == "table-row"
    )
    heads = printed.page.evaluate("getComputedStyle(document.querySelector('#list-body thead')).display")
    assert heads == "table-header-group"
    assert printed.page.evaluate("getComputedStyle(document.querySelector('#list-card')).breakInside") == "auto"
    assert printed.page.evaluate("getComputedStyle(document.body).page") == "wide"


@pytest.mark.parametrize("address", ["/account", "/residents/new/"])
def test_details_and_forms_are_printed_without_what_is_pressed(printed: Visitor, address: str) -> None:
    # When
    printed.open(address)
    words, _ = printed.page.evaluate(LIGHTNESS, ".card")
    _, ground = printed.page.evaluate(LIGHTNESS, ".card")

    # Then
    assert words < 0.2
    assert ground == 1
    assert printed.page.evaluate(SEEN, ".yj-side, .yj-top, .btn, .ib, .foot-bar, .crumb") == 0
    assert printed.page.evaluate("getComputedStyle(document.body).page") == "auto"
