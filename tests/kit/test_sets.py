"""Planning for whole sets."""

from datetime import date

import pytest
from django.db import connection, transaction

from tests.support.stays import make_property, make_unit
from yuju.identity.models import Operator, User
from yuju.kit.sets import joined_as_written, statistics_renew, whole_sets
from yuju.premises.models import ALWAYS, Building, Unit, UnitFact

MANY = 2000


def test_the_planner_knows_of_new_rows(operator: Operator) -> None:
    User.objects.bulk_create(User(username=f"u{n}", name="周明", password="!") for n in range(500))
    statistics_renew(User)
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'identity_user'::regclass")
        assert cursor.fetchone()[0] >= 500


def test_tables_are_joined_as_written_only_where_it_is_said(operator: Operator) -> None:
    def weighed() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SHOW join_collapse_limit")
            return str(cursor.fetchone()[0])

    usual = weighed()
    with transaction.atomic():
        with joined_as_written():
            assert weighed() == "1"
        assert weighed() == usual


def test_foreign_keys_to_many_new_rows_are_looked_up_by_the_key(operator: Operator) -> None:
    """Given a connection that has looked up a unit while there was but one, and so thought any index as good as the key."""
    place = make_property()
    with transaction.atomic():
        one = make_unit(place)
        UnitFact.objects.create(unit=one, valid_from=date(2020, 1, 1), area=1)
        _check_keys()
    # When many come
    building = Building.objects.get()
    units = Unit.objects.bulk_create(
        Unit(property=place, building=building, number=f"N{n}", label=f"N{n}", sort_key=f"{n:06}") for n in range(MANY)
    )
    UnitFact.objects.bulk_create(UnitFact(unit=unit, valid_from=ALWAYS, area=1) for unit in units)
    statistics_renew(Unit)
    before = _read()
    _check_keys()
    # Then no check walks over the others
    assert _read() - before < 5 * MANY


def _check_keys() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def _read() -> int:
    """How many entries of its indexes this transaction has read of the units."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_stat_get_xact_tuples_returned(indexrelid)) FROM pg_index WHERE indrelid = 'premises_unit'::regclass"
        )
        return int(cursor.fetchone()[0])


@pytest.mark.django_db
def test_no_plan_is_compiled_whatever_the_server_says() -> None:
    # Work on whole sets looks dear to the planner, so that a server that compiles plans took seconds for an import.
    with whole_sets(), connection.cursor() as cursor:
        cursor.execute("SHOW jit")
        assert cursor.fetchone() == ("off",)
