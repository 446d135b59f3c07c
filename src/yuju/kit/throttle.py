"""Slowing down who asks too often, in the memory of this process: for pages anybody may open, which should cost little."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock

LARGEST = 50_000
"""So many callers are told apart within one window; more than that are slowed down together."""


class Throttle:
    """So many times within a window of time, for each caller.

    Windows lie side by side, the same for all, so that nothing has to be remembered for longer than one of them.
    """

    def __init__(self, *, times: int, within: timedelta) -> None:
        self.times = times
        self.within = within
        self._lock = Lock()
        self._window = -1
        self._asked: dict[str, int] = {}

    def admits(self, caller: str, at: datetime) -> bool:
        """Counts a caller's asking; False once it was too often."""
        window = int(at.timestamp() // self.within.total_seconds())
        with self._lock:
            if window != self._window:
                self._window = window
                self._asked.clear()
            if caller not in self._asked and len(self._asked) >= LARGEST:
                caller = ""
            asked = self._asked.get(caller, 0) + 1
            self._asked[caller] = asked
        return asked <= self.times

    def forget(self) -> None:
        """Begins anew."""
        with self._lock:
            self._asked.clear()
