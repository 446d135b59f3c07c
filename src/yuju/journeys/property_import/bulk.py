"""Writing thousands of rows in few statements: keys are drawn first, so that rows can refer to each other at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Field, Model

from yuju.kit.tenancy import require_operator_id


def draw_ids(model: type[Model], count: int) -> list[int]:
    """The next `count` primary keys of a table."""
    if count == 0:
        return []
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return [row[0] for row in cursor.fetchall()]


def insert(model: type[Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Inserts rows of the operator in force; columns that are not named get their model's default.

    Args:
        columns: names of the model's columns as the database knows them (`unit_id`, not `unit`).
        rows: one value for each of the columns. Encrypted columns take what is stored, not what is meant.
    """
    if not rows:
        return
    fields = _fields(model)
    given = set(columns)
    defaults = [
        (column, field.get_db_prep_save(field.get_default(), connection))
        for column, field in fields.items()
        if column not in given and column not in ("id", "operator_id")
    ]
    names = _names(("operator_id", *columns, *(name for name, _value in defaults)))
    values = "".join(f", %s::{fields[name].db_type(connection)}" for name, _value in defaults)
    with connection.cursor() as cursor:
        _load(cursor, fields, columns, rows)
        cursor.execute(
            f'INSERT INTO "{model._meta.db_table}" ({names}) SELECT %s::bigint, {_names(columns)}{values} FROM {_LOADED}',
            [require_operator_id(), *(value for _name, value in defaults)],
        )
        cursor.execute(f"DROP TABLE {_LOADED}")


def update(model: type[Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Updates rows of the operator in force.

    Args:
        columns: what is set, as the database knows it.
        rows: the primary key, then one value for each of the columns.
    """
    if not rows:
        return
    sets = ", ".join(f'"{column}" = new."{column}"' for column in columns)
    with connection.cursor() as cursor:
        _load(cursor, _fields(model), ("id", *columns), rows)
        cursor.execute(
            f'UPDATE "{model._meta.db_table}" AS old SET {sets} FROM {_LOADED} AS new '
            "WHERE old.id = new.id AND old.operator_id = %s",
            [require_operator_id()],
        )
        cursor.execute(f"DROP TABLE {_LOADED}")


_LOADED = "property_import_rows"


def _load(
    cursor: Any, fields: dict[str, Field[Any, Any]], columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Copies rows into a table of this transaction's own: row security refuses COPY into the real one."""
    types = ", ".join(f'"{column}" {fields[column].rel_db_type(connection)}' for column in columns)
    cursor.execute(f"CREATE TEMPORARY TABLE {_LOADED} ({types}) ON COMMIT DROP")
    with cursor.copy(f"COPY {_LOADED} ({_names(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _fields(model: type[Model]) -> dict[str, Field[Any, Any]]:
    return {str(field.column): field for field in model._meta.concrete_fields}
