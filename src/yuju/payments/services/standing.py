"""Keeping the sums by due date short."""

from __future__ import annotations

from pathlib import Path

from django.db import connection

_ADD_UP = (Path(__file__).parents[1] / "sql" / "add_up_due_totals.sql").read_text()


def due_totals_add_up() -> None:
    """Makes one row of those of each day. No sum changes, whoever reads or writes meanwhile; twice at once is harmless:
    who comes second finds the rows gone and takes what is left."""
    with connection.cursor() as cursor:
        cursor.execute(_ADD_UP)
