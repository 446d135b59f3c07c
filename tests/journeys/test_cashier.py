"""The cashier's desk in a browser: by keyboard alone from finding to the receipt, and on a phone."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from tests.support.browser import Visitor
from tests.support.console_world import AT, ConsoleWorld
from tests.support.stays import bind, make_lease, make_resident, make_tariff, make_unit, run_bills
from yuju.billing.models import BillingAccount
from yuju.identity.models import Operator, User
from yuju.kit.dates import add_months, local_date, month_start
from yuju.kit.tenancy import operator_context
from yuju.payments.models import Payment, Receipt, Shift
from yuju.payments.selectors import account_standing
from yuju.payments.services import shift_open

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NO_EVENTS = r"console: \[object Event\]"
"""The server of these tests has no events; the page does without."""

TODAY = local_date(timezone.now(), "Asia/Shanghai")


@dataclass(frozen=True)
class Setting:
    """Two residents with three months of rent to pay, and a cashier."""

    operator: Operator
    username: str
    account: BillingAccount
    other: BillingAccount


@pytest.fixture
def setting(committed_operator: Operator) -> Setting:
    with operator_context(committed_operator.pk), transaction.atomic():
        world = ConsoleWorld(committed_operator)
        first = add_months(month_start(TODAY), -2)
        accounts = []
        for number, name, rate in (("0904", "王建业", "1520.90"), ("0903", "沈一鸣", "88")):
            unit = make_unit(world.here, number)
            lease = make_lease(unit, make_resident(world.here, name), start=first, end=add_months(TODAY, 9))
            bind(lease, make_tariff(world.here, rate=rate))
            accounts.append(BillingAccount.objects.get(tenure=lease))
        run_bills(world.here, TODAY)
        cashier = world.user("cashier", at=world.here)
        return Setting(committed_operator, cashier.username, *accounts)


def money(setting: Setting, account: BillingAccount) -> tuple[Decimal, Decimal]:
    """What is open and what is credit."""
    with operator_context(setting.operator.pk), transaction.atomic():
        standing = account_standing(account)
        return standing.open, standing.credit


def focused(page: Any, name: str) -> None:
    """Waits until something has the focus."""
    page.wait_for_function("name => document.activeElement.id === name", arg=name)


def reads(page: Any, selector: str, *words: str) -> None:
    """Waits until something reads so."""
    page.wait_for_function(
        "([selector, words]) => document.querySelector(selector).innerText.split(/\\s+/).join() === words.join()",
        arg=[selector, list(words)],
    )


def test_from_finding_to_the_receipt_without_a_mouse(desktop: Visitor, setting: Setting) -> None:
    page, keys = desktop.page, desktop.page.keyboard
    desktop.sign_in(setting.username, "long enough to do")
    desktop.open("/cashier/")

    # The shift is opened with its float
    page.locator("#opening-float").focus()
    with page.expect_navigation():
        keys.press("Enter")
    desktop.settle()

    # Two are found; the arrow and Enter choose the second
    keys.press("F2")
    keys.type("3-09")
    page.locator("[data-hit]").nth(1).wait_for()
    assert page.locator("[data-hit]").all_inner_texts()[0].startswith("3栋0903")
    keys.press("ArrowDown")
    keys.press("Enter")
    page.locator("[data-till]").wait_for()
    desktop.settle()
    assert "王建业" in page.locator(".desk-who").inner_text()
    assert f"account={setting.account.pk}" in page.url

    # All that is due is ticked, and the exact sum stands where the cash goes
    assert page.locator("[data-charge]:checked").count() == 3
    focused(page, "desk-tendered")
    assert page.input_value("#desk-tendered") == "4562.70"
    assert [chip.strip() for chip in page.locator("[data-at]").all_inner_texts()] == ["¥4,562.70", "¥4,600", "¥5,000"]

    # Too little collects nothing; what is handed over tells the change
    keys.type("4000")
    assert page.locator("[data-collect]").is_disabled()
    reads(page, ".desk-change", "还差", "¥562.70")
    keys.press("Enter")
    assert page.locator("[data-slip]").count() == 0
    page.locator("#desk-tendered").select_text()
    keys.type("５０００")
    reads(page, ".desk-change", "找零", "¥437.30")

    # F6 and F5 change how it is paid and keep what was typed
    keys.press("F6")
    focused(page, "desk-reference")
    page.locator("[data-collect][disabled]").wait_for()
    keys.press("F5")
    focused(page, "desk-tendered")

    # Enter twice, fast, collects once
    with page.expect_navigation():
        keys.press("Enter")
        keys.press("Enter")
    desktop.settle()
    slip = page.locator("[data-slip]").inner_text()
    with operator_context(setting.operator.pk), transaction.atomic():
        payment, receipt = Payment.objects.get(), Receipt.objects.get()
        assert (payment.amount, payment.tendered) == (Decimal("4562.70"), 5000)
    for text in (receipt.number, "肆仟伍佰陆拾贰元柒角", "¥437.30"):
        assert text in slip
    focused(page, "desk-find")
    assert "本班已收 1 笔" in page.locator(".desk-head").inner_text()

    # The next one is typed at once; only one matches, so Enter need not wait for the list
    keys.type("shenyiming")
    keys.press("Enter")
    page.locator("[data-till]").wait_for()
    focused(page, "desk-tendered")
    keys.press("F6")
    focused(page, "desk-reference")
    keys.type("001842")
    with page.expect_navigation():
        keys.press("Enter")
    desktop.settle()
    assert "001842" in page.locator("[data-slip]").inner_text()
    assert money(setting, setting.other) == (0, 0)

    # Reload and back take nothing again
    page.reload()
    page.go_back()
    desktop.settle()
    with operator_context(setting.operator.pk), transaction.atomic():
        assert Payment.objects.count() == 2

    # The shift is handed over
    desktop.open("/cashier/")
    page.locator(".desk-head .btn", has_text="交班").focus()
    keys.press("Enter")
    page.locator("#counted").wait_for()
    page.locator("#counted").fill("5000")
    page.get_by_text("−¥62.70").wait_for()
    page.locator("#counted").fill("5062.70")
    with page.expect_navigation():
        page.locator("#counted").press("Enter")
    desktop.settle()
    with operator_context(setting.operator.pk), transaction.atomic():
        assert Shift.objects.get().counted == Decimal("5062.70")
    desktop.forgive(NO_EVENTS)


def test_a_part_is_paid_on_any_screen(visitor: Visitor, setting: Setting) -> None:
    with operator_context(setting.operator.pk), transaction.atomic():
        account = BillingAccount.objects.select_related("property").get(pk=setting.account.pk)
        user = User.objects.get(username=setting.username)
        shift_open(property=account.property, cashier=user, opening_float=Decimal(0), at=AT)
    page = visitor.page
    visitor.sign_in(setting.username, "long enough to do")
    visitor.open(f"/cashier/?account={setting.account.pk}")
    page.get_by_role("button", name="部分缴 / 预存").click()
    page.fill("#desk-amount", "")
    page.locator("#desk-amount").focus()
    for digit in ("2", "0", "0", "0"):
        page.click(f"[data-digit='{digit}']")
    assert page.input_value("#desk-amount") == "2000"
    page.locator("#desk-preview dd").nth(2).wait_for()
    assert page.locator("#desk-preview dd").all_inner_texts() == ["¥1,520.90", "¥479.10", "¥0.00"]
    visitor.settle()
    with page.expect_navigation():
        page.click("[data-collect]")
    visitor.settle()
    assert "¥2,000.00" in page.locator("[data-slip]").inner_text()
    assert money(setting, setting.account) == (Decimal("2562.70"), 0)
    # What is left is shown in two parts, one of them begun
    visitor.open(f"/cashier/?account={setting.account.pk}")
    assert "1,041.80" in page.locator("#desk-open").inner_text()
    visitor.forgive(NO_EVENTS)
