"""A stay is settled by two people while a third takes money for it, each over a connection of their own."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from tests.support.at_once import at_once
from tests.support.settlements import BY, Stay, agreed, make_stay
from yuju.books.verification import verify
from yuju.journeys.settling import settlement_close
from yuju.kit.errors import Refused
from yuju.payments.choices import SettlementState
from yuju.payments.models import Settlement


@pytest.mark.django_db(transaction=True)
def test_it_is_settled_once_as_agreed_or_not_at_all(operator: Any) -> None:
    # Given an agreed settlement
    with transaction.atomic():
        stay: Stay = make_stay()
        settlement = agreed(stay.prepare())

    def close() -> Settlement:
        return settlement_close(settlement=settlement, seal=settlement.seal, **BY)

    # When two settle it and somebody pays 50.00
    *closings, paid = at_once(close, close, lambda: stay.pay("50.00"))

    # Then nobody waits for ever, and either it was settled before the payment came, or both were refused
    assert paid is None
    with transaction.atomic():
        settlement.refresh_from_db()
        if settlement.state == SettlementState.CLOSED:
            assert [one.pk for one in closings] == [settlement.pk] * 2
            assert not settlement.is_even
        else:
            assert [isinstance(one, Refused) and one.code for one in closings] == ["changed"] * 2
        assert [one.check.name for one in verify() if one.astray_count] == []
