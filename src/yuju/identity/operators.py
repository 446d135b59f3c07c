"""Finding the operator before anybody is signed in, through narrow functions of the database."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True)
class OperatorRef:
    """The little that may be known of an operator from outside its wall."""

    id: int
    code: str


def all_operators() -> list[OperatorRef]:
    """Every operator of this installation, by id; for commands and periodic jobs."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, code FROM yuju_operators() ORDER BY id")
        return [OperatorRef(id=row[0], code=row[1]) for row in cursor.fetchall()]


def operator_for(*, host: str, code: str | None = None) -> OperatorRef | None:
    """The operator an outside address speaks of: by code, else by host name, else the only one there is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, code FROM yuju_operator_for(%s, %s)", [host.lower().rstrip("."), code])
        row = cursor.fetchone()
    return OperatorRef(id=row[0], code=row[1]) if row else None
