"""Emptying the database after a test with real transactions.

Django's `flush` would ask for TRUNCATE as the application, which the wall never grants; the owner does it here, and only
for tables that have rows.
"""

import psycopg
from django.db import connections
from psycopg import sql

from yuju.config import database

KEPT = frozenset({"django_migrations"})


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
