"""A bill run's statements give exactly the independent figures, and the rows that pricing gives line by line."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tests.support.billing_database import load, load_world
from tests.support.billing_worlds import make_world
from tests.support.property_sheets import DATA, expected_charges, read_property
from yuju.billing.choices import RunSource, Severity
from yuju.billing.models import Charge
from yuju.billing.services.runs import bill_run_draft, bill_run_issue

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
@pytest.mark.parametrize("seed", range(12))
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
