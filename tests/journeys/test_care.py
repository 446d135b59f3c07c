"""Care from a segment to what was found: built in plain words, asked for by itself, done on the phone, seen at the desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from tests.support.browser import Visitor
from tests.support.console_world import ConsoleWorld
from tests.support.stays import AT, make_lease, make_resident, make_unit
from yuju.care.models import CarePlan
from yuju.care.services import visits_make
from yuju.identity.models import Operator
from yuju.kit.tenancy import operator_context
from yuju.residency.choices import TagTone
from yuju.residency.services import resident_tags_set, tag_create

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "long enough to do"
BY: dict[str, Any] = {"by": None, "at": AT}


@dataclass(frozen=True)
class Setting:
    """Old Mr Wang in 1602, a manager who plans, and a front desk that visits."""

    operator: Operator
    manager: str
    helper: str
    resident: int


@pytest.fixture
def setting(committed_operator: Operator) -> Setting:
    with operator_context(committed_operator.pk), transaction.atomic():
        world = ConsoleWorld(committed_operator)
        resident = make_resident(world.here, "王建国")
        resident_tags_set(resident=resident, tags=[tag_create(name="老人", tone=TagTone.CARE, **BY)], **BY)
        make_lease(make_unit(world.here), resident, end=timezone.localdate() + timedelta(days=300))
        manager, helper = world.user("manager"), world.user("front_desk", at=world.here)
        return Setting(committed_operator, manager.username, helper.username, resident.pk)


def test_a_plan_asks_for_a_visit_that_is_done_on_the_phone(desktop: Visitor, phone: Visitor, setting: Setting) -> None:
    # Given a segment built of rows, by keyboard, whose panel names who it is
    desk = desktop.page
    desktop.sign_in(setting.manager, PASSWORD)
    desktop.open("/segments/new/")
    desk.fill("[name=name]", "独居老人")
    desk.press("#id_conditions-add", "Enter")
    desk.select_option("#id_conditions-1-fact", "tags")
    desk.press(".cond-option:has-text('老人') input", "Space")
    desk.press("#id_conditions-add", "Enter")
    desk.select_option("#id_conditions-2-fact", "alone")
    desk.locator("#id_conditions-2-operator").wait_for()
    assert desk.locator(".cond-option:has-text('老人') input").is_checked()
    desk.locator("#consequences:has-text('王建国')").wait_for()
    desktop.press("button:has-text('保存')")

    # And a plan for it
    desktop.open("/care-plans/new/")
    desk.select_option("[name=segment]", label="独居老人")
    desk.fill("[name=title]", "上门探访")
    desk.fill("[name=steps]", "燃气阀门完好")
    desk.uncheck("[name=spread]")
    desktop.press("button:has-text('保存')")
    with operator_context(setting.operator.pk), transaction.atomic():
        assert visits_make(plan=CarePlan.objects.get(), at=timezone.now()) == 1

    # When the task is taken on the phone, and something is found
    page = phone.page
    phone.sign_in(setting.helper, PASSWORD)
    phone.open("/field/take")
    phone.press("a.f-row:has-text('上门探访')")
    page.click("#acts button:has-text('接单')")
    page.click("#acts button:has-text('开始')")
    page.click("[data-step] .f-results [value=not_ok]")
    page.fill("[data-step] [name=note]", "软管老化")
    page.click("[data-step] .f-note button")
    page.locator("[data-done]:has-text('1')").wait_for()
    page.click("#acts form[action$='/finish'] button")
    page.locator("#acts .f-over:has-text('已完成')").wait_for()

    # Then the resident's page tells of it
    desktop.open(f"/residents/{setting.resident}/")
    desk.locator(".care-plan:has-text('软管老化')").wait_for()
