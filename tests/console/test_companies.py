"""The pages of a company: its units and occupants, its collective bills."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.support.companies import TOTAL, Billed
from tests.support.console_world import AT, ConsoleWorld
from tests.support.stays import run_bills
from yuju.residency.services import invoice_title_save, occupant_add

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
    page = client.get(reverse("console:collective-bill", args=[pk]))
    assert (page.context["sheet"].line.open, len(page.context["sheet"].bills)) == (TOTAL, 3)
    printed = client.get(reverse("console:collective-bill-pdf", args=[pk]))
    assert printed.content.startswith(b"%PDF")
    assert client.get(reverse("console:collective-bill", args=[pk + 1])).status_code == 404
    assert world.client("guard").get(reverse("console:collective-bill", args=[pk])).status_code == 403
