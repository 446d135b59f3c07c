"""The rows of the database as text, table by table: out of one snapshot, and back in.

Rows are written as PostgreSQL's COPY writes them, in the order of their key, with settings that are always the same. So the
same rows give the same bytes on every server and version, and a hash of them proves a table equal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

# Their rows are no data: whoever was signed in signs in again, and counts of limits begin anew.
LEFT_OUT = frozenset({"django_session", "kit_limitcount"})

_PIECE = 256 * 1024

_SAME_EVERYWHERE = """
SET timezone = 'UTC'; SET datestyle = 'ISO, MDY'; SET intervalstyle = 'postgres'; SET extra_float_digits = 1;
SET bytea_output = 'hex'; SET client_encoding = 'UTF8'; SET search_path = public; SET statement_timeout = 0;
SET lock_timeout = '60s'; SET idle_in_transaction_session_timeout = 0;
-- An error rather than some of the rows, where this is not the tables' owner.
SET row_security = off;
"""

_TABLES = """
SELECT c.relname,
    ARRAY(SELECT a.attname::text FROM pg_attribute a
          WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum),
    ARRAY(SELECT a.attname::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
          WHERE i.indrelid = c.oid AND i.indisprimary ORDER BY array_position(i.indkey::smallint[], a.attnum)),
    ARRAY(SELECT a.attname::text FROM pg_attribute a
          WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attcollation <> 0),
    ARRAY(SELECT a.attname::text FROM pg_attribute a
          WHERE a.attrelid = c.oid AND NOT a.attisdropped AND a.atttypid = 'numeric'::regtype
              AND a.atttypmod >= 0 AND ((a.atttypmod - 4) & 2047) = 2 ORDER BY a.attnum),
    EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'operator_id' AND NOT a.attisdropped)
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
ORDER BY c.relname
"""


@dataclass(frozen=True)
class Table:
    """A table as the catalogue knows it. `money` are its columns in yuan, numeric with two decimals."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    texts: frozenset[str]
    money: tuple[str, ...]
    walled: bool

    def copy_out(self) -> sql.Composed:
        """The statement that writes the rows out."""
        order = [
            sql.SQL('{}::text COLLATE "C"').format(sql.Identifier(name))
            if not self.key or name in self.texts
            else sql.Identifier(name)
            for name in self.key or self.columns
        ]
        return sql.SQL("COPY (SELECT {columns} FROM {table} ORDER BY {order}) TO STDOUT").format(
            columns=_names(self.columns), table=sql.Identifier("public", self.name), order=sql.SQL(", ").join(order)
        )


@dataclass
class Content:
    """What a table holds: rows, bytes of their text, and the SHA-256 of it in hexadecimal."""

    rows: int = 0
    size: int = 0
    sha256: str = field(default_factory=lambda: hashlib.sha256().hexdigest())


class Digest:
    """Adds up the content of a table that goes by in pieces."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()
        self._rows = self._size = 0

    def add(self, piece: bytes) -> None:
        """Takes the next piece; every row of COPY's text ends in the only newline it has."""
        self._sha256.update(piece)
        self._rows += piece.count(b"\n")
        self._size += len(piece)

    def content(self) -> Content:
        """What went by."""
        return Content(self._rows, self._size, self._sha256.hexdigest())


def settle(connection: psycopg.Connection[Any]) -> None:
    """Settings under which the same rows give the same text; for the connections of the tables' owner."""
    connection.execute(_SAME_EVERYWHERE)


def tables(connection: psycopg.Connection[Any]) -> list[Table]:
    """Every table, by name."""
    return [
        Table(name, tuple(columns), tuple(key), frozenset(texts), tuple(money), walled)
        for name, columns, key, texts, money, walled in connection.execute(_TABLES)
    ]


def hold(connection: psycopg.Connection[Any], held: Iterable[Table]) -> None:
    """Keeps the tables from being altered until the end of the transaction; who works with their rows is not hindered."""
    names = sql.SQL(", ").join(sql.Identifier("public", table.name) for table in held)
    connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(names))


def rows_of(connection: psycopg.Connection[Any], table: Table) -> Iterator[bytes]:
    """The text of a table's rows, in pieces of a quarter of a megabyte."""
    if table.name in LEFT_OUT:
        return
    gathered = bytearray()
    with connection.cursor() as cursor, cursor.copy(table.copy_out()) as copy:
        for row in copy:
            gathered += row
            if len(gathered) >= _PIECE:
                yield bytes(gathered)
                gathered.clear()
    if gathered:
        yield bytes(gathered)


