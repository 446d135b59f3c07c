"""Every type of page is clean by axe's rules in both themes; the portal can be read at twice its size."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import RequestFactory
from django.urls import get_resolver

from tests.portal.people import PortalWorld
from tests.support.axe import faults
from tests.support.billing_small import AT
from tests.support.browser import Visitor
from tests.support.receipts import paid
from tests.support.tasks import make_task
from yuju.billing.choices import RunSource
from yuju.billing.models import Bill, BillingAccount
from yuju.billing.services.runs import bill_run_draft
from yuju.identity.choices import Role
from yuju.identity.models import Operator, User
from yuju.identity.services import user_create
from yuju.journeys.billing_cycle import bill_run_complete
from yuju.journeys.property_import.importing import property_import
from yuju.kit.console import console_site
from yuju.kit.tenancy import operator_context
from yuju.payments.models import Receipt
from yuju.payments.services import shift_open
from yuju.premises.models import Property
from yuju.workforce.services import task_comment

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

WORKBOOK = Path(__file__).parents[1] / "data" / "harbour.xlsx"
PASSWORD = "a good long password"

CUT_OFF = """() => [...document.querySelectorAll("main *, nav *")]
    .filter(one => one.checkVisibility() && [...one.childNodes].some(part => part.nodeType === 3 && part.data.trim()))
    .filter(one => { const look = getComputedStyle(one);
        return look.overflowX !== "visible" && one.scrollWidth > one.clientWidth + 1
            || look.overflowY === "hidden" && one.scrollHeight > one.clientHeight + 1 })
    .filter(one => !one.closest(".visually-hidden, .tbl-scroll"))
    .map(one => `${one.tagName.toLowerCase()}.${one.className}: ${one.textContent.trim()}`)"""
"""The elements whose own text does not fit into them."""


@pytest.fixture
def harbour(committed_operator: Operator) -> Operator:
    """A real property: its residents, a run that is issued and one that is a draft, a payment at an open shift."""
    with operator_context(committed_operator.pk), transaction.atomic():
        user = user_create(
            username="zhou", name="周明", password=PASSWORD, postings=[(Role.MANAGER, None)], by=None, at=AT
        )
        property_import(source=WORKBOOK, by=user, at=AT)
        place = Property.objects.get()
        for day in (date(2026, 11, 1), date(2026, 12, 1)):
            run = bill_run_draft(property=place, as_of=day, source=RunSource.COMMAND, by=user, at=AT)
            if day.month == 11:
                bill_run_complete(run=run, by=user, at=AT, leave_out_open=True)
        shift = shift_open(property=place, opening_float=Decimal(500), cashier=user, at=AT)
        account = BillingAccount.objects.filter(bills__total__gt=100).order_by("pk")[0]
        paid(account, "100.00", by=user, shift=shift)
        late = make_task(place, "消防泵房月检", "控制柜在自动位", tenure=account.tenure, assignee=user, due=AT)
        task_comment(task=late, text="已电话联系", by=user, at=AT)
        make_task(place, "巡楼", due=AT)
    return committed_operator


def console_paths(user: User) -> list[str]:
    """Every list, a detail page and the forms of each console, and the pages that are nobody's list."""
    assert get_resolver().url_patterns, "consoles register when the addresses are loaded"
    request = RequestFactory().get("/")
    request.user = user
    found = [
        "/",
        "/board/",
        "/tasks/board/",
        "/cashier/",
        "/takings/",
        "/import/",
        "/read/",
        "/reading-sheet/",
        "/bill-runs/new/",
    ]
    found += ["/search?q=1", "/account", "/notices", "/staff/roles/", "/staff/roles/guard/", "/staff/roles/new/"]
    found += ["/staff/invitations/", "/staff/sign-in-rules/"]
    found += ["/account/two-step", "/account/two-step/app", "/account/confirm"]
    account = Bill.objects.values_list("account_id", flat=True).order_by("pk")[0]
    found += [f"/cashier/?account={account}", f"/accounts/{account}/statement/"]
    for console in console_site.consoles.values():
        found.append(console.url("list"))
        row = console.permitted(request, console.view_permission).order_by("pk").last()
        if row is not None:
            found.append(console.detail_url(row))
            if console.has_form:
                found.append(console.url("edit", row.pk))
        if console.may_create(request):
            found.append(console.url("new"))
    return list(dict.fromkeys(found))


