"""Telling members of staff something, and noting that they read it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from yuju.identity.models import User
from yuju.messaging.models import Notice


def notice_send(*, to: Iterable[User], title: str, body: str = "", link: str = "", at: datetime) -> list[Notice]:
    """Leaves a notice with each of the users."""
    return Notice.objects.bulk_create(
        [Notice(recipient=user, at=at, title=title[:120], body=body[:500], link=link) for user in to]
    )


def notices_mark_read(*, user: User, at: datetime) -> int:
    """Marks all of a user's notices as read; returns how many were not."""
    return Notice.objects.filter(recipient=user, read_at=None).update(read_at=at)
