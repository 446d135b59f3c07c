"""What brings a code to a telephone number."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points
from typing import Protocol

GROUP = "yuju.code_channel"


class CodeChannel(Protocol):
    """A way to send codes: text message, call, WeChat. Found by the entry points of the group `yuju.code_channel`.

    `send` must return at once (by queueing a job, for instance): how long it takes must not tell whether a number is known here.
    """

    def send(self, *, phone: str, code: str) -> None:
        """Sends a code of six digits, valid for five minutes, to a tidied telephone number."""


@cache
def code_channels() -> tuple[CodeChannel, ...]:
    """The channels of this installation; none, until one is installed."""
    return tuple(point.load()() for point in entry_points(group=GROUP))
