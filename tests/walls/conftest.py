"""One world for all addresses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from tests.support.operators import make_operator
from tests.walls.things import Things
from yuju.kit.tenancy import operator_context


@pytest.fixture(scope="module")
def things(django_db_setup: None, django_db_blocker: Any) -> Iterator[Things]:
    """One thing of every kind at one property; nothing of it stays."""
    with django_db_blocker.unblock(), transaction.atomic():
        operator = make_operator()
        with operator_context(operator.pk):
            yield Things(operator)
        transaction.set_rollback(True)
