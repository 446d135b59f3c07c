"""Fixtures of the whole suite. Tests run as the application's role; the alias `owner` passes the wall where a test needs it."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.test import TransactionTestCase
from hypothesis import HealthCheck, settings

from tests.support import template_database
from tests.support.emptying import empty_database, give_back_room
from tests.support.operators import make_operator
from yuju.config import database
from yuju.config.embedded_postgres import EmbeddedServer
from yuju.kit.tenancy import operator_context

TransactionTestCase._fixture_teardown = empty_database

# How long examples take says how busy the machine is.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

HAS_DATABASE = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[None]:
    """A database of this process's own, on the embedded server or the one of DATABASE_URL."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    with ExitStack() as held:
        if database.embedded():
            held.enter_context(EmbeddedServer())
        with django_db_blocker.unblock():
            name = template_database.use_clone(worker)
        request.config.stash[HAS_DATABASE] = True
        yield
        with django_db_blocker.unblock():
            template_database.drop(name)


@pytest.fixture(scope="module", autouse=True)
def room_given_back(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[None]:
    """After each file of tests with a database."""
    yield
    if request.config.stash.get(HAS_DATABASE, False):
        with django_db_blocker.unblock():
            give_back_room()


@pytest.fixture
def operator(db: None) -> Iterator[Any]:
    """An operator of the test's own; everything in the test is done for it.

    In a test with real transactions, walled tables are reached inside `transaction.atomic()`, as everywhere in the program.
    """
    made = make_operator()
    with operator_context(made.pk):
        yield made
