"""What one run bills a company stands on one collective bill."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from tests.journeys.test_deaths import died
from tests.support.companies import TOTAL, Billed
from tests.support.stays import (
    AT,
    CREDIT_CODE,
    bind,
    make_company,
    make_lease,
    make_property,
    make_tariff,
    make_unit,
    run_bills,
)
from yuju.billing.choices import RunSource
from yuju.billing.models import Bill, CollectiveBill
from yuju.billing.services.runs import bill_run_draft
from yuju.books.verification import verify
from yuju.journeys.billing_cycle import account_bill_complete, bill_run_complete
from yuju.journeys.deaths import stay_release
from yuju.kit.identity_numbers import credit_code_check_character
from yuju.messaging.models import ResidentNotice
from yuju.residency.models import Freeze

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("operator")]


def proved() -> None:
    assert [(one.check.name, one.astray) for one in verify() if one.astray_count] == []


def other_code() -> str:
    first = f"{CREDIT_CODE[:8]}000000001"
    return first + credit_code_check_character(first)


def test_one_run_makes_one_bill_of_a_companys_bills_and_leaves_a_persons_alone() -> None:
    # Given a company with three units, another with one, and a person
    place = make_property()
    other = make_company(place, "阿尔法设计有限公司", id_number=other_code())
    bind(make_lease(make_unit(place, "1801"), other), make_tariff(place, rate="999"), start=date(2026, 3, 1))

    # When a month is billed
    billed = Billed(place)

    # Then each company has one collective bill, in the order of their names
    alpha, stars = CollectiveBill.objects.order_by("number")
    assert (alpha.number, alpha.resident, alpha.total, alpha.bill_count) == ("HD-202603-0001", other, Decimal(999), 1)
    assert (stars.number, stars.resident, stars.total, stars.bill_count) == ("HD-202603-0002", billed.company, TOTAL, 3)
    assert stars.due_date == min(bill.due_date for bill in stars.bills.all())
    assert Bill.objects.get(account=billed.account("1701")).collective is None
    proved()


def test_the_next_run_goes_on_with_the_numbers_and_a_draft_has_none() -> None:
    billed = Billed(make_property())
    bill_run_draft(property=billed.place, as_of=date(2026, 4, 1), source=RunSource.CONSOLE, by=None, at=AT)
    assert CollectiveBill.objects.count() == 1
    run_bills(billed.place, date(2026, 5, 1))
    assert [one.number for one in CollectiveBill.objects.order_by("pk")] == ["HD-202603-0001", "HD-202605-0001"]
    assert billed.collective.bill_count == 6
    proved()


def test_a_lease_that_is_billed_by_itself_is_on_a_collective_bill_too_and_the_company_is_told_once_a_run() -> None:
    # Given a company with one lease more than was billed
    billed = Billed(make_property())
    lease = make_lease(make_unit(billed.place, "1604"), billed.company)
    bind(lease, make_tariff(billed.place, rate="100"), start=date(2026, 3, 1))

    # When that one is billed alone, and then all
    account_bill_complete(account=billed.account("1604"), as_of=date(2026, 3, 1), by=None, at=AT)
    alone = billed.collective
    run = bill_run_draft(property=billed.place, as_of=date(2026, 4, 1), source=RunSource.CONSOLE, by=None, at=AT)
    bill_run_complete(run=run, by=None, at=AT, leave_out_open=True)

    # Then
    assert (alone.number, alone.total, alone.bill_count) == ("HD-202603-0002", Decimal(100), 1)
    notices: Any = ResidentNotice.objects.filter(resident_id=billed.company.pk).order_by("pk")
    assert [(one.about_id, one.facts["bills"]) for one in notices] == [(alone.pk, 1), (billed.collective.pk, 4)]
    assert ResidentNotice.objects.filter(resident_id=billed.person.resident_id).count() == 1
    proved()


def test_a_frozen_stay_is_on_no_collective_bill_until_it_is_reviewed() -> None:
    # Given a company with three units, one of which waits for a review
    billed = Billed(make_property())
    death = died(billed.person, died_on=date(2026, 3, 20), at=AT)
    frozen = Freeze.objects.create(death=death, tenure=billed.account("1602").tenure, since=date(2026, 3, 20))

    # When a month is billed, and the next after the review
    def month(day: date) -> CollectiveBill:
        run = bill_run_draft(property=billed.place, as_of=day, source=RunSource.CONSOLE, by=None, at=AT)
        bill_run_complete(run=run, by=None, at=AT, leave_out_open=True)
        return billed.collective

    held = month(date(2026, 4, 1))
    stay_release(freeze=frozen, ends={}, by=None, at=AT)
    caught_up = month(date(2026, 5, 1))

    # Then what was held is on the second one, besides what it would have had anyway
    assert (held.total, held.bill_count) == (TOTAL - Decimal("2500.50"), 2)
    assert (caught_up.total, caught_up.bill_count) == (TOTAL + Decimal("2500.50"), 4)
    proved()


def test_a_collective_bill_is_never_changed() -> None:
    billed = Billed(make_property())
    with pytest.raises(DatabaseError, match="posted"), transaction.atomic():
        CollectiveBill.objects.filter(pk=billed.collective.pk).update(total=1)
    with pytest.raises(DatabaseError, match="posted"), transaction.atomic():
        Bill.objects.filter(collective=billed.collective).update(collective=None)
