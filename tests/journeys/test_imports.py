"""The import page in a browser: what is refused at once, and what a fault looks like on a phone."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import transaction

from tests.journeys.property_import.workbooks import put, small, workbook
from tests.support.browser import Visitor
from tests.support.console_world import AT, ConsoleWorld
from tests.support.import_jobs import run_job
from tests.support.keys import tab_to
from yuju.identity.models import Operator, User
from yuju.journeys.property_import.importing import property_import
from yuju.journeys.property_import.jobs import _result
from yuju.kit.records import JobProgress
from yuju.kit.tenancy import operator_context

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def manager(committed_operator: Operator) -> str:
    with operator_context(committed_operator.pk), transaction.atomic():
        return ConsoleWorld(committed_operator).user("manager").username


def enter(visitor: Visitor, username: str) -> None:
    visitor.sign_in(username, "long enough to do")
    visitor.open("/import/")


def test_a_file_of_200_mb_is_refused_when_it_is_chosen(desktop: Visitor, manager: str, tmp_path: Path) -> None:
    # Given a manager at the import page
    enter(desktop, manager)
    large = tmp_path / "large.xlsx"
    with large.open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    # When 200 MB are chosen, then they are refused at once and are not sent
    desktop.page.set_input_files("[name=workbook]", large)
    assert "200 MB" in desktop.page.inner_text("#main-form .err")
    assert desktop.page.input_value("[name=workbook]") == ""
    # When a small file is chosen after it, the refusal is gone
    desktop.page.set_input_files("[name=workbook]", {"name": "a.xlsx", "mimeType": "", "buffer": b"PK"})
    assert desktop.page.locator("#main-form .err").count() == 0


def test_faults_say_on_a_phone_too_what_is_expected(phone: Visitor, manager: str, committed_operator: Operator) -> None:
    # Given a check that found a bad cell
    with operator_context(committed_operator.pk), transaction.atomic():
        user = User.objects.get(username=manager)
        data = workbook(put(small(), "租约", 2, "到期", "2026-02-30"))
        found = property_import(source=data, by=user, at=AT, check_only=True)
        progress = JobProgress.objects.create(
            kind="property_check",
            title="check",
            user_id=user.pk,
            state=JobProgress.State.DONE,
            result=_result(found),
        )
    # When its page is looked at on a phone, then the whole fault is there
    phone.sign_in(manager, "long enough to do")
    phone.open(f"/import/{progress.pk}/")
    expected = phone.page.locator("tbody .sm-6")
    assert expected.is_visible()
    assert "2026-03-01" in expected.inner_text()


def test_a_property_is_brought_in_without_a_mouse(
    desktop: Visitor, manager: str, committed_operator: Operator, tmp_path: Path
) -> None:
    # Given somebody with a keyboard alone, and a worker
    source = tmp_path / "阳光里.xlsx"
    source.write_bytes(workbook(small()))
    page, keys = desktop.page, desktop.page.keyboard

    def work() -> None:
        with operator_context(committed_operator.pk), transaction.atomic():
            run_job(page.url)
        page.locator("#job[hx-get]").wait_for(state="detached")

    desktop.expected.add(404)
    desktop.open("/sign-in")
    tab_to(page, "[name=username]")
    keys.type(manager)
    tab_to(page, "[name=password]")
    keys.type("long enough to do")
    with page.expect_navigation():
        keys.press("Enter")
    # When they go to the page by the settings, choose the file and send it
    for link in ("nav a[href='/settings/']", "main a[href='/import/']"):
        tab_to(page, link)
        with page.expect_navigation():
            keys.press("Enter")
    tab_to(page, "[name=workbook]")
    with page.expect_file_chooser() as chosen:
        keys.press("Space")
    chosen.value.set_files(source)
    tab_to(page, "#main-form [type=submit]")
    with page.expect_navigation():
        keys.press("Enter")
    work()
    # And confirm what was found
    tab_to(page, ".foot-bar [type=submit]")
    with page.expect_navigation():
        keys.press("Enter")
    work()
    # Then the property is there, and its board is a key away
    tab_to(page, "main a[href='/board/']")
    with page.expect_navigation():
        keys.press("Enter")
    assert page.url.endswith("/board/")
    desktop.forgive("object Event")
