"""Whose name a change goes down under, and what is kept of the history."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.apps import apps
from django.db import connection

from yuju.identity.models import Change, User
from yuju.kit.fields import EncryptedTextField
from yuju.kit.history import fields_told
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


def history_reseal(*, after: int = 0, at_most: int = 1000) -> int | None:
    """Puts encrypted values of the history, of the operator in force, under the newest key of the ring.

    Args:
        after: the entry up to which it is done.
        at_most: how many entries are looked at.

    Returns:
        the entry it came to, for the next call; None when it is through.

    Raises:
        Undecipherable: a value can't be opened.
    """
    sealed = {
        model._meta.db_table: columns
        for model in apps.get_models()
        if (columns := {c: f for c, f in fields_told(model).items() if isinstance(f, EncryptedTextField)})
    }
    rows = Change.objects.filter(pk__gt=after, kind__in=sealed).order_by("pk")[:at_most]
    last = None
    for change in rows:
        last = change.pk
        for column, field in sealed[change.kind].items():
            if column in change.changes:
                resealed = [text and field.sealed(field.opened(text)) for text in change.changes[column]]
                with connection.cursor() as cursor:
                    cursor.execute(
                        "SELECT yuju_history_reseal(%s, %s, to_jsonb(%s::text[]))", [change.pk, column, resealed]
                    )
    return last
