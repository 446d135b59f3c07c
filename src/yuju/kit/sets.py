"""Statements over whole sets, and planning for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.models import Model, QuerySet

MANY = 1000
"""From so many new rows on, the planner is told of them at once."""


@contextmanager
def whole_sets() -> Iterator[None]:
    """Keeps nested loops out of the plans made inside, and gives joins room in memory.

    Work on a whole property comes right after an import as well as after years: the statistics may not be there yet, and a
    nested loop is the one plan that is disastrous when rows were underestimated. Needs an open transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '256MB'")
    yield
    # Only where all went well: after a failed statement the transaction takes no other, and undoes these by itself.
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = on; SET LOCAL work_mem = DEFAULT")


@contextmanager
def joined_as_written() -> Iterator[None]:
    """Has the tables of the statements inside joined in the order in which they are written.

    For reading a page's rows by their ids with all they point at: that order is the best one, and to find it among all the
    orders of eight tables and more the planner takes 20 ms. Nothing for statements with subqueries of several tables: those
    are written from where the sum is, not from where it is narrow.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL join_collapse_limit = 1")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL join_collapse_limit = DEFAULT")


def found_before_sorted() -> None:
    """Has the planner gather what a search found and sort that, for the rest of the transaction.

    With only the first page wanted it prefers to walk a list in its order until enough rows fit: millions, where what fits is
    rare among them. No index of a list holds the id that decides last (ADR 12), so a plan that walks one sorts incrementally.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_incremental_sort = off")


def statistics_renew(*models: type[Model]) -> None:
    """Tells the planner of the rows that the open transaction has written to these tables.

    The server finds out by itself a minute after the commit. Until then it takes a table that was just filled for an
    empty one: pages over it take seconds, and foreign keys to it are checked through any index, since with no rows all
    seem equally good. Keys are checked at the commit, so this comes after the rows and before it.
    """
    tables = sorted({model._meta.db_table for model in models})
    with connection.cursor() as cursor:
        cursor.execute("SELECT yuju_analyze(VARIADIC %s)", [tables])


def insert_rows(model: type[Model], rows: QuerySet[Any], **columns: Any) -> int:
    """Writes a row of a model for each of `rows`, by one statement however many they are. Returns how many.

    Args:
        columns: by the model's attribute an expression over a row of `rows`; what is not named keeps the database's default
            or is empty.
    """
    targets = {field.attname: str(field.column) for field in model._meta.concrete_fields}
    named = {f"column_{number}": expression for number, expression in enumerate(columns.values())}
    source = rows.annotate(**named).values_list(*named)
    statement, parameters = source.query.sql_with_params()
    names = ", ".join(connection.ops.quote_name(targets[name]) for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {connection.ops.quote_name(model._meta.db_table)} ({names}) {statement}", parameters
        )
        return int(cursor.rowcount)
