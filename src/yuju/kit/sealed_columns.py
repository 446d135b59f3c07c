"""Every place that holds encrypted values, and the move of all of them to the newest key.

Columns are found by walking the models for `EncryptedTextField` and what derives from it. What keeps encrypted values
elsewhere, as inside JSON, says so with `sealed_place`. The move works in small batches with a transaction each, beside people
at work: rows that somebody holds are left for the next round, and a value is replaced only where it still is what was read.
What is done stays done: after a kill it goes on from there.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction
from psycopg import sql

from yuju.kit.crypto import Undecipherable
from yuju.kit.fields import EncryptedTextField
from yuju.kit.models import Walled

BATCH = 200
# Rows that others hold are tried again after so many seconds, so many times.
_PAUSE, _ROUNDS = 0.5, 60

Row = tuple[Any, ...]
"""The id first, then the values as they are stored."""


class SealedPlace(ABC):
    """A table with encrypted values. Everything is asked for the operator in force, inside a transaction."""

    name: str

    @abstractmethod
    def count(self, cursor: Any) -> dict[int, int]:
        """How many values there are under each key."""

    @abstractmethod
    def take(self, cursor: Any, newest: int, after: int) -> list[Row]:
        """The next rows with a value under an older key: at most `BATCH`, by id, those after an id."""

    @abstractmethod
    def reseal(self, cursor: Any, row: Row) -> tuple[int, int]:
        """Puts a row's values under the newest key, where they still are what was read.

        Returns how many were moved, and how many can't be opened.
        """


class SealedTable(SealedPlace):
    """A walled table with encrypted columns."""

    def __init__(self, model: type[models.Model], fields: tuple[EncryptedTextField, ...]) -> None:
        self.name = model._meta.db_table
        self._fields = fields

    def count(self, cursor: Any) -> dict[int, int]:
        counts: Counter[int] = Counter()
        for one in self._fields:
            # 0 for what is no token at all.
            cursor.execute(
                self._sql(
                    "SELECT coalesce(substring({column} FROM '^([1-9][0-9]{{0,8}})\\.')::int, 0), count(*) "
                    "FROM {table} WHERE {column} <> '' GROUP BY 1",
                    one,
                )
            )
            counts.update(dict(cursor.fetchall()))
        return counts

    def take(self, cursor: Any, newest: int, after: int) -> list[Row]:
        under = sql.Literal(f"{newest}.")
        old = [
            self._sql("({column} <> '' AND NOT starts_with({column}, {under}))", one, under=under)
            for one in self._fields
        ]
        columns: list[sql.Composable] = [sql.Identifier(str(one.column)) for one in self._fields]
        # Who edits a row holds it for a moment only; nobody is waited for, and nobody waits for more than a batch.
        cursor.execute(
            self._sql(
                "SELECT id, {columns} FROM {table} WHERE id > %s AND ({old}) ORDER BY id LIMIT %s "
                "FOR NO KEY UPDATE SKIP LOCKED",
                columns=sql.SQL(", ").join(columns),
                old=sql.SQL(" OR ").join(old),
            ),
            [after, BATCH],
        )
        rows: list[Row] = cursor.fetchall()
        return rows

    def reseal(self, cursor: Any, row: Row) -> tuple[int, int]:
        moved = unreadable = 0
        for one, old in zip(self._fields, row[1:], strict=True):
            try:
                new = one.reseal(old)
            except Undecipherable:
                unreadable += 1
                continue
            if new != old:
                cursor.execute(
                    self._sql("UPDATE {table} SET {column} = %s WHERE id = %s AND {column} = %s", one),
                    [new, row[0], old],
                )
                moved += cursor.rowcount
        return moved, unreadable

    def _sql(self, statement: str, one: EncryptedTextField | None = None, **names: sql.Composable) -> sql.Composed:
        if one is not None:
            names["column"] = sql.Identifier(str(one.column))
        return sql.SQL(statement).format(table=sql.Identifier(self.name), **names)


_elsewhere: list[SealedPlace] = []


def sealed_place(place: SealedPlace) -> None:
    """Adds a place that the walk over the models cannot find."""
    _elsewhere.append(place)


def sealed_places() -> list[SealedPlace]:
    """Every place with encrypted values: the tables by name, then those elsewhere, which may take over what stood in a table."""
    found: list[SealedPlace] = []
    for model in apps.get_models():
        if issubclass(model, Walled) and not model._meta.proxy:
            fields = tuple(one for one in model._meta.local_concrete_fields if isinstance(one, EncryptedTextField))
            if fields:
                found.append(SealedTable(model, fields))
    return [*sorted(found, key=lambda place: place.name), *_elsewhere]


def values_by_key() -> Counter[int]:
    """How many values of the operator in force are under each key."""
    counts: Counter[int] = Counter()
    with transaction.atomic(), connection.cursor() as cursor:
        for place in sealed_places():
            counts.update(place.count(cursor))
    return counts


@dataclass
class Moved:
    """What came of a move: values put under the newest key, and how many can't be opened, by table and id of the row."""

    values: int = 0
    unreadable: dict[tuple[str, int], int] = field(default_factory=dict)


def move_to_newest(newest: int, say: Callable[[str, int], None] = lambda table, values: None) -> Moved:
    """Puts every encrypted value of the operator in force under the newest key. Opens its own transactions.

    Rows that others hold all the while are left; `values_by_key` tells.

    Args:
        newest: the number of the key that encrypts.
        say: told the table and how many of its values were moved, after every batch.
    """
    moved = Moved()
    for place in sealed_places():
        for again in range(_ROUNDS):
            if again:
                time.sleep(_PAUSE)
            if not _gone_through(place, newest, moved, say):
                break
    return moved


def _gone_through(place: SealedPlace, newest: int, moved: Moved, say: Callable[[str, int], None]) -> bool:
    """Goes through a place once; tells whether values are left that could be moved."""
    after = values = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            # Triggers that write a history are told that nothing is changed.
            cursor.execute("SELECT set_config('yuju.resealing', 'on', true)")
            rows = place.take(cursor, newest, after)
            for row in rows:
                resealed, unreadable = place.reseal(cursor, row)
                values += resealed
                if unreadable:
                    moved.unreadable[place.name, row[0]] = unreadable
        if not rows:
            break
        after = rows[-1][0]
        say(place.name, values)
    moved.values += values
    with transaction.atomic(), connection.cursor() as cursor:
        left = sum(count for number, count in place.count(cursor).items() if number != newest)
    return left > sum(count for (name, _id), count in moved.unreadable.items() if name == place.name)
