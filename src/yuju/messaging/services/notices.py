"""Telling members of staff something, and noting that they read it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from yuju.identity.models import User
from yuju.kit.live import publish
from yuju.messaging.models import Notice

TOPIC = "notice"
"""Open pages are told under this topic; the id is the recipient's."""


def notice_send(*, to: Iterable[User], title: str, body: str = "", link: str = "", at: datetime) -> list[Notice]:
    """Leaves a notice with each of the users, and tells their open pages."""
    notices = Notice.objects.bulk_create(
        [Notice(recipient=user, at=at, title=title[:120], body=body[:500], link=link) for user in to]
    )
    for notice in notices:
        publish(TOPIC, id=notice.recipient_id)
    return notices


def notices_mark_read(*, user: User, at: datetime) -> int:
    """Marks all of a user's notices as read; returns how many were not."""
    return Notice.objects.filter(recipient=user, read_at=None).update(read_at=at)
