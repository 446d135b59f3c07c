"""Driving the pages with Chromium, and what no page may do: complain, fetch in vain, scroll sideways or weigh too much.

    def test_something(desktop):
        desktop.sign_in("mia", "a long password")
        desktop.open("/units/")

`desktop` and `phone` are visitors with a fresh browser profile each; when the test ends they fail it for whatever went
wrong on the way. The fixtures come into a folder of tests by importing them in its conftest.
"""

from __future__ import annotations

import gzip
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response

CHROMIUM = Path("/usr/bin/chromium")
MISSING = "The pages are tested with Debian's Chromium: apt-get install --yes chromium fonts-noto-cjk"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--font-render-hinting=none",
]
PATIENCE = 30_000
"""How long is waited for what has to come, in milliseconds: machines are busy at times, and slowness is no fault here."""

BY_EVENT = 30_000
"""How long is waited for what an event has to bring, in milliseconds: half of what a page without events asks after."""

REST = 0.12
"""How long nothing was begun or ended when a page counts as come to rest, in seconds: longer than a page takes from its last
answer to what it asks next by itself."""

HEAVIEST = 250 * 1024
"""The most a page may weigh, compressed, in bytes: with everything it loads, nothing cached."""

SIZES: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "device_scale_factor": 2,
        "has_touch": True,
        "is_mobile": True,
    },
}


