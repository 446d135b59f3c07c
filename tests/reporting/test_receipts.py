"""A receipt as it is read, and on paper in three layouts."""

from __future__ import annotations

import re
import subprocess
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.utils.translation import override

from tests.support.billing_small import AT, issued, lease_of
from yuju.billing.models import Bill, BillingAccount
from yuju.kit.errors import Refused
from yuju.payments.choices import PaymentChannel, ReceiptLayout
from yuju.payments.models import Receipt
from yuju.payments.services import Taken, credit_draw, payment_reverse, payment_take
from yuju.premises.services import property_create
from yuju.reporting.payments_page import bill_payments
from yuju.reporting.receipt_pdf import qr_code, receipt_pdf
from yuju.reporting.receipts import ReceiptSheet, receipt_sheet, receipts_to_read

pytestmark = pytest.mark.django_db
PAID = datetime(2026, 2, 5, 6, 21, tzinfo=UTC)
ADDRESS = "https://yuju.example.com/r/Zk3vVq0x9nBc1LmPzQw7aA"


@pytest.fixture
def account(operator: Any) -> BillingAccount:
    """Owes the rent of 4,000.00 and a fee of 175.00 for January and February."""
    place = property_create(code="here", name="青岚里公寓", phone="0571-88886666", by=None, at=AT)
    lease_of(place, 904, name="王建业")
    issued(place, date(2026, 2, 1))
    return BillingAccount.objects.get()


def pay(account: BillingAccount, amount: str, **given: Any) -> Taken:
    values: dict[str, Any] = {
        "channel": PaymentChannel.CASH,
        "key": uuid4(),
        "on": date(2026, 2, 5),
        "at": PAID,
        **given,
    }
    return payment_take(account=account, amount=Decimal(amount), by=None, **values)


def sheet_of(taken: Taken) -> ReceiptSheet:
    return receipt_sheet(receipts_to_read(Receipt.objects.filter(pk=taken.receipt.pk)).get())


def printed(sheet: ReceiptSheet, layout: ReceiptLayout, before: int = 0, language: str = "zh-hans") -> str:
    """The words of the PDF without the blanks."""
    with override(language):
        made = receipt_pdf(sheet, layout=layout, address=ADDRESS, before=before)
    read = subprocess.run(["pdftotext", "-layout", "-", "-"], input=made, capture_output=True, check=True)
    return re.sub(r"\s+", "", read.stdout.decode())


def sides(sheet: ReceiptSheet, layout: ReceiptLayout) -> list[tuple[int, int]]:
    """Each page's width and height in mm."""
    made = receipt_pdf(sheet, layout=layout, address=ADDRESS, before=0)
    found = re.findall(rb"/MediaBox *\[0 0 ([\d.]+) ([\d.]+)\]", made)
    return [(round(float(wide) / 72 * 25.4), round(float(high) / 72 * 25.4)) for wide, high in found]


def test_it_says_what_was_settled_and_what_is_kept(account: BillingAccount) -> None:
    sheet = sheet_of(pay(account, "9000.00", tendered=Decimal("9100.00")))
    assert [(line.item, line.start, line.amount, line.whole) for line in sheet.lines] == [
        ("房租", date(2026, 1, 1), Decimal("4000.00"), None),
        ("物业费", date(2026, 1, 1), Decimal("175.00"), None),
        ("房租", date(2026, 2, 1), Decimal("4000.00"), None),
        ("物业费", date(2026, 2, 1), Decimal("175.00"), None),
    ]
    assert (sheet.credit, sheet.change, sheet.is_void) == (Decimal("650.00"), Decimal("100.00"), False)


def test_a_charge_paid_in_part_says_what_the_whole_is(account: BillingAccount) -> None:
    sheet = sheet_of(pay(account, "100.00"))
    assert [(line.amount, line.whole) for line in sheet.lines] == [(Decimal("100.00"), Decimal("4000.00"))]
    assert "应收4,000.00，部分缴纳" in printed(sheet, ReceiptLayout.MM58)


def test_it_stays_as_it_was_written_when_credit_is_drawn_later(account: BillingAccount) -> None:
    taken = pay(account, "9000.00")
    run = issued(account.property, date(2026, 3, 1))
    assert credit_draw(run=run, at=PAID + timedelta(days=24)) > 0
    sheet = sheet_of(taken)
    assert (len(sheet.lines), sheet.credit) == (4, Decimal("650.00"))


