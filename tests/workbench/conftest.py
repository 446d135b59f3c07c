"""Fixtures of the workbench: the same worlds as those of the console."""

import pytest

from tests.support.console_world import ConsoleWorld
from yuju.identity.models import Operator


@pytest.fixture
def world(operator: Operator) -> ConsoleWorld:
    """An operator with two properties, and users on demand."""
    return ConsoleWorld(operator)
