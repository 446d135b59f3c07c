"""Any sequence of billing, paying, taking back and drawing credit leaves the books as plain Python keeps them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.till import STEP, Till, three_leases
from yuju.billing.models import Tariff
from yuju.premises.models import Property

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def let(operator: Any) -> tuple[Property, dict[Tariff, Decimal]]:
    return three_leases()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, min_size=1, max_size=14))
def test_any_sequence_keeps_every_invariant(let: tuple[Property, dict[Tariff, Decimal]], steps: list[Any]) -> None:
    # Given a till at a property of its own; everything is taken back after each example
    with transaction.atomic():
        till = Till(*let)
        till.bill(1, "issue")
        # When
        for name, *given in steps:
            getattr(till, name)(*given)
            # Then after every step
            till.compare()
        till.close()
        transaction.set_rollback(True)
