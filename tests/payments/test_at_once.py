"""Money moved by several people at the same moment, each over a connection of their own."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from tests.support.at_once import PATIENCE, Others, at_once
from tests.support.billing_small import AT, draft, lease_of
from yuju.billing.models import BillingAccount, Charge, ChargeVoid
from yuju.books.verification import verify
from yuju.identity.models import User
from yuju.journeys.billing_cycle import bill_run_complete
from yuju.kit.errors import Refused
from yuju.payments.choices import PaymentChannel
from yuju.payments.models import Allocation, Payment, Receipt, Shift
from yuju.payments.selectors import account_standing, open_charges
from yuju.payments.services import Taken, credit, credit_draw, payment_reverse, payment_take, shift_close, shift_open
from yuju.premises.models import Property
from yuju.premises.services import property_create

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = date(2026, 2, 5)


@pytest.fixture
def place(operator: Any) -> Property:
    """Six leases with bills of January and February."""
    with transaction.atomic():
        here = property_create(code="here", name="青岚里公寓", by=None, at=AT)
        for number in range(101, 107):
            lease_of(here, number)
        issue(here, date(2026, 2, 1))
    return here


@pytest.fixture
def accounts(place: Property) -> list[BillingAccount]:
    with transaction.atomic():
        return list(BillingAccount.objects.order_by("pk"))


@pytest.fixture(autouse=True)
def books_hold(operator: Any) -> Iterator[None]:
    """Whatever a test did, the books hold at its end."""
    yield
    with transaction.atomic():
        assert [finding.check.name for finding in verify() if finding.astray_count] == []


def issue(place: Property, as_of: date) -> None:
    with transaction.atomic():
        bill_run_complete(run=draft(place, as_of), by=None, at=AT, leave_out_open=True)


def pay(account: BillingAccount, amount: str | Decimal, *, key: UUID | None = None, **given: Any) -> Taken:
    values: dict[str, Any] = {"channel": PaymentChannel.CASH, "on": TODAY, "by": None, "at": AT, **given}
    return payment_take(account=account, amount=Decimal(amount), key=key or uuid4(), **values)


def refusals(results: list[Any]) -> list[str]:
    """The codes of those that were refused; anything else that went wrong is raised."""
    for one in results:
        if isinstance(one, Exception) and not isinstance(one, Refused):
            raise one
    return [one.code for one in results if isinstance(one, Refused)]


def test_of_two_cashiers_one_settles_the_charge_and_the_other_is_told(accounts: list[BillingAccount]) -> None:
    with transaction.atomic():
        first = open_charges(accounts[0])[0]
    results = at_once(*[lambda: pay(accounts[0], first.open, charges=[first.charge.pk])] * 2)
    assert refusals(results) == []
    settled, late = sorted(results, key=lambda taken: taken.credit)
    assert [one.amount for one in settled.allocations] == [first.open]
    assert settled.settled_meanwhile == []
    assert (late.allocations, late.credit, late.settled_meanwhile) == ([], first.open, [first.charge])


def test_the_same_form_at_once_pays_once(accounts: list[BillingAccount]) -> None:
    key = uuid4()
    results = at_once(*[lambda: pay(accounts[0], "100.00", key=key)] * 6)
    assert refusals(results) == []
    assert sorted(taken.again for taken in results) == [False] + [True] * 5
    assert len({(taken.payment.pk, taken.receipt.number) for taken in results}) == 1
    with transaction.atomic():
        assert (Payment.objects.count(), Receipt.objects.count(), Allocation.objects.count()) == (1, 1, 1)


def test_the_same_form_at_once_for_two_accounts_pays_one(accounts: list[BillingAccount]) -> None:
    key = uuid4()
    results = at_once(*(lambda account=account: pay(account, "100.00", key=key) for account in accounts[:3]))
    assert refusals(results) == ["key", "key"]
    with transaction.atomic():
        assert (Payment.objects.count(), Receipt.objects.count()) == (1, 1)


def test_a_payment_is_taken_back_once(accounts: list[BillingAccount]) -> None:
    taken = pay(accounts[0], "5000.00")

    def reverse() -> Payment:
        return payment_reverse(payment=taken.payment, reason="录错", on=TODAY, by=None, at=AT)

    results = at_once(*[reverse] * 4)
    assert refusals(results) == ["reversed"] * 3
    with transaction.atomic():
        standing = account_standing(accounts[0])
    assert (standing.open, standing.credit) == (Decimal("8350.00"), 0)


def test_a_payment_taken_back_while_its_credit_is_drawn(place: Property, accounts: list[BillingAccount]) -> None:
    """Either the run is first and its allocations are released, or it finds no money."""
    taken = pay(accounts[0], "9000.00")
    results = at_once(
        lambda: issue(place, date(2026, 3, 1)),
        lambda: payment_reverse(payment=taken.payment, reason="录错", on=TODAY, by=None, at=AT),
    )
    assert refusals(results) == []
    with transaction.atomic():
        assert account_standing(accounts[0]).credit == 0


def test_a_charge_is_paid_or_taken_away_never_both(accounts: list[BillingAccount]) -> None:
    with transaction.atomic():
        owed = open_charges(accounts[0])[0]

    def void() -> str:
        try:
            with transaction.atomic():
                ChargeVoid.objects.create(charge=owed.charge, at=AT, reason="有误")
        except IntegrityError:
            return "refused"
        return "void"

    taken, what = at_once(lambda: pay(accounts[0], owed.open, charges=[owed.charge.pk]), void)
    assert refusals([taken, what]) == []
    assert taken.credit == (owed.open if what == "void" else 0)


def test_what_is_taken_before_a_shift_closes_is_counted_and_nothing_after(accounts: list[BillingAccount]) -> None:
    # Given
    with transaction.atomic():
        cashier = User.objects.create(username="cashier", name="何佳", password="!")
        shift = shift_open(property=accounts[0].property, cashier=cashier, opening_float=Decimal(500), at=AT)

    def take(account: BillingAccount) -> int:
        for number in range(8):
            try:
                pay(account, "10.00", shift=shift)
            except Refused:
                return number
        return 8

    def close() -> Shift:
        time.sleep(0.1)
        return shift_close(shift=shift, counted=Decimal(0), note="盘点", by=cashier, at=AT)

    # When it is closed while money comes in
    *counts, closed = at_once(*(lambda account=account: take(account) for account in accounts), close)

    # Then every payment that was taken is in what should be there
    assert refusals([*counts, closed]) == []
    assert closed.expected == Decimal(500) + 10 * sum(counts)
    with pytest.raises(Refused), transaction.atomic():
        pay(accounts[0], "10.00", shift=shift)


def test_receipts_follow_one_another_though_some_are_rolled_back(accounts: list[BillingAccount]) -> None:
    def take(account: BillingAccount) -> None:
        for number in range(9):
            try:
                with transaction.atomic():
                    pay(account, "1.00")
                    if number % 3 == 0:
                        raise ZeroDivisionError
            except ZeroDivisionError:
                continue

    assert refusals(at_once(*(lambda account=account: take(account) for account in accounts))) == []
    with transaction.atomic():
        numbers = sorted(Receipt.objects.values_list("number", flat=True))
    assert numbers == [f"SJ-20260205-{number:04d}" for number in range(1, 37)]


def test_nobody_at_the_desk_waits_for_a_bill_run(place: Property, accounts: list[BillingAccount]) -> None:
    """Given a run that was drafted and issued but is not committed, then only accounts whose credit it drew are held."""
    pay(accounts[0], "9000.00")
    issued, done = threading.Event(), threading.Event()

    def run() -> None:
        with transaction.atomic():
            issue(place, date(2026, 3, 1))
            issued.set()
            assert done.wait(PATIENCE)

    others = Others(run)
    assert issued.wait(PATIENCE)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '2s'")
        taken = [pay(account, "100.00") for account in accounts[1:]]
        payment_reverse(payment=taken[0].payment, reason="录错", on=TODAY, by=None, at=AT)
    done.set()
    assert refusals(others.end()) == []


def test_the_resident_can_be_changed_while_a_payment_is_under_way(accounts: list[BillingAccount]) -> None:
    def change() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '2s'")
            cursor.execute("UPDATE residency_resident SET phone = '13800000000'")

    with transaction.atomic():
        pay(accounts[0], "1.00")
        assert refusals(at_once(change)) == []


def test_money_is_given_back_from_a_drawer_of_the_same_property(accounts: list[BillingAccount]) -> None:
    with transaction.atomic():
        cashier = User.objects.create(username="cashier", name="何佳", password="!")
        elsewhere = property_create(code="there", name="阳光公寓", by=None, at=AT)
        shift = shift_open(property=elsewhere, cashier=cashier, opening_float=Decimal(500), at=AT)
    taken = pay(accounts[0], "1.00")
    with pytest.raises(Refused) as refused:
        payment_reverse(payment=taken.payment, reason="录错", on=TODAY, by=None, at=AT, shift=shift)
    assert refused.value.code == "shift"


def test_money_that_comes_while_credit_is_drawn_is_left_alone(
    place: Property, accounts: list[BillingAccount], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given an account's first money, and more of it under way, just when a run has looked who has any.

    Then the run neither waits for it nor fails over it.
    """
    # Given
    account, script = accounts[1], credit._script
    pay(accounts[0], "9000.00")
    underway, issued = threading.Event(), threading.Event()

    def more() -> None:
        pay(account, "50.00", charges=[])
        with transaction.atomic():
            pay(account, "5000.00")
            underway.set()
            issued.wait(2)

    def meanwhile() -> str:
        found = script()
        others.append(Others(more))
        assert underway.wait(PATIENCE)
        return found

    others: list[Others] = []
    monkeypatch.setattr(credit, "_script", meanwhile)

    # When
    issue(place, date(2026, 3, 1))
    issued.set()

    # Then
    assert refusals(others[0].end()) == []
    with transaction.atomic():
        assert account_standing(account).credit == Decimal("50.00")
        assert account_standing(accounts[0]).credit == 0


