"""Whose name a change goes down under, and what is kept of the history."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import connection

from yuju.identity.models import User
from yuju.kit.tenancy import acting, current_user_id

P = ParamSpec("P")
R = TypeVar("R")


def edits(service: Callable[P, R]) -> Callable[P, R]:
    """A service that edits what has a history: its changes go down under the name it is told as `by`.

    Where `by` is None they go down under whoever is at work (`yuju.kit.tenancy.acting`), if anybody is.
    """

    @wraps(service)
    def named(*args: P.args, **kwargs: P.kwargs) -> R:
        by: Any = kwargs.get("by")
        if not isinstance(by, User) or by.pk == current_user_id():
            return service(*args, **kwargs)
        with acting(user_id=by.pk):
            return service(*args, **kwargs)

    return named


def history_forget(*, before: datetime) -> int:
    """Deletes what was changed before a moment, of the operator in force; the latest year stays. Returns how many entries."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT yuju_history_forget(%s)", [before])
        found: tuple[int] = cursor.fetchone()
    return found[0]
