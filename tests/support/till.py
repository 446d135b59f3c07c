"""A till whose every step is done by the services and in plain books as well; and any steps, for tests by property."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import strategies as st

from tests.support.plain_books import ZERO, PlainAccount, PlainCharge
from tests.support.stays import bind, make_lease, make_property, make_resident, make_tariff, make_unit
from yuju.billing.choices import FeeCategory, RunSource
from yuju.billing.models import BillingAccount, Charge, ChargeVoid, FeeItem, Tariff
from yuju.billing.services.runs import bill_run_draft, bill_run_drop
from yuju.books.verification import verify
from yuju.identity.models import User
from yuju.journeys.billing_cycle import bill_run_complete
from yuju.kit.dates import add_months
from yuju.kit.errors import Refused
from yuju.payments.choices import PaymentChannel
from yuju.payments.models import Allocation, Payment, Receipt
from yuju.payments.selectors import account_standing, open_charges
from yuju.payments.services import Taken, payment_reverse, payment_take, shift_close, shift_open
from yuju.premises.models import Property

AT = datetime(2026, 6, 1, 1, tzinfo=UTC)
FIRST = date(2026, 3, 1)
DAY = date(2026, 6, 1)
ACCOUNTS = 3
FLOAT = Decimal(500)


class Till:
    """The services beside plain books: each step is done in both."""

    def __init__(self, place: Property, tariffs: dict[Tariff, Decimal]) -> None:
        self.place, self.tariffs = place, tariffs
        self.rows = list(BillingAccount.objects.filter(property=place).order_by("pk"))
        self.accounts = {row.pk: PlainAccount() for row in self.rows}
        self.billed: set[tuple[int, int, date]] = set()
        self.months, self.at = 0, AT
        self.keys: list[tuple[BillingAccount, Decimal, UUID, Taken]] = []
        self.numbers: Counter[date] = Counter()
        self.cash = FLOAT
        cashier = User.objects.create(username=f"cashier-{uuid4()}", name="何佳", password="!")
        self.cashier = cashier
        self.shift = shift_open(property=place, cashier=cashier, opening_float=FLOAT, at=self.at)

    def bill(self, months: int, fate: str) -> None:
        """Drafts a run some months further on, and issues, drops or leaves it."""
        until = self.months + months
        as_of = add_months(FIRST, until - 1)
        run = bill_run_draft(property=self.place, as_of=as_of, source=RunSource.COMMAND, by=None, at=self.at)
        expected = {
            (row.pk, tariff.pk, add_months(FIRST, month)): rate
            for row in self.rows
            for tariff, rate in self.tariffs.items()
            for month in range(until)
            if (row.pk, tariff.pk, add_months(FIRST, month)) not in self.billed
        }
        charges = list(Charge.objects.filter(run=run).order_by("pk"))
        assert {(one.account_id, one.tariff_id, one.period_start): one.amount for one in charges} == expected
        assert run.total == sum(expected.values(), ZERO)
        if fate == "drop":
            bill_run_drop(run=run, by=None, at=self.at)
        elif fate == "issue":
            bill_run_complete(run=run, by=None, at=self.at, leave_out_open=True)
            self.months = until
            self.billed |= expected.keys()
            kinds = {tariff.pk: tariff for tariff in self.tariffs}
            for one in charges:
                kind = kinds[one.tariff_id]
                due = one.period_start + timedelta(days=kind.due_days)
                plain = PlainCharge(one.pk, due, kind.fee_item.priority, one.amount)
                self.accounts[one.account_id].charges[one.pk] = plain
            for account_id in {one.account_id for one in charges}:
                self.accounts[account_id].draw()

    def pay(self, which: int, how: str, more: Decimal, picks: list[int], cash: bool, day: int) -> None:
        """Money at the desk: for all that is owed, for picked charges, for a part, or for more than is owed."""
        row = self.rows[which]
        plain, on = self.accounts[row.pk], DAY + timedelta(days=day)
        every = sorted(plain.charges)
        picked = sorted({every[pick % len(every)] for pick in picks}) if how == "picked" and every else None
        amount = {"all": plain.open, "over": plain.open + more}.get(how, more) or more
        gone = [] if picked is None else [one for one in picked if plain.charges[one].open == 0]
        key = uuid4()
        taken = payment_take(
            account=row,
            amount=amount,
            channel=PaymentChannel.CASH if cash else PaymentChannel.CARD,
            reference="" if cash else "7301",
            key=key,
            on=on,
            by=self.cashier,
            at=self.at,
            charges=picked,
            shift=self.shift,
        )
        paid = plain.pay(taken.payment.pk, on, amount, picked)
        self.keys.append((row, amount, key, taken))
        self.numbers[on] += 1
        self.cash += amount if cash else ZERO
        assert {one.charge_id: one.amount for one in taken.allocations} == paid.spent
        assert taken.credit == paid.credit
        assert [one.pk for one in taken.settled_meanwhile] == gone
        assert taken.receipt.number == f"SJ-{on:%Y%m%d}-{self.numbers[on]:04d}"

    def again(self, which: int) -> None:
        """The form of an earlier payment once more."""
        if not self.keys:
            return
        row, amount, key, taken = self.keys[which % len(self.keys)]
        given: dict[str, Any] = {"channel": PaymentChannel.CASH, "key": key, "on": DAY, "by": None, "at": self.at}
        second = payment_take(account=row, amount=amount, **given)
        assert second.again
        assert (second.payment, second.receipt) == (taken.payment, taken.receipt)
        with pytest.raises(Refused), transaction.atomic():
            payment_take(account=row, amount=amount + 1, **given)

    def reverse(self, which: int, day: int) -> None:
        """An earlier payment is taken back; a second time is refused, and so is a day before it was received."""
        if not self.keys:
            return
        row, amount, _key, taken = self.keys[which % len(self.keys)]
        plain = self.accounts[row.pk]
        on, paid = DAY + timedelta(days=day), plain.payments[taken.payment.pk]
        given: dict[str, Any] = {"reason": "录错", "on": on, "by": self.cashier, "at": self.at}
        if paid.is_reversed or on < paid.on:
            with pytest.raises(Refused), transaction.atomic():
                payment_reverse(payment=taken.payment, **given)
            return
        payment_reverse(payment=taken.payment, shift=self.shift, **given)
        plain.reverse(taken.payment.pk)
        self.cash -= amount if taken.payment.channel == PaymentChannel.CASH else ZERO

    def void(self, which: int, pick: int) -> None:
        """A charge nobody has paid anything on is taken away; the next run bills its period again."""
        row = self.rows[which]
        free = [one for one in self.accounts[row.pk].owed() if not one.settled]
        if free:
            plain = free[pick % len(free)]
            charge = Charge.objects.get(pk=plain.id)
            ChargeVoid.objects.create(charge=charge, at=self.at, by=None, reason="有误")
            plain.is_void = True
            self.billed.remove((row.pk, charge.tariff_id, charge.period_start))

    def keep(self, which: int) -> None:
        """An account that draws on its credit keeps it from now on, and the other way round."""
        row = self.rows[which]
        plain = self.accounts[row.pk]
        plain.uses_credit = not plain.uses_credit
        BillingAccount.objects.filter(pk=row.pk).update(uses_credit=plain.uses_credit)

    def opening(self, which: int, amount: Decimal) -> None:
        """Credit that the old books left; there is one for each account."""
        row = self.rows[which]
        if not Payment.objects.filter(account=row, channel=PaymentChannel.OPENING).exists():
            made = Payment.objects.create(
                property=self.place, account=row, channel=PaymentChannel.OPENING, received_on=FIRST, amount=amount
            )
            self.accounts[row.pk].payments[made.pk] = PlainAccount().pay(made.pk, FIRST, amount)

    def stray(self, which: int, amount: Decimal) -> None:
        """What a desk must not do leaves no trace."""
        row, other = self.rows[which], self.rows[which - 1]
        given: dict[str, Any] = {"channel": PaymentChannel.CASH, "on": DAY, "by": None, "at": self.at}
        foreign = sorted(self.accounts[other.pk].charges)[:1]
        wrong: list[dict[str, Any]] = [{"amount": ZERO}, {"amount": -amount}, {"amount": Decimal("0.001")}]
        wrong += [{"amount": amount, "charges": foreign}] if foreign else []
        for one in wrong:
            with pytest.raises(Refused), transaction.atomic():
                payment_take(account=row, key=uuid4(), **given, **one)

    def compare(self) -> None:
        """Every charge, payment and account comes to what plain Python says."""
        rows = Allocation.objects.order_by()
        settled = dict(rows.values_list("charge").annotate(Sum("amount")))
        spent = dict(rows.values_list("payment").annotate(Sum("amount")))
        for plain in self.accounts.values():
            for charge in plain.charges.values():
                assert settled.pop(charge.id, ZERO) == sum(charge.settled.values(), ZERO)
            for payment in plain.payments.values():
                assert spent.pop(payment.id, ZERO) == sum(payment.spent.values(), ZERO)
        assert (settled, spent) == ({}, {})

    def close(self) -> None:
        """The end of the day: standings, receipts, the drawer and the books."""
        for row in self.rows:
            plain, standing = self.accounts[row.pk], account_standing(row)
            assert (standing.open, standing.credit) == (plain.open, plain.credit)
            assert [(one.charge.pk, one.open) for one in open_charges(row)] == [
                (one.id, one.open) for one in plain.owed()
            ]
        assert Receipt.objects.count() == len(self.keys)
        closed = shift_close(shift=self.shift, counted=self.cash, by=self.cashier, at=self.at)
        assert closed.expected == self.cash
        assert [finding.check.name for finding in verify() if finding.astray_count] == []


MONEY = st.integers(1, 400_000).map(lambda fen: Decimal(fen) / 100)
WHICH = st.integers(0, ACCOUNTS - 1)
ANY = st.integers(0, 40)
DAYS = st.integers(0, 2)
HOW = st.sampled_from(["all", "picked", "part", "over"])
STEP = st.one_of(
    st.tuples(st.just("bill"), st.integers(0, 2), st.sampled_from(["issue", "issue", "issue", "drop", "leave"])),
    st.tuples(st.just("pay"), WHICH, HOW, MONEY, st.lists(ANY, min_size=1, max_size=3), st.booleans(), DAYS),
    st.tuples(st.just("pay"), WHICH, HOW, MONEY, st.lists(ANY, min_size=1, max_size=3), st.booleans(), DAYS),
    st.tuples(st.just("reverse"), ANY, DAYS),
    st.tuples(st.just("again"), ANY),
    st.tuples(st.just("void"), WHICH, ANY),
    st.tuples(st.just("keep"), WHICH),
    st.tuples(st.just("opening"), WHICH, MONEY),
    st.tuples(st.just("stray"), WHICH, MONEY),
)


def three_leases() -> tuple[Property, dict[Tariff, Decimal]]:
    """Three leases with a rent, a property fee due later, and parking due with the fee but before it by priority."""
    place = make_property()
    tariffs = {
        make_tariff(place, FeeCategory.RENT, "1000.00", due_days=5): Decimal("1000.00"),
        make_tariff(place, FeeCategory.PROPERTY, "80.50", due_days=20): Decimal("80.50"),
        make_tariff(place, FeeCategory.PARKING, "299.99", due_days=20): Decimal("299.99"),
    }
    for priority, category in enumerate((FeeCategory.PARKING, FeeCategory.PROPERTY, FeeCategory.RENT), start=1):
        FeeItem.objects.filter(category=category).update(priority=priority)
    for number in range(ACCOUNTS):
        lease = make_lease(make_unit(place, str(1601 + number)), make_resident(place, f"住户{number}"))
        for tariff in tariffs:
            bind(lease, tariff)
    rows = Tariff.objects.filter(property=place).select_related("fee_item")
    return place, {row: tariffs[row] for row in rows}
