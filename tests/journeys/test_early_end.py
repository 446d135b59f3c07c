"""Leaving before the day agreed: what it will come to is told beforehand, and is what is settled then."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.support.settlements import BY, LAST_DAY, lines_of, make_stay
from yuju.billing.models import Adjustment, Charge
from yuju.journeys.early_end import early_end_notice
from yuju.kit.errors import Refused
from yuju.residency.models import MoveOutNotice, Tenure

pytestmark = pytest.mark.django_db


def test_what_is_told_is_what_is_settled_and_nothing_is_posted_before(operator: Any) -> None:
    # Given a stay until 28 February that asks a month's rent from who leaves early
    stay = make_stay()
    posted, end = (Charge.objects.count(), Adjustment.objects.count()), stay.tenure.end

    # When they want to leave on 15 October
    told = early_end_notice(tenure=stay.tenure, last_day=LAST_DAY, reason="工作调动", **BY)

    # Then it is told to the fen, and nothing has changed but the notice
    assert (told.effect, told.penalty) == (Decimal("-4548.39"), Decimal("3000.00"))
    assert (Charge.objects.count(), Adjustment.objects.count()) == posted
    assert Tenure.objects.get(pk=stay.tenure.pk).end == end
    assert MoveOutNotice.objects.get().last_day == LAST_DAY
    lines = lines_of(stay.prepare())
    assert {("price", told.effect), ("penalty", told.penalty)} <= set(lines)

    # And a day that is not early is none
    with pytest.raises(Refused) as refused:
        early_end_notice(tenure=stay.tenure, last_day=end, reason="x", **BY)
    assert refused.value.code == "settlement"
