"""Keys respect the wall: foreign keys and unique keys look behind row security, so they carry the operator themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, ProgrammingError, connection, transaction

from tests.support.operators import make_operator
from tests.support.stays import make_lease, make_property, make_resident, make_unit
from yuju.kit.models import Walled, WalledForeignKey
from yuju.kit.tenancy import operator_context
from yuju.kit.wall import OPEN_TABLES, READ_ONLY, SOFT_KEYS
from yuju.premises.models import Building, Property, Unit
from yuju.residency.models import Resident, Tenure

pytestmark = pytest.mark.django_db

OTHER_UNIQUE_KEYS: dict[str, str] = {
    "lease_unit_once_a_day": "excludes overlaps of one unit's days, and a unit is of one operator",
    "ownership_unit_once_a_day": "as above",
    "installation_meter_one_place": "of one meter's days",
    "installation_point_one_meter": "of one metering point's days",
    "free_span_once_a_day": "of one stay’s days",
    "recurring_point_once_a_day": "of one metering point's days",
}
"""Unique and exclusion constraints of walled tables that do not begin with the operator, each with the reason."""


def rows(statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def at_once(attempt: Callable[[], Any]) -> None:
    """Does something, and asks for the keys now instead of at the end of the transaction."""
    attempt()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def walled_tables() -> set[str]:
    found = rows(
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'operator_id' "
        "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
    )
    return {name for (name,) in found}


def test_every_table_of_a_model_with_an_operator_is_walled_and_no_other_is() -> None:
    models = {model._meta.db_table for model in apps.get_models(include_auto_created=True) if not model._meta.proxy}
    walled = {model._meta.db_table for model in apps.get_models() if issubclass(model, Walled)}
    assert walled == walled_tables()
    assert {table for table in models - walled if table.split("_")[0] in apps.app_configs} <= set(OPEN_TABLES)


def test_every_reason_for_an_open_table_is_given_and_the_table_is_there() -> None:
    tables = {name for (name,) in rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
    assert set(OPEN_TABLES) <= tables
    assert all(OPEN_TABLES.values())


def test_foreign_keys_between_walled_tables_carry_the_operator() -> None:
    # Given every foreign key in the database, with its columns
    keys = rows(
        """
        SELECT t.conrelid::regclass::text, t.confrelid::regclass::text,
            (SELECT array_agg(a.attname::text ORDER BY k.n) FROM unnest(t.conkey) WITH ORDINALITY AS k (num, n)
                JOIN pg_attribute a ON a.attrelid = t.conrelid AND a.attnum = k.num),
            (SELECT array_agg(a.attname::text ORDER BY k.n) FROM unnest(t.confkey) WITH ORDINALITY AS k (num, n)
                JOIN pg_attribute a ON a.attrelid = t.confrelid AND a.attnum = k.num)
        FROM pg_constraint t WHERE t.contype = 'f' AND t.connamespace = 'public'::regnamespace
        """
    )
    walled = walled_tables()
    between = [key for key in keys if key[0] in walled and key[1] in walled]
    assert len(between) > 40

    # Then those between walled tables begin with the operator on both sides
    assert [key for key in between if key[2][0] != "operator_id" or key[3] != ["operator_id", "id"]] == []

    # And every key a model declares is there, but those that `yuju books verify` holds
    declared = {
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        if issubclass(model, Walled) and not model._meta.proxy
        for field in model._meta.local_fields
        if isinstance(field, WalledForeignKey) and not field.held_by_books
    }
    assert {(table, columns[1]) for table, _target, columns, _keys in between} == declared | set(SOFT_KEYS)


def test_no_foreign_key_of_a_walled_table_is_a_plain_one() -> None:
    plain = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if issubclass(model, Walled)
        for field in model._meta.local_fields
        if field.is_relation and not isinstance(field, WalledForeignKey)
    ]
    assert plain == []


def test_unique_keys_of_walled_tables_begin_with_the_operator() -> None:
    # Given every unique index but primary keys, and every exclusion
    found = rows(
        """
        SELECT i.relname, coalesce(a.attname, '') FROM pg_index x
        JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
        LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = x.indkey[0]
        WHERE (x.indisunique OR x.indisexclusion) AND NOT x.indisprimary AND t.relname = ANY(%s)
        """,
        sorted(walled_tables()),
    )
    assert len(found) > 40

    # Then they begin with it, but those named with a reason
    assert {name for name, first in found if first != "operator_id"} == set(OTHER_UNIQUE_KEYS)


def test_no_index_can_be_taken_for_the_key_that_others_point_to() -> None:
    """Given tables without statistics, when foreign keys to them are checked, then the key is looked up at once.

    An index on (operator_id, name, id) answers `operator_id = … AND id = …` too, by skipping from name to name. To a planner that
    knows nothing of the table yet it costs the same, and then every row of an import or a bill run walks through it. A column
    that is only kept beside the key (INCLUDE) is nothing to look up by.
    """
    columns = """SELECT ARRAY(SELECT attname::text FROM unnest(i.indkey::int[]) WITH ORDINALITY AS k (number, place)
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
        WHERE place <= i.indnkeyatts ORDER BY place)"""
    found = rows(
        f"SELECT i.indexrelid::regclass::text, ({columns}) FROM pg_index i "
        "WHERE i.indrelid IN (SELECT confrelid FROM pg_constraint WHERE contype = 'f') "
        "AND i.indrelid::regclass::text = ANY (%s)",
        list(walled_tables()),
    )
    assert any(index == ["operator_id", "id"] for _name, index in found)
    assert [name for name, index in found if index[:1] == ["operator_id"] and "id" in index[2:]] == []


def test_a_row_cannot_be_given_to_another_operator(operator: Any) -> None:
    # Given
    other = make_operator()
    place = make_property()

    # When / then neither made nor moved
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        Resident.objects.create(property=place, ref="R", name="R", operator_id=other.pk)
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        Property.objects.filter(pk=place.pk).update(operator_id=other.pk)


def test_a_key_to_another_operators_row_is_refused(operator: Any) -> None:
    # Given another operator's unit, building and resident, whose ids are known
    with operator_context(make_operator().pk):
        theirs = make_unit(make_property())
        someone = make_resident(theirs.property, "别人")
    place = make_property()
    mine = make_lease(make_unit(place))

    # When a row points at one of them, then the database refuses, at once or at the end of the transaction
    attempts = (
        lambda: Building.objects.create(property_id=theirs.property_id, code="9栋"),
        lambda: Unit.objects.create(property=place, building_id=theirs.building_id, number="1"),
        lambda: Tenure.objects.filter(pk=mine.pk).update(unit_id=theirs.pk),
        lambda: Tenure.objects.filter(pk=mine.pk).update(resident_id=someone.pk),
    )
    for attempt in attempts:
        with pytest.raises(IntegrityError, match="wall_"), transaction.atomic():
            at_once(attempt)


def test_another_operators_rows_are_not_there_for_any_model(operator: Any) -> None:
    # Given another operator with rows
    with operator_context(make_operator().pk):
        make_lease(make_unit(make_property()))
        filled = {model for model in apps.get_models() if issubclass(model, Walled) and model._default_manager.exists()}
    assert len(filled) > 8

    # Then none of them can be seen, changed or deleted from here
    for model in filled:
        assert not model._default_manager.exists(), model
    with connection.cursor() as cursor:
        for model in filled:
            if model._meta.db_table in READ_ONLY:
                continue
            cursor.execute(f"DELETE FROM {model._meta.db_table}")
            assert cursor.rowcount == 0, model
