"""How far a long job is, told to the page that waits for it while the job's transaction is still open."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from yuju.kit.errors import Refused
from yuju.kit.live import CHANNEL, Event, connection_parameters
from yuju.kit.tenancy import require_operator_id

TOPIC = "job"

# How often, in seconds, the row is written and pages are told.
_INTERVAL = 0.4


class Progress:
    """Writes one `JobProgress` row over a connection of its own.

    As a context manager around the job: running when it begins, done when it ends well, failed when it raises.
    """

    def __init__(self, progress_id: int) -> None:
        self.progress_id = progress_id
        self._operator_id = require_operator_id()
        self._connection: psycopg.Connection[Any] | None = None
        self._written = 0.0
        self._result: Any = None

    def __enter__(self) -> Progress:
        self._write("state = 'running', started_at = now(), ended_at = NULL, done = 0, message = ''")
        self._written = 0.0
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._write(
                "state = 'done', ended_at = now(), done = coalesce(total, done), result = %(result)s",
                result=None if self._result is None else Jsonb(self._result),
            )
        else:
            # What a rule says is for the user; anything else is for the log.
            self._write(
                "state = 'failed', ended_at = now(), message = %(message)s",
                message=str(error) if isinstance(error, Refused) else "",
            )
        self.close()

    def update(self, done: int, total: int | None = None, message: str = "") -> None:
        """Says how far it is; written at most every 0.4 s, so that it may be called for every row.

        Args:
            done: how many of `total` are done.
            total: how many there are, once it is known.
            message: what is being done, for the user.
        """
        if time.monotonic() - self._written < _INTERVAL:
            return
        self._write(
            "done = %(done)s, total = coalesce(%(total)s, total), message = %(message)s",
            done=done,
            total=total,
            message=message,
        )

    def result(self, result: Any) -> None:
        """What the page shows when the job has ended: anything that JSON can hold. Kept until the job's own commit."""
        self._result = result

    def close(self) -> None:
        """Lets the connection go."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _write(self, assignments: str, **values: Any) -> None:
        if self._connection is None:
            self._connection = psycopg.connect(**connection_parameters(), autocommit=True)
            self._connection.execute("SELECT set_config('yuju.operator', %s, false)", [str(self._operator_id)])
        self._connection.execute(
            f"UPDATE kit_jobprogress SET {assignments} WHERE id = %(id)s", {**values, "id": self.progress_id}
        )
        event = Event(self._operator_id, TOPIC, {"id": self.progress_id})
        self._connection.execute("SELECT pg_notify(%s, %s)", [CHANNEL, event.encode()])
        self._written = time.monotonic()
