"""Planning for statements over whole sets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def whole_sets() -> Iterator[None]:
    """Keeps nested loops out of the plans made inside, and gives joins room in memory.

    Work on a whole property comes right after an import as well as after years: the statistics may not be there yet, and a
    nested loop is the one plan that is disastrous when rows were underestimated. Needs an open transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off; SET LOCAL jit = off; SET LOCAL work_mem = '256MB'")
    try:
        yield
    finally:
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL enable_nestloop = on; SET LOCAL work_mem = DEFAULT")
