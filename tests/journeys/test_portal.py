"""From the desk's slip to the receipt on the phone: a resident signs in, reads a bill, sees money taken at the desk at once."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
import uvicorn
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from django.utils import timezone

from tests.portal.people import AT, LIN, PortalWorld
from tests.support.billing_small import draft
from tests.support.browser import BY_EVENT, Visitor
from tests.support.browser import _visitor as browser_visitor
from yuju.care.choices import SignUpState
from yuju.care.models import SignUp
from yuju.care.services import activity_save
from yuju.config.router import Router
from yuju.config.thread_bridge import ThreadBridge
from yuju.identity.choices import Role
from yuju.identity.models import Operator
from yuju.identity.services import user_create
from yuju.journeys.billing_cycle import bill_run_complete
from yuju.kit.tenancy import operator_context
from yuju.live.stream import Live
from yuju.messaging.choices import ResidentNoticeKind
from yuju.messaging.services import resident_notices_add
from yuju.residency.models import Resident
from yuju.residency.services.portal_codes import portal_slip_print

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@dataclass(frozen=True)
class Server:
    """The one port, with pages and events."""

    url: str


@pytest.fixture
def server(transactional_db: None) -> Iterator[Server]:
    """In place of Django's own for tests, which has no events."""
    held = socket.create_server(("127.0.0.1", 0))
    pages = ThreadBridge(StaticFilesHandler(get_wsgi_application()), threads=4)
    server = uvicorn.Server(
        uvicorn.Config(
            Router(pages, Live()),  # type: ignore[arg-type]
            log_config=None,
            lifespan="on",
            timeout_graceful_shutdown=1,
        )
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [held]})
    thread.start()
    yield Server(f"http://127.0.0.1:{held.getsockname()[1]}")
    server.should_exit = True
    thread.join(timeout=10)
    held.close()


@pytest.fixture(params=["desktop", "phone"])
def visitor(request: pytest.FixtureRequest, chromium: Any, server: Server) -> Iterator[Visitor]:
    """Each size in turn."""
    yield from browser_visitor(chromium, server, request.param)


@pytest.fixture
def phone(chromium: Any, server: Server) -> Iterator[Visitor]:
    yield from browser_visitor(chromium, server, "phone")


@dataclass(frozen=True)
class Setting:
    """Lin with her bills, and the code of a slip made for her just now."""

    world: PortalWorld
    operator: Operator
    code: str


@pytest.fixture
def setting(committed_operator: Operator) -> Setting:
    with operator_context(committed_operator.pk), transaction.atomic():
        world = PortalWorld(committed_operator)
        posts = [(Role.FRONT_DESK, None)]
        desk = user_create(username="desk", name="陈静", password="long enough to do", postings=posts, by=None, at=AT)
        lin = Resident.objects.get(name="林晓彤")
        code = portal_slip_print(resident=lin, by=desk, at=timezone.now())
    return Setting(world, committed_operator, code)


def sign_in(visitor: Visitor, code: str) -> None:
    page = visitor.page
    page.goto(visitor.home + "/my/", wait_until="load")
    assert page.url.endswith("/my/sign-in")
    page.fill("[name=phone]", LIN)
    page.click("form:has([name=phone]) button[type=submit]")
    page.fill("[name=code]", code)
    page.click("form:has([name=code]) button[type=submit]")
    page.wait_for_url("**/my/")


