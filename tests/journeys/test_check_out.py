"""Check-out in browsers: with a refund, drawn up at the desk and agreed to on the phone; and with arrears, taken at the desk."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from tests.portal.people import LIN, phone_set
from tests.support.browser import Visitor
from tests.support.console_world import AT, ConsoleWorld
from tests.support.settlements import Stay, make_stay
from yuju.identity.models import Operator
from yuju.kit.tenancy import operator_context
from yuju.payments.models import Settlement
from yuju.payments.services import shift_open
from yuju.residency.choices import TenureState
from yuju.residency.models import Tenure
from yuju.residency.services.portal_codes import portal_slip_print
from yuju.workforce.models import Task

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NO_EVENTS = r"console: \[object Event\]|/live\?"
"""The server of these tests has no events; the pages do without."""


@dataclass(frozen=True)
class Setting:
    """A stay that ends, the manager with an open drawer, and the code of a slip for the resident."""

    operator: Operator
    stay: Stay
    username: str
    code: str

    def now(self) -> tuple[Settlement, Tenure]:
        with operator_context(self.operator.pk), transaction.atomic():
            return Settlement.objects.get(), Tenure.objects.get(pk=self.stay.tenure.pk)


@pytest.fixture
def setting(committed_operator: Operator, settings: Any) -> Setting:
    settings.YUJU_DEMO = True  # the page shows the codes
    with operator_context(committed_operator.pk), transaction.atomic():
        world = ConsoleWorld(committed_operator)
        stay = make_stay(place=world.here)
        phone_set(stay.tenure.resident, LIN)
        manager = world.user("manager", at=world.here)
        shift_open(property=world.here, cashier=manager, opening_float=Decimal(5000), at=AT)
        code = portal_slip_print(resident=stay.tenure.resident, by=manager, at=timezone.now())
        return Setting(committed_operator, stay, manager.username, code)


def begin(desktop: Visitor, setting: Setting) -> None:
    """Signs the manager in, takes notice from the lease's page and fills in what the meter shows."""
    page = desktop.page
    desktop.sign_in(setting.username, "long enough to do")
    desktop.open(f"/leases/{setting.stay.tenure.pk}/")
    desktop.press("a:has-text('退房')[href$='check-out/']")
    page.fill("[name=last_day]", "2026-10-15")
    page.fill("[name=reason]", "工作调动")
    desktop.press("button:has-text('登记退租')")
    page.fill(f"[name=reading_{setting.stay.meter.pk}]", "1180")


def agree_on_the_phone(phone: Visitor, setting: Setting, settlement: Settlement) -> None:
    """The resident signs in with a slip, opens what the notice leads to, reads a line, agrees and signs."""
    page = phone.page
    page.goto(phone.home + "/my/", wait_until="load")
    page.fill("[name=phone]", LIN)
    page.click("form:has([name=phone]) button[type=submit]")
    page.fill("[name=code]", setting.code)
    page.click("form:has([name=code]) button[type=submit]")
    page.wait_for_url("**/my/")
    phone.open("/my/notices")
    phone.press(f"main a[href='/my/settlements/{settlement.pk}']")
    page.click("summary >> nth=1")
    assert "4,451.61" in page.inner_text(".p-why >> nth=1")
    phone.press("button[name=send]")
    page.fill("[name=code]", page.inner_text("[data-shown-code]"))
    phone.draw()
    phone.shot("settlement-sign-phone")
    phone.press("form:has([name=code]) .btn-primary")
    assert "谢谢" in page.inner_text("main")


def test_a_refund_is_agreed_on_the_phone_and_paid_out_of_the_drawer(
    desktop: Visitor, phone: Visitor, setting: Setting
) -> None:
    page = desktop.page
    begin(desktop, setting)
    # Given two cards lost, by the price list, and a door by an amount
    page.fill("[name=damage-0-words]", "房卡")
    page.select_option("[name=damage-0-tariff]", str(setting.stay.card.pk))
    page.fill("[name=damage-0-quantity]", "2")
    page.fill("[name=damage-1-words]", "衣柜门")
    page.fill("[name=damage-1-amount]", "380")
    desktop.press("button:has-text('生成结算单')")
    assert "3,845.71" in page.inner_text("#lines .tot")
    desktop.press("button:has-text('发给住户')")

    # When she agrees on the phone, then the desk settles exactly that and pays it out in cash
    agree_on_the_phone(phone, setting, setting.now()[0])
    desktop.open(f"/leases/{setting.stay.tenure.pk}/check-out/")
    assert "手机" in page.inner_text("#check-out")
    page.click("form[action$='settle'] button")
    desktop.press("dialog[open] button.btn-primary")
    desktop.press("button:has-text('退款 ¥3,845.71')")
    assert setting.now()[0].is_even
    # And with the keys back the stay has ended, and tasks are made
    desktop.press("button:has-text('确认收回钥匙')")
    assert setting.now()[1].state == TenureState.ENDED
    with operator_context(setting.operator.pk), transaction.atomic():
        assert Task.objects.filter(source="turnover").count() == 3
    phone.open(f"/my/settlements/{setting.now()[0].pk}")
    assert "已全部结清" in phone.page.inner_text("main")
    desktop.forgive(NO_EVENTS)


def test_arrears_are_signed_on_paper_and_taken_at_the_desk(desktop: Visitor, setting: Setting) -> None:
    page = desktop.page
    begin(desktop, setting)
    page.fill("[name=damage-0-words]", "水淹地板")
    page.fill("[name=damage-0-amount]", "9000")
    desktop.press("button:has-text('生成结算单')")
    desktop.press("button:has-text('发给住户')")
    page.click("summary:has-text('其他确认方式')")
    page.fill("[name=note]", "林晓彤")
    desktop.press("button:has-text('登记确认')")
    page.click("form[action$='settle'] button")
    desktop.press("dialog[open] button.btn-primary")
    # Then what the deposit does not cover is taken at the cashier's desk, and the account is closed
    desktop.press("a:has-text('去收银台收款')")
    page.locator("#desk-tendered").fill("4734.29")
    desktop.press("[data-collect]")
    settlement, _tenure = setting.now()
    assert (settlement.result, settlement.is_even) == (Decimal("4734.29"), True)
    desktop.open(f"/leases/{setting.stay.tenure.pk}/check-out/")
    desktop.press("button:has-text('确认收回钥匙')")
    assert setting.now()[1].state == TenureState.ENDED
    desktop.forgive(NO_EVENTS)