def said(found: list[str]) -> str:
    """Each fault once, with the first page that has it and how many do."""
    pages: dict[str, list[str]] = {}
    for line in found:
        theme, path, fault = line.split(" ", 2)
        pages.setdefault(f"{theme} {fault}", []).append(path)
    return "\n".join(f"{len(where)} × {where[0]} {fault}" for fault, where in sorted(pages.items()))


def look_at(visitor: Visitor, path: str) -> None:
    """Opens a page and waits for what it fetches itself, but not for the network to fall silent: these are many."""
    answer = visitor.page.goto(visitor.home + path)
    assert answer is not None
    assert answer.status == 200, path
    visitor.page.locator(".htmx-request, [aria-busy=true]").first.wait_for(state="detached")


def test_every_page_of_the_console_is_clean(desktop: Visitor, harbour: Operator) -> None:
    # Given
    with operator_context(harbour.pk), transaction.atomic():
        paths = console_paths(User.objects.get())
    desktop.open("/sign-in")
    found = faults(desktop)
    desktop.sign_in("zhou", PASSWORD)
    # When
    for path in paths:
        look_at(desktop, path)
        found += faults(desktop)
    # Then
    assert len(paths) > 60
    # The server of these tests has no stream of live events.
    desktop.forgive("object Event")
    assert not found, said(found)


@pytest.fixture
def portal(committed_operator: Operator, settings: Any) -> PortalWorld:
    """Two residents with bills; Lin has paid something, too. Codes can be sent, as in the demo."""
    settings.YUJU_DEMO = True
    with operator_context(committed_operator.pk), transaction.atomic():
        world = PortalWorld(committed_operator)
        world.pay("200.00")
    return world


def portal_paths(world: PortalWorld) -> list[str]:
    """Every page of the portal, and what it is entered by."""
    with operator_context(world.operator.pk), transaction.atomic():
        bill = world.bills()[0]
        token = Receipt.objects.get().token
    pages = ["", "bills", f"bills/{bill.pk}", "receipts", "notices", "me", "me/phone", "offline"]
    return [f"/my/{page}" for page in pages] + [f"/r/{token}"]


def enter_portal(visitor: Visitor, world: PortalWorld) -> None:
    with operator_context(world.operator.pk), transaction.atomic():
        cookie = world.client().cookies["yuju_session"].value
    visitor.page.context.add_cookies([{"name": "yuju_session", "value": cookie, "url": visitor.home}])


def test_every_page_of_the_portal_is_clean(phone: Visitor, portal: PortalWorld) -> None:
    # Given the sign-in pages, then somebody who is signed in
    found: list[str] = []
    for path in ("/my/sign-in", "/my/code"):
        look_at(phone, path)
        found += faults(phone)
    enter_portal(phone, portal)
    # When
    for path in portal_paths(portal):
        look_at(phone, path)
        found += faults(phone)
    # Then
    assert not found, said(found)


def test_the_portal_can_be_read_at_twice_its_size(phone: Visitor, portal: PortalWorld) -> None:
    # Given a phone whose pages are zoomed to 200 %, which leaves half the width to lay them out in
    enter_portal(phone, portal)
    phone.page.set_viewport_size({"width": 195, "height": 422})
    # When, then: nothing scrolls sideways (`open` sees to that), and no text is cut off
    for path in portal_paths(portal):
        phone.open(path)
        assert phone.page.evaluate(CUT_OFF) == [], path


def test_residents_choose_light_or_dark_and_it_stays(phone: Visitor, portal: PortalWorld) -> None:
    enter_portal(phone, portal)
    phone.open("/my/me")
    root = phone.page.locator("html")
    assert root.get_attribute("data-bs-theme") == "light"
    phone.page.locator("[data-theme-toggle]").tap()
    assert root.get_attribute("data-bs-theme") == "dark"
    phone.open("/my/")
    assert root.get_attribute("data-bs-theme") == "dark"
