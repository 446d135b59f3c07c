"""The pages of an account's statement, and the ways to it."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.support.billing_small import AT, issued, lease_of
from tests.support.console_world import ConsoleWorld
from yuju.billing.models import Bill, BillingAccount
from yuju.identity.choices import AuditAction
from yuju.identity.models import AuditEntry
from yuju.payments.choices import PaymentChannel
from yuju.payments.models import Payment
from yuju.payments.services import payment_take

pytestmark = pytest.mark.django_db
QUERIES = 11
ALL = "?start=&until="


@pytest.fixture
def account(world: ConsoleWorld) -> BillingAccount:
    """A lease billed for two months and paid for in part."""
    lease_of(world.here, 101)
    issued(world.here, date(2026, 2, 1))
    found = BillingAccount.objects.get()
    payment_take(
        account=found,
        amount=Decimal("5000.00"),
        channel=PaymentChannel.CASH,
        key=uuid4(),
        on=date(2026, 11, 25),
        by=None,
        at=AT,
    )
    return found


def address(account: BillingAccount, kind: str = "") -> str:
    if kind:
        return reverse("console:statement-file", args=[account.pk, kind])
    return reverse("console:statement", args=[account.pk])


def page(client: Client, account: BillingAccount, query: str = ALL) -> Any:
    response = client.get(address(account) + query)
    assert response.status_code == 200
    return response


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_it_shows_every_line_and_where_the_account_stands(
    world: ConsoleWorld, account: BillingAccount, language: str
) -> None:
    client = world.client("cashier")
    client.cookies["yuju_language"] = language
    response = page(client, account)
    text = response.content.decode()
    assert len(response.context["statement"].entries) == 5
    assert reverse("console:payments-detail", args=[Payment.objects.get().pk]) in text
    for amount in ("8,350.00", "3,350.00", "SJ-20261125-0001", Bill.objects.order_by("pk")[0].number or ""):
        assert amount in text


def test_the_period_is_chosen(world: ConsoleWorld, account: BillingAccount) -> None:
    client = world.client("auditor")
    assert page(client, account, "").context["statement"].start is not None
    statement = page(client, account, "?start=2026-11-26&until=2026-12-31").context["statement"]
    assert (statement.entries, statement.opening) == ([], Decimal("3350.00"))


@pytest.mark.parametrize(
    "query",
    ["?start=nonsense", "?start=0001-01-01", "?until=9999-99-99", "?start=2026-03-01&until=2026-02-01", "?start=%00"],
)
def test_a_period_that_makes_no_sense_is_named(world: ConsoleWorld, account: BillingAccount, query: str) -> None:
    client = world.client("cashier")
    response = page(client, account, query)
    assert response.context["form"].errors
    for kind in ("pdf", "xlsx"):
        refused = client.get(address(account, kind) + query)
        assert refused.status_code == 302
        assert refused["Location"].startswith(address(account))


def test_it_is_fetched_as_a_file_and_that_is_written_down(world: ConsoleWorld, account: BillingAccount) -> None:
    client = world.client("accountant")
    printed = client.get(address(account, "pdf") + ALL)
    assert printed["Content-Type"] == "application/pdf"
    assert printed.content.startswith(b"%PDF-")
    sheet = client.get(address(account, "xlsx") + ALL)
    assert openpyxl.load_workbook(io.BytesIO(sheet.content)).active is not None
    assert client.get(address(account, "docx")).status_code == 404
    written = AuditEntry.objects.filter(action=AuditAction.EXPORTED, object_id=account.pk)
    assert [one.detail for one in written.order_by("pk")] == [{"rows": 5, "format": kind} for kind in ("pdf", "xlsx")]


def test_it_is_for_those_who_see_payments_here(world: ConsoleWorld, account: BillingAccount) -> None:
    for one in (address(account), address(account, "pdf"), address(account, "xlsx")):
        assert Client().get(one).status_code == 302
        assert world.client("guard").get(one).status_code == 403
        assert world.client("cashier", at=world.elsewhere).get(one).status_code == 404
        assert world.client("cashier").get(one.replace(f"/{account.pk}/", "/99999999999999999999/")).status_code == 404
        with world.other_operator() as other:
            assert other.client("cashier").get(one).status_code == 404


def test_the_number_of_queries_does_not_grow(world: ConsoleWorld, account: BillingAccount) -> None:
    client = world.client("cashier")
    page(client, account)
    counts = []
    for month in (3, 9):
        issued(world.here, date(2026, month, 1))
        with CaptureQueriesContext(connection) as captured:
            page(client, account)
        counts.append(sum("SAVEPOINT" not in query["sql"] for query in captured))
    assert counts == [QUERIES] * 2


def test_a_resident_with_two_leases_has_both_at_hand(world: ConsoleWorld, account: BillingAccount) -> None:
    second = lease_of(world.here, 102)
    second.tenure.resident = account.tenure.resident
    second.tenure.save()
    response = page(world.client("cashier"), account)
    assert [one["active"] for one in response.context["accounts"]].count(True) == 1
    assert len(response.context["accounts"]) == 2


def test_resident_lease_and_bill_lead_to_it(world: ConsoleWorld, account: BillingAccount) -> None:
    client, tenure = world.client("cashier"), account.tenure
    for name, pk in (
        ("residents-detail", tenure.resident_id),
        ("leases-detail", tenure.pk),
        ("bills-detail", Bill.objects.order_by("pk")[0].pk),
    ):
        assert address(account) in client.get(reverse(f"console:{name}", args=[pk])).content.decode(), name
