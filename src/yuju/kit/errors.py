"""The one way a rule says no."""

from __future__ import annotations

from typing import Any


class Refused(Exception):  # noqa: N818 - it reads as a sentence: "the service refused"
    """A rule refuses what was asked.

    Args:
        message: one or two sentences for the user: what is wrong and what is expected (a lazy translation is welcome).
        field: the name of the input at fault, where there is one.
        code: a stable word for callers that react to this refusal.
    """

    def __init__(self, message: Any, *, field: str | None = None, code: str = "refused") -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.code = code

    def __str__(self) -> str:
        return str(self.message)
