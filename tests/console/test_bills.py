"""The pages of bills and charges, and their PDF."""

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from tests.support.billing_small import AT, draft, issued, lease_of, read
from tests.support.console_world import ConsoleWorld
from yuju.billing.models import Bill, BillRun, Charge, ChargeVoid
from yuju.identity.choices import AuditAction
from yuju.identity.models import AuditEntry
from yuju.kit.records import JobProgress
from yuju.kit.testing.console import ConsoleTests
from yuju.payments.choices import PaymentChannel
from yuju.payments.models import Allocation, Payment
from yuju.premises.models import Property

pytestmark = pytest.mark.django_db


def run_of(property: Property, number: int) -> BillRun:
    lease_of(property, number)
    return issued(property, date(2026, 1, 1))


class TestBills(ConsoleTests):
    slug = "bills"
    viewer = "front_desk"
    editor = "accountant"
    stranger = "guard"
    list_queries = 10

    def make(self, world: ConsoleWorld, property: Property, number: int) -> Bill:
        return run_of(property, number).bills.get()

    def pay(self, bill: Bill) -> None:
        payment = Payment.objects.create(
            property=bill.property,
            account=bill.account,
            channel=PaymentChannel.OPENING,
            received_on=AT.date(),
            amount=bill.total,
        )
        for charge in bill.charges.all():
            Allocation.objects.create(payment=payment, charge=charge, amount=charge.amount, at=AT)

    def test_the_tabs_tell_what_is_open(self, world: ConsoleWorld) -> None:
        paid, open_ = self.make(world, world.here, 101), self.make(world, world.here, 102)
        self.pay(paid)
        client = world.client("front_desk")
        assert self.listed(client) == [open_.pk]
        assert self.listed(client, "?tab=overdue") == [open_.pk]
        assert set(self.listed(client, "?tab=all")) == {paid.pk, open_.pk}
        assert "已缴" in client.get(self.console.detail_url(paid)).content.decode()

    def test_a_draft_is_not_listed_but_read(self, world: ConsoleWorld) -> None:
        lease_of(world.here, 101)
        draft(world.here)
        bill = Bill.objects.order_by("pk").first()
        assert bill is not None
        client = world.client("accountant")
        assert self.listed(client, "?tab=all") == []
        assert client.get(self.console.detail_url(bill)).status_code == 200

    def test_the_bills_of_a_run_elsewhere_are_listed_whatever_the_switcher_says(self, world: ConsoleWorld) -> None:
        # Given a run at another property than the chosen one, older than those the filter offers
        self.make(world, world.here, 101)
        there = self.make(world, world.elsewhere, 201)
        client = world.client("manager")
        world.choose(client, world.here)
        # When its list is opened from its page
        query = f"?tab=all&run={there.run_id}"
        # Then its bills are listed, and theirs alone; somebody without a right there sees none of them
        assert self.listed(client, query) == [there.pk]
        assert there.pk not in self.listed(world.client("manager", at=world.here), query)

    def test_the_tabs_count_what_they_list(self, world: ConsoleWorld) -> None:
        # Given bills paid and open, due and overdue, one of nothing, one voided, and a draft beside them
        bills = [self.make(world, world.here, number) for number in range(101, 105)]
        self.pay(bills[0])
        for charge in bills[1].charges.all():
            ChargeVoid.objects.create(charge=charge, at=AT, reason="wrong lease")
        lease = lease_of(world.here, 105)
        for charge in lease.charges.values():
            charge.discount = 1
            charge.save()
        issued(world.here, date(2026, 1, 1))
        issued(world.elsewhere, date(2026, 1, 1))
        draft(world.here, date(2026, 2, 1))
        client = world.client("front_desk")
        for chosen in (None, world.here):
            if chosen is not None:
                world.choose(client, chosen)
            for tab in ("due", "overdue", "all"):
                listing = client.get(f"{self.console.url('list')}?tab={tab}").context["listing"]
                counts = {link.tab.name: link.count for link in listing.tab_links}
                assert counts[tab] == len(listing.rows), tab
            # What was voided has been billed anew.
            assert counts == {"due": 3, "overdue": 3, "all": 6}

    def test_it_is_found_by_room_name_pinyin_and_number(self, world: ConsoleWorld) -> None:
        mine = self.make(world, world.here, 1602)
        lease_of(world.here, 301, name="周怡轩")
        other = issued(world.here, date(2026, 1, 2)).bills.get()
        client = world.client("front_desk")
        for query in ("3-1602", "1602", "林晓彤", "lxt", "linxiaotong", mine.number):
            assert self.listed(client, f"?q={query}") == [mine.pk], query
        assert self.listed(client, "?q=zyx") == [other.pk]
        assert set(self.listed(client, "?q=ZD-2026")) == {mine.pk, other.pk}

    def test_every_line_says_how_it_came_about(self, world: ConsoleWorld) -> None:
        lease = lease_of(world.here, 101)
        read(lease, (date(2026, 1, 1), 1000), (date(2026, 2, 1), 1120))
        run = issued(world.here, date(2026, 2, 1))
        bill = run.bills.order_by("-due_date").first()
        page = world.client("front_desk").get(self.console.detail_url(bill)).content.decode()
        assert "62.50 m² × 2.80 元/m²·月 × 1 个月" in page
        assert "20 × 0.80 = 16.00" in page

    @pytest.mark.parametrize("language", ["zh-hans", "en"])
    def test_the_pdf_is_downloaded(self, world: ConsoleWorld, language: str) -> None:
        bill = self.make(world, world.here, 101)
        client = world.client("front_desk")
        client.cookies["yuju_language"] = language
        response = client.get(reverse("console:bill-pdf", args=[bill.pk]))
        assert response["Content-Type"] == "application/pdf"
        assert f"{bill.number}.pdf" in response["Content-Disposition"]
        assert response.content.startswith(b"%PDF-")

    def test_the_pdf_is_for_those_who_see_the_bill(self, world: ConsoleWorld) -> None:
        address = reverse("console:bill-pdf", args=[self.make(world, world.here, 101).pk])
        assert world.client("guard").get(address).status_code == 403
        assert world.client("front_desk", at=world.elsewhere).get(address).status_code == 404

    def test_a_name_without_a_glyph_is_said_not_printed(self, world: ConsoleWorld) -> None:
        lease_of(world.here, 101, name="林\U000323af")
        bill = issued(world.here, date(2026, 1, 1)).bills.get()
        client = world.client("front_desk")
        response = client.get(reverse("console:bill-pdf", args=[bill.pk]))
        assert response["Location"] == self.console.detail_url(bill)
        assert "U+323AF" in client.get(response["Location"]).content.decode()

    def test_all_bills_of_a_run_are_printed_for_who_asked(self, world: ConsoleWorld) -> None:
        # Given an issued run
        run = run_of(world.here, 101)
        user = world.user("accountant")
        client = world.client_of(user)

        # When its bills are printed
        response = client.post(reverse("console:bill-run-print", args=[run.pk]))
        progress = JobProgress.objects.get()
        from yuju.reporting.jobs import print_run

        told: dict[str, Any] = {}

        class Told:
            def update(self, done: int, total: int | None = None, message: str = "") -> None: ...

            def result(self, result: Any) -> None:
                told.update(result)

        print_run(run_id=run.pk, language="zh-hans", progress=Told())
        progress.state, progress.result = JobProgress.State.DONE, told
        progress.save()

        # Then the page leads to the file, and it is written down who asked
        page = client.get(response["Location"]).content.decode()
        file = reverse("console:bill-job-file", args=[progress.pk, 1])
        assert file in page
        assert b"".join(client.get(file).streaming_content).startswith(b"%PDF-")  # type: ignore[attr-defined]
        assert client.get(reverse("console:bill-job-file", args=[progress.pk, 2])).status_code == 404
        assert world.client("accountant").get(file).status_code == 404
        assert AuditEntry.objects.filter(action=AuditAction.EXPORTED, object_id=run.pk, user=user).exists()
        assert world.client("guard").post(reverse("console:bill-run-print", args=[run.pk])).status_code == 403


class TestCharges(ConsoleTests):
    slug = "charges"
    viewer = "auditor"
    editor = "accountant"
    stranger = "engineer"
    list_queries = 15

    def make(self, world: ConsoleWorld, property: Property, number: int) -> Charge:
        found = run_of(property, number).charges.order_by("pk").first()
        assert found is not None
        return found

    def test_the_export_of_a_run_adds_up_to_its_total_and_is_written_down(self, world: ConsoleWorld) -> None:
        lease = lease_of(world.here, 101)
        read(lease, (date(2026, 1, 1), 1000), (date(2026, 2, 1), 1120))
        run = issued(world.here, date(2026, 2, 1))
        run_of(world.elsewhere, 201)
        client = world.client("auditor")
        response = client.post(f"{self.console.url('export')}?run={run.pk}", {"format": "csv"})
        body = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
        rows = list(csv.DictReader(io.StringIO(body)))
        assert sum(Decimal(row["金额（元）"]) for row in rows) == run.total
        assert len(rows) == run.charge_count
        assert any("本年" in row["计算过程"] or "年累计" in row["计算过程"] for row in rows)
        entry = AuditEntry.objects.get(action=AuditAction.EXPORTED)
        assert entry.detail["rows"] == run.charge_count
