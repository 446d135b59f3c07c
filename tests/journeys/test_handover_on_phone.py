"""A unit handed over on the phone, through a cellar without connection, to the signature and its PDF."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone

from tests.journeys.test_accessibility import CUT_OFF
from tests.journeys.test_field import fits
from tests.support.axe import faults
from tests.support.browser import Visitor
from tests.support.console_world import ConsoleWorld
from tests.support.handovers import make_template
from tests.support.stays import make_lease, make_meter, make_unit
from tests.support.tasks import photo
from yuju.identity.models import Operator
from yuju.journeys.handover import handover_begin, handover_tasks
from yuju.kit.tenancy import operator_context
from yuju.metering.choices import ReadingSource
from yuju.metering.models import Meter, Reading
from yuju.metering.services import reading_record
from yuju.residency.choices import HandoverKind, HandoverState
from yuju.residency.models import Handover
from yuju.workforce.choices import TaskState
from yuju.workforce.models import FieldEntry, Task

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@dataclass(frozen=True)
class Setting:
    """A handover that the front desk was asked for: three things in two rooms, a meter that showed 400 yesterday."""

    operator: Operator
    username: str
    task: int


@pytest.fixture
def setting(committed_operator: Operator) -> Setting:
    now = timezone.now()
    with operator_context(committed_operator.pk), transaction.atomic():
        world = ConsoleWorld(committed_operator)
        make_template(world.here)
        unit = make_unit(world.here)
        meter: Meter = make_meter(world.here, unit)
        day = timezone.localdate(now) - timedelta(days=1)
        reading_record(meter=meter, date=day, value=Decimal(400), source=ReadingSource.FORM, by=None, at=now)
        desk = world.user("front_desk", at=world.here)
        made = handover_begin(tenure=make_lease(unit), kind=HandoverKind.IN, assignee=desk, by=None, at=now)
        return Setting(committed_operator, desk.username, handover_tasks(made).get().pk)


def found_as(phone: Visitor, name: str, condition: str) -> None:
    phone.page.click(f"[data-step]:has-text('{name}') .f-results [value={condition}]")


def waits(phone: Visitor, count: int) -> None:
    phone.page.locator(f"#queue[data-count='{count}']").wait_for(state="attached")


def draw_name(phone: Visitor, place: int = 0) -> None:
    """A signature with the finger, in one of the page's fields."""
    pad = phone.page.locator("[data-sign-pad] canvas").nth(place)
    pad.evaluate("one => one.scrollIntoView({block: 'center', behavior: 'instant'})")
    box = pad.bounding_box()
    assert box is not None
    mouse = phone.page.mouse
    mouse.move(box["x"] + 30, box["y"] + 40)
    mouse.down()
    for step in range(1, 12):
        mouse.move(box["x"] + 30 + step * 18, box["y"] + (40 if step % 2 else 80))
    mouse.up()


def test_a_unit_is_handed_over_where_there_is_no_connection(phone: Visitor, setting: Setting) -> None:
    # Given somebody of the front desk with the list on their phone
    page = phone.page
    phone.sign_in(setting.username, "long enough to do")
    page.goto(f"{phone.home}/field/", wait_until="load")
    page.wait_for_function("() => navigator.serviceWorker.ready.then(found => found.active.state === 'activated')")
    address = f"{phone.home}/field/tasks/{setting.task}/handover"
    page.goto(f"{phone.home}/field/tasks/{setting.task}", wait_until="load")
    phone.press("#acts a:has-text('逐项交接')")
    page.goto(address, wait_until="load")
    fits(phone)
    assert faults(phone) == []

    # When there is no connection, things are looked at and photographed, a key is given, and the page still opens
    page.context.set_offline(True)
    found_as(phone, "沙发", "good")
    found_as(phone, "餐椅", "damaged")
    page.select_option("[data-step]:has-text('餐椅') [name=quantity]", "2")
    page.fill("[data-step]:has-text('餐椅') [name=note]", "两把腿松")
    page.click("[data-step]:has-text('餐椅') .f-more button")
    page.fill("#keys [name=count]", "2")
    page.click("#keys button:has-text('添加')")
    waits(phone, 4)
    page.goto(address, wait_until="load")
    waits(phone, 4)
    assert page.inner_text("[data-counts=room-1] [data-counted]") == "2/2"
    assert page.inner_text("[data-tally=damaged]") == "1"
    assert page.input_value("[data-step]:has-text('餐椅') [name=note]") == "两把腿松"
    assert "门钥匙 · 2" in page.inner_text("#added-keys")

    # Then what would be refused later is said while the resident still stands there
    page.fill("#meters [name=value]", "399")
    page.click("#meters button")
    page.locator("#meters .f-below:not([hidden])").wait_for()
    page.fill("#meters [name=value]", "404.9")
    page.click("#meters button")
    page.click("#acts button")
    assert "还没完成" in page.inner_text("#queue")
    found_as(phone, "床垫", "worn")
    waits(phone, 6)
    page.click("#acts button")
    assert "拍照" in page.inner_text("#queue")
    content = photo(600, 400).read()
    shot = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": content}
    page.locator("[data-step]:has-text('餐椅') input[type=file]").set_input_files([shot])  # type: ignore[list-item]
    waits(phone, 7)
    page.click("#acts button")
    assert "签名" in page.inner_text("#queue")
    draw_name(phone)
    phone.shot("field-handover-390")
    page.click("#acts button")
    waits(phone, 8)

    # And all of it is sent in order and once when there is a connection again
    page.context.set_offline(False)
    page.locator("#acts a:has-text('PDF')").wait_for()
    waits(phone, 0)
    with operator_context(setting.operator.pk), transaction.atomic():
        made = Handover.objects.get()
        assert made.state == HandoverState.SIGNED
        assert [(one.name, one.condition, one.quantity, one.note) for one in made.items.all()] == [
            ("沙发", "good", 0, ""),
            ("餐椅", "damaged", 2, "两把腿松"),
            ("床垫", "worn", 0, ""),
        ]
        assert [(one.kind, one.count) for one in made.keys.all()] == [("door", 2)]
        assert (made.photos.count(), FieldEntry.objects.count()) == (1, 8)
        assert Reading.objects.order_by("-date")[0].value == Decimal("404.9")
        assert Task.objects.get().state == TaskState.DONE
    answer = page.request.get(phone.home + str(page.get_attribute("#acts a", "href")))
    assert answer.body().startswith(b"%PDF-")

    # Nothing is cut off at half the width
    page.goto(address, wait_until="load")
    page.set_viewport_size({"width": 195, "height": 422})
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert (wide, page.evaluate(CUT_OFF)) == (0, [])
    phone.faults[:] = [fault for fault in phone.faults if "ERR_INTERNET_DISCONNECTED" not in fault]
