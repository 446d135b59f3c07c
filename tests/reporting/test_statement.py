"""An account's statement: every line in order, a balance that follows, and an end that is where the account stands."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from django.db import transaction
from django.utils.translation import override
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.billing_small import draft, issued, lease_of
from tests.support.till import DAY, STEP, Till, three_leases
from yuju.billing.choices import ChargeKind
from yuju.billing.models import BillingAccount, Charge, ChargeVoid, Tariff
from yuju.billing.services.runs import bill_run_issue
from yuju.kit.errors import Refused
from yuju.payments.choices import PaymentChannel
from yuju.payments.models import Payment
from yuju.payments.selectors import account_standing
from yuju.payments.services import payment_reverse, payment_take
from yuju.premises.models import Property
from yuju.premises.services import property_create
from yuju.reporting.statement import EntryKind, Statement, account_statement
from yuju.reporting.statement_files import statement_pdf, statement_xlsx

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 20)


def at(day: date, hour: int = 12) -> datetime:
    """A moment of the property's day."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def account(operator: Any) -> BillingAccount:
    """A lease taken over with arrears and credit, billed, paid with cash and card, one taken back and one charge void."""
    place = property_create(code="here", name="青岚里公寓", by=None, at=at(date(2026, 1, 1)))
    lease_of(place, 101)
    return make(place)


def make(place: Property) -> BillingAccount:
    account = BillingAccount.objects.select_related("property", "tenure__unit", "tenure__resident").get()
    tariff = Tariff.objects.get(property=place, code="RENT")
    begin = date(2025, 12, 1)
    Charge.objects.create(
        property=place,
        kind=ChargeKind.OPENING,
        account=account,
        tariff=tariff,
        period_start=begin,
        start=begin,
        end=date(2025, 12, 31),
        bill_date=begin,
        due_date=date(2025, 12, 11),
        gross=Decimal("600.00"),
        discount=Decimal(0),
        amount=Decimal("600.00"),
        posted_at=at(date(2026, 1, 5)),
    )
    Payment.objects.create(
        property=place,
        account=account,
        channel=PaymentChannel.OPENING,
        received_on=date(2026, 1, 5),
        amount=Decimal("50.00"),
        posted_at=at(date(2026, 1, 5)),
    )
    run = draft(place, date(2026, 2, 1))
    # Issued a minute after midnight: still the day before by UTC.
    issue_at(run, datetime(2026, 2, 3, 0, 1, tzinfo=ZoneInfo("Asia/Shanghai")))
    take(account, "4000.00", date(2026, 2, 10), channel=PaymentChannel.CARD, reference="=7301")
    wrong = take(account, "9000.00", date(2026, 2, 11))
    payment_reverse(payment=wrong.payment, reason="录错", on=date(2026, 2, 12), by=None, at=at(date(2026, 2, 12)))
    fee = Charge.objects.filter(account=account, tariff__code="FEE").order_by("-start")[0]
    ChargeVoid.objects.create(charge=fee, at=at(date(2026, 2, 20), 1), reason="减免")
    return account


def issue_at(run: Any, moment: datetime) -> None:
    bill_run_issue(run=run, by=None, at=moment, leave_out_open=True)


def take(account: BillingAccount, amount: str, on: date, **given: Any) -> Any:
    values: dict[str, Any] = {"channel": PaymentChannel.CASH, "key": uuid4(), **given}
    return payment_take(account=account, amount=Decimal(amount), on=on, by=None, at=at(on), **values)


def figures(statement: Statement) -> list[tuple[str, str, Decimal]]:
    return [(f"{one.day:%m-%d}", one.kind.value, one.balance) for one in statement.entries]


def test_every_line_in_order_with_what_was_owed_after_it(account: BillingAccount) -> None:
    statement = account_statement(account, today=TODAY)
    assert figures(statement) == [
        ("01-05", "opening_charge", Decimal("600.00")),
        ("01-05", "opening_credit", Decimal("550.00")),
        ("02-03", "charge", Decimal("4550.00")),
        ("02-03", "charge", Decimal("4725.00")),
        ("02-03", "charge", Decimal("8725.00")),
        ("02-03", "charge", Decimal("8900.00")),
        ("02-10", "payment", Decimal("4900.00")),
        ("02-11", "payment", Decimal("-4100.00")),
        ("02-12", "reversal", Decimal("4900.00")),
        ("02-20", "void", Decimal("4725.00")),
    ]
    assert statement.opening == 0
    assert (statement.charged, statement.received) == (Decimal("8775.00"), Decimal("4050.00"))
    standing = account_standing(account)
    assert (
        (statement.open, statement.credit) == (standing.open, standing.credit) == (Decimal("4775.00"), Decimal("50.00"))
    )
    # January's rent in part and February's whole are past their day, the opening credit has settled nothing.
    assert statement.overdue == statement.open
    undone = [one.kind for one in statement.entries if one.is_undone]
    assert undone == [EntryKind.CHARGE, EntryKind.PAYMENT]


