"""What a user opened is remembered, and found again."""

from __future__ import annotations

import json

from django.db import connection

from yuju.identity.models import RecentlyOpened, User
from yuju.kit.tenancy import require_operator_id

KEPT = 12
"""How many things are remembered of each user."""

_REMEMBER = """
INSERT INTO identity_recentlyopened AS old (operator_id, user_id, things) VALUES (%s, %s, %s)
ON CONFLICT (operator_id, user_id) DO UPDATE SET things = (
    SELECT jsonb_agg(thing ORDER BY place) FROM (
        SELECT thing, min(place) AS place
        FROM jsonb_array_elements(excluded.things || old.things) WITH ORDINALITY AS of (thing, place)
        GROUP BY thing ORDER BY min(place) LIMIT %s
    ) AS kept
)
"""


def opened_remember(*, user: User, page: str, object_id: int) -> None:
    """Puts a thing before all that the user opened earlier, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_REMEMBER, [require_operator_id(), user.pk, json.dumps([[page, object_id]]), KEPT])


def opened_by(user: User) -> list[tuple[str, int]]:
    """The pages and ids of what the user opened, latest first."""
    things = RecentlyOpened.objects.filter(user=user).values_list("things", flat=True).first() or []
    return [(str(page), int(object_id)) for page, object_id in things]
