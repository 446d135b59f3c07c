"""Fixtures of the portal's tests."""

from __future__ import annotations

from typing import Any

import pytest

from tests.portal.people import AT, PortalWorld
from yuju.identity.choices import Role
from yuju.identity.services import user_create


@pytest.fixture
def world(operator: Any) -> PortalWorld:
    """An operator with a property where two residents with telephones have bills."""
    return PortalWorld(operator)


@pytest.fixture
def manager(world: PortalWorld) -> Any:
    """A manager of all properties."""
    posts = [(Role.MANAGER, None)]
    return user_create(username="zhou", name="周明", password="long enough to do", postings=posts, by=None, at=AT)
