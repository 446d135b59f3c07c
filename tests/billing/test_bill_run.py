"""A bill run's statements give exactly the independent figures, and the rows that pricing gives line by line."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.support.billing_database import load, load_world
from tests.support.billing_worlds import make_world
from tests.support.property_sheets import DATA, expected_charges, read_property
from yuju.billing.choices import Decision, RunSource, Severity
from yuju.billing.models import Charge, ChargeVoid
from yuju.billing.services.runs import bill_run_draft, bill_run_drop, bill_run_issue, exceptions_decide
from yuju.kit.errors import Refused

AT = datetime(2026, 12, 1, 1, tzinfo=UTC)
AS_OF = date(2026, 12, 1)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["sunshine", "harbour"])
def test_a_run_gives_the_expected_charges_row_by_row(operator, name):
    # Given a property from its workbook, in the database
    loaded = load(read_property(DATA / f"{name}.xlsx"))

    # When a run is drafted and issued
    run = bill_run_draft(property=loaded.property, as_of=AS_OF, source=RunSource.COMMAND, by=None, at=AT)
    run = bill_run_issue(run=run, by=None, at=AT, leave_out_open=True)

    # Then its charges are the expected ones, to the fen
    assert _rows(loaded, run) == expected_charges(DATA / f"{name}-charges-2026-12-01.csv")
    assert run.total == sum((Decimal(row["amount"]) for row in _rows(loaded, run)), Decimal(0))

    # And a second run adds nothing
    again = bill_run_draft(property=loaded.property, as_of=AS_OF, source=RunSource.COMMAND, by=None, at=AT)
    assert (again.charge_count, again.total) == (0, Decimal(0))


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [*range(8), *(pytest.param(seed, marks=pytest.mark.scale) for seed in range(8, 80))])
def test_statements_give_what_pricing_gives_line_by_line(operator, seed):
    # Given a random property: tariffs of every kind, facts and prices that change, dials that roll over or run backwards
    world = make_world(seed)
    place, recurring, points = load_world(world)
    keys = {one.pk: key for key, one in recurring.items()}
    point_keys = {one.pk: key for key, one in points.items()}

    # When a run is drafted
    run = bill_run_draft(property=place, as_of=world.as_of, source=RunSource.COMMAND, by=None, at=AT)

    # Then every charge, derivation included, is the one that pricing gives, and so is every exception
    lines, faults = world.expected()
    charged = {
        (keys[c.recurring_id], c.period_start): (
            *(c.start, c.end, c.bill_date, c.due_date, c.gross, c.discount, c.amount, c.derivation),
        )
        for c in Charge.objects.filter(run=run)
    }
    wanted = {
        (line.recurring, line.period_start): (
            *(
                line.start,
                line.end,
                line.bill_date,
                line.due_date,
                line.gross,
                line.discount,
                line.amount,
                line.derivation,
            ),
        )
        for line in lines
    }
    assert charged == wanted
    assert run.charge_count == len(lines)
    excepted = [
        (e.cause, keys[e.recurring_id] if e.recurring_id else point_keys[e.point_id], e.start)
        for e in run.exceptions.filter(severity=Severity.BLOCKED)
    ]
    assert sorted(excepted) == sorted(faults)


@pytest.mark.django_db
def test_the_number_of_statements_does_not_depend_on_the_number_of_units(operator):
    # Given a small property and one eight times its size
    counts = []
    for code, units in (("S", 5), ("L", 40)):
        place, _, _ = load_world(make_world(1, units=units), code)

        # When each is drafted and issued
        with CaptureQueriesContext(connection) as statements:
            run = bill_run_draft(property=place, as_of=date(2028, 3, 15), source=RunSource.COMMAND, by=None, at=AT)
            bill_run_issue(run=run, by=None, at=AT, leave_out_open=True)
        counts.append(len(statements))

    # Then both took the same number of statements
    assert counts[0] == counts[1]


@pytest.mark.django_db
def test_a_draft_can_be_dropped_and_its_periods_are_due_again(operator):
    # Given a draft
    place, _, _ = load_world(make_world(2, units=10))
    run = bill_run_draft(property=place, as_of=date(2028, 3, 15), source=RunSource.COMMAND, by=None, at=AT)
    charged = run.charge_count

    # When it is dropped
    run = bill_run_drop(run=run, by=None, at=AT)

    # Then nothing of it is left, and the next run takes the same periods under the next number
    assert not Charge.objects.filter(run=run).exists()
    again = bill_run_draft(property=place, as_of=date(2028, 3, 15), source=RunSource.COMMAND, by=None, at=AT)
    assert (again.number, again.charge_count) == (run.number + 1, charged)


@pytest.mark.django_db
def test_a_draft_made_anew_is_the_same_run(operator):
    # Given a draft
    place, _, _ = load_world(make_world(3, units=10))
    first = bill_run_draft(property=place, as_of=date(2028, 1, 15), source=RunSource.COMMAND, by=None, at=AT)

    # When it is made anew as of a later day
    second = bill_run_draft(property=place, as_of=date(2028, 3, 15), source=RunSource.COMMAND, by=None, at=AT)

    # Then it is the same run with more in it
    assert second.pk == first.pk
    assert second.charge_count > first.charge_count


@pytest.mark.django_db
def test_a_voided_period_is_billed_again(operator):
    # Given an issued run of which one charge is void
    place, _, _ = load_world(make_world(4, units=10))
    day = date(2028, 3, 15)
    run = bill_run_draft(property=place, as_of=day, source=RunSource.COMMAND, by=None, at=AT)
    run = bill_run_issue(run=run, by=None, at=AT, leave_out_open=True)
    wrong = Charge.objects.filter(run=run).order_by("pk").first()
    ChargeVoid.objects.create(charge=wrong, at=AT, reason="wrong")

    # When the next run is drafted
    again = bill_run_draft(property=place, as_of=day, source=RunSource.COMMAND, by=None, at=AT)

    # Then it holds just that period
    (charge,) = Charge.objects.filter(run=again)
    assert (charge.recurring_id, charge.period_start, charge.amount) == (
        wrong.recurring_id,
        wrong.period_start,
        wrong.amount,
    )
    assert charge.attempt == wrong.attempt + 1


@pytest.mark.django_db
def test_issuing_waits_for_decisions_and_what_was_confirmed_is_not_asked_again(operator):
    # Given a draft with open exceptions
    place, _, _ = load_world(make_world(5))
    day = date(2028, 3, 15)
    run = bill_run_draft(property=place, as_of=day, source=RunSource.COMMAND, by=None, at=AT)
    assert run.exceptions.exists()

    # When it is issued, then it is refused; when all are confirmed, it is issued
    with pytest.raises(Refused) as refused:
        bill_run_issue(run=run, by=None, at=AT)
    assert refused.value.code == "open_exceptions"
    exceptions_decide(run=run, exceptions=list(run.exceptions.all()), decision=Decision.CONFIRMED, by=None, at=AT)
    bill_run_issue(run=run, by=None, at=AT)

    # And in the next run nothing is open that was confirmed before
    again = bill_run_draft(property=place, as_of=day, source=RunSource.COMMAND, by=None, at=AT)
    assert again.exceptions.filter(decision=Decision.CONFIRMED).exists()
    assert not again.exceptions.filter(decision=Decision.OPEN).exists()


@pytest.mark.django_db
def test_issuing_from_the_command_line_leaves_out_what_cannot_be_billed_and_asks_again_next_time(operator):
    # Given a draft with open exceptions
    place, _, _ = load_world(make_world(5))
    day = date(2028, 3, 15)
    run = bill_run_draft(property=place, as_of=day, source=RunSource.COMMAND, by=None, at=AT)
    blocked = run.exceptions.filter(severity=Severity.BLOCKED).count()

    # When it is issued without anybody's decision
    bill_run_issue(run=run, by=None, at=AT, leave_out_open=True)

    # Then they are recorded as left out, and are open again in the next run
    assert run.exceptions.filter(decision=Decision.EXCLUDED).count() == blocked
    again = bill_run_draft(property=place, as_of=day, source=RunSource.COMMAND, by=None, at=AT)
    assert again.exceptions.filter(severity=Severity.BLOCKED, decision=Decision.OPEN).count() == blocked


def _rows(loaded, run):
    names = {one.pk: key for key, one in loaded.recurring.items()}
    rows = []
    for charge in Charge.objects.filter(run=run):
        lease, tariff, meter, space = names[charge.recurring_id]
        rows.append(
            {
                "lease": lease,
                "tariff": tariff,
                "meter": meter,
                "space": space,
                "start": charge.start.isoformat(),
                "end": charge.end.isoformat(),
                "bill_date": charge.bill_date.isoformat(),
                "due_date": charge.due_date.isoformat(),
                "gross": str(charge.gross),
                "discount": str(charge.discount),
                "amount": str(charge.amount),
            }
        )
    return sorted(rows, key=lambda row: tuple(row.values())[:5])
