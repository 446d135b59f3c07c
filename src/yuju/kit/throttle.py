"""Slowing down who asks too often. Counted in the database, so that every process of every machine counts alike.

Windows of time lie side by side, the same for all: a caller has one row, whatever the number of tries. Whom and whence is kept
hashed only, and no operator is known: strangers are counted too.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from yuju.kit.records import LimitCount


@dataclass(frozen=True)
class Limit:
    """So many times within a window of time, for each caller.

    Attributes:
        name: what is limited; callers are counted apart for each name.
        times: how often it may be asked for within the window.
        within: the length of the window.
    """

    name: str
    times: int
    within: timedelta

    def wait(self, caller: str, at: datetime) -> int:
        """Counts a caller's asking: 0 lets it pass, else the seconds until it may be tried again."""
        length = int(self.within.total_seconds())
        slot, into = divmod(int(at.timestamp()), length)
        key = hashlib.sha256(f"{self.name}:{caller}".encode()).hexdigest()
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, [key, slot, at + self.within])
            (asked,) = cursor.fetchone()
        return 0 if asked <= self.times else length - into


def forget_counts(before: datetime) -> int:
    """Deletes the counts of windows that are over. Returns how many."""
    return LimitCount.objects.filter(until__lt=before).delete()[0]


_COUNT = """
INSERT INTO kit_limitcount AS held (key, slot, asked, until) VALUES (%s, %s, 1, %s)
ON CONFLICT (key) DO UPDATE SET
    asked = CASE WHEN held.slot = excluded.slot THEN held.asked + 1 ELSE 1 END,
    slot = excluded.slot,
    until = excluded.until
RETURNING asked
"""