@pytest.mark.slow
def test_payments_reversals_and_runs_at_once(place: Property, accounts: list[BillingAccount]) -> None:
    """Given desks that take money and take it back while month after month is billed, then nobody fails and nothing is lost."""
    over = threading.Event()

    def desk(seed: int) -> list[Taken]:
        chance, mine = random.Random(seed), []
        while not over.is_set():
            account = chance.choice(accounts)
            mine.append(pay(account, chance.choice(["80.00", "4000.00", "9999.99"])))
            if chance.random() < 0.3:
                taken = mine.pop(chance.randrange(len(mine)))
                payment_reverse(payment=taken.payment, reason="录错", on=TODAY, by=None, at=AT)
        return mine

    def bill() -> None:
        try:
            for month in range(3, 11):
                issue(place, date(2026, month, 1))
        finally:
            over.set()

    def draw() -> int:
        with transaction.atomic():
            run = Charge.objects.order_by("pk")[0].run
        assert run is not None
        drawn = 0
        while not over.is_set():
            with transaction.atomic():
                drawn += credit_draw(run=run, at=AT)
        return drawn

    results = at_once(*(lambda seed=seed: desk(seed) for seed in range(3)), draw, bill)
    assert refusals(results) == []
    kept = [taken.payment for mine in results[:3] for taken in mine]
    with transaction.atomic():
        assert set(Payment.objects.filter(reverses=None, reversals=None)) == set(kept)
        assert sum(account_standing(one).credit for one in accounts) >= 0
