"""Somebody changes a resident's number; somebody else reads on the page what happened, and looks at the number that was."""

from __future__ import annotations

import pytest
from django.db import transaction

from tests.support.browser import Visitor
from tests.support.console_world import ConsoleWorld
from tests.support.stays import make_lease, make_resident, make_unit
from yuju.identity.choices import AuditAction
from yuju.identity.models import AuditEntry, Operator
from yuju.kit.tenancy import operator_context

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_change_is_read_and_what_was_there_before_is_uncovered(
    visitor: Visitor, committed_operator: Operator
) -> None:
    # Given a resident with a lease
    with operator_context(committed_operator.pk), transaction.atomic():
        world = ConsoleWorld(committed_operator)
        resident = make_resident(world.here, "林晓彤", phone="13800006021")
        make_lease(make_unit(world.here), resident)
        user = world.user("manager", at=world.here)
    page = visitor.page
    visitor.sign_in(user.username, "long enough to do")

    # When the number is changed in the form
    visitor.open(f"/residents/{resident.pk}/edit/")
    page.fill("#id_phone", "13900007730")
    page.fill("#id_emergency_name", "林建国")
    with page.expect_navigation():
        page.click("[data-key=submit]")
    visitor.settle()

    # Then the page tells it, with both numbers covered
    latest = page.locator("#history .tl li").first
    told = latest.inner_text()
    assert "修改 · 住户" in told
    assert "138****6021" in told
    assert "139****7730" in told
    assert "林建国" in told
    assert "周明 · 127.0.0.1" in told

    # And the eye uncovers the one that was, on record
    latest.locator(".mask button").first.click()
    page.get_by_text("13800006021").wait_for()
    with operator_context(committed_operator.pk), transaction.atomic():
        assert AuditEntry.objects.filter(action=AuditAction.REVEALED, object_id=resident.pk).count() == 1

    # All of it stands behind the tab, by person and period
    with page.expect_navigation():
        page.locator("#history .more").click()
    visitor.settle()
    page.select_option("#h-who", str(user.pk))
    with page.expect_navigation():
        page.locator("#history button[type=submit]").click()
    visitor.settle()
    lines = page.locator("#history .tl li").all_inner_texts()
    assert [line.split("\n")[0] for line in lines] == ["查看个人信息", "修改 · 住户"]
    page.fill("#h-until", "2026-01-01")
    with page.expect_navigation():
        page.locator("#history button[type=submit]").click()
    visitor.settle()
    assert "所选范围内没有记录" in page.locator("#history").inner_text()

    # And the page of all changes leads back to the resident
    visitor.open("/changes/")
    page.locator("main").get_by_role("link", name="林晓彤").first.wait_for()
