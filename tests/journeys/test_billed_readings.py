"""A wrong reading on which bills stand: another takes its place, and what it changes is posted (billing rules, "Changes")."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from tests.support.billing_small import AT, Lease, draft, issued, lease_of, read
from yuju.billing.models import Charge, RecurringCharge
from yuju.books.verification import verify
from yuju.journeys.readings import Corrected, billed_reading_correct
from yuju.kit.errors import Refused
from yuju.metering.models import Reading
from yuju.premises.services import property_create

pytestmark = pytest.mark.django_db
DAYS = [date(2026, month, 1) for month in (1, 2, 3, 4, 5)]


@pytest.fixture
def lease(operator: Any) -> Lease:
    """Electricity at 0.50 up to 100 kWh of the year and 0.80 above; not read yet."""
    made = lease_of(property_create(code="here", name="青岚里公寓", by=None, at=AT), 101)
    for code in ("RENT", "FEE"):
        made.charges[code].delete()
    return made


def billed(lease: Lease, *values: int) -> None:
    read(lease, *zip(DAYS, values, strict=False))
    issued(lease.meter.property, DAYS[len(values) - 1])


def correct(lease: Lease, day: date, value: int | None, **more: Any) -> Corrected:
    old = Reading.objects.get(meter=lease.meter, date=day, superseded_by=None, is_void=False)
    new = None if value is None else Decimal(value)
    return billed_reading_correct(
        reading=old, value=new, **{"reason": "看错一位", "shown": None, "by": None, "at": AT, **more}
    )


def comes_to() -> list[Decimal]:
    """What each charge comes to now, in the order of their periods."""
    charges = Charge.objects.order_by("start", "pk").prefetch_related("adjustments")
    return [one.amount + sum(each.amount for each in one.adjustments.all()) for one in charges]


def tiered(values: list[int]) -> list[Decimal]:
    """What the intervals between readings cost, worked out by hand: 0.50 up to 100 kWh, 0.80 above."""

    def until(used: int) -> Decimal:
        return min(used, 100) * Decimal("0.50") + max(used - 100, 0) * Decimal("0.80")

    return [until(later) - until(earlier) for earlier, later in pairwise(values)]


def test_its_interval_and_the_next_are_priced_again(lease: Lease) -> None:
    # Given January 90 kWh = 45.00 and February 100 kWh, 10 of them in the first tier = 77.00
    billed(lease, 0, 90, 190)
    assert comes_to() == [Decimal("45.00"), Decimal("77.00")]

    # When 1 February was 60 and not 90
    made = correct(lease, DAYS[1], 60)

    # Then 60 × 0.50 = 30.00, and 40 × 0.50 + 90 × 0.80 = 92.00
    assert [one.amount for one in made.adjustments] == [Decimal("-15.00"), Decimal("15.00")]
    assert comes_to() == [Decimal("30.00"), Decimal("92.00")]
    assert not [one for one in verify() if one.astray_count]


def test_who_moved_in_later_is_priced_again_in_the_tiers_of_that_year(lease: Lease) -> None:
    # Given somebody else pays at the meter from 1 March on
    row = lease.charges["POWER"]
    RecurringCharge.objects.filter(pk=row.pk).update(end=date(2026, 2, 28))
    other = lease_of(lease.meter.property, 102, "周子昂")
    for charge in other.charges.values():
        charge.delete()
    RecurringCharge.objects.create(
        property=row.property,
        account=other.charges["RENT"].account,
        tariff=row.tariff,
        unit=row.unit,
        point=row.point,
        start=date(2026, 3, 1),
        end=other.tenure.end,
    )
    billed(lease, 0, 90, 190, 250)

    # When the reading between the two was 95 and not 190
    made = correct(lease, DAYS[2], 95)

    # Then both accounts have their adjustments
    assert len({one.charge.account_id for one in made.adjustments}) == 2
    assert comes_to() == tiered([0, 90, 95, 250])
    assert not [one for one in verify() if one.astray_count]


def test_a_reading_taken_away_leaves_one_interval(lease: Lease) -> None:
    billed(lease, 0, 90, 190)
    correct(lease, DAYS[1], None)
    assert comes_to() == [Decimal("122.00"), Decimal("0.00")]
    # And nothing is billed a second time
    issued(lease.meter.property, DAYS[2])
    assert Charge.objects.count() == 2


def test_a_day_that_was_wrong_gives_back_the_later_interval_and_bills_it_anew(lease: Lease) -> None:
    billed(lease, 0, 90, 190)
    correct(lease, DAYS[1], 90, date=date(2026, 2, 3))
    assert comes_to() == [Decimal("45.00"), Decimal("0.00")]
    issued(lease.meter.property, DAYS[2])
    assert sum(comes_to()) == Decimal("122.00")


def test_what_is_posted_is_what_was_shown(lease: Lease) -> None:
    billed(lease, 0, 90, 190)
    with transaction.atomic():
        shown = correct(lease, DAYS[1], 60).seal
        transaction.set_rollback(True)
    assert comes_to() == [Decimal("45.00"), Decimal("77.00")]

    # When the next month is billed before it is confirmed, nothing is posted
    read(lease, (DAYS[3], 200))
    issued(lease.meter.property, DAYS[3])
    with pytest.raises(Refused) as refused:
        correct(lease, DAYS[2], 150, shown=shown)
    assert refused.value.code == "changed"
    assert Reading.objects.get(date=DAYS[2], superseded_by=None).value == 190

    # Then what is shown anew can be confirmed
    with transaction.atomic():
        anew = correct(lease, DAYS[2], 150).seal
        transaction.set_rollback(True)
    correct(lease, DAYS[2], 150, shown=anew)
    assert comes_to() == tiered([0, 90, 150, 200])


def test_a_draft_is_dropped_first(lease: Lease) -> None:
    billed(lease, 0, 90)
    read(lease, (DAYS[2], 190))
    draft(lease.meter.property, DAYS[2])
    with pytest.raises(Refused) as refused:
        correct(lease, DAYS[1], 60)
    assert refused.value.code == "drafted"


@pytest.mark.slow
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    used=some.lists(some.integers(0, 120), min_size=2, max_size=4),
    changes=some.lists(some.tuples(some.integers(1, 4), some.fractions(0, 1)), min_size=1, max_size=4),
)
def test_whatever_is_corrected_the_charges_are_those_of_the_right_readings(
    lease: Lease, used: list[int], changes: list[tuple[int, Any]]
) -> None:
    with transaction.atomic():
        values = [sum(used[:count]) for count in range(len(used) + 1)]
        billed(lease, *values)
        for place, share in changes:
            index = min(place, len(values) - 1)
            upper = values[index + 1] if index + 1 < len(values) else values[index] + 50
            values[index] = values[index - 1] + int((upper - values[index - 1]) * share)
            correct(lease, DAYS[index], values[index])
            assert comes_to() == tiered(values)
        assert not [one for one in verify() if one.astray_count]
        transaction.set_rollback(True)
