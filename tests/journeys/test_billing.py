"""The billing cycle in a browser, at a desk and on a phone: from a draft to a bill on paper."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import transaction
from django.utils import timezone

from tests.support.billing_small import AT, lease_of, read
from tests.support.browser import Visitor
from yuju.billing.models import BillRun
from yuju.billing.services.calendar import billing_calendar_set
from yuju.identity.choices import Role
from yuju.identity.models import Operator
from yuju.identity.services import user_create
from yuju.kit.tenancy import operator_context
from yuju.premises.models import Property
from yuju.premises.services import property_create

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "a good long password"


@pytest.fixture
def place(committed_operator: Operator) -> Property:
    """A property where two persons are needed, with an unusual reading and a wrong one."""
    with operator_context(committed_operator.pk), transaction.atomic():
        made = property_create(code="qinglan", name="青岚里公寓", by=None, at=AT)
        for username, name, role in (("he", "何佳", Role.ACCOUNTANT), ("zhou", "周明", Role.MANAGER)):
            user_create(username=username, name=name, password=PASSWORD, postings=[(role, None)], by=None, at=AT)
        steady = [(date(2026, 1, 1), 0), *((date(2026, month, 28), month * 100) for month in range(1, 5))]
        read(lease_of(made, 1602), *steady, (date(2026, 5, 28), 2400))
        read(lease_of(made, 1107, name="周怡轩"), *steady, (date(2026, 5, 28), 390))
        billing_calendar_set(
            property=made,
            is_on=False,
            day=25,
            hour=6,
            approver=None,
            issue_when_clean=False,
            second_person=True,
            today=timezone.localdate(),
            by=None,
            at=AT,
        )
    return made


def test_from_a_draft_to_a_bill_on_paper(visitor: Visitor, place: Property, committed_operator: Operator) -> None:
    # The server of the tests has no stream of live events.
    visitor.expected.add(404)

    # Given somebody who drafts a run
    visitor.sign_in("he", PASSWORD)
    visitor.open("/bill-runs/new/")
    visitor.page.fill("[name=as_of]", "2026-05-28")
    visitor.press("button[data-key=submit]")
    assert visitor.page.locator("h1").inner_text().startswith("2026年05月账期")
    issue = visitor.page.locator("button[data-dialog-open=issue]")
    assert issue.is_disabled()
    visitor.shot("bill-run-review")

    # When each exception is decided
    visitor.press("#exceptions form:has-text('确认无误') button[value=confirmed]")
    visitor.press("#exceptions form:has-text('留待下期') button[value=excluded]")
    assert "须由他人审批" in visitor.page.inner_text("#footing")
    visitor.open("/bill-runs/")
    address = visitor.page.locator("tbody a.lead").first.get_attribute("href")
    assert address is not None

    # And another person approves
    visitor.page.context.clear_cookies()
    visitor.sign_in("zhou", PASSWORD)
    visitor.open(address)
    visitor.press("form[action$='/approve'] button")
    assert visitor.page.locator("button[data-dialog-open=issue]").is_enabled()

    # Then the run is issued once the period is typed
    visitor.page.click("button[data-dialog-open=issue]")
    visitor.page.click("#issue button.btn-primary")
    assert visitor.page.locator("#issue").is_visible(), "the browser asks for the period"
    visitor.page.fill("#issue-period", "2026-05")
    with visitor.page.expect_navigation():
        visitor.page.click("#issue button.btn-primary")
    visitor.settle()
    assert "已出账" in visitor.page.inner_text("h1")

    # And a bill is found by the initials of its resident, read line by line, and printed
    visitor.open("/bills/?tab=all&q=lxt&sort=-total")
    visitor.press("tbody a.lead >> nth=0")
    assert "元/m²·月" in visitor.page.inner_text(".tbl.calc")
    visitor.shot("bill-detail")
    with visitor.page.expect_download() as download:
        visitor.page.click("a[href$='/pdf']")
    assert download.value.suggested_filename.startswith("ZD-202605-")
    with open(download.value.path(), "rb") as file:
        assert file.read(5) == b"%PDF-"
    with operator_context(committed_operator.pk), transaction.atomic():
        assert BillRun.objects.get().state == "issued"
    visitor.forgive(r"console: \[object Event\]")


def test_a_formula_is_checked_while_it_is_typed(visitor: Visitor, place: Property) -> None:
    # Given the form of a new tariff
    visitor.sign_in("he", PASSWORD)
    visitor.open("/tariffs/new/")
    assert visitor.page.locator("#id_formula").is_hidden()
    visitor.page.select_option("#id_basis", "formula")

    # When a name is mistyped, its place is marked
    visitor.page.fill("#id_formula", "area * raet")
    visitor.page.wait_for_selector("#price-result mark")
    assert visitor.page.inner_text("#price-result mark") == "raet"

    # And saving it is refused at the field, with everything typed kept
    visitor.expected.add(422)
    visitor.page.fill("#id_code", "F1")
    visitor.page.fill("#id_name", "公式")
    visitor.page.select_option("#id_fee_item", index=1)
    visitor.press("button[data-key=submit]")
    assert "第 8 个字“raet”" in visitor.page.inner_text("#id_formula-error")

    # When it is put right, the panel says what it comes to, and it is saved
    visitor.page.fill("#id_formula", "area * 3")
    visitor.page.wait_for_selector("#price-result .preview-sum")
    assert visitor.page.inner_text("#price-result .preview-sum") == "¥268.50"
    visitor.press("button[data-key=submit]")
    assert "公式" in visitor.page.inner_text("h1")


def test_a_recurring_charge_says_what_it_will_cost(visitor: Visitor, place: Property) -> None:
    visitor.sign_in("he", PASSWORD)
    visitor.open("/recurring-charges/")
    visitor.press("tbody a.lead >> nth=0")
    assert "¥" in visitor.page.inner_text("#coming") or "抄表" in visitor.page.inner_text("#coming")
