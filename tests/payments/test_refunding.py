"""Money that goes out again: refunds, transfers between accounts, and deposits given up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from tests.support.billing_small import AT, issued, lease_of
from yuju.billing.models import BillingAccount, Charge
from yuju.books.verification import verify
from yuju.identity.models import User
from yuju.kit.errors import Refused
from yuju.messaging.models import ResidentNotice
from yuju.payments.choices import DepositKind, PaymentChannel, RefundChannel
from yuju.payments.models import DepositEntry, Payment, Refund
from yuju.payments.selectors import account_standing, deposit_held
from yuju.payments.services import (
    cash_expected,
    credit_move,
    credit_settle,
    deposit_ask,
    deposit_give_up,
    payment_reverse,
    payment_take,
    refund_pay,
    shift_open,
)
from yuju.premises.models import Property
from yuju.premises.services import property_create

pytestmark = pytest.mark.django_db
TODAY = date(2026, 2, 5)


@pytest.fixture
def place(operator: Any) -> Property:
    """Two leases with bills of January and February: rent 4,000.00 and a fee of 175.00 a month."""
    here = property_create(code="here", name="青岚里公寓", by=None, at=AT)
    lease_of(here, 101)
    lease_of(here, 102)
    issued(here, date(2026, 2, 1))
    return here


@pytest.fixture
def account(place: Property) -> BillingAccount:
    return BillingAccount.objects.order_by("pk")[0]


@pytest.fixture
def other(place: Property) -> BillingAccount:
    return BillingAccount.objects.order_by("pk")[1]


def pay(account: BillingAccount, amount: str, **given: Any) -> Payment:
    values: dict[str, Any] = {"channel": PaymentChannel.CASH, "key": uuid4(), **given}
    return payment_take(account=account, amount=Decimal(amount), on=TODAY, by=None, at=AT, **values).payment


def refund(account: BillingAccount, amount: str, **given: Any) -> list[Refund]:
    values: dict[str, Any] = {
        "channel": RefundChannel.CASH,
        "key": uuid4(),
        "payee": "林晓彤",
        "reason": "退租结算",
        "by": None,
        "at": AT,
        **given,
    }
    return refund_pay(account=account, amount=Decimal(amount), on=TODAY, **values)


def proved() -> None:
    assert [(one.check.name, one.astray) for one in verify() if one.astray_count] == []


class TestRefund:
    def test_credit_is_paid_out_from_the_newest_payments_and_is_gone(self, account: BillingAccount) -> None:
        pay(account, "8400.00")
        pay(account, "100.00")

        made = refund(account, "120.00")

        assert [(one.payment.amount, one.amount) for one in made] == [
            (Decimal("100.00"), Decimal("100.00")),
            (Decimal("8400.00"), Decimal("20.00")),
        ]
        assert account_standing(account).credit == Decimal("30.00")
        notice = ResidentNotice.objects.filter(kind="refund_paid").get()
        assert notice.facts["amount"] == "120.00"
        proved()

    def test_asking_twice_pays_once(self, account: BillingAccount) -> None:
        pay(account, "8400.00")
        key = uuid4()
        first = refund(account, "50.00", key=key)
        assert refund(account, "50.00", key=key) == first
        assert Refund.objects.count() == 1
        with pytest.raises(Refused):
            refund(account, "49.00", key=key)

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"amount": "50.01"}, "credit"),
            ({"amount": "0"}, "amount"),
            ({"amount": "-1"}, "amount"),
            ({"amount": "1.001"}, "amount"),
            ({"payee": " "}, "payee"),
            ({"reason": ""}, "reason"),
            ({"channel": RefundChannel.BANK}, "payee_account"),
            ({"channel": RefundChannel.TRANSFER}, "channel"),
        ],
    )
    def test_what_cannot_be_is_refused_and_nothing_goes_out(
        self, account: BillingAccount, given: dict[str, Any], code: str
    ) -> None:
        pay(account, "8400.00")
        values: dict[str, Any] = {"amount": "50.00", **given}
        with pytest.raises(Refused) as refused:
            refund(account, values.pop("amount"), **values)
        assert refused.value.code == code
        assert not Refund.objects.exists()

    def test_cash_given_out_is_missing_from_the_drawer(self, account: BillingAccount, place: Property) -> None:
        cashier = User.objects.create(username="shen", name="沈一舟")
        shift = shift_open(property=place, cashier=cashier, opening_float=Decimal(200), at=AT)
        pay(account, "8400.00", shift=shift)
        refund(account, "50.00", shift=shift)
        assert cash_expected(shift) == Decimal("8550.00")

    def test_a_payment_of_which_part_went_out_is_not_taken_back(self, account: BillingAccount) -> None:
        payment = pay(account, "8400.00")
        refund(account, "50.00")
        with pytest.raises(Refused) as refused:
            payment_reverse(payment=payment, reason="刷错", on=TODAY, by=None, at=AT)
        assert refused.value.code == "refunded"

    def test_the_database_refuses_what_goes_round_the_service(self, account: BillingAccount) -> None:
        payment = pay(account, "8400.00")
        values: dict[str, Any] = {
            "property_id": account.property_id,
            "account": account,
            "payment": payment,
            "channel": "cash",
            "paid_on": TODAY,
            "reason": "x",
        }
        with pytest.raises(IntegrityError, match="left to give out"), transaction.atomic():
            Refund.objects.create(amount=Decimal("50.01"), key=uuid4(), **values)
        (made,) = refund(account, "50.00")
        with pytest.raises(ProgrammingError, match="posted"), transaction.atomic():
            made.delete()
        with pytest.raises(ProgrammingError, match="posted"), transaction.atomic():
            Refund.objects.filter(pk=made.pk).update(payee_account="6222020200112233447")
        # What went out settles nothing any more.
        charge = Charge.objects.filter(account=account).first()
        with pytest.raises(IntegrityError), transaction.atomic():
            payment.allocations.create(charge=charge, amount=Decimal("0.01"))


class TestMove:
    def test_credit_moves_to_another_account_and_both_sides_say_so(
        self, account: BillingAccount, other: BillingAccount
    ) -> None:
        pay(account, "8650.00")
        key = uuid4()
        moved = credit_move(
            source=account, target=other, amount=Decimal("300.00"), key=key, on=TODAY, reason="换房", by=None, at=AT
        )
        assert (moved.channel, moved.account_id, moved.amount) == ("transfer", other.pk, Decimal("300.00"))
        assert account_standing(account).credit == 0
        assert account_standing(other).credit == Decimal("300.00")
        again = credit_move(
            source=account, target=other, amount=Decimal("300.00"), key=key, on=TODAY, reason="换房", by=None, at=AT
        )
        assert again == moved
        proved()


class TestDeposit:
    def test_a_deposit_is_held_as_far_as_it_is_paid(self, account: BillingAccount) -> None:
        pay(account, "8350.00")
        deposit_ask(account=account, amount=Decimal("4000.00"), on=TODAY, due=TODAY, key=uuid4(), by=None, at=AT)
        assert deposit_held(account) == 0
        assert account_standing(account).open == Decimal("4000.00")
        pay(account, "1500.00")
        assert deposit_held(account) == Decimal("1500.00")
        proved()

    def test_given_up_it_becomes_credit_that_settles_what_is_open_and_the_rest_goes_out(
        self, account: BillingAccount
    ) -> None:
        """A settlement adds up: charged + adjusted + refunded − received = 0, deposits included."""
        deposit_ask(
            account=account, amount=Decimal("4000.00"), on=TODAY, due=date(2026, 1, 1), key=uuid4(), by=None, at=AT
        )
        pay(account, "4000.00")
        assert deposit_held(account) == Decimal("4000.00")
        pay(account, "5000.00")

        freed = deposit_give_up(account=account, on=TODAY, key=uuid4(), reason="退租", by=None, at=AT)
        credit_settle(account=account, at=AT)

        assert (freed, deposit_held(account)) == (Decimal("4000.00"), 0)
        standing = account_standing(account)
        assert (standing.open, standing.credit) == (0, Decimal("650.00"))
        refund(account, "650.00")
        standing = account_standing(account)
        assert (standing.open, standing.credit) == (0, 0)
        # Giving up twice gives up nothing more.
        assert deposit_give_up(account=account, on=TODAY, key=uuid4(), reason="退租", by=None, at=AT) == 0
        proved()

    def test_one_carried_over_becomes_money_of_the_account(self, account: BillingAccount) -> None:
        DepositEntry.objects.create(
            property_id=account.property_id, account=account, kind=DepositKind.OPENING, day=TODAY, amount=Decimal(3000)
        )
        assert deposit_held(account) == Decimal(3000)
        freed = deposit_give_up(account=account, on=TODAY, key=uuid4(), reason="退租", by=None, at=AT)
        assert (freed, deposit_held(account)) == (Decimal(3000), 0)
        assert account_standing(account).credit == Decimal(3000)
        proved()

    def test_what_was_never_paid_is_not_asked_for_any_more(self, account: BillingAccount) -> None:
        pay(account, "8350.00")
        deposit_ask(account=account, amount=Decimal("4000.00"), on=TODAY, due=TODAY, key=uuid4(), by=None, at=AT)
        assert deposit_give_up(account=account, on=TODAY, key=uuid4(), reason="取消", by=None, at=AT) == 0
        assert account_standing(account).open == 0
        proved()
