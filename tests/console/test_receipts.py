"""The pages of receipts, and printing them."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.support.console_world import ConsoleWorld
from tests.support.receipts import AT, ON, account_of, paid
from yuju.kit.testing.console import ConsoleTests
from yuju.payments.choices import ReceiptLayout
from yuju.payments.models import Receipt, ReceiptPrint
from yuju.payments.services import payment_reverse
from yuju.premises.models import Property

pytestmark = pytest.mark.django_db


class TestReceipts(ConsoleTests):
    slug = "receipts"
    viewer = "cashier"
    editor = "accountant"
    stranger = "guard"
    list_queries = 13

    def make(self, world: ConsoleWorld, property: Property, number: int) -> Receipt:
        return paid(account_of(property, number), by=world.user("cashier")).receipt

    def print_url(self, receipt: Receipt) -> str:
        return reverse("console:receipt-print", args=[receipt.pk])

    def test_the_tabs_tell_valid_from_void(self, world: ConsoleWorld) -> None:
        valid, void = self.make(world, world.here, 101), self.make(world, world.here, 102)
        payment_reverse(payment=void.payment, reason="收错房间", on=ON, by=None, at=AT)
        client = world.client("cashier")
        for tab, receipt in (("valid", valid), ("void", void)):
            listing = client.get(f"{self.console.url('list')}?tab={tab}").context["listing"]
            assert [row.pk for row in listing.rows] == [receipt.pk]
            assert {link.tab.name: link.count for link in listing.tab_links} == {"valid": 1, "void": 1}
        page = client.get(self.console.detail_url(void)).content.decode()
        assert "作废" in page
        assert "收错房间" in page

    def test_it_is_found_by_number_payer_room_and_pinyin(self, world: ConsoleWorld) -> None:
        mine = self.make(world, world.here, 1602)
        other = paid(account_of(world.here, 301, name="周怡轩")).receipt
        client = world.client("cashier")
        for query in (mine.number, mine.number.lower(), "晓彤", "林晓彤", "lxt", "linxiaotong", "3-1602"):
            assert self.listed(client, f"?q={query}") == [mine.pk], query
        assert set(self.listed(client, "?q=SJ-2026")) == {mine.pk, other.pk}

    def test_it_is_found_by_the_name_that_was_written_on_it(self, world: ConsoleWorld) -> None:
        receipt = self.make(world, world.here, 1602)
        resident = receipt.payment.account.tenure.resident
        resident.name = "林小彤"
        resident.save()
        assert self.listed(world.client("cashier"), "?q=林晓彤") == [receipt.pk]

    @pytest.mark.parametrize("layout", list(ReceiptLayout))
    @pytest.mark.parametrize("language", ["zh-hans", "en"])
    def test_it_is_printed_in_every_layout_and_language(
        self, world: ConsoleWorld, layout: ReceiptLayout, language: str
    ) -> None:
        receipt = self.make(world, world.here, 101)
        user = world.user("cashier")
        client = world.client_of(user)
        client.cookies["yuju_language"] = language
        response = client.post(self.print_url(receipt), {"layout": layout})
        assert response["Content-Type"] == "application/pdf"
        assert response["Content-Disposition"] == f'inline; filename="{receipt.number}-{layout}.pdf"'
        assert response["Cache-Control"] == "private, no-store"
        assert response.content.startswith(b"%PDF-")
        noted = ReceiptPrint.objects.get()
        assert (noted.receipt_id, noted.layout, noted.by) == (receipt.pk, layout, user)

    def test_each_print_is_noted_and_shown(self, world: ConsoleWorld, monkeypatch: pytest.MonkeyPatch) -> None:
        told: list[tuple[int, str]] = []

        def made(sheet: object, *, layout: str, address: str, before: int) -> bytes:
            told.append((before, address))
            return b"%PDF-"

        monkeypatch.setattr("yuju.console.pages.receipts.receipt_pdf", made)
        receipt = self.make(world, world.here, 101)
        client = world.client("cashier")
        for layout in ("a5", "mm58", "mm58"):
            client.post(self.print_url(receipt), {"layout": layout})
        address = f"http://testserver/r/{receipt.token}"
        assert told == [(0, address), (1, address), (2, address)]
        page = client.get(self.console.detail_url(receipt)).content.decode()
        assert page.count("补打") == 2

    def test_what_cannot_be_printed_is_said_and_not_noted(self, world: ConsoleWorld) -> None:
        receipt = paid(account_of(world.here, 101, name="林\U000323af")).receipt
        client = world.client("cashier")
        response = client.post(self.print_url(receipt), {"layout": "a5"}, follow=True)
        assert "U+323AF" in response.content.decode()
        assert not ReceiptPrint.objects.exists()

    @pytest.mark.parametrize("layout", ["", "a4", "A5", "\x00", "九"])
    def test_an_unknown_paper_is_no_page(self, world: ConsoleWorld, layout: str) -> None:
        receipt = self.make(world, world.here, 101)
        assert world.client("cashier").post(self.print_url(receipt), {"layout": layout}).status_code == 404

    def test_who_may_not_see_it_prints_nothing(self, world: ConsoleWorld) -> None:
        receipt = self.make(world, world.here, 101)
        data = {"layout": "a5"}
        assert world.client("guard").post(self.print_url(receipt), data).status_code == 403
        assert world.client("cashier", at=world.elsewhere).post(self.print_url(receipt), data).status_code == 404
        with world.other_operator() as other:
            assert other.client("manager").post(self.print_url(receipt), data).status_code == 404
        assert world.client("cashier").get(self.print_url(receipt)).status_code == 405
        assert not ReceiptPrint.objects.exists()

    def test_it_leads_to_its_payment_and_its_public_page(self, world: ConsoleWorld) -> None:
        receipt = self.make(world, world.here, 101)
        page = world.client("auditor").get(self.console.detail_url(receipt)).content.decode()
        assert reverse("console:payments-detail", args=[receipt.payment_id]) in page
        assert f"/r/{receipt.token}" in page
        assert "人民币肆仟壹佰柒拾伍元整" in page
