"""Home and notices in a browser: an empty operator is led on, the home page shows what waits."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import transaction

from tests.support.browser import Visitor
from tests.support.stays import bind, make_lease, make_property, make_tariff, make_unit, run_bills
from yuju.identity.choices import Role
from yuju.identity.models import Operator, User
from yuju.identity.services import user_create
from yuju.kit.tenancy import operator_context
from yuju.messaging.services import notice_send

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AT = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
PASSWORD = "a good long password"


@pytest.fixture
def manager(committed_operator: Operator) -> User:
    with operator_context(committed_operator.pk), transaction.atomic():
        return user_create(
            username="zhou", name="周明", password=PASSWORD, postings=[(Role.MANAGER, None)], by=None, at=AT
        )


def test_an_empty_operator_begins_with_its_property(visitor: Visitor, manager: User) -> None:
    visitor.sign_in("zhou", PASSWORD)
    visitor.press("main a[href='/import/']")
    assert visitor.page.url.endswith("/import/")


def test_the_home_page_shows_what_waits(visitor: Visitor, manager: User) -> None:
    # Given a property with a draft that waits; the chart's script comes with the page
    with operator_context(manager.operator_id), transaction.atomic():
        place = make_property()
        bind(make_lease(make_unit(place)), make_tariff(place))
        run_bills(place)
        draft = run_bills(place, issue=False)
    visitor.heaviest = 500 * 1024

    # When
    visitor.sign_in("zhou", PASSWORD)

    # Then
    assert visitor.page.locator("#kpis .kpi").count() == 6
    assert visitor.page.locator("[data-chart] svg").count() == 1
    assert visitor.page.locator(f"main a[href='/bill-runs/{draft.pk}/']").is_visible()


def test_the_bell_is_read_by_opening_it(visitor: Visitor, manager: User) -> None:
    # Given
    with operator_context(manager.operator_id), transaction.atomic():
        notice_send(to=[manager], title="有一批账单待复核", link="/bill-runs/", at=AT)
    visitor.sign_in("zhou", PASSWORD)
    assert visitor.page.locator("#unread").inner_text() == "1"

    # When
    visitor.press("button:has(#unread)")
    visitor.page.locator("#notices a[href='/notices']").wait_for()

    # Then
    assert visitor.page.locator("#unread").is_hidden()
    visitor.press("#notices a[href='/notices']")
    assert "有一批账单待复核" in visitor.page.locator("main").inner_text()


def test_a_role_is_changed_with_the_keyboard_alone(desktop: Visitor, manager: User) -> None:
    # Given the table of roles, with the focus on what guards may see of residents
    desktop.sign_in("zhou", PASSWORD)
    desktop.open("/staff/roles/")
    keyboard, start = desktop.page.keyboard, desktop.page.locator("[value='guard:residents.edit']")
    start.focus()

    # When somebody walks to leases, ticks them, looks at the effect and saves
    for key in (*["ArrowDown"] * 6, "ArrowLeft", "ArrowRight", "Space"):
        keyboard.press(key)
    assert desktop.page.locator("[value='guard:leases.view']").is_checked()
    keyboard.press("Control+Enter")
    desktop.page.locator("form[action='/staff/roles/save']").wait_for(state="attached")
    keyboard.press("Control+Enter")
    desktop.page.wait_for_url("**/staff/roles/")

    # Then the table shows it, marked as differing from the shipped one
    assert desktop.page.locator("td.differs [value='guard:leases.view']").is_checked()
