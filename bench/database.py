"""A database of its own with one large, made-up property in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.db import connections
from psycopg import sql

from yuju.config import database, home, prepare

OPERATOR_ID = 1


@contextmanager
def made_property(*, units: int, say: Callable[[str], None], keep: bool = False) -> Iterator[psycopg.Connection[Any]]:
    """Django's connections point at a property of so many units inside; as `empty_database` else."""
    with empty_database(keep=keep) as owner:
        say(f"making a property of {units:,} units …")
        run_script(owner, "property", units=units)
        owner.execute("VACUUM ANALYZE")
        yield owner


def run_script(owner: psycopg.Connection[Any], name: str, **values: int) -> None:
    """Runs the statements of one of the scripts beside this file, with these values in them."""
    for statement in (Path(__file__).parent / f"{name}.sql").read_text().split(";\n"):
        if statement.strip():
            owner.execute(statement, values, prepare=False)
    _go_on_counting(owner)


def _go_on_counting(owner: psycopg.Connection[Any]) -> None:
    """The scripts give out ids and numbers themselves; what the pages add comes behind them."""
    owner.execute(
        "INSERT INTO kit_numberseries (operator_id, property_id, series, period, last)"
        " SELECT operator_id, property_id, 'task', '', max(number) FROM workforce_task GROUP BY operator_id, property_id"
        " ON CONFLICT (operator_id, series, property_id, period) DO UPDATE SET last = excluded.last"
    )
    columns = owner.execute(
        "SELECT table_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND column_name = 'id' AND is_identity = 'YES'"
    ).fetchall()
    for (table,) in columns:
        owner.execute(
            sql.SQL("SELECT setval(pg_get_serial_sequence({name}, 'id'), greatest(max(id), 1)) FROM {table}").format(
                name=sql.Literal(table), table=sql.Identifier(table)
            )
        )


@contextmanager
def empty_database(*, keep: bool = False) -> Iterator[psycopg.Connection[Any]]:
    """Django's connections point at a database with one operator and nothing else inside; it is dropped at the end
    unless it is kept.

    Gives the owner's connection, in autocommit.
    """
    name = _name()
    _drop(name)
    prepare.make_database(name)
    prepare.make_application_role(name)
    try:
        with _inside(name) as owner:
            owner.execute(
                "INSERT INTO identity_operator (id, code, name, host, created_at) VALUES (1, 'bench', 'bench', '', now())"
            )
            yield owner
    finally:
        connections.close_all()
        if not keep:
            _drop(name)


@contextmanager
def standing_database() -> Iterator[psycopg.Connection[Any]]:
    """As `empty_database`, with the database that an earlier measurement left standing, brought up to date; it stays.

    Raises:
        CannotStart: when none was left.
    """
    name = _name()
    with prepare.maintenance_connection() as connection:
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            raise home.CannotStart("No measurement left its database standing; measure once with --keep.")
    try:
        with _inside(name) as owner:
            _go_on_counting(owner)
            yield owner
    finally:
        connections.close_all()


@contextmanager
def _inside(name: str) -> Iterator[psycopg.Connection[Any]]:
    for alias in ("default", "owner"):
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name
    prepare.migrate()
    with psycopg.connect(**database.owner().conninfo(name), autocommit=True) as owner:
        yield owner


def _name() -> str:
    return f"{database.owner().name}_bench"


def _drop(name: str) -> None:
    with prepare.maintenance_connection() as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
