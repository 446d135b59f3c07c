"""The shell in a browser: signing in, moving by key, menus, dialogs, messages, dark mode; at a desk and on a phone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import transaction

from tests.support.browser import Visitor
from yuju.identity.choices import Role
from yuju.identity.models import Operator, User
from yuju.identity.services import user_create
from yuju.kit.tenancy import operator_context
from yuju.messaging.services.notices import notice_send
from yuju.premises.services import property_create

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AT = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
PASSWORD = "a good long password"


@pytest.fixture
def manager(committed_operator: Operator) -> User:
    """A manager of two properties with one unread notice."""
    with operator_context(committed_operator.pk), transaction.atomic():
        for code, name in (("qinglan", "青岚里公寓"), ("sunshine", "阳光公寓")):
            property_create(code=code, name=name, by=None, at=AT)
        user = user_create(
            username="zhou", name="周明", password=PASSWORD, postings=[(Role.MANAGER, None)], by=None, at=AT
        )
        notice_send(to=[user], title="12 月账单草稿待复核", body="共 812 张", link="/", at=AT)
    return user


def test_signing_in_and_out(visitor: Visitor, manager: User) -> None:
    # Given somebody who opens a page without being signed in
    visitor.open("/units/")
    assert "/sign-in" in visitor.page.url

    # When the password is wrong, the page says so and keeps the name
    visitor.expected.add(422)
    visitor.page.fill("[name=username]", "zhou")
    visitor.page.fill("[name=password]", "not the password")
    visitor.press("form:has([name=password]) button")
    assert visitor.page.locator("[role=alert]").is_visible()
    assert visitor.page.input_value("[name=username]") == "zhou"

    # When it is right, the page asked for comes up
    visitor.page.fill("[name=password]", PASSWORD)
    visitor.press("form:has([name=password]) button")
    assert visitor.page.url.endswith("/units/")

    # Then signing out leads back to the sign-in page
    visitor.press(".yj-me")
    visitor.press("form[action='/sign-out'] button")
    assert visitor.page.url.endswith("/sign-in")


@pytest.mark.urls("tests.journeys.components_urls")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_component_obeys_the_policy_and_fits(visitor: Visitor, manager: User, theme: str) -> None:
    # Given
    visitor.sign_in("zhou", PASSWORD)
    visitor.page.context.add_cookies([{"name": "yuju_theme", "value": theme, "url": visitor.home}])

    # When: the visitor fails the test for any violation, sideways scrolling or excess weight (charts may weigh more)
    visitor.heaviest = 350 * 1024
    visitor.open("/dev/components?toast")

    # Then
    assert visitor.page.get_attribute("html", "data-bs-theme") == theme
    assert visitor.page.locator(".toast-x").first.is_visible()
    visitor.shot(f"components-{theme}-{visitor.page.viewport_size['width']}")


@pytest.mark.urls("tests.journeys.components_urls")
def test_charts_obey_the_policy_and_follow_the_theme(desktop: Visitor, manager: User) -> None:
    # Given a page with a chart, which alone may weigh more
    desktop.sign_in("zhou", PASSWORD)
    desktop.heaviest = 350 * 1024
    desktop.open("/dev/components")
    bar = desktop.page.locator(".chart svg path[fill='#14606e' i]").first
    bar.wait_for()

    # When it gets dark, and the pointer asks for the numbers
    desktop.press("[data-theme-toggle] >> nth=0")
    desktop.page.locator(".chart").hover()

    # Then it is drawn anew in the colours of the dark, without a word from the policy
    desktop.page.locator(".chart svg path[fill='#5fb9c9' i]").first.wait_for()


@pytest.mark.urls("tests.journeys.components_urls")
def test_what_can_not_be_undone_asks_for_the_period_first(desktop: Visitor, manager: User) -> None:
    # Given
    desktop.sign_in("zhou", PASSWORD)
    desktop.heaviest = 350 * 1024
    desktop.open("/dev/components")
    sure = desktop.page.locator("#confirm [data-yes]")

    # When
    desktop.press("form[data-confirm] button")

    # Then the button waits for the period, focus stays in the dialog, Esc closes it
    assert sure.is_disabled()
    desktop.page.keyboard.type("2026-11")
    assert sure.is_disabled()
    desktop.page.fill("#confirm [data-word]", "2026-12")
    assert sure.is_enabled()
    for _ in range(4):
        desktop.page.keyboard.press("Tab")
        assert desktop.page.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('#confirm')"
        )
    desktop.page.keyboard.press("Escape")
    assert not desktop.page.locator("#confirm").is_visible()


def test_the_keyboard_moves_about(desktop: Visitor, manager: User) -> None:
    # Given
    desktop.sign_in("zhou", PASSWORD)
    desktop.open("/properties/")

    # When the second row is reached and opened
    for key in ("j", "j", "Enter"):
        desktop.page.keyboard.press(key)
    desktop.page.wait_for_url("**/properties/*/")

    # Then g and a letter go elsewhere, and ? shows the keys
    desktop.page.keyboard.press("g")
    desktop.page.keyboard.press("u")
    desktop.page.wait_for_url("**/units/")
    desktop.page.keyboard.press("?")
    assert desktop.page.locator("#keys").is_visible()
    desktop.settle()


def test_the_moon_stays_pressed(desktop: Visitor, manager: User) -> None:
    # Given
    desktop.sign_in("zhou", PASSWORD)

    # When
    desktop.press("[data-theme-toggle] >> nth=0")
    desktop.open("/units/")

    # Then
    assert desktop.page.get_attribute("html", "data-bs-theme") == "dark"


def test_the_bell_is_read_once_it_is_opened(visitor: Visitor, manager: User) -> None:
    # Given
    visitor.sign_in("zhou", PASSWORD)
    assert visitor.page.locator("#unread").inner_text() == "1"

    # When
    visitor.press(".yj-top [aria-haspopup]:has(#unread)")

    # Then
    assert "12 月账单草稿待复核" in visitor.page.locator("#notices").inner_text()
    assert not visitor.page.locator("#unread").is_visible()


def test_the_property_switcher_keeps_to_the_page(visitor: Visitor, manager: User) -> None:
    # Given
    visitor.sign_in("zhou", PASSWORD)
    visitor.open("/units/")
    if visitor.page.locator(".yj-burger").is_visible():
        visitor.press(".yj-burger")

    # When
    visitor.press(".yj-proj > button")
    visitor.press(".yj-proj .menu button:has-text('阳光公寓')")

    # Then
    assert visitor.page.url.endswith("/units/")
    assert "阳光公寓" in visitor.page.locator(".yj-proj > button").text_content()


def test_the_language_is_switched_and_kept(desktop: Visitor, manager: User) -> None:
    # Given
    desktop.sign_in("zhou", PASSWORD)

    # When
    desktop.press(".yj-me")
    desktop.press(".menu [name=language][value=en]")

    # Then
    assert desktop.page.get_attribute("html", "lang") == "en"
    desktop.open("/units/")
    assert desktop.page.get_attribute("html", "lang") == "en"


def test_an_unknown_page_says_so_in_our_words(visitor: Visitor, manager: User) -> None:
    # When
    visitor.open("/no/such/page", status=404)

    # Then
    assert visitor.page.locator(".yj-empty h1").is_visible()
    assert "E-" in visitor.page.locator(".yj-empty").inner_text()
