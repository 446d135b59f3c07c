"""A company's money, taken as one: divided over its accounts, under one receipt, and taken back as one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.companies import RENTS, TOTAL, Billed
from tests.support.stays import AT, make_company, make_lease, make_property, make_unit, run_bills
from yuju.books.verification import verify
from yuju.kit.errors import Refused
from yuju.messaging.models import ResidentNotice
from yuju.payments.choices import PaymentChannel, RefundChannel
from yuju.payments.models import Payment, Receipt
from yuju.payments.selectors import account_standing, company_accounts, open_charges_of
from yuju.payments.services import CompanyTaken, company_take, payment_reverse, payment_take, refund_pay
from yuju.reporting.receipts import receipt_sheet, receipts_to_read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("operator")]
ON = date(2026, 3, 6)


def shown(billed: Billed) -> dict[int, Decimal]:
    return {one.charge.pk: one.open for one in open_charges_of(list(company_accounts(billed.company)))}


def take(billed: Billed, amount: str | None = None, key: UUID | None = None, **given: Any) -> CompanyTaken:
    values: dict[str, Any] = {
        "shown": shown(billed),
        "picked": None,
        "amount": Decimal(amount) if amount is not None else None,
        "channel": PaymentChannel.CASH,
        "key": key or uuid4(),
        "shift": None,
        "on": ON,
        "by": None,
        "at": AT,
    }
    return company_take(company=billed.company, **{**values, **given})


def proved() -> None:
    assert [(one.check.name, one.astray) for one in verify() if one.astray_count] == []


def opened(billed: Billed) -> list[Decimal]:
    return [account_standing(one).open for one in company_accounts(billed.company)]


def test_one_amount_pays_the_whole_collective_bill_under_one_receipt() -> None:
    billed = Billed(make_property())
    taken = take(billed, picked=list(shown(billed)), tendered=Decimal(8000))

    # Then each account has its payment, and all of them one receipt
    amounts = {one.account.tenure.unit.number: one.amount for one in taken.payments}
    assert amounts == {"1601": Decimal(3000), "1602": Decimal("2500.50"), "1603": Decimal(2000)}
    assert (Receipt.objects.count(), taken.receipt.number, taken.receipt.amount) == (1, "SJ-20260306-0001", TOTAL)
    sheet = receipt_sheet(receipts_to_read(Receipt.objects.all()).get())
    assert {line.unit for line in sheet.lines} == {billed.account(number).tenure.unit.label for number in RENTS}
    assert (sheet.credit, sheet.change) == (0, Decimal("499.50"))
    assert ResidentNotice.objects.filter(resident_id=billed.company.pk, kind="payment_received").count() == 1
    assert opened(billed) == [0, 0, 0]
    proved()


def test_a_part_pays_what_is_due_first_whichever_unit_it_is_for() -> None:
    billed = Billed(make_property())
    run_bills(billed.place, date(2026, 4, 1))
    take(billed, "8000.50")
    # Then all of March is paid, and the rest lies on one unit of April
    assert sum(opened(billed), Decimal(0)) == 2 * TOTAL - Decimal("8000.50")
    assert sum(one != rent for one, rent in zip(opened(billed), map(Decimal, RENTS.values()), strict=True)) == 1
    proved()


def test_what_is_over_stays_as_credit_where_the_lease_runs_longest() -> None:
    # Given a fourth unit until the end of 2027, of which nothing is billed
    billed = Billed(make_property())
    longest = make_lease(make_unit(billed.place, "1609"), billed.company, end=date(2027, 12, 31))
    taken = take(billed, "7600.50")
    assert taken.credit == Decimal(100)
    assert account_standing(billed.account("1609")).credit == Decimal(100)
    assert taken.payments[-1].account.tenure_id == longest.pk
    proved()


def test_the_same_key_takes_once_and_another_amount_under_it_nothing() -> None:
    billed = Billed(make_property())
    key, before = uuid4(), shown(billed)
    first = take(billed, "7500.50", key)
    again = take(billed, "7500.50", key, shown=before)
    assert (again.again, again.receipt, len(again.payments)) == (True, first.receipt, 3)
    with pytest.raises(Refused) as refused:
        take(billed, "1.00", key)
    assert (refused.value.code, Payment.objects.count()) == ("key", 3)


@pytest.mark.parametrize("picked", [True, False])
def test_nothing_is_taken_once_something_was_paid_since_the_page_was_shown(picked: bool) -> None:
    billed = Billed(make_property())
    before = shown(billed)
    payment_take(
        account=billed.account("1602"),
        amount=Decimal(1),
        channel=PaymentChannel.CASH,
        key=uuid4(),
        on=ON,
        by=None,
        at=AT,
    )
    with pytest.raises(Refused) as refused:
        take(billed, None if picked else "100", shown=before, picked=list(before) if picked else None)
    assert (refused.value.code, Payment.objects.count()) == ("changed", 1)


@pytest.mark.parametrize(
    ("given_", "code"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": "7500.505"}, "amount"),
        ({"amount": None}, "amount"),
        ({"amount": "10", "tendered": Decimal(9)}, "tendered"),
        ({"amount": "10", "channel": PaymentChannel.CARD}, "reference"),
        ({"picked": []}, "charges"),
        ({"picked": [1]}, "charges"),
    ],
)
def test_what_makes_no_sense_is_refused(given_: dict[str, Any], code: str) -> None:
    billed = Billed(make_property())
    with pytest.raises(Refused) as refused:
        take(billed, **given_)
    assert (refused.value.code, Payment.objects.count()) == (code, 0)


def test_a_company_without_a_lease_pays_nothing() -> None:
    company = make_company(make_property())
    with pytest.raises(Refused):
        company_take(
            company=company,
            shown={},
            picked=None,
            amount=Decimal(1),
            channel=PaymentChannel.CASH,
            key=uuid4(),
            shift=None,
            on=ON,
            by=None,
            at=AT,
        )


def test_taking_one_part_back_takes_all_of_them_back() -> None:
    billed = Billed(make_property())
    taken = take(billed, "7500.50")
    reversal = payment_reverse(payment=taken.payments[1], reason="录错", on=ON, by=None, at=AT)
    assert reversal.reverses == taken.payments[1]
    assert Payment.objects.filter(reverses__isnull=False).count() == 3
    assert sum(opened(billed), Decimal(0)) == TOTAL
    assert receipt_sheet(receipts_to_read(Receipt.objects.all()).get()).is_void
    notice: Any = ResidentNotice.objects.get(resident_id=billed.company.pk, kind="payment_reversed")
    assert notice.facts["amount"] == "7500.50"
    proved()


def test_once_a_part_was_paid_out_none_is_taken_back() -> None:
    billed = Billed(make_property())
    taken = take(billed, "7600.50")
    refund_pay(
        account=billed.account("1601"),
        amount=Decimal(1),
        channel=RefundChannel.BANK,
        key=uuid4(),
        on=ON,
        reason="多付",
        payee="星海科技有限公司",
        payee_account="6222021001111222333",
        by=None,
        at=AT,
    )
    with pytest.raises(Refused) as refused:
        payment_reverse(payment=taken.payments[2], reason="录错", on=ON, by=None, at=AT)
    assert (refused.value.code, Payment.objects.filter(reverses__isnull=False).count()) == ("refunded", 0)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(amounts=st.lists(st.integers(1, 900_000), min_size=1, max_size=4), back=st.integers(0, 3))
def test_whatever_is_paid_and_taken_back_nothing_is_lost(amounts: list[int], back: int) -> None:
    # Given
    billed = Billed(make_property())

    # When
    paid = Decimal(0)
    for number, fen in enumerate(amounts):
        amount = Decimal(fen) / 100
        taken = take(billed, str(amount))
        assert sum((one.amount for one in taken.payments), Decimal(0)) == amount
        if number == back:
            payment_reverse(payment=taken.payments[-1], reason="录错", on=ON, by=None, at=AT)
        else:
            paid += amount

    # Then what was billed is what was paid and what is open, less credit
    standing = [account_standing(one) for one in company_accounts(billed.company)]
    assert sum((one.open - one.credit for one in standing), Decimal(0)) == TOTAL - paid
    proved()
