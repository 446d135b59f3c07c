"""Counting tries of one kind, so that guessing and flooding are slowed down. Whom and whence is kept hashed only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import connection

from yuju.identity.models import SignInAttempt
from yuju.kit.tenancy import require_operator_id

WINDOW = timedelta(minutes=15)


def attempt_key(kind: str, value: str) -> str:
    """What tries of one kind with one value are counted under."""
    return hashlib.sha256(f"{kind}:{value}".encode()).hexdigest()


def attempts_take_turns(keys: Iterable[str]) -> None:
    """Those who try under one key come one after the other, or many at once would all be counted as few.

    Always in the same order (the name or number first and the address second), so that no two wait for each other.
    """
    with connection.cursor() as cursor:
        for key in keys:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [f"sign-in:{key}", require_operator_id()]
            )


def attempts_used_up(limits: Mapping[str, int], *, at: datetime) -> bool:
    """Whether one of the keys was tried as often as its limit in the last 15 minutes."""
    return any(
        SignInAttempt.objects.filter(key_hash=key, at__gt=at - WINDOW).count() >= limit for key, limit in limits.items()
    )


def attempts_note(keys: Iterable[str], *, at: datetime) -> None:
    """Counts a try under each of the keys, and forgets those of long ago."""
    SignInAttempt.objects.filter(at__lt=at - 2 * WINDOW).delete()
    SignInAttempt.objects.bulk_create([SignInAttempt(key_hash=key, at=at) for key in keys])
