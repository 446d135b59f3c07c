"""Where counting goes wrong: ends of months, leap days, bounds of tiers, turns of the year, dials that are replaced.

Amounts written out are worked out by hand from the billing rules.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from tests.support.billing_database import load_world
from tests.support.billing_worlds import (
    LONG_AGO,
    PointCase,
    RecurringCase,
    TenureCase,
    UnitCase,
    World,
    make_world,
)
from tests.support.edge_worlds import edge_world
from yuju.billing.choices import RunSource, Severity
from yuju.billing.models import Charge, RecurringCharge, Tariff, TariffVersion
from yuju.billing.pricing.intervals import Installation
from yuju.billing.pricing.intervals import Reading as Dial
from yuju.billing.pricing.line import Terms, Version
from yuju.billing.pricing.tiers import parse_tiers
from yuju.billing.services.runs import bill_run_draft, bill_run_issue
from yuju.kit.errors import Refused
from yuju.metering.models import Meter, Reading
from yuju.residency.models import TenureTerm

AT = datetime(2028, 3, 15, 1, tzinfo=UTC)
DAY = timedelta(days=1)

pytestmark = pytest.mark.django_db


def draft(place, as_of):
    return bill_run_draft(property=place, as_of=as_of, source=RunSource.COMMAND, by=None, at=AT)


def issued(place, as_of):
    return bill_run_issue(run=draft(place, as_of), by=None, at=AT, leave_out_open=True)


def charged(recurring, **run):
    keys = {one.pk: key for key, one in recurring.items()}
    return {
        (keys[c.recurring_id], c.period_start): (c.start, c.end, c.bill_date, c.due_date, c.gross, c.discount, c.amount)
        for c in Charge.objects.filter(**run)
    }


def expected(world):
    return {
        (x.recurring, x.period_start): (x.start, x.end, x.bill_date, x.due_date, x.gross, x.discount, x.amount)
        for x in world.expected()[0]
    }


@pytest.mark.parametrize("as_of", [date(2024, 2, 29), date(2025, 2, 28), date(2026, 3, 31)])
def test_ends_of_months_and_leap_days_come_out_as_pricing_says(operator, as_of):
    # Given leases from the days on which months are hard to count
    world = edge_world()
    world.as_of = as_of
    place, recurring, _ = load_world(world)

    # When / then
    run = draft(place, as_of)
    assert charged(recurring, run=run) == expected(world)
    assert run.charge_count > 100


def test_runs_one_after_the_other_come_to_what_one_late_run_comes_to(operator):
    # Given a property billed day after day around an end of February, and once as of an earlier day
    world = edge_world()
    place, recurring, _ = load_world(world)
    last = date(2025, 3, 1)
    for back in (380, 375, 200, 3, 30, 2, 1, 0):
        issued(place, last - back * DAY)

    # Then all runs together hold what one on the last day would, each period once
    world.as_of = last
    assert charged(recurring, kind="run") == expected(world)
    assert draft(place, last - DAY).charge_count == 0


@pytest.mark.parametrize("seed", [11, 12])
def test_random_properties_billed_in_steps_come_to_the_same(operator, seed):
    # Given
    world = make_world(seed, units=15)
    place, recurring, _ = load_world(world)

    # When
    for as_of in (date(2027, 1, 31), date(2027, 6, 30), date(2027, 2, 1), world.as_of):
        issued(place, as_of)

    # Then
    assert charged(recurring, kind="run") == expected(world)


def test_a_charge_is_taken_on_its_bill_date_and_not_a_day_earlier(operator):
    # Given a month in advance with five days of lead, and one in arrears
    world = _lease(
        {
            "ahead": Terms("flat", (Version(LONG_AGO, rate=Decimal(100)),), lead_days=5),
            "after": Terms("flat", (Version(LONG_AGO, rate=Decimal(100)),), timing="arrears"),
        },
        start=date(2027, 2, 1),
        end=date(2027, 2, 28),
    )
    place, recurring, _ = load_world(world)

    # When / then
    assert draft(place, date(2027, 1, 26)).charge_count == 0
    assert {key for key, _ in charged(recurring, run=draft(place, date(2027, 1, 27)))} == {"ahead"}
    assert {key for key, _ in charged(recurring, run=draft(place, date(2027, 2, 28)))} == {"ahead"}
    assert {key for key, _ in charged(recurring, run=draft(place, date(2027, 3, 1)))} == {"ahead", "after"}


def test_part_of_a_month_is_not_the_whole_rent(operator):
    """Elsewhere the full rent was charged for any month touched."""
    # Given a rent of 3,100 from 22 January
    world = _lease({"rent": Terms("flat", (Version(LONG_AGO, rate=Decimal(3100)),))}, start=date(2027, 1, 22))
    place, recurring, _ = load_world(world)

    # Then ten days of January cost 10/31
    run = draft(place, date(2027, 1, 22))
    assert [row[-1] for row in charged(recurring, run=run).values()] == [Decimal("1000.00")]


def test_a_term_that_changes_later_rewrites_nothing(operator):
    """Elsewhere later months were rewritten when a lease changed."""
    # Given a rent billed for January
    world = _lease({"rent": Terms("headcount", (Version(LONG_AGO, rate=Decimal(100)),))}, start=date(2027, 1, 1))
    place, recurring, _ = load_world(world)
    issued(place, date(2027, 1, 1))

    # When a third person is written down, from January on
    TenureTerm.objects.update(occupants=3)

    # Then January stays as it was issued, and February is for three
    issued(place, date(2027, 2, 1))
    rows = charged(recurring, kind="run")
    assert {start: row[-1] for (_, start), row in rows.items()} == {
        date(2027, 1, 1): Decimal("200.00"),
        date(2027, 2, 1): Decimal("300.00"),
    }


def test_two_recurring_charges_of_one_tariff_are_two_debts(operator):
    # Given one tariff twice for one lease, from different days
    world = _lease({"A": Terms("flat", (Version(LONG_AGO, rate=Decimal(100)),))}, start=date(2027, 1, 1))
    first = world.recurring["A"]
    world.recurring["B"] = RecurringCase(**{**vars_of(first), "key": "B", "start": date(2027, 2, 1)})
    place, recurring, _ = load_world(world)

    # Then in February both are charged, on one bill
    run = draft(place, date(2027, 2, 1))
    assert sorted(charged(recurring, run=run)) == [
        ("A", date(2027, 1, 1)),
        ("A", date(2027, 2, 1)),
        ("B", date(2027, 2, 1)),
    ]
    assert run.bills.get(due_date=date(2027, 2, 1)).charge_count == 2


def test_a_first_reading_is_where_counting_begins(operator):
    """Elsewhere the first reading was billed at its full face value."""
    world = _metered("*:1", [Installation((Dial(date(2027, 1, 1), Decimal(48213)),))])
    place, _, _ = load_world(world)
    assert draft(place, date(2027, 2, 1)).charge_count == 0


def test_a_year_of_tiers_over_replaced_dials_rollovers_bounds_and_new_years_eve(operator):
    # Given tiers by the year; a dial times 10 that rolls over at 1,000, is replaced in April, and a second one
    tiers = "100:1;200:2;*:3"
    old = Installation(
        (
            Dial(date(2026, 12, 1), Decimal(900)),
            Dial(date(2027, 1, 1), Decimal(995)),  # 950 in 2027: an interval counts whole in its later reading's year
            Dial(date(2027, 4, 1), Decimal(5), rollover=True),  # (1000 − 995 + 5) × 10 = 100
        ),
        Decimal(10),
        3,
    )
    new = Installation(
        (
            Dial(date(2027, 4, 1), Decimal(7)),  # nothing lies between the two
            Dial(date(2027, 12, 31), Decimal("107.5")),  # 100.5
            Dial(date(2028, 1, 31), Decimal("207.5")),  # 100 in 2028: exactly the first bound
            Dial(date(2028, 2, 29), Decimal("207.51")),  # 0.01 above it
        )
    )
    world = _metered(tiers, [old, new], scope="year")
    place, recurring, _ = load_world(world)

    # When
    run = draft(place, date(2028, 3, 15))

    # Then
    rows = charged(recurring, run=run)
    assert {start: row[4] for (_, start), row in rows.items()} == {
        date(2026, 12, 1): Decimal("2550.00"),  # 100 × 1 + 100 × 2 + 750 × 3
        date(2027, 1, 1): Decimal("300.00"),  # all of it above 200
        date(2027, 4, 1): Decimal("301.50"),
        date(2027, 12, 31): Decimal("100.00"),  # a new year begins at the first tier
        date(2028, 1, 31): Decimal("0.02"),
    }


def test_an_own_price_stands_in_for_all_tiers(operator):
    world = _metered(
        "10:1;*:100",
        [Installation((Dial(date(2027, 1, 1), Decimal(0)), Dial(date(2027, 2, 1), Decimal(1000))))],
        rate=Decimal("0.123456"),
    )
    place, recurring, _ = load_world(world)
    assert [row[4] for row in charged(recurring, run=draft(place, date(2027, 2, 1))).values()] == [Decimal("123.46")]


def test_a_reading_entered_late_is_billed_by_the_next_run_and_nothing_twice(operator):
    # Given January billed
    dial = Installation((Dial(date(2027, 1, 1), Decimal(0)), Dial(date(2027, 2, 1), Decimal(50))))
    world = _metered("*:1", [dial])
    place, recurring, _ = load_world(world)
    issued(place, date(2027, 3, 1))

    # When February's reading comes after the run of March
    meter = Meter.objects.get()
    Reading.objects.create(property=place, meter=meter, date=date(2027, 3, 1), value=80, source="form")

    # Then a run as of the same day bills February, and a third one nothing
    assert [row[4] for row in charged(recurring, run=issued(place, date(2027, 3, 1))).values()] == [Decimal("30.00")]
    assert draft(place, date(2027, 3, 1)).charge_count == 0


def test_what_waits_for_a_reading_paid_elsewhere_comes_with_that_reading(operator):
    # Given a dial that ran backwards in January, paid through February in the old books
    readings = tuple(Dial(date(2027, month, 1), Decimal(at)) for month, at in enumerate((100, 90, 110, 130), 1))
    world = _metered("*:1", [Installation(readings)])
    paid = {**vars_of(world.recurring["water"]), "billed_until": date(2027, 3, 1)}
    world.recurring["water"] = RecurringCase(**paid)
    place, _, _ = load_world(world)

    # Then the run names the reading to mend beside what waits for it, as long as something does
    run = draft(place, date(2027, 4, 1))
    faults = [(e.cause, e.start) for e in run.exceptions.filter(severity=Severity.BLOCKED).order_by("start")]
    assert faults == [("backwards", date(2027, 1, 1)), ("waiting", date(2027, 3, 1))]
    assert not draft(place, date(2027, 3, 1)).exceptions.exists()


def test_an_exception_is_never_a_charge_of_zero(operator):
    """Elsewhere a formula's error or negative result silently became 0."""
    world = _lease({"gone": Terms("flat", (Version(LONG_AGO),))}, start=date(2027, 1, 1))
    world.tariffs["below"] = Terms("flat", (Version(LONG_AGO, rate=Decimal(-1)),))
    world.recurring["below"] = RecurringCase(**{**vars_of(world.recurring["gone"]), "key": "below", "tariff": "below"})
    place, _, _ = load_world(world)
    run = draft(place, date(2027, 1, 1))
    assert run.charge_count == 0
    causes = run.exceptions.filter(severity=Severity.BLOCKED).values_list("cause", flat=True)
    assert sorted(causes) == ["negative_price", "no_rate"]


