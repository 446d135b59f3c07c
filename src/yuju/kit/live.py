"""Telling open pages that something has changed.

An event is a topic and a few ids: a page that is told asks for what it may see. Events are hints: whoever missed one
sees the truth at the next reload.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.db import connection, connections, transaction

from yuju.kit.tenancy import require_operator_id

CHANNEL = "yuju_live"

RIGHTS = "rights"
"""The topic that no page follows: what users may do has changed, and open streams ask again what they may follow."""

# PostgreSQL takes 8,000 bytes.
_LARGEST = 7900


@dataclass(frozen=True)
class Event:
    """Something that happened: `ids` are numbers alone, `id` of the thing and often `property`, where it is."""

    operator_id: int
    topic: str
    ids: dict[str, int]

    def encode(self) -> str:
        """The payload of the notification.

        Raises:
            ValueError: when it is too long for PostgreSQL.
        """
        payload = json.dumps({"operator": self.operator_id, "topic": self.topic, "ids": self.ids})
        if len(payload) > _LARGEST:
            raise ValueError("an event carries a few ids, not a list")
        return payload

    @classmethod
    def decode(cls, payload: str) -> Event:
        """An event from its payload.

        Raises:
            ValueError: when it is none.
        """
        try:
            given = json.loads(payload)
            return cls(int(given["operator"]), str(given["topic"]), {k: int(v) for k, v in given["ids"].items()})
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("not an event") from error


def publish(topic: str, **ids: int) -> None:
    """Tells the open pages of the operator in force, once the transaction is committed.

    A notification inside the transaction would make all commits wait for one another; after it, an event may be lost when the
    process dies in between.

    Args:
        topic: what changed, in lower case with underscores, such as `bill_run`.
        ids: `id` of the thing; `property_id` keeps the event from users who have no role there.
    """
    payload = Event(require_operator_id(), topic, ids).encode()
    transaction.on_commit(lambda: _notify(payload), robust=True)


def _notify(payload: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])


def connection_parameters() -> dict[str, Any]:
    """What `psycopg.connect` needs for a connection of one's own, as the application's role."""
    parameters: dict[str, Any] = connections["default"].get_connection_params()
    return {key: value for key, value in parameters.items() if key not in ("cursor_factory", "context")}
