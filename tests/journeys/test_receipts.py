"""A payment is reversed in a browser, at a desk and on a phone: its receipt and the receipt's public page show void."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import transaction

from tests.support.billing_small import AT, lease_of
from tests.support.billing_small import issued as issue
from tests.support.browser import Visitor
from tests.support.receipts import paid
from yuju.billing.models import BillingAccount
from yuju.identity.choices import Role
from yuju.identity.models import Operator
from yuju.identity.services import user_create
from yuju.kit.tenancy import operator_context
from yuju.payments.models import Payment, Receipt, ReceiptPrint
from yuju.premises.services import property_create

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "a good long password"


@pytest.fixture
def receipt(committed_operator: Operator) -> Receipt:
    """A receipt for the rent of January, written by the cashier."""
    with operator_context(committed_operator.pk), transaction.atomic():
        place = property_create(code="qinglan", name="青岚里公寓", by=None, at=AT)
        he, _zhou = (
            user_create(username=username, name=name, password=PASSWORD, postings=[(role, None)], by=None, at=AT)
            for username, name, role in (("he", "何佳", Role.CASHIER), ("zhou", "周明", Role.MANAGER))
        )
        lease_of(place, 904, name="王建业")
        issue(place, date(2026, 1, 1))
        return paid(BillingAccount.objects.get(), "4500.00", by=he).receipt


def test_a_reversed_payment_leaves_a_void_receipt(
    visitor: Visitor, receipt: Receipt, committed_operator: Operator
) -> None:
    # The server of the tests has no stream of live events.
    visitor.expected.add(404)
    page = visitor.page

    # Given a receipt that whoever scans it finds valid
    visitor.open(f"/r/{receipt.token}")
    assert "此收据有效" in page.inner_text("main")
    assert "王**" in page.inner_text("main")
    visitor.shot("receipt-public")

    # And somebody who may reverse finds it by the payer's initials and prints it
    visitor.sign_in("zhou", PASSWORD)
    visitor.open("/receipts/?q=wjy")
    visitor.press("tbody a.lead")
    assert page.locator("h1").inner_text().startswith(receipt.number)
    with page.expect_popup() as opened, page.context.expect_event("response") as answered:
        page.locator("button[value=mm58]:visible").click()
    assert answered.value.url.endswith("/print")
    opened.value.close()
    page.reload()
    visitor.settle()
    assert "58 mm" in page.locator(".tl").inner_text()
    visitor.shot("receipt")

    # When the payment is reversed with a reason
    visitor.press("a:has-text('查看收款')")
    page.click("button[data-dialog-open=reverse]")
    assert receipt.number in page.inner_text("#reverse")
    visitor.shot("payment-reverse")
    page.fill("#reverse [name=reason]", "收错房间")
    visitor.press("#reverse button[type=submit]")

    # Then the payment says so, and offers it no more
    assert page.locator("h1 .tag").inner_text() == "已冲红"
    assert "收错房间" in page.inner_text("main")
    assert page.locator("button[data-dialog-open=reverse]").count() == 0
    visitor.shot("payment-reversed")
    with operator_context(committed_operator.pk), transaction.atomic():
        reversal = Payment.objects.get(reverses=receipt.payment)
        assert (reversal.amount, str(reversal.posted_by)) == (-receipt.payment.amount, "周明")
        assert ReceiptPrint.objects.filter(receipt=receipt).count() == 1

    # And so do its receipt, the list of void ones and the public page
    visitor.press(f"a:has-text('{receipt.number}')")
    assert page.locator("h1 .tag").inner_text() == "作废"
    visitor.open("/receipts/?tab=void")
    assert receipt.number in page.inner_text("tbody")
    page.context.clear_cookies()
    visitor.open(f"/r/{receipt.token}")
    assert "此收据已作废" in page.inner_text("main")
    visitor.shot("receipt-void")