def fits(visitor: Visitor) -> None:
    """Nothing scrolls sideways, and what is touched is large enough, at this size and with text of twice the size."""
    page = visitor.page
    size = page.viewport_size
    assert size is not None
    small = page.evaluate(
        """() => [...document.querySelectorAll("main a, main button, main summary, main input:not([type=hidden]), nav a")]
            .filter(e => e.offsetParent && e.getBoundingClientRect().height < 43.5).map(e => e.outerHTML.slice(0, 120))"""
    )
    assert small == []
    for width in (size["width"], size["width"] // 2):
        page.set_viewport_size({"width": width, "height": size["height"]})
        wide = page.evaluate("() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide[0] <= wide[1], f"{page.url} at {width} px"
    page.set_viewport_size(size)


def wait_for_stream(visitor: Visitor) -> None:
    """Until the page's stream is open and somebody listens to the database."""
    visitor.page.wait_for_timeout(1000)


def test_a_bill_and_a_payment_at_the_desk_are_on_the_phone_within_a_second(visitor: Visitor, setting: Setting) -> None:
    from playwright.sync_api import expect

    page, world = visitor.page, setting.world

    # Given somebody who signed in with the slip and looks at what is to pay
    sign_in(visitor, setting.code)
    assert page.inner_text("[data-due]") == "¥8,416.00"
    fits(visitor)
    visitor.shot(f"portal-home-{page.viewport_size['width'] if page.viewport_size else ''}")
    wait_for_stream(visitor)

    # When the desk takes money, the open page shows it and the unread notice without being loaded again
    page.evaluate("() => { window.stays = true; }")
    with operator_context(setting.operator.pk), transaction.atomic():
        taken = world.pay("416.00")
    expect(page.locator("[data-due]").first).to_have_text("¥8,000.00", timeout=BY_EVENT)
    assert page.inner_text("#unread") == "1"

    # When a run is issued, its bill is there as well
    with operator_context(setting.operator.pk), transaction.atomic():
        bill_run_complete(run=draft(world.here, date(2026, 3, 1)), by=None, at=AT, leave_out_open=True)
    expect(page.locator("[data-due]").first).to_have_text("¥12,175.00", timeout=BY_EVENT)
    assert page.evaluate("() => window.stays") is True

    # Then the receipt is among hers, each page fits, and a bill explains itself
    page.click("nav a[href='/my/receipts']")
    page.wait_for_selector(f"[data-receipt='{taken.receipt.number}']")
    for path in ("/my/bills", "/my/notices", "/my/me", "/my/receipts"):
        page.goto(visitor.home + path, wait_until="load")
        fits(visitor)
    with operator_context(setting.operator.pk), transaction.atomic():
        bill = next(one for one in world.bills() if one.charges.filter(reading__isnull=False).exists())
    page.goto(f"{visitor.home}/my/bills/{bill.pk}", wait_until="load")
    page.click("summary")
    assert page.locator(".p-why").first.is_visible()
    assert "66" in page.inner_text("main")
    fits(visitor)
    visitor.shot(f"portal-bill-{page.viewport_size['width'] if page.viewport_size else ''}")


def test_without_connection_a_page_of_ours_says_so(phone: Visitor, setting: Setting) -> None:
    # Given a phone on which the worker is at work
    page = phone.page
    sign_in(phone, setting.code)
    page.wait_for_function("() => navigator.serviceWorker.ready.then(found => found.active.state === 'activated')")

    # When there is no connection
    page.context.set_offline(True)
    page.goto(phone.home + "/my/bills", wait_until="load")

    # Then our page is shown, and nothing of hers was kept
    assert "没有网络" in page.inner_text("h1")
    kept = page.evaluate(
        "() => caches.keys().then(names => Promise.all(names.map(n => caches.open(n).then(c => c.keys()))))"
        ".then(all => all.flat().map(one => new URL(one.url).pathname))"
    )
    assert sorted(path.rpartition("/")[2] for path in kept) == ["app.css", "offline", "portal.css"]
    page.context.set_offline(False)
    phone.faults.clear()


def test_a_seat_at_an_activity_is_taken_on_the_phone(phone: Visitor, setting: Setting) -> None:
    # Given an activity with one seat, to which Lin is invited
    begins = timezone.now() + timedelta(days=2)
    with operator_context(setting.operator.pk), transaction.atomic():
        lin = Resident.objects.get(name="林晓彤")
        given: dict[str, Any] = {"seats": 1, "segment": None, "about": "", "by": None, "at": AT}
        activity = activity_save(
            activity=None,
            property=lin.property,
            name="包饺子",
            place="会客厅",
            starts_at=begins,
            ends_at=begins + timedelta(hours=2),
            **given,
        )
        kind = ResidentNoticeKind.ACTIVITY_INVITED
        resident_notices_add(resident_ids=[lin.pk], kind=kind, about_id=activity.pk, facts={"name": "包饺子"}, at=AT)
    # When she signs up from the first page, then she has the seat
    sign_in(phone, setting.code)
    phone.press("a.p-row:has-text('包饺子') >> nth=0")
    fits(phone)
    phone.press("main button:has-text('报名')")
    phone.page.locator("button:has-text('取消报名')").wait_for()
    with operator_context(setting.operator.pk), transaction.atomic():
        assert SignUp.objects.get().state == SignUpState.COMING
