"""Registering a resident, letting a unit, reading its meter and putting a wrong reading right, in a browser."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone

from tests.support.browser import Visitor
from tests.support.console_world import ConsoleWorld
from tests.support.stays import make_meter, make_resident, make_unit
from yuju.identity.models import Operator
from yuju.journeys.readings import reading_enter
from yuju.kit.tenancy import operator_context
from yuju.metering.models import Meter, Reading
from yuju.residency.models import Resident, Tenure

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@dataclass(frozen=True)
class Setting:
    """A property with two units and their meters, and somebody who manages it."""

    operator: Operator
    username: str
    meters: list[Meter]


@pytest.fixture
def setting(committed_operator: Operator) -> Setting:
    """Two units whose meters were read forty days ago; nobody lives there yet."""
    with operator_context(committed_operator.pk), transaction.atomic():
        world = ConsoleWorld(committed_operator)
        meters = []
        for number in ("1602", "1603"):
            meter = make_meter(world.here, make_unit(world.here, number), serial=f"S-{number}")
            day = timezone.localdate() - timedelta(days=40)
            reading_enter(meter=meter, date=day, value=Decimal(400), by=None, at=timezone.now())
            meters.append(meter)
        make_resident(world.here, "王建业", phone="13800004417")
        return Setting(committed_operator, world.user("manager", at=world.here).username, meters)


def pick(visitor: Visitor, field: str, text: str) -> None:
    """Types into a picking field and takes the first that is found."""
    visitor.page.locator(f"#id_{field}").press_sequentially(text)
    visitor.page.locator(f"#id_{field}_options [data-pick-id]").first.click()


def test_somebody_is_registered_and_moves_in(visitor: Visitor, setting: Setting) -> None:
    page = visitor.page
    visitor.sign_in(setting.username, "long enough to do")

    # The telephone is checked while the form is filled in
    visitor.open("/residents/new/")
    page.fill("#id_name", "林晓彤")
    page.fill("#id_phone", "138 0000 4417")
    page.press("#id_phone", "Tab")
    page.locator("#id_phone-hint .c-warn").wait_for()
    assert "王建业" in page.locator("#id_phone-hint").inner_text()
    page.fill("#id_phone", "138 0000 6021")
    page.press("#id_phone", "Tab")
    page.locator("#id_phone-hint .c-ok").wait_for()

    # A document that cannot be is refused, with everything typed still there
    page.fill("#id_id_number", "110105194912310021")
    visitor.expected.add(422)
    visitor.press("[data-key=submit]")
    assert page.input_value("#id_name") == "林晓彤"
    page.fill("#id_id_number", "11010519491231002X")
    with page.expect_navigation():
        page.click("[data-key=submit]")
    visitor.settle()
    assert page.locator("h1").inner_text() == "林晓彤"
    text = page.locator("main").inner_text()
    assert "138****6021" in text
    assert "1101**********002X" in text

    # The eye uncovers one value
    page.locator(".person-facts .mask button").first.click()
    page.get_by_text("13800006021").wait_for()

    # A lease that was signed elsewhere is written down for them
    assert page.get_by_role("link", name="办理入住").is_visible()
    with operator_context(setting.operator.pk), transaction.atomic():
        registered = Resident.objects.get(name="林晓彤")
    visitor.open(f"/leases/new/?resident={registered.pk}")
    pick(visitor, "unit", "1602")
    today = timezone.localdate()
    page.fill("#id_start", f"{today - timedelta(days=10)}")
    page.fill("#id_end", f"{today + timedelta(days=30)}")
    page.fill("#id_rent", "4850")
    with page.expect_navigation():
        page.click("[data-key=submit]")
    visitor.settle()
    assert "4,850.00" in page.locator("main").inner_text()
    visitor.open("/residents/?tab=ending")
    assert "林晓彤" in page.locator("tbody").inner_text()
    with operator_context(setting.operator.pk), transaction.atomic():
        assert Tenure.objects.get().resident == Resident.objects.get(name="林晓彤")


def test_the_round_is_read_by_keyboard_alone(visitor: Visitor, setting: Setting) -> None:
    page = visitor.page
    visitor.sign_in(setting.username, "long enough to do")
    visitor.open("/read/")
    for value in ("461.3", "512"):
        page.wait_for_function("() => document.activeElement.id === 'id_value'")
        page.keyboard.type(value)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        visitor.settle()
    assert "2 / 2" in page.locator("main").inner_text()

    # A wrong one gives way to the right one and stays to be seen
    meter = setting.meters[0]
    visitor.open(f"/meters/{meter.pk}/")
    with page.expect_navigation():
        page.get_by_role("link", name="更正").first.click()
    page.fill("#id_value", "421.3")
    page.fill("#id_reason", "看错一位")
    with page.expect_navigation():
        page.click("[data-key=submit]")
    visitor.settle()
    assert "看错一位" in page.locator("tr.gone").inner_text()
    with operator_context(setting.operator.pk), transaction.atomic():
        assert Reading.objects.filter(meter=meter).count() == 3
        assert str(Reading.objects.get(meter=meter, superseded_by=None, value__gt=401).value) == "421.3000"