def content_of(connection: psycopg.Connection[Any], table: Table) -> Content:
    """What a table holds now."""
    digest = Digest()
    for piece in rows_of(connection, table):
        digest.add(piece)
    return digest.content()


def operators_of(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """Every operator: id (as text) → code."""
    return {str(pk): code for pk, code in connection.execute("SELECT id, code FROM identity_operator ORDER BY id")}


def figures_of(connection: psycopg.Connection[Any], counted: Iterable[Table]) -> dict[str, dict[str, Any]]:
    """By operator (id as text) and table: `rows`, and `sums` of each money column in yuan as text. Empty tables are left out."""
    figures: dict[str, dict[str, Any]] = {}
    for table in counted:
        if not table.walled or table.name in LEFT_OUT:
            continue
        sums = [sql.SQL("coalesce(sum({}), 0)::text").format(sql.Identifier(column)) for column in table.money]
        statement = sql.SQL("SELECT operator_id::text, {} FROM {} GROUP BY operator_id").format(
            sql.SQL(", ").join([sql.SQL("count(*)"), *sums]), sql.Identifier("public", table.name)
        )
        for operator, rows, *totals in connection.execute(statement):
            figures.setdefault(operator, {})[table.name] = {
                "rows": rows,
                "sums": dict(zip(table.money, totals, strict=True)),
            }
    return figures


def sequences_of(connection: psycopg.Connection[Any]) -> dict[str, list[Any]]:
    """Every sequence: name → the last number and whether it was given out. They are ahead of the snapshot, never behind."""
    names = [
        name
        for (name,) in connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace ORDER BY relname"
        )
    ]
    found = {}
    for name in names:
        row = connection.execute(
            sql.SQL("SELECT last_value, is_called FROM {}").format(sql.Identifier("public", name))
        ).fetchone()
        assert row is not None
        found[name] = list(row)
    return found


class Loading:
    """Fills empty tables within one transaction. Keys between tables and triggers are out of force meanwhile.

    Foreign keys are taken down and built again, which proves them over all rows at once.
    """

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._tables = {table.name: table for table in tables(connection)}
        self._keys: list[tuple[str, str, str]] = []

    def __enter__(self) -> Loading:
        names = sql.SQL(", ").join(sql.Identifier("public", name) for name in self._tables)
        self._connection.execute(sql.SQL("TRUNCATE {}").format(names))
        self._keys = self._connection.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND conparentid = 0 ORDER BY conname"
        ).fetchall()
        for table, name, _definition in self._keys:
            self._alter(table, sql.SQL("DROP CONSTRAINT {}").format(sql.Identifier(name)))
        for table in self._tables:
            self._alter(table, sql.SQL("DISABLE TRIGGER USER"))
        return self

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        if kind is not None:
            return
        for table in self._tables:
            self._alter(table, sql.SQL("ENABLE TRIGGER USER"))
        for table, name, definition in self._keys:
            self._alter(table, sql.SQL("ADD CONSTRAINT {} {}").format(sql.Identifier(name), sql.SQL(definition)))

    def unknown(self, name: str, columns: Iterable[str]) -> str:
        """What this database lacks to take a table's rows in: the table, columns; empty when nothing."""
        table = self._tables.get(name)
        if table is None:
            return f"the table {name}"
        return ", ".join(f"the column {name}.{column}" for column in sorted(set(columns) - set(table.columns)))

    def fill(self, name: str, columns: Iterable[str], pieces: Iterable[bytes]) -> None:
        """Puts rows in from their text."""
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier("public", name), _names(columns))
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            for piece in pieces:
                copy.write(piece)

    def set_sequences(self, values: dict[str, list[Any]]) -> None:
        """Lets the sequences go on where they were."""
        for name, (last, called) in values.items():
            self._connection.execute(
                "SELECT setval(to_regclass(%s), %s, %s)", [f"public.{_quoted(name)}", last, called]
            )

    def _alter(self, table: str, what: sql.Composable) -> None:
        self._connection.execute(sql.SQL("ALTER TABLE {} {}").format(sql.Identifier(table.strip('"')), what))


def _names(columns: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(column) for column in columns)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