@pytest.mark.parametrize(
    "change",
    [
        lambda: RecurringCharge.objects.filter(start=date(2027, 1, 1)).update(end=date(2027, 1, 20)),
        lambda: RecurringCharge.objects.filter(start=date(2027, 1, 1)).update(start=date(2027, 1, 5)),
        lambda: RecurringCharge.objects.update(discount=Decimal("0.1")),
        lambda: TariffVersion.objects.update(rate=Decimal(120)),
        lambda: Tariff.objects.update(cycle_months=2),
        lambda: TenureTerm.objects.update(occupants=None),
    ],
)
def test_a_draft_that_was_overtaken_is_not_issued(operator, change):
    # Given a draft, and a lease or price that changes before it is issued
    world = _lease(
        {"A": Terms("headcount", (Version(LONG_AGO, rate=Decimal(100)),), anchor="lease")}, start=date(2027, 1, 1)
    )
    place, _recurring, _ = load_world(world)
    run = draft(place, date(2027, 1, 1))
    change()

    # When it is issued later, then it is refused; made anew it is issued
    with pytest.raises(Refused) as refused:
        bill_run_issue(run=run, by=None, at=AT + timedelta(hours=1), leave_out_open=True)
    assert refused.value.code == "stale"
    again = draft(place, date(2027, 1, 31))
    bill_run_issue(run=again, by=None, at=AT + timedelta(hours=1), leave_out_open=True)


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_a_draft_that_nothing_overtook_is_issued_whenever(operator, seed):
    # Given a draft of a random property with all kinds of tariffs, and what was not there when it was drafted
    world = make_world(seed, units=10)
    place, recurring, _ = load_world(world)
    run = draft(place, world.as_of)
    charge = next(iter(recurring.values()))
    RecurringCharge.objects.create(
        property=place,
        account=charge.account,
        tariff=Tariff.objects.exclude(basis="metered").first(),
        unit=charge.unit,
        start=date(2026, 1, 1),
    )

    # When / then
    count = run.charge_count
    run = bill_run_issue(run=run, by=None, at=AT + timedelta(days=1), leave_out_open=True)
    assert run.charge_count == count


def vars_of(case):
    return {name: getattr(case, name) for name in RecurringCase.__dataclass_fields__}


def _lease(tariffs, *, start, end=None):
    """A lease with one recurring charge for each tariff, both called alike."""
    world = World(seed=0, tariffs=dict(tariffs))
    world.units["U"] = UnitCase("U", ((LONG_AGO, Decimal("89.5"), 7),))
    world.tenures["L"] = TenureCase("L", "U", start, end, ((LONG_AGO, Decimal(4500), 2),))
    for code in tariffs:
        world.recurring[code] = RecurringCase(code, "L", code, None, start, end, None, Decimal(0), None)
    return world


def _metered(tiers, installations, *, scope="period", rate=None):
    """A lease with a meter from long ago."""
    world = _lease({}, start=date(2026, 1, 1))
    world.tariffs["water"] = Terms("metered", (Version(LONG_AGO, tiers=parse_tiers(tiers)),), tier_scope=scope)
    world.points["P"] = PointCase("P", "U", tuple(installations))
    world.recurring["water"] = RecurringCase("water", "L", "water", "P", date(2026, 1, 1), None, rate, Decimal(0), None)
    return world
