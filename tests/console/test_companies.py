"""The pages of a company: its units and occupants, its collective bills."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.support.companies import RENTS, TOTAL, Billed
from tests.support.console_world import AT, ConsoleWorld
from tests.support.stays import CREDIT_CODE, make_company, make_lease, make_unit, run_bills
from yuju.billing.models import Bill, BillRun, CollectiveBill
from yuju.billing.services.recurring import account_ensure
from yuju.kit.identity_numbers import credit_code_check_character
from yuju.kit.testing.console import ConsoleTests
from yuju.payments.choices import PaymentChannel
from yuju.payments.models import Payment, Receipt
from yuju.payments.services import payment_take, shift_open
from yuju.premises.models import Property
from yuju.residency.models import Occupant, Tenure
from yuju.residency.services import blacklisting_save, invoice_title_save, occupant_add

pytestmark = pytest.mark.django_db


def test_a_companys_page_tells_its_units_who_lives_there_and_its_collective_bills(world: ConsoleWorld) -> None:
    # Given
    billed = Billed(world.here)
    account = billed.account("1602")
    for name, since, until in (("周婉清", date(2026, 3, 1), date(2026, 4, 1)), ("赵欣然", date(2026, 4, 2), None)):
        made = occupant_add(tenure=account.tenure, name=name, since=since, by=None, at=AT)
        made.until = until
        made.save()
    invoice_title_save(company=billed.company, bank="工商银行", bank_account="6222021001111222333", by=None, at=AT)
    page = reverse("console:residents-detail", args=[billed.company.pk])
    client = world.client("manager")

    # When
    counts = []
    for month in (4, 5):
        with CaptureQueriesContext(connection) as captured:
            overview = client.get(page)
        counts.append(sum("SAVEPOINT" not in query["sql"] for query in captured))
        run_bills(world.here, date(2026, month, 1))
    occupants = client.get(f"{page}?tab=occupants")
    bills = client.get(f"{page}?tab=bills")

    # Then
    assert counts[0] == counts[1]
    assert [[one.name for one in unit.people] for unit in overview.context["units"]] == [[], ["赵欣然"], []]
    assert billed.collective.number in bills.content.decode()
    assert "6222021001111222333" not in overview.content.decode()
    assert [one.name for one in occupants.context["occupants"]] == ["赵欣然", "周婉清"]


def test_a_person_has_no_occupants_tab(world: ConsoleWorld) -> None:
    billed = Billed(world.here)
    page = reverse("console:residents-detail", args=[billed.person.resident_id])
    assert world.client("manager").get(f"{page}?tab=occupants").context["tab"] == ""


def test_a_collective_bill_opens_to_its_bills_and_is_printed(world: ConsoleWorld) -> None:
    billed = Billed(world.here)
    client, pk = world.client("accountant"), billed.collective.pk
    page = client.get(reverse("console:collective-bills-detail", args=[pk]))
    assert (page.context["sheet"].line.open, len(page.context["sheet"].bills)) == (TOTAL, 3)
    printed = client.get(reverse("console:collective-bill-pdf", args=[pk]))
    assert printed.content.startswith(b"%PDF")
    assert client.get(reverse("console:collective-bills-detail", args=[pk + 1])).status_code == 404
    assert world.client("guard").get(reverse("console:collective-bills-detail", args=[pk])).status_code == 403


class TestCollectiveBills(ConsoleTests):
    slug = "collective-bills"
    viewer, stranger = "accountant", "guard"
    list_queries = 9

    def make(self, world: ConsoleWorld, property: Property, number: int) -> CollectiveBill:
        """A company that was billed for one unit, written down rather than billed: there are many of them."""
        first = f"{CREDIT_CODE[:8]}{number:09}"
        code = first + credit_code_check_character(first)
        company = make_company(property, f"第{number}科技有限公司", id_number=code)
        lease = make_lease(make_unit(property, f"16{number:02}"), company)
        run = BillRun.objects.filter(property=property).first() or run_bills(property, date(2026, 3, 1))
        given: dict[str, Any] = {"property": property, "run": run, "due_date": date(2026, 3, number % 28 + 1)}
        row = CollectiveBill.objects.create(
            resident=company, number=f"HD-202603-{number:04}", total=3000, bill_count=1, **given
        )
        Bill.objects.create(
            account=account_ensure(lease),
            number=f"ZD-202603-{number:05}",
            total=3000,
            charge_count=1,
            collective=row,
            **given,
        )
        return row

    def test_it_is_found_by_its_number_by_its_company_and_from_the_bills(self, world: ConsoleWorld) -> None:
        # Given a company's bill, and a client who may see bills
        billed = Billed(world.here)
        client, row = world.client("accountant", at=world.here), billed.collective

        # Then its number finds it, with and without letters, and so does the company's name in initials
        for typed in (row.number, row.number.removeprefix("HD-")):
            assert self.console.detail_url(row) in client.get(reverse("console:search"), {"q": typed}).content.decode()
        for typed, found in (("xhkj", True), (row.number, True), ("林晓彤", False)):
            shown = client.get(self.console.url("list"), {"tab": "all", "q": typed}).content.decode()
            assert (row.number in shown) == found, typed
        assert self.console.url("list") in client.get(reverse("console:bills-list")).content.decode()

        # And what is paid is not among what is to pay
        assert row.number in client.get(self.console.url("list")).content.decode()
        for account in (billed.account(number) for number in RENTS):
            payment_take(
                account=account, amount=TOTAL, channel=PaymentChannel.CASH, key=uuid4(), on=AT.date(), by=None, at=AT
            )
        assert row.number not in client.get(self.console.url("list")).content.decode()


class Till:
    """A cashier with an open shift, before a company."""

    def __init__(self, world: ConsoleWorld, billed: Billed) -> None:
        user = world.user("cashier", at=world.here)
        shift_open(property=world.here, cashier=user, opening_float=Decimal(500), at=AT)
        self.client, self.company = world.client_of(user), billed.company

    def form(self, **given: Any) -> dict[str, Any]:
        """The form as the page shows it, with its ticks."""
        page = self.client.get(f"/cashier/?company={self.company.pk}").content.decode()
        found: dict[str, Any] = dict(re.findall(r'<input type="hidden" name="(key|seen)" value="([^"]*)"', page))
        found["charges"] = re.findall(r'name="charges" value="(\w+)"[^>]* checked', page)
        return {"channel": "cash", "tendered": "", "mode": "", "amount": "", **found, **given}

    def send(self, form: dict[str, Any]) -> Any:
        return self.client.post(f"/cashier/companies/{self.company.pk}/pay/", form)


@pytest.mark.parametrize("typed", ["星海", "xhkj", CREDIT_CODE, "13912345678", "1602"])
def test_the_desk_finds_a_company_as_one(world: ConsoleWorld, typed: str) -> None:
    till = Till(world, Billed(world.here))
    hits = till.client.get("/cashier/", {"q": typed}, headers={"HX-Target": "desk-hits"})
    (found,) = hits.context["companies"]
    assert (found.company_id, found.units, found.open) == (till.company.pk, 3, TOTAL)


def test_the_desk_takes_a_collective_bill_at_one_tick_and_once_however_often_it_is_sent(world: ConsoleWorld) -> None:
    # Given
    billed = Billed(world.here)
    till = Till(world, billed)
    form = till.form(tendered="8000")
    assert form["charges"] == [f"b{billed.collective.pk}"]

    # When
    answers = [till.send(form), till.send(form)]

    # Then
    slip = till.client.get(answers[0]["Location"])
    assert answers[0]["Location"] == answers[1]["Location"]
    assert (Receipt.objects.count(), Payment.objects.count()) == (1, 3)
    assert (slip.context["slip"].receipt.amount, slip.context["slip"].change) == (TOTAL, Decimal("499.50"))
    assert len(slip.context["slip"].parts) == 3
    assert [one.receipts.all()[0].amount for one in slip.context["recent"]] == [TOTAL]
    receipt = Receipt.objects.get()
    manager = world.client("manager")
    for url in (f"/receipts/{receipt.pk}/", "/receipts/", "/payments/", f"/payments/{receipt.payment_id}/"):
        assert "7,500.50" in manager.get(url).content.decode() or url.startswith("/payments/"), url
    printed = manager.post(f"/receipts/{receipt.pk}/print", {"layout": "a5"})
    assert printed.content.startswith(b"%PDF")


def test_the_desk_takes_a_part_and_says_before_what_it_settles(world: ConsoleWorld) -> None:
    till = Till(world, Billed(world.here))
    preview = till.client.get(f"/cashier/companies/{till.company.pk}/preview", {"amount": "8000"})
    assert (len(preview.context["settles"].parts), preview.context["settles"].credit) == (3, Decimal("499.50"))
    till.send(till.form(mode="amount", amount="3000"))
    assert Receipt.objects.get().amount == Decimal(3000)


def test_the_desk_refuses_what_was_not_shown_or_is_paid_by_now(world: ConsoleWorld) -> None:
    till = Till(world, Billed(world.here))
    before = till.form()
    for given in ({"seen": before["seen"][:-1]}, {"charges": ["b0"]}, {"charges": ["a'--"]}, {"channel": "card"}):
        assert till.send({**before, **given}).status_code == 422, given
    till.send(before)
    refused = till.send({**before, "key": "a1c1f1ad-0000-4000-8000-000000000001"})
    assert (refused.status_code, Receipt.objects.count()) == (422, 1)
    assert till.client.get("/cashier/?company=999999").status_code == 404


def test_a_part_of_a_companys_payment_says_what_is_taken_back_with_it(world: ConsoleWorld) -> None:
    till = Till(world, Billed(world.here))
    till.send(till.form())
    part = Payment.objects.filter(together_with__isnull=False).order_by("-pk")[0]
    manager = world.client("manager")
    page = manager.get(f"/payments/{part.pk}/")
    assert (page.context["to_give_back"], page.context["receipt"].number[:3]) == (TOTAL, "SJ-")
    manager.post(f"/payments/{part.pk}/reverse", {"reason": "录错"})
    assert Payment.objects.filter(reverses__isnull=False).count() == 3


def test_several_people_move_into_a_companys_units_at_once_and_no_lease_changes(world: ConsoleWorld) -> None:
    # Given
    billed = Billed(world.here)
    leases = {number: billed.account(number).tenure for number in ("1601", "1602")}
    occupant_add(tenure=leases["1601"], name="周婉清", since=date(2026, 3, 1), by=None, at=AT)
    url, client = reverse("console:occupants-join", args=[billed.company.pk]), world.client("front_desk")
    rows = (("1601", "方志远", "13900005531"), ("1601", "徐梦琪", ""), ("1602", "邓凯文", ""))
    data = {"since": "2026-06-01", "counted": "on"}
    for number, (unit, name, phone) in enumerate(rows):
        data |= {f"unit{number}": str(leases[unit].pk), f"name{number}": name, f"phone{number}": phone}

    # When something is wrong with one, and then nothing
    assert client.post(url, {**data, "unit1": ""}).context["form"].errors.keys() == {"unit1"}
    assert client.post(url, {**data, "since": "2029-01-01"}).context["form"].errors.keys() == {"since"}
    assert client.post(url, {"since": "2026-06-01"}).context["form"].errors.keys() == {"name0"}
    assert Occupant.objects.count() == 1
    entry: dict[str, Any] = {"name": "方某", "id_number": "", "phone": "13900005531", "reason": "x", "until": None}
    blacklisting_save(entry=None, since=AT.date(), by=None, at=AT, **entry)
    for _twice in range(2):
        assert client.post(url, data).status_code == 302

    # Then they live there, and whoever is on the blacklist is named
    assert "黑名单" in client.get(f"/residents/{billed.company.pk}/").content.decode()
    assert Occupant.objects.count() == 4
    counts = {number: lease.terms.latest("valid_from").occupants for number, lease in leases.items()}
    assert counts == {"1601": 3, "1602": 1}
    assert Tenure.objects.filter(resident=billed.company).count() == 3
    person = reverse("console:occupants-join", args=[billed.person.resident_id])
    assert client.get(person).status_code == 404
