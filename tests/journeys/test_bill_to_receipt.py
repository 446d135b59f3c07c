"""Money's shortest way, whole: issued, shown on the phone, paid at the desk, received on the phone, checked by anybody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import expect

from tests.journeys.test_portal import Server, server, wait_for_stream  # noqa: F401 - a fixture
from tests.portal.people import LIN, phone_set
from tests.support.browser import BY_EVENT, Visitor
from tests.support.browser import _visitor as browser_visitor
from tests.support.console_world import ConsoleWorld
from tests.support.stays import bind, make_lease, make_resident, make_tariff, make_unit, run_bills
from yuju.identity.models import Operator
from yuju.kit.dates import add_months, local_date, month_start
from yuju.kit.tenancy import operator_context
from yuju.payments.models import Receipt
from yuju.payments.services import shift_open
from yuju.residency.services.portal_codes import portal_slip_print

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "long enough to do"
TODAY = local_date(timezone.now(), "Asia/Shanghai")


@pytest.fixture
def people(chromium: Any, server: Server) -> Iterator[dict[str, Visitor]]:  # noqa: F811
    """A manager and a cashier at their desks, a resident with a phone, and a stranger with another."""
    sizes = {"manager": "desktop", "cashier": "desktop", "resident": "phone", "stranger": "phone"}
    with ExitStack() as open_browsers:
        found = {}
        for name, size in sizes.items():
            visits = browser_visitor(chromium, server, size)
            found[name] = next(visits)
            open_browsers.callback(lambda visits=visits: next(visits, None))
        yield found


def test_from_the_bill_to_the_receipt(people: dict[str, Visitor], committed_operator: Operator) -> None:
    manager, cashier, resident, stranger = people.values()

    # Given a draft with the rent of this month, a cashier with an open shift, and a resident who looks at their phone
    with operator_context(committed_operator.pk), transaction.atomic():
        world = ConsoleWorld(committed_operator)
        lin = make_resident(world.here, "林晓彤")
        phone_set(lin, LIN)
        start = month_start(TODAY)
        lease = make_lease(make_unit(world.here, "0904"), lin, start=start, end=add_months(start, 12))
        bind(lease, make_tariff(world.here, rate="1520.90"))
        run = run_bills(world.here, TODAY, issue=False)
        names = {role: world.user(role, at=world.here) for role in ("manager", "cashier")}
        shift_open(property=world.here, cashier=names["cashier"], opening_float=run.total * 0, at=timezone.now())
        code = portal_slip_print(resident=lin, by=names["manager"], at=timezone.now())
    phone = resident.page
    phone.goto(resident.home + "/my/", wait_until="load")
    phone.fill("[name=phone]", LIN)
    phone.click("form:has([name=phone]) button[type=submit]")
    phone.fill("[name=code]", code)
    phone.click("form:has([name=code]) button[type=submit]")
    phone.wait_for_url("**/my/")
    expect(phone.locator("[data-due]").first).to_have_text("¥0.00")
    phone.evaluate("() => { window.stays = true; }")
    wait_for_stream(resident)

    # When the manager issues the run, then the open phone shows what is to pay
    manager.sign_in(names["manager"].username, PASSWORD)
    manager.open(f"/bill-runs/{run.pk}/")
    manager.page.click("button[data-dialog-open=issue]")
    manager.page.fill("#issue-period", f"{TODAY:%Y-%m}")
    with manager.page.expect_navigation():
        manager.page.click("#issue button.btn-primary")
    expect(phone.locator("[data-due]").first).to_have_text("¥1,520.90", timeout=BY_EVENT)

    # When the cashier finds them by initials and takes cash, then the open phone owes nothing
    cashier.sign_in(names["cashier"].username, PASSWORD)
    cashier.open("/cashier/")
    desk = cashier.page
    desk.keyboard.press("F2")
    desk.keyboard.type("lxt")
    desk.keyboard.press("Enter")
    desk.locator("[data-till]").wait_for()
    desk.wait_for_function("() => document.activeElement.id === 'desk-tendered'")
    desk.keyboard.type("1600")
    with desk.expect_navigation():
        desk.keyboard.press("Enter")
    assert "¥79.10" in desk.locator("[data-slip]").inner_text()
    expect(phone.locator("[data-due]").first).to_have_text("¥0.00", timeout=BY_EVENT)
    assert phone.evaluate("() => window.stays") is True, "nothing was loaded again"

    # Then the phone has the receipt, and whoever holds it sees that it is true
    with operator_context(committed_operator.pk), transaction.atomic():
        receipt = Receipt.objects.get()
    phone.click("nav a[href='/my/receipts']")
    phone.wait_for_selector(f"[data-receipt='{receipt.number}']")
    stranger.open(f"/r/{receipt.token}")
    shown = stranger.page.inner_text("main")
    for words in ("此收据有效", "¥1,520.90", receipt.number, "林**"):
        assert words in shown
    assert "林晓彤" not in shown
