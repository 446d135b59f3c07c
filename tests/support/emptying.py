"""Emptying the database between tests.

Django's `flush` would ask for TRUNCATE as the application, which the wall never grants; the owner does it here, and only
for tables that have rows. Tests that are rolled back leave their rows dead in the files: those are given back.
"""

from contextlib import suppress

import psycopg
from django.db import connections
from psycopg import sql

from yuju.config import database

KEPT = frozenset({"django_migrations"})
GROWN = 512 * 1024  # bytes of a table's file from which it is looked after


def empty_database(test_case: object = None, inhibit_post_migrate: bool = False) -> None:
    """Removes every row but those the migrations put in."""
    name = connections["owner"].settings_dict["NAME"]
    with psycopg.connect(**database.owner().conninfo(name), autocommit=True) as connection:
        tables = [
            row[0]
            for row in connection.execute(
                "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition "
                "AND relnamespace = 'public'::regnamespace ORDER BY relname"
            )
            if row[0] not in KEPT
        ]
        if not tables:
            return
        has_rows = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {} WHERE EXISTS (SELECT 1 FROM {})").format(sql.Literal(t), sql.Identifier(t))
            for t in tables
        )
        filled = [sql.Identifier(row[0]) for row in connection.execute(has_rows)]
        if filled:
            connection.execute("SET lock_timeout = '20s'")
            connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(filled)))


def give_back_room() -> None:
    """Shortens the files of tables that rolled-back tests have grown.

    A statement over a whole property reads its tables from end to end, however dead their rows are: late in a run that made a
    test of a tenth of a second one of three.
    """
    name = connections["default"].settings_dict["NAME"]
    # Only to save time: where the server is busy with the same tables itself, they are left to it.
    with (
        suppress(psycopg.Error),
        psycopg.connect(**database.owner().conninfo(name), autocommit=True) as connection,
    ):
        grown = connection.execute(
            "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace "
            "AND pg_relation_size(oid) > %s",
            (GROWN,),
        ).fetchall()
        for (table,) in grown:
            connection.execute(sql.SQL("VACUUM {}").format(sql.Identifier(table)))
