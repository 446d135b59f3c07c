"""A company in a browser: billed once for three units, found at the desk as one, and paid once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction

from tests.support.browser import Visitor
from tests.support.companies import TOTAL, Billed
from tests.support.console_world import AT, ConsoleWorld
from yuju.identity.models import Operator
from yuju.kit.tenancy import operator_context
from yuju.payments.models import Payment, Receipt
from yuju.payments.services import shift_open

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NO_EVENTS = r"console: \[object Event\]"
"""The server of these tests has no events; the page does without."""


@dataclass(frozen=True)
class Setting:
    """A company with a collective bill, and a cashier whose shift is open."""

    operator: Operator
    cashier: str
    number: str
    company: str


@pytest.fixture
def setting(committed_operator: Operator) -> Setting:
    with operator_context(committed_operator.pk), transaction.atomic():
        world = ConsoleWorld(committed_operator)
        billed = Billed(world.here, date(2026, 3, 1))
        cashier = world.user("cashier", at=world.here)
        shift_open(property=world.here, cashier=cashier, opening_float=Decimal(500), at=AT)
        return Setting(committed_operator, cashier.username, billed.collective.number, billed.company.name)


def test_a_company_pays_for_three_units_by_one_tick_and_gets_one_receipt(desktop: Visitor, setting: Setting) -> None:
    page, keys = desktop.page, desktop.page.keyboard
    desktop.sign_in(setting.cashier, "long enough to do")
    desktop.open("/cashier/")

    # Found by its initials, the company stands before its units
    page.keyboard.press("F2")
    keys.type("xhkj")
    page.locator("[data-hits-of='xhkj']").wait_for(state="attached")
    assert page.locator("[data-hit]").count() == 4
    keys.press("Enter")
    page.locator("[data-till]").wait_for()
    assert setting.number in page.locator(".desk-charges").inner_text()

    # The collective bill is ticked; cash that is enough is handed over
    page.wait_for_function("document.activeElement.id === 'desk-tendered'")
    keys.type("8000")
    page.wait_for_function("document.querySelector('.desk-change .desk-sum').innerText.includes('499.50')")
    keys.press("Enter")
    page.locator("[data-slip]").wait_for()

    # One receipt for all of it
    slip = page.locator("[data-slip]").inner_text()
    assert "7,500.50" in slip
    assert setting.company in slip
    desktop.forgive(NO_EVENTS)
    with operator_context(setting.operator.pk), transaction.atomic():
        assert (Receipt.objects.get().amount, Payment.objects.count()) == (TOTAL, 3)