@dataclass
class Visitor:
    """Somebody at a browser.

    Attributes:
        page: Playwright's page.
        home: the server's address.
        faults: what went wrong so far; a test that means to provoke one takes it out with `forgive`.
        heaviest: the most the next page may weigh.
    """

    page: Page
    home: str
    faults: list[str] = field(default_factory=list)
    heaviest: int = HEAVIEST
    expected: set[int] = field(default_factory=set)
    _loaded: list[Response] = field(default_factory=list)
    _fetching: set[Request] = field(default_factory=set)
    _moved: float = 0.0

    def watch(self) -> None:
        """Starts noting what goes wrong."""
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.faults.append(f"script failed: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._response)
        self.page.on("request", self._begun)
        self.page.on("requestfinished", self._ended)
        self.page.on("requestfailed", self._ended)

    def open(self, path: str, status: int = 200) -> None:
        """Opens a page and checks its answer, width and weight."""
        self._loaded.clear()
        self.expected.add(status)
        answer = self.page.goto(self.home + path, wait_until="load")
        assert answer is not None
        assert answer.status == status, f"{path} answered {answer.status}"
        self.settle()
        weight = sum(self._compressed(response) for response in self._loaded)
        if weight > self.heaviest:
            self.faults.append(f"{path} weighs {weight / 1024:.0f} KB compressed, more than {self.heaviest / 1024:.0f}")

    def settle(self) -> None:
        """Waits for what is still being fetched, and checks that the page does not scroll sideways."""
        self.page.wait_for_load_state("load")
        self._rest()
        self.page.locator(".htmx-request").first.wait_for(state="detached")
        # As a function on a handle that is waited for: a page that is just being changed is measured after it.
        measured = self.page.wait_for_function(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        wide, room = measured.json_value()
        if wide > room:
            self.faults.append(f"{self.page.url} is {wide} px wide on a screen of {room}: {self._too_wide()}")

    def sign_in(self, username: str, password: str, operator: str | None = None) -> None:
        """Signs in by the form, as people do."""
        self.open(f"/o/{operator}/sign-in" if operator else "/sign-in")
        self.page.fill("[name=username]", username)
        self.page.fill("[name=password]", password)
        with self.page.expect_navigation():
            self.page.click("form:has([name=password]) button[type=submit]")
        self.settle()

    def press(self, selector: str) -> None:
        """Clicks and waits until the page has come to rest."""
        self.page.click(selector)
        self.settle()

    def shot(self, name: str) -> Path:
        """Keeps a picture of the page under test-results/."""
        target = Path("test-results") / f"{name}.png"
        target.parent.mkdir(exist_ok=True)
        self.page.screenshot(path=target, full_page=True)
        return target

    def draw(self) -> None:
        """Signs with the mouse, as a finger does."""
        pad = self.page.locator("[data-sign-pad] canvas")
        pad.scroll_into_view_if_needed()
        box = pad.bounding_box()
        assert box is not None
        mouse = self.page.mouse
        mouse.move(box["x"] + 20, box["y"] + 30)
        mouse.down()
        for step in range(24):
            mouse.move(box["x"] + 20 + 9 * step, box["y"] + 30 + 11 * (step % 6))
        mouse.up()

    def forgive(self, pattern: str) -> None:
        """Takes out the faults that match; at least one must."""
        kept = [fault for fault in self.faults if not re.search(pattern, fault)]
        assert len(kept) < len(self.faults), f"no fault matches {pattern!r} in {self.faults}"
        self.faults[:] = kept

    def _rest(self) -> None:
        """Waits until the page fetches nothing and has begun nothing for a moment."""
        latest = time.monotonic() + PATIENCE / 1000
        while self._fetching or time.monotonic() - self._moved < REST:
            assert time.monotonic() < latest, f"still fetching: {[one.url for one in self._fetching]}"
            self.page.wait_for_timeout(20)

    def _begun(self, request: Request) -> None:
        # A stream of events has no end that could be waited for.
        if "/live?" not in request.url:
            self._fetching.add(request)
            self._moved = time.monotonic()

    def _ended(self, request: Request) -> None:
        self._fetching.discard(request)
        self._moved = time.monotonic()

    def _console(self, message: ConsoleMessage) -> None:
        text = message.text
        # A page that is left aborts what it was still fetching, and htmx says so.
        if text.startswith("htmx:sendAbort"):
            return
        # Chromium also reports every answer of 400 or more here; answers are judged by `_response`.
        if message.type == "error" and not text.startswith("Failed to load resource"):
            self.faults.append(f"console: {text}")

    def _failed(self, request: Request) -> None:
        # A page that is left aborts what it was still fetching.
        if request.failure != "net::ERR_ABORTED":
            self.faults.append(f"request failed: {request.method} {request.url}: {request.failure}")

    def _response(self, response: Response) -> None:
        # A stream of events has no end that its weight could wait for.
        if "/live?" not in response.url:
            self._loaded.append(response)
        if not response.url.startswith(self.home) and not response.url.startswith("data:"):
            self.faults.append(f"fetched from elsewhere: {response.url}")
        # The server of these tests has no events; pages do without.
        if response.status >= 400 and response.status not in self.expected and "/live?" not in response.url:
            self.faults.append(f"{response.request.method} {response.url} answered {response.status}")

    def _compressed(self, response: Response) -> int:
        """What a response weighs on the way, gzip where it helps; redirects weigh nothing."""
        if response.status in {204, 301, 302, 303, 304} or response.url.startswith("data:"):
            return 0
        from playwright.sync_api import Error

        try:
            body = response.body()
        except Error:
            # Chromium keeps no body of what came by a preload: ask again.
            body = self.page.context.request.get(response.url).body()
        return min(len(body), len(gzip.compress(body)))

    def _too_wide(self) -> str:
        found = self.page.evaluate(
            """() => [...document.querySelectorAll("body *")]
                .filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
                .slice(0, 5).map(e => `${e.tagName.toLowerCase()}.${e.className.baseVal ?? e.className}`)"""
        )
        return ", ".join(found)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One Chromium for the tests of a file. Not for longer: its event loop would be in the way of tests that run their own."""
    if not CHROMIUM.exists():
        pytest.fail(MISSING)
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    # Playwright keeps an event loop in this thread; Django would refuse the test's own queries because of it.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
    else:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


def _visitor(chromium: Browser, live_server: Any, size: str, **options: Any) -> Iterator[Visitor]:
    context = chromium.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", **SIZES[size], **options)
    context.set_default_timeout(PATIENCE)
    visitor = Visitor(page=context.new_page(), home=live_server.url)
    visitor.watch()
    yield visitor
    context.close()
    assert not visitor.faults, "\n".join(visitor.faults)


@pytest.fixture
def desktop(chromium: Browser, live_server: Any) -> Iterator[Visitor]:
    """A visitor at a desk: 1440 × 900."""
    yield from _visitor(chromium, live_server, "desktop")


@pytest.fixture
def phone(chromium: Browser, live_server: Any) -> Iterator[Visitor]:
    """A visitor with a phone: 390 × 844, touch."""
    yield from _visitor(chromium, live_server, "phone")


@pytest.fixture(params=["desktop", "phone"])
def visitor(request: pytest.FixtureRequest, chromium: Browser, live_server: Any) -> Iterator[Visitor]:
    """Each size in turn."""
    yield from _visitor(chromium, live_server, request.param)
