"""Writing thousands of rows in few statements: keys are drawn first, so that rows can refer to each other at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection
from django.db.models import Field, Model

from yuju.kit.tenancy import require_operator_id

BATCH = 20_000


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
    fields = _fields(model)
    given = set(columns)
    defaults = [
        (column, field.get_db_prep_save(field.get_default(), connection))
        for column, field in fields.items()
        if column not in given and column not in ("id", "operator_id")
    ]
    arrays = ", ".join(f"%s::{fields[column].db_type(connection)}[]" for column in columns)
    names = ", ".join(f'"{column}"' for column in ("operator_id", *columns, *(name for name, _value in defaults)))
    values = ", ".join(f"%s::{fields[name].db_type(connection)}" for name, _value in defaults)
    own = ", ".join(f'"{column}"' for column in columns)
    chosen = ", ".join(f'new."{column}"' for column in columns)
    statement = (
        f'INSERT INTO "{model._meta.db_table}" ({names}) '
        f"SELECT %s::bigint, {chosen}{', ' + values if values else ''} "
        f"FROM unnest({arrays}) AS new ({own})"
    )
    with connection.cursor() as cursor:
        for batch in _batches(rows):
            parts = [list(part) for part in zip(*batch, strict=True)]
            cursor.execute(statement, [require_operator_id(), *(value for _name, value in defaults), *parts])


def update(model: type[Model], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Updates rows of the operator in force.

    Args:
        columns: what is set, as the database knows it.
        rows: the primary key, then one value for each of the columns.
    """
    fields = _fields(model)
    arrays = ", ".join(f"%s::{fields[column].db_type(connection)}[]" for column in ("id", *columns))
    sets = ", ".join(f'"{column}" = new."{column}"' for column in columns)
    names = ", ".join(f'"{column}"' for column in ("id", *columns))
    statement = (
        f'UPDATE "{model._meta.db_table}" AS old SET {sets} FROM unnest({arrays}) AS new ({names}) '
        "WHERE old.id = new.id AND old.operator_id = %s"
    )
    with connection.cursor() as cursor:
        for batch in _batches(rows):
            parts = [list(part) for part in zip(*batch, strict=True)]
            cursor.execute(statement, [*parts, require_operator_id()])


def _fields(model: type[Model]) -> dict[str, Field[Any, Any]]:
    return {str(field.column): field for field in model._meta.concrete_fields}


def _batches(rows: Sequence[Sequence[Any]]) -> Iterator[Sequence[Sequence[Any]]]:
    for first in range(0, len(rows), BATCH):
        yield rows[first : first + BATCH]
