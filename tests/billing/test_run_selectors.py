"""What a review shows of a run is what its charges say."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.support.billing_database import load
from tests.support.billing_small import AT, draft, issued, lease_of, read
from tests.support.property_sheets import DATA, read_property
from yuju.billing.choices import Cause, Decision
from yuju.billing.models import Bill, Charge
from yuju.billing.selectors import runs
from yuju.billing.services.runs import exceptions_decide
from yuju.billing.wording import exception_text, exception_title
from yuju.premises.services import property_create

pytestmark = pytest.mark.django_db


def place_of(code="here"):
    return property_create(code=code, name="青岚里公寓", by=None, at=AT)


def test_totals_and_changes_of_a_real_property_are_those_of_its_charges(operator):
    # Given a property with one run issued and the next one drafted
    place = load(read_property(DATA / "harbour.xlsx")).property
    first = issued(place, date(2026, 11, 1))
    second = draft(place, date(2026, 12, 1))

    # When the review is asked
    before = runs.run_before(second)
    totals = runs.run_item_totals(second, before)
    changes = runs.run_unit_changes(second, first, limit=10_000)

    # Then each figure is the sum of charges
    assert before == first
    sums = {run.pk: defaultdict(Decimal) for run in (first, second)}
    units = {run.pk: defaultdict(Decimal) for run in (first, second)}
    for charge in Charge.objects.filter(run__in=[first, second]).select_related("tariff__fee_item", "account__tenure"):
        sums[charge.run_id][charge.tariff.fee_item.name] += charge.amount
        units[charge.run_id][charge.account.tenure.unit_id] += charge.amount
    assert {one.name: (one.amount, one.before) for one in totals} == {
        name: (sums[second.pk][name], sums[first.pk][name]) for name in {*sums[first.pk], *sums[second.pk]}
    }
    assert {one.unit_id: one.difference for one in changes} == {
        unit: units[second.pk][unit] - units[first.pk][unit]
        for unit in {*units[first.pk], *units[second.pk]}
        if units[second.pk][unit] != units[first.pk][unit]
    }
    assert [abs(one.difference) for one in changes] == sorted((abs(one.difference) for one in changes), reverse=True)
    new, gone = runs.run_accounts_change(second, first)
    accounts = {run.pk: set(Bill.objects.filter(run=run).values_list("account", flat=True)) for run in (first, second)}
    assert (new, gone) == (len(accounts[second.pk] - accounts[first.pk]), len(accounts[first.pk] - accounts[second.pk]))


def test_only_a_change_of_weight_is_a_swing(operator):
    place = place_of()
    leases = [lease_of(place, number) for number in range(101, 105)]
    for lease in leases:
        read(lease, (date(2026, 1, 1), 0), (date(2026, 1, 31), 100), (date(2026, 2, 28), 400))
    issued(place, date(2026, 1, 31))
    run = draft(place, date(2026, 2, 28))
    totals = {one.name: one for one in runs.run_item_totals(run, runs.run_before(run))}
    assert totals["电费"].is_swing
    assert not totals["房租"].is_swing
    assert totals["房租"].share == 0


def test_the_first_run_has_nothing_to_be_compared_with(operator):
    place = place_of()
    lease_of(place, 101)
    run = draft(place)
    assert runs.run_before(run) is None
    assert not any(one.is_swing for one in runs.run_item_totals(run, None))


def test_exceptions_come_by_cause_with_words_for_each(operator):
    # Given a spike, a reading that goes backwards and a fee without a price
    place = place_of()
    spike, backwards, fine = (lease_of(place, number) for number in (101, 102, 103))
    steady = [(date(2025, 12, 31), 0), *((date(2026, month, 28), month * 100) for month in range(1, 5))]
    steady[0] = (date(2026, 1, 1), 0)
    read(spike, *steady, (date(2026, 5, 28), 2400))
    read(backwards, *steady, (date(2026, 5, 28), 390))
    read(fine, *steady, (date(2026, 5, 28), 500))

    # When a run is drafted
    run = draft(place, date(2026, 5, 28))
    groups = runs.run_causes(run)

    # Then what looks unusual comes first, each with its words
    assert [(group.cause, group.open, group.total) for group in groups] == [
        (Cause.SPIKE, 1, 1),
        (Cause.BACKWARDS, 1, 1),
    ]
    assert exception_title(groups[0].shown[0]) == "3栋0101 电费"
    assert "2,000 kWh" in exception_text(groups[0].shown[0])
    assert "390" in exception_text(groups[1].shown[0])

    # And once decided it moves over
    exceptions_decide(run=run, exceptions=groups[0].shown, decision=Decision.CONFIRMED, by=None, at=AT)
    assert [group.cause for group in runs.run_causes(run)] == [Cause.BACKWARDS]
    assert [group.cause for group in runs.run_causes(run, decided=True)] == [Cause.SPIKE]
    assert runs.run_decisions(run) == {Decision.CONFIRMED: 1, Decision.OPEN: 1}


def test_deciding_otherwise_takes_the_approval_away(operator):
    from yuju.billing.services.runs import bill_run_approve
    from yuju.identity.choices import Role
    from yuju.identity.services import user_create

    place = place_of()
    lease = lease_of(place, 101)
    read(lease, (date(2026, 1, 1), 0), *((date(2026, month, 28), month * 100) for month in range(1, 5)))
    read(lease, (date(2026, 5, 28), 2400))
    run = draft(place, date(2026, 5, 28))
    exceptions = list(run.exceptions.all())
    exceptions_decide(run=run, exceptions=exceptions, decision=Decision.CONFIRMED, by=None, at=AT)
    boss = user_create(
        username="boss", name="周明", password="long enough to do", postings=[(Role.MANAGER, None)], by=None, at=AT
    )
    assert bill_run_approve(run=run, by=boss, at=AT).approved_by == boss
    exceptions_decide(run=run, exceptions=list(run.exceptions.all()), decision=Decision.EXCLUDED, by=boss, at=AT)
    run.refresh_from_db()
    assert run.approved_by is None


@pytest.mark.parametrize("units", [1, 6])
def test_the_review_takes_as_many_statements_for_any_number_of_units(operator, units):
    place = place_of()
    for number in range(units):
        lease_of(place, 101 + number)
    issued(place, date(2026, 1, 1))
    run = draft(place, date(2026, 2, 1))
    with CaptureQueriesContext(connection) as captured:
        before = runs.run_before(run)
        runs.run_item_totals(run, before)
        runs.run_unit_changes(run, before)
        runs.run_causes(run)
        runs.run_span(run)
    assert sum("SAVEPOINT" not in one["sql"] and "SET LOCAL" not in one["sql"] for one in captured) == 7


def test_what_was_confirmed_stays_so_when_the_draft_is_made_anew(operator):
    # Given a draft with one exception confirmed and one left for the next run
    place = place_of()
    spike, backwards = lease_of(place, 101), lease_of(place, 102)
    steady = [(date(2026, 1, 1), 0), *((date(2026, month, 28), month * 100) for month in range(1, 5))]
    read(spike, *steady, (date(2026, 5, 28), 2400))
    read(backwards, *steady, (date(2026, 5, 28), 390))
    run = draft(place, date(2026, 5, 28))
    for exception in run.exceptions.all():
        decision = Decision.CONFIRMED if exception.cause == Cause.SPIKE else Decision.EXCLUDED
        exceptions_decide(run=run, exceptions=[exception], decision=decision, by=None, at=AT)

    # When it is made anew
    run = draft(place, date(2026, 5, 28))

    # Then only what was left out is asked again
    assert dict(run.exceptions.values_list("cause", "decision")) == {
        Cause.SPIKE: Decision.CONFIRMED,
        Cause.BACKWARDS: Decision.OPEN,
    }