def test_a_period_begins_where_the_one_before_ended(account: BillingAccount) -> None:
    february = account_statement(account, today=TODAY, start=date(2026, 2, 4), until=date(2026, 2, 11))
    assert (february.opening, february.closing) == (Decimal("8900.00"), Decimal("-4100.00"))
    assert [one.kind.value for one in february.entries] == ["payment", "payment"]
    # As it stood in the evening of the 11th, when the 9,000.00 counted
    assert (february.open, february.credit) == (0, Decimal("4100.00"))
    after = account_statement(account, today=TODAY, start=date(2026, 2, 12))
    assert after.opening == february.closing
    assert after.closing == Decimal("4725.00")


def test_lines_say_what_they_are(account: BillingAccount) -> None:
    with override("zh-hans"):
        lines = [(one.title, one.about) for one in account_statement(account, today=TODAY).entries]
    assert ("房租 · 期初结转", "2025-12-01 至 2025-12-31") in lines
    assert ("收款 · 刷卡", "凭证号 =7301") in lines
    assert ("冲红 · 现金", "录错") in lines
    assert lines[-1] == ("物业费 · 作废", "2026-02-01 至 2026-02-28 · 减免")


def test_a_draft_is_not_on_it(account: BillingAccount) -> None:
    before = figures(account_statement(account, today=TODAY))
    draft(account.property, date(2026, 3, 1))
    assert figures(account_statement(account, today=TODAY)) == before


def test_it_takes_two_statements_however_long(account: BillingAccount, django_assert_num_queries: Any) -> None:
    for month in range(3, 9):
        issued(account.property, date(2026, month, 1))
        take(account, "10.00", date(2026, month, 2))
    with django_assert_num_queries(2):
        assert len(account_statement(account, today=TODAY).entries) > 20


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_it_is_printed(account: BillingAccount, language: str) -> None:
    with override(language):
        made = statement_pdf(account_statement(account, today=TODAY), made_on=TODAY)
    assert made.startswith(b"%PDF-")


def test_a_sign_the_fonts_lack_is_named(account: BillingAccount) -> None:
    account.tenure.resident.name = "林\U000323af"
    with pytest.raises(Refused, match=r"U\+323AF"):
        statement_pdf(account_statement(account, today=TODAY), made_on=TODAY)


def test_the_sheet_has_the_same_figures_and_no_formula(account: BillingAccount) -> None:
    # Given texts that look like formulas
    account.tenure.resident.name = "=HYPERLINK(1)"
    statement = account_statement(account, today=TODAY)
    # When
    with override("zh-hans"):
        sheet = openpyxl.load_workbook(io.BytesIO(statement_xlsx(statement))).active
    # Then
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert all(cell.data_type != "f" for cell in cells)
    assert next(cell for cell in cells if cell.value == "=HYPERLINK(1)").quotePrefix
    rows = [[cell.value for cell in row] for row in sheet.iter_rows() if isinstance(row[0].value, datetime)]
    assert [Decimal(str(row[6])) for row in rows] == [one.balance for one in statement.entries]
    assert [Decimal(str(row[4] or 0)) for row in rows] == [one.charged or 0 for one in statement.entries]
    assert [Decimal(str(row[5] or 0)) for row in rows] == [one.received or 0 for one in statement.entries]


@pytest.fixture
def let(operator: Any) -> tuple[Property, dict[Tariff, Decimal]]:
    return three_leases()


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, min_size=1, max_size=12), hours=st.integers(1, 40), split=st.integers(-2, 25))
def test_it_ends_where_the_account_stands_after_any_sequence(let: Any, steps: Any, hours: int, split: int) -> None:
    # Given steps that lie some hours apart; everything is taken back after each example
    with transaction.atomic():
        till = Till(*let)
        till.bill(1, "issue")
        for name, *given in steps:
            till.at += timedelta(hours=hours)
            getattr(till, name)(*given)
        middle = DAY + timedelta(days=split)
        for row in BillingAccount.objects.select_related("property"):
            # When
            whole = account_statement(row, today=middle)
            first = account_statement(row, today=middle, until=middle)
            second = account_statement(row, today=middle, start=middle + timedelta(days=1))
            # Then the whole agrees with the account to the fen
            standing = account_standing(row)
            assert (whole.open, whole.credit) == (standing.open, standing.credit)
            # each ends with what is to pay less what is credit, none below 0
            for one in (whole, first, second):
                assert one.closing == one.opening + one.charged - one.received == one.open - one.credit
                assert min(one.open, one.credit, one.overdue, one.open - one.overdue) >= 0
            # and two that follow one another are the whole
            assert second.opening == first.closing
            assert first.entries + second.entries == whole.entries
        transaction.set_rollback(True)
