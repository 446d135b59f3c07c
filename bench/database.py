"""A database of its own with one large, made-up property in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.db import connections

from yuju.config import database, prepare

OPERATOR_ID = 1


@contextmanager
def made_property(*, units: int, say: Callable[[str], None]) -> Iterator[psycopg.Connection[Any]]:
    """Django's connections point at a property of so many units inside; as `empty_database` else."""
    with empty_database() as owner:
        say(f"making a property of {units:,} units …")
        run_script(owner, "property", units=units)
        owner.execute("VACUUM ANALYZE")
        yield owner


def run_script(owner: psycopg.Connection[Any], name: str, **values: int) -> None:
    """Runs the statements of one of the scripts beside this file, with these values in them."""
    for statement in (Path(__file__).parent / f"{name}.sql").read_text().split(";\n"):
        if statement.strip():
            owner.execute(statement, values, prepare=False)


@contextmanager
def empty_database() -> Iterator[psycopg.Connection[Any]]:
    """Django's connections point at a database with one operator and nothing else inside; it is dropped at the end.

    Gives the owner's connection, in autocommit.
    """
    name = f"{database.owner().name}_bench"
    _drop(name)
    prepare.make_database(name)
    prepare.make_application_role(name)
    try:
        for alias in ("default", "owner"):
            connections[alias].close()
            connections[alias].settings_dict["NAME"] = name
        prepare.migrate()
        with psycopg.connect(**database.owner().conninfo(name), autocommit=True) as owner:
            owner.execute(
                "INSERT INTO identity_operator (id, code, name, host, created_at) VALUES (1, 'bench', 'bench', '', now())"
            )
            yield owner
    finally:
        connections.close_all()
        _drop(name)


def _drop(name: str) -> None:
    with prepare.maintenance_connection() as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
