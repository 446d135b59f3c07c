"""An abandoned room entered on the phone where there is no connection, with both witnesses signing there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from tests.journeys.test_accessibility import CUT_OFF
from tests.journeys.test_field import fits
from tests.journeys.test_handover_on_phone import draw_name, waits
from tests.support.abandoned import opened, served
from tests.support.axe import faults
from tests.support.browser import Visitor
from tests.support.console_world import ConsoleWorld
from tests.support.stays import make_lease, make_resident, make_unit
from tests.support.tasks import photo
from yuju.identity.models import Operator
from yuju.journeys.abandoned_end import ENTRY, case_tasks
from yuju.kit.tenancy import operator_context
from yuju.residency.abandoned import entry_of, is_as_signed
from yuju.residency.choices import AbandonmentState
from yuju.residency.models import Abandonment
from yuju.workforce.choices import TaskState
from yuju.workforce.models import FieldEntry, Task
from yuju.workforce.services import task_take

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@dataclass(frozen=True)
class Setting:
    """A task to enter a room whose notices ran out, taken by the manager."""

    operator: Operator
    username: str
    task: int


@pytest.fixture
def setting(committed_operator: Operator) -> Setting:
    now = timezone.now()
    with operator_context(committed_operator.pk), transaction.atomic():
        world = ConsoleWorld(committed_operator)
        manager = world.user("manager", at=world.here)
        case = opened(make_lease(make_unit(world.here), make_resident(world.here)), by=manager)
        served(case, served_on=timezone.localdate(now) - timedelta(days=20), at=now)
        task = case_tasks(case, ENTRY).get()
        task_take(task=task, by=manager, at=now)
        return Setting(committed_operator, manager.username, task.pk)


def test_a_room_is_entered_where_there_is_no_connection(phone: Visitor, setting: Setting) -> None:
    # Given a manager before the door, who begins the entry
    page = phone.page
    phone.sign_in(setting.username, "long enough to do")
    page.goto(f"{phone.home}/field/", wait_until="load")
    page.wait_for_function("() => navigator.serviceWorker.ready.then(found => found.active.state === 'activated')")
    address = f"{phone.home}/field/tasks/{setting.task}/entry"
    page.goto(f"{phone.home}/field/tasks/{setting.task}", wait_until="load")
    page.click("#acts button:has-text('开始入室清点')")
    page.wait_for_url(address)
    page.goto(address, wait_until="load")
    fits(phone)
    assert faults(phone) == []

    # When there is no connection, two things are listed with their photos, and the page still opens
    page.context.set_offline(True)
    content = photo(600, 400).read()
    for number, name in enumerate(("行李箱", "电饭煲"), start=1):
        page.fill("#things [name=name]", name)
        page.set_input_files(
            "#things [name=photo]", [{"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": content}]
        )
        waits(phone, number)
    page.goto(address, wait_until="load")
    waits(phone, 2)
    assert "行李箱" in page.inner_text("#added")

    # Then both have to draw before it is taken
    page.fill("[name=position_1]", "物业经理")
    page.fill("[name=name_2]", "王网格")
    page.fill("[name=position_2]", "社区网格员")
    draw_name(phone, 0)
    page.click("#acts button")
    assert "两名见证人" in page.inner_text("#queue")
    draw_name(phone, 1)
    phone.shot("field-entry-390")
    page.click("#acts button")
    waits(phone, 3)

    # And all of it is sent in order and once when there is a connection again
    page.context.set_offline(False)
    page.locator("#acts a").wait_for()
    waits(phone, 0)
    with operator_context(setting.operator.pk), transaction.atomic():
        case = Abandonment.objects.get()
        entry = entry_of(case)
        assert entry is not None
        assert (case.state, is_as_signed(entry)) == (AbandonmentState.ENTERED, True)
        assert [one.name for one in entry.things.all()] == ["行李箱", "电饭煲"]
        assert [one.name for one in entry.witnesses.all()] == ["周明", "王网格"]
        assert (entry.photos.count(), FieldEntry.objects.count()) == (2, 4)
        assert Task.objects.get(source=ENTRY).state == TaskState.DONE

    # Nothing is cut off at half the width
    page.set_viewport_size({"width": 195, "height": 422})
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert (wide, page.evaluate(CUT_OFF)) == (0, [])
    phone.faults[:] = [fault for fault in phone.faults if "ERR_INTERNET_DISCONNECTED" not in fault]
