"""The pages of payments, and taking one back."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.support.billing_small import issued
from tests.support.console_world import ConsoleWorld
from tests.support.receipts import AT, ON, account_of, date, paid
from yuju.kit.testing.console import ConsoleTests
from yuju.payments.choices import PaymentChannel
from yuju.payments.models import Payment
from yuju.payments.selectors import account_standing
from yuju.payments.services import credit_draw, payment_reverse, shift_open
from yuju.premises.models import Property

pytestmark = pytest.mark.django_db


class TestPayments(ConsoleTests):
    slug = "payments"
    viewer = "auditor"
    editor = "accountant"
    stranger = "engineer"
    list_queries = 13

    def make(self, world: ConsoleWorld, property: Property, number: int) -> Payment:
        return paid(account_of(property, number), tendered=Decimal(5000), by=world.user("cashier")).payment

    def reverse_url(self, payment: Payment) -> str:
        return reverse("console:payment-reverse", args=[payment.pk])

    def test_the_tabs_hold_what_they_count(self, world: ConsoleWorld) -> None:
        # Given cash, two cards, one of which was taken back, and one elsewhere
        cash = self.make(world, world.here, 101)
        card, back = (
            paid(account_of(world.here, number), channel=PaymentChannel.CARD, reference=f"POS-{number}").payment
            for number in (102, 103)
        )
        reversal = payment_reverse(payment=back, reason="wrong unit", on=ON, by=None, at=AT)
        self.make(world, world.elsewhere, 104)
        client = world.client("auditor")
        world.choose(client, world.here)

        # Then every tab holds so many
        expected = {
            "all": {cash.pk, card.pk, back.pk, reversal.pk},
            "cash": {cash.pk},
            "card": {card.pk, back.pk, reversal.pk},
            "reversed": {back.pk, reversal.pk},
        }
        for tab, rows in expected.items():
            listing = client.get(f"{self.console.url('list')}?tab={tab}").context["listing"]
            assert {row.pk for row in listing.rows} == rows, tab
            assert {link.tab.name: link.count for link in listing.tab_links}[tab] == len(rows), tab

    def test_it_is_found_by_room_name_pinyin_voucher_and_receipt(self, world: ConsoleWorld) -> None:
        mine = paid(account_of(world.here, 1602), channel=PaymentChannel.CARD, reference="POS-0042")
        other = paid(account_of(world.here, 301, name="周怡轩"))
        client = world.client("auditor")
        for query in ("3-1602", "1602", "林晓彤", "lxt", "POS-0042", mine.receipt.number, mine.receipt.number.lower()):
            assert self.listed(client, f"?q={query}") == [mine.payment.pk], query
        assert set(self.listed(client, "?q=SJ-2026")) == {mine.payment.pk, other.payment.pk}
        assert self.listed(client, "?q=zyx") == [other.payment.pk]

    def test_leases_are_looked_up_once_for_rows_and_for_what_is_left_out(self, world: ConsoleWorld) -> None:
        paid(account_of(world.here, 1602))
        client = world.client("auditor")
        with CaptureQueriesContext(connection) as captured:
            assert client.get(self.console.url("list"), {"q": "lxt"}).context["listing"].left_out == ""
        assert sum("UNION" in query["sql"] and "yuju_search" in query["sql"] for query in captured) == 1

    def test_its_page_tells_what_it_settled_and_what_is_credit(self, world: ConsoleWorld) -> None:
        # Given more money than was owed, of which the next bill drew
        account = account_of(world.here, 1602)
        taken = paid(account, "4500.00", tendered=Decimal(5000))
        run = issued(world.here, date(2026, 2, 1))
        credit_draw(run=run, at=AT.replace(hour=9))
        page = world.client("cashier").get(self.console.detail_url(taken.payment)).content.decode()
        for part in ("房租", "物业费", "¥500.00", "预存抵扣", taken.receipt.number, "2026-02-01", "325.00"):
            assert part in page, part

    def test_who_may_reverse_it_is_offered_to(self, world: ConsoleWorld) -> None:
        payment = self.make(world, world.here, 101)
        for role, offered in (("manager", True), ("accountant", True), ("cashier", False), ("auditor", False)):
            page = world.client(role).get(self.console.detail_url(payment)).content.decode()
            assert (self.reverse_url(payment) in page) is offered, role

    def test_it_is_reversed_once_with_a_reason(self, world: ConsoleWorld) -> None:
        payment = self.make(world, world.here, 101)
        client = world.client("accountant")
        # Without a reason nothing happens
        response = client.post(self.reverse_url(payment), {"reason": " \x00 "}, follow=True)
        assert "请填写冲红原因" in response.content.decode()
        assert not Payment.objects.filter(reverses=payment).exists()

        # When it is sent twice
        for _ in range(2):
            response = client.post(self.reverse_url(payment), {"reason": "收错房间"}, follow=True)
        # Then it was done once, and the second answer says so
        assert Payment.objects.get(reverses=payment).reason == "收错房间"
        assert "已经冲红过" in response.content.decode()
        assert "收错房间" in response.content.decode()
        assert self.reverse_url(payment) not in response.content.decode()
        standing = account_standing(payment.account)
        assert (standing.open, standing.credit) == (Decimal("4175.00"), 0)
        # And the reversal leads back and cannot be reversed itself
        reversal = Payment.objects.get(reverses=payment)
        page = client.get(self.console.detail_url(reversal)).content.decode()
        assert self.console.detail_url(payment) in page
        client.post(self.reverse_url(reversal), {"reason": "again"})
        assert Payment.objects.count() == 2

    def test_it_goes_out_of_the_users_open_shift_at_that_property(self, world: ConsoleWorld) -> None:
        first, second = self.make(world, world.here, 101), self.make(world, world.here, 102)
        user = world.user("manager")
        client = world.client_of(user)
        # Given shifts elsewhere and somebody else's
        shift_open(property=world.elsewhere, cashier=user, opening_float=Decimal(0), at=AT)
        shift_open(property=world.here, cashier=world.user("manager"), opening_float=Decimal(0), at=AT)
        client.post(self.reverse_url(first), {"reason": "收错房间"})
        assert Payment.objects.get(reverses=first).shift is None
        # When the user opens one here
        shift = shift_open(property=world.here, cashier=user, opening_float=Decimal(100), at=AT)
        client.post(self.reverse_url(second), {"reason": "收错房间"})
        assert Payment.objects.get(reverses=second).shift == shift

    def test_nobody_else_reverses_it(self, world: ConsoleWorld) -> None:
        payment = self.make(world, world.here, 101)
        for client, status in (
            (world.client("cashier"), 403),
            (world.client("auditor"), 403),
            (world.client("manager", at=world.elsewhere), 404),
        ):
            assert client.post(self.reverse_url(payment), {"reason": "x"}).status_code == status
        with world.other_operator() as other:
            assert other.client("manager").post(self.reverse_url(payment), {"reason": "x"}).status_code == 404
        assert world.client("manager").get(self.reverse_url(payment)).status_code == 405
        assert Payment.objects.count() == 1

    def test_an_opening_balance_is_no_money_to_give_back(self, world: ConsoleWorld) -> None:
        account = account_of(world.here, 101)
        opening = Payment.objects.create(
            property=world.here, account=account, channel=PaymentChannel.OPENING, received_on=ON, amount=Decimal(100)
        )
        client = world.client("manager")
        page = client.get(self.console.detail_url(opening))
        assert page.status_code == 200
        assert self.reverse_url(opening) not in page.content.decode()
        client.post(self.reverse_url(opening), {"reason": "x"})
        assert Payment.objects.count() == 1
