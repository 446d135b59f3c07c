"""Which operator (运营方) the work at hand belongs to.

The operator is held in a context variable. The database engine of `yuju.kit.postgres` writes it into
every transaction as the setting `yuju.operator`; row-security policies compare each row with it. Work
without an operator sees an error from the database, never another operator's rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connections

_operator: ContextVar[int | None] = ContextVar("yuju_operator", default=None)


class NoOperator(LookupError):  # noqa: N818 - it reads as a sentence
    """Raised when walled data is written while no operator is set."""


def current_operator_id() -> int | None:
    """The operator in force, or None."""
    return _operator.get()


def require_operator_id() -> int:
    """The operator in force.

    Raises:
        NoOperator: when none is set.
    """
    operator_id = _operator.get()
    if operator_id is None:
        raise NoOperator("No operator is set: wrap the work in `operator_context(operator_id)`.")
    return operator_id


@contextmanager
def operator_context(operator_id: int | None) -> Iterator[None]:
    """Does the work inside for one operator; takes effect at once in transactions already open."""
    token = _operator.set(operator_id)
    _tell_open_transactions()
    try:
        yield
    finally:
        _operator.reset(token)
        _tell_open_transactions()


def _tell_open_transactions() -> None:
    for connection in connections.all(initialized_only=True):
        announce = getattr(connection, "announce_operator", None)
        if announce is not None:
            announce()
