"""Which operator (运营方) the work at hand belongs to, who does it, and from where.

These are held in context variables. The database engine of `yuju.kit.postgres` writes them into every transaction as the
settings `yuju.operator`, `yuju.user` and `yuju.origin`. Row-security policies compare each row with the operator: work without
one sees an error from the database, never another operator's rows. The history of what is edited takes down user and origin.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace

from django.db import connections

_operator: ContextVar[int | None] = ContextVar("yuju_operator", default=None)


@dataclass(frozen=True)
class Actor:
    """Who does the work at hand, and from where.

    Attributes:
        user_id: the member of staff; None where nobody is signed in.
        origin: `address` and `device` of a browser, with `face` "portal" for residents; `import`, the name of a file; `job` or
            `command`, its name.
    """

    user_id: int | None = None
    origin: Mapping[str, str] = field(default_factory=dict)


_NOBODY = Actor()
_actor: ContextVar[Actor] = ContextVar("yuju_actor", default=_NOBODY)


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


def current_user_id() -> int | None:
    """Who does the work at hand, or None."""
    return _actor.get().user_id


def current_origin() -> Mapping[str, str]:
    """From where the work at hand is done, as `Actor` says it; empty where nobody said so."""
    return _actor.get().origin


@contextmanager
def acting(*, user_id: int | None = None, origin: Mapping[str, str] | None = None) -> Iterator[None]:
    """Names who does the work inside, and from where; what is not named stays as it was.

    Takes effect at once in transactions already open.

    Args:
        origin: as `Actor` says it; added to what is known of it.
    """
    before = _actor.get()
    token = _actor.set(Actor(before.user_id if user_id is None else user_id, {**before.origin, **(origin or {})}))
    _tell_open_transactions()
    try:
        yield
    finally:
        _actor.reset(token)
        _tell_open_transactions()


def act_as(user_id: int | None) -> None:
    """Names who does the rest of the work of the `acting` around it, once that is known; None: nobody of the staff."""
    _actor.set(replace(_actor.get(), user_id=user_id))
    _tell_open_transactions()


def _tell_open_transactions() -> None:
    for connection in connections.all(initialized_only=True):
        announce = getattr(connection, "announce_context", None)
        if announce is not None:
            announce()