@pytest.mark.parametrize("layout", list(ReceiptLayout))
def test_every_layout_has_everything(account: BillingAccount, layout: ReceiptLayout) -> None:
    taken = pay(account, "4300.00", channel=PaymentChannel.CARD, reference="POS 0042")
    text = printed(sheet_of(taken), layout)
    for part in (
        *("收款收据", "青岚里公寓", taken.receipt.number, "王建业", "3栋0904", "2026-02-0514:21", "刷卡POS0042"),
        *("房租", "物业费", "2026-01-01至2026-01-31", "125.00", "¥4,300.00", "0571-88886666", "扫码核验收据真伪"),
        "人民币肆仟叁佰元整",
    ):
        assert part in text, part
    assert "补打" not in text
    assert "作废" not in text


@pytest.mark.parametrize("layout", list(ReceiptLayout))
def test_a_reprint_and_a_reversal_are_marked(account: BillingAccount, layout: ReceiptLayout) -> None:
    taken = pay(account, "4300.00")
    payment_reverse(payment=taken.payment, reason="wrong unit", on=date(2026, 2, 6), by=None, at=AT)
    sheet = sheet_of(taken)
    text = printed(sheet, layout, before=2)
    assert "补打·第3次打印" in text
    assert "作废" in text
    assert "2026-02-06冲红" in text
    # What it settled is still to be read.
    assert len(sheet.lines) == 3
    assert "Void" in printed(sheet, layout, before=2, language="en")


def test_rolls_grow_and_sheets_follow_each_other(account: BillingAccount) -> None:
    short = sheet_of(pay(account, "100.00"))
    for month in range(3, 12):
        issued(account.property, date(2026, month, 1))
    long = sheet_of(pay(account, "50000.00"))
    assert len(long.lines) == 22
    for layout, width in ((ReceiptLayout.MM80, 80), (ReceiptLayout.MM58, 58)):
        (before,), (after,) = sides(short, layout), sides(long, layout)
        assert (before[0], after[0]) == (width, width)
        assert after[1] > before[1] + 100
    assert sides(short, ReceiptLayout.A5) == [(210, 148)]
    pages = sides(long, ReceiptLayout.A5)
    assert len(pages) > 1
    assert set(pages) == {(210, 148)}
    assert "2/2" in printed(long, ReceiptLayout.A5)


def test_a_name_without_a_glyph_is_a_fault_that_names_it(account: BillingAccount) -> None:
    account.tenure.resident.name = "林\U000323af"
    account.tenure.resident.save()
    with pytest.raises(Refused, match=r"U\+323AF"):
        receipt_pdf(sheet_of(pay(account, "1.00")), layout=ReceiptLayout.A5, address=ADDRESS, before=0)


def test_the_code_is_dark_on_white_and_takes_long_addresses() -> None:
    for address in (ADDRESS, f"https://{'a' * 200}.example.com/r/Zk3vVq0x9nBc1LmPzQw7aA"):
        made = qr_code(address)
        assert made.startswith("<svg")
        assert 'fill="#fff"' in made


def test_a_bill_tells_what_was_paid_on_it(account: BillingAccount) -> None:
    # Given a payment that was taken back, one by card, and credit drawn by the next bill
    wrong = pay(account, "300.00")
    payment_reverse(
        payment=wrong.payment, reason="wrong unit", on=date(2026, 2, 5), by=None, at=PAID + timedelta(hours=1)
    )
    values: dict[str, Any] = {"channel": PaymentChannel.CARD, "reference": "POS 7", "at": PAID + timedelta(hours=2)}
    right = pay(account, "8400.00", **values)
    run = issued(account.property, date(2026, 3, 1))
    drawn_at = PAID + timedelta(days=24)
    credit_draw(run=run, at=drawn_at)

    # When the bills of January, February and March are read
    with override("en"):
        paid, _february, later = (bill_payments(bill) for bill in Bill.objects.order_by("due_date"))

    # Then each says how, how much and by which receipt
    assert [(one.title, one.amount, one.receipt) for one in paid] == [
        ("Paid in cash", Decimal("300.00"), wrong.receipt),
        ("Payment reversed", Decimal("-300.00"), wrong.receipt),
        ("Paid by card", Decimal("4175.00"), right.receipt),
    ]
    assert [(one.title, one.amount, one.at) for one in later] == [("Paid from credit", Decimal("50.00"), drawn_at)]
