"""How far a backup or a restore is, told at the terminal."""

from __future__ import annotations

import time
from collections.abc import Callable

Say = Callable[[str], None]


class Progress:
    """Says how far it is, every two seconds at most."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._last = time.monotonic()

    def tell(self, line: str) -> None:
        if time.monotonic() - self._last >= 2:
            self._last = time.monotonic()
            self._say(f"  {line}")
