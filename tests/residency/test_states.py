"""How far a stay has come, and what was agreed for it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.support.billing_small import AT
from yuju.kit.errors import Refused
from yuju.premises.models import Unit
from yuju.premises.services import building_create, property_create, unit_create
from yuju.residency.choices import PenaltyKind, TenureState
from yuju.residency.models import Agreement, Resident, Tenure
from yuju.residency.selectors import holds_on
from yuju.residency.services import agreement_set, lease_create, resident_create, state_by_days, tenure_move

pytestmark = pytest.mark.django_db
BY: dict[str, Any] = {"by": None, "at": AT}


@pytest.fixture
def unit(operator: Any) -> Unit:
    here = property_create(code="here", name="青岚里公寓", **BY)
    return unit_create(building=building_create(property=here, code="1", name="1幢", **BY), number="101", **BY)


def let(unit: Unit, name: str, start: date, end: date, **more: Any) -> Tenure:
    resident: Resident = resident_create(property=unit.property, name=name, **BY)
    return lease_create(unit=unit, resident=resident, start=start, end=end, **more, **BY)


@pytest.mark.parametrize(
    ("end", "state"),
    [
        (date(2026, 3, 1), TenureState.ENDED),
        (date(2026, 3, 2), TenureState.LIVING),
        (None, TenureState.LIVING),
    ],
)
def test_without_its_story_the_days_say_how_far_a_stay_has_come(end: date | None, state: TenureState) -> None:
    assert state_by_days(date(2026, 1, 1), end, date(2026, 3, 2)) == state
    assert state_by_days(date(2026, 3, 3), end, date(2026, 3, 1)) == TenureState.SIGNED


def test_a_cancelled_reservation_gives_its_days_back(unit: Unit) -> None:
    # Given a room reserved for the whole of 2027
    first = let(unit, "林晓雨", date(2027, 1, 1), date(2027, 12, 31), state=TenureState.RESERVED)
    with pytest.raises(Refused) as refused:
        let(unit, "周子昂", date(2027, 12, 31), date(2028, 12, 30))
    assert refused.value.code == "overlap"

    # When it is cancelled, twice
    tenure_move(tenure=first, to=TenureState.CANCELLED, **BY)
    tenure_move(tenure=first, to=TenureState.CANCELLED, **BY)

    # Then nobody holds the unit on any of its days, and it can be let for them
    assert not Tenure.objects.filter(holds_on(date(2027, 1, 1))).exists()
    let(unit, "周子昂", date(2026, 12, 31), date(2027, 12, 31))


def test_the_database_itself_refuses_an_end_before_the_start_of_a_stay_in_force(unit: Unit) -> None:
    made = let(unit, "林晓雨", date(2027, 1, 1), date(2027, 12, 31))
    with pytest.raises(IntegrityError, match="tenure_ends_after_start"), transaction.atomic():
        Tenure.objects.filter(pk=made.pk).update(end=date(2026, 12, 31))


def test_nobody_comes_back_from_check_out(unit: Unit) -> None:
    made = let(unit, "林晓雨", date(2026, 1, 1), date(2026, 12, 31), state=TenureState.RESERVED)
    for to in (TenureState.SIGNED, TenureState.LIVING, TenureState.ENDED):
        tenure_move(tenure=made, to=to, **BY)
    for to in (TenureState.LIVING, TenureState.CANCELLED, TenureState.RESERVED):
        with pytest.raises(Refused) as refused:
            tenure_move(tenure=made, to=to, **BY)
        assert refused.value.code == "state"


def test_what_was_agreed_is_one_row_a_lease(unit: Unit) -> None:
    made = let(unit, "林晓雨", date(2026, 1, 1), date(2026, 12, 31))
    agreement_set(tenure=made, penalty_kind=PenaltyKind.MONTHS, penalty=Decimal(1), **BY)
    agreement_set(tenure=made, penalty_kind=PenaltyKind.FIXED, penalty=Decimal("2000"), **BY)

    kept = Agreement.objects.get(tenure=made)
    assert (kept.penalty_kind, kept.penalty, kept.agreed_end) == (PenaltyKind.FIXED, Decimal(2000), date(2026, 12, 31))
    with pytest.raises(Refused) as refused:
        agreement_set(tenure=made, overstay_rate=Decimal(-1), **BY)
    assert refused.value.field == "overstay_rate"
