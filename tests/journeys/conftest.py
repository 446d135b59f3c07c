"""Fixtures of the journeys, which are walked in a browser."""

from __future__ import annotations

import pytest

from tests.support.browser import chromium, desktop, phone, visitor
from tests.support.operators import make_operator
from yuju.identity.models import Operator

__all__ = ["chromium", "committed_operator", "desktop", "phone", "visitor"]


@pytest.fixture
def committed_operator(transactional_db: None) -> Operator:
    """The only operator there is, committed, so that the server sees it; not in force in the test itself."""
    return make_operator("green-hills")
