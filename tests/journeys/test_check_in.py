"""Checking somebody in, in a browser: from the room on the board to the money in the drawer, counted in clicks."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone

from tests.support.browser import Visitor
from tests.support.console_world import ConsoleWorld
from tests.support.stays import ID_NUMBER, make_meter, make_tariff, make_unit
from yuju.billing.models import BillingAccount
from yuju.identity.models import Operator
from yuju.kit.tenancy import operator_context
from yuju.payments.models import Payment
from yuju.payments.selectors import account_standing
from yuju.payments.services import shift_open
from yuju.residency.choices import TenureState
from yuju.residency.models import Resident, Tenure

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CLICKS = 25
CARD = f"姓 名 赵欣然\n性别 女 民族 汉\n出生 1949 年 12 月 31 日\n住址 北京市朝阳区\n公民身份号码 {ID_NUMBER}"


@dataclass(frozen=True)
class Setting:
    operator: Operator
    username: str


@pytest.fixture
def setting(committed_operator: Operator) -> Setting:
    """A room with a meter and four tariffs, and somebody at the desk whose shift is open."""
    with operator_context(committed_operator.pk), transaction.atomic():
        world = ConsoleWorld(committed_operator)
        make_meter(world.here, make_unit(world.here))
        make_tariff(world.here)
        make_tariff(world.here, cycle_months=3, anchor="lease")
        make_tariff(world.here, "water", "5", basis="metered")
        clerk = world.user("front_desk", at=world.here)
        shift_open(property=world.here, cashier=clerk, opening_float=Decimal(500), at=timezone.now())
        return Setting(committed_operator, clerk.username)


@dataclass
class Hand:
    """Somebody who clicks; to type into a field they click into it first."""

    visitor: Visitor
    clicks: int = 0

    def press(self, selector: str) -> None:
        self.clicks += 1
        self.visitor.press(selector)

    def type(self, selector: str, text: str) -> None:
        self.clicks += 1
        self.visitor.page.fill(selector, text)

    def go_on(self, to: str) -> None:
        self.press("[data-key=submit]")
        self.visitor.page.wait_for_url(f"**{to}")
        self.visitor.settle()


def test_from_the_board_to_the_money(visitor: Visitor, setting: Setting) -> None:
    page, hand = visitor.page, Hand(visitor)
    visitor.sign_in(setting.username, "long enough to do")

    # The free room on the board leads to its check-in, for a year from today
    visitor.open("/board/")
    hand.press("a.rm.vac")
    hand.press("#side-panel a.btn-primary")
    assert "3栋1602" in page.input_value("#id_unit")
    hand.go_on("/who/")

    # A card that was misread says so; read again it fills the fields
    page.fill("#id_card", CARD.replace("002X", "0021"))
    page.locator("#card-said .c-bad").wait_for()
    hand.type("#id_card", CARD)
    page.locator("#card-said .c-ok").wait_for()
    assert page.input_value("#id_id_number") == ID_NUMBER
    hand.type("#id_phone", "139 0000 1234")
    hand.type("#id_other0_name", "李明")
    page.locator("#id_other1_name").wait_for()

    # It can be left and gone on with where it was
    page.locator("[data-draft-said]:not(:empty)").wait_for()
    visitor.open("/check-ins/")
    page.locator(".tbl a.lead").click()
    visitor.settle()
    page.click(".acts a.btn-primary")
    visitor.settle()
    assert page.input_value("#id_name") == "赵欣然"
    hand.go_on("/terms/")

    # 押一付三 in one choice; the panel has the first bill to the fen, and says a day too many at its field
    hand.type("#id_rent", "4780")
    hand.press("label:has(input[name=pay][value='1-3'])")
    page.locator("#consequences .tot", has_text="19,120.00").wait_for()
    hand.go_on("/billed/")
    assert page.locator(".tick-list input:checked").count() == 2
    hand.go_on("/confirm/")
    assert "19,120.00" in page.locator("#consequences, .consequences").first.inner_text()
    hand.press("[data-key=submit]")
    page.wait_for_url("**/check-ins/*/")

    # Everything is ready at the desk
    hand.press("[data-key=submit]")
    page.locator("[data-till]").wait_for()
    visitor.settle()
    assert page.locator("[data-charge]:checked").count() == 2
    assert page.input_value("#desk-tendered") == "19120.00"
    hand.press("[data-collect]")
    page.locator("[data-slip]").wait_for()
    visitor.settle()

    assert hand.clicks <= CLICKS, hand.clicks
    with operator_context(setting.operator.pk), transaction.atomic():
        lease = Tenure.objects.get()
        assert (lease.state, lease.start) == (TenureState.LIVING, timezone.localdate())
        assert Resident.objects.get().id_number == ID_NUMBER
        assert Payment.objects.get().amount == Decimal("19120.00")
        assert account_standing(BillingAccount.objects.get()).open == 0
    visitor.faults[:] = [fault for fault in visitor.faults if "[object Event]" not in fault]
