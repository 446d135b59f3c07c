"""A run is never stopped by one line: an amount that no charge can hold is an exception like any other."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.support.billing_database import load_world
from tests.support.billing_worlds import LONG_AGO, make_world
from tests.support.stays import bind, make_lease, make_property, make_tariff, make_unit, run_bills
from yuju.billing.choices import Anchor, RunSource, Severity
from yuju.billing.models import Bill, Charge, RunException
from yuju.billing.pricing.causes import Cause
from yuju.billing.pricing.formula import parse_formula
from yuju.billing.pricing.line import Terms, Version
from yuju.billing.services.runs import bill_run_draft
from yuju.books.verification import verify

AT = datetime(2028, 3, 15, 1, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "terms",
    [
        Terms("formula", (Version(LONG_AGO, formula=parse_formula("rent * rent * rent * rent")),)),
        Terms("metered", (Version(LONG_AGO, rate=Decimal(9_999_999_999)),)),
    ],
)
def test_an_amount_no_charge_can_hold_does_not_stop_the_run(operator: Any, terms: Terms) -> None:
    # Given one tariff that comes out beyond any charge, among others.
    world = make_world(7, units=12)
    alike = [code for code, other in world.tariffs.items() if (other.basis == "metered") == (terms.basis == "metered")]
    world.tariffs[alike[0]] = terms
    lines, faults = world.expected()
    causes = Counter(cause for cause, _, _ in faults)
    assert causes[Cause.TOO_LARGE] > 0
    place, _, _ = load_world(world)
    # When a run is drafted, then all the rest is there, and these are told.
    run = bill_run_draft(property=place, as_of=world.as_of, source=RunSource.COMMAND, by=None, at=AT)
    assert run.charge_count == len(lines) > 0
    told = RunException.objects.filter(run=run, severity=Severity.BLOCKED).values_list("cause", flat=True)
    assert Counter(told) == causes


@pytest.mark.django_db
def test_charges_that_together_are_more_than_a_charge_holds_do_not_stop_the_run(operator: Any) -> None:
    # Given a lease that is billed many of the largest amounts on one day.
    place = make_property()
    tenure = make_lease(make_unit(place))
    for _ in range(60):
        bind(tenure, make_tariff(place, rate="9999999999", cycle_months=12, anchor=Anchor.LEASE))
    # When it is drafted and issued, then the bill and the run hold the sum.
    run = run_bills(place)
    bill = Bill.objects.get(run=run)
    assert bill.charge_count == 60
    assert bill.total == run.total == sum(Charge.objects.filter(run=run).values_list("amount", flat=True)) > 10**12
    assert not [finding for finding in verify(property_id=place.pk) if finding.astray_count]
