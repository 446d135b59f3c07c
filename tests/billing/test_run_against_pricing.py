"""A bill run's statements against pricing's one line at a time, over random properties: the same rows, fen and derivations."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.support.billing_worlds import LONG_AGO, Line, make_world
from tests.support.billing_worlds_database import WrittenWorld, write_world
from yuju.billing.choices import RunSource, Severity
from yuju.billing.models import BillRun, Charge, RunException
from yuju.billing.pricing.causes import Cause
from yuju.billing.pricing.formula import parse_formula
from yuju.billing.pricing.line import Terms, Version
from yuju.billing.services.runs import bill_run_draft

AT = datetime(2028, 3, 15, 1, tzinfo=UTC)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(12))
def test_a_run_over_a_random_property_is_what_pricing_says(operator: Any, seed: int) -> None:
    # Given a random property, and what pricing says of it line by line.
    world = make_world(seed)
    lines, faults = world.expected()
    written = write_world(world)
    # When a run is drafted.
    run = bill_run_draft(property=written.property, as_of=world.as_of, source=RunSource.COMMAND, by=None, at=AT)
    # Then its charges are the same in every column, and what it could not bill has the same causes.
    wanted = {(line.recurring, line.period_start): line for line in lines}
    made = {(line.recurring, line.period_start): line for line in _charges(run, written)}
    differing = [(key, made.get(key), wanted.get(key)) for key in {*made, *wanted} if made.get(key) != wanted.get(key)]
    assert not differing, (len(differing), len(wanted), differing[0])
    assert Counter(_faults(run, written)) == Counter(faults)
    assert run.charge_count == len(lines)


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
    codes = [code for code, other in world.tariffs.items() if (other.basis == "metered") == (terms.basis == "metered")]
    world.tariffs[codes[0]] = terms
    lines, faults = world.expected()
    assert Cause.TOO_LARGE in {cause for cause, _, _ in faults}
    written = write_world(world)
    # When a run is drafted, then all the rest is there.
    run = bill_run_draft(property=written.property, as_of=world.as_of, source=RunSource.COMMAND, by=None, at=AT)
    assert run.charge_count == len(lines) > 0
    assert Counter(_faults(run, written)) == Counter(faults)


def _charges(run: BillRun, written: WrittenWorld) -> list[Line]:
    keys = {row.pk: key for key, row in written.recurring.items()}
    return [
        Line(
            keys[charge.recurring_id],
            charge.period_start,
            charge.start,
            charge.end,
            charge.bill_date,
            charge.due_date,
            charge.gross,
            charge.discount,
            charge.amount,
            charge.derivation,
        )
        for charge in Charge.objects.filter(run=run)
    ]


def _faults(run: BillRun, written: WrittenWorld) -> list[tuple[str, str, Any]]:
    recurring = {row.pk: key for key, row in written.recurring.items()}
    points = {row.pk: key for key, row in written.points.items()}
    return [
        (one.cause, recurring[one.recurring_id] if one.recurring_id else points[one.point_id], one.start)
        for one in RunException.objects.filter(run=run, severity=Severity.BLOCKED)
    ]
