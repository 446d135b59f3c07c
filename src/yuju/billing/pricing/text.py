"""What formulas and tiers share as written texts: full-width signs, and a fault that names its place."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from yuju.kit.errors import Refused

_FULL_WIDTH_TO_ASCII = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


def fold(text: str) -> str:
    """The text with full-width signs, digits, letters and spaces as the ASCII ones, each in its place.

    Nothing else is folded: a superscript two must not turn 3² into 32.
    """
    return text.translate(_FULL_WIDTH_TO_ASCII)


class TextFault(Refused):
    """A formula or tiers text that can't be read.

    Attributes:
        position: 1-based column of the fault.
        found: the text at fault, empty when the text ends too early.
        reason: what is wrong and what is expected (a lazy translation).
    """

    def __init__(self, reason: Any, *, position: int, found: str, field: str, code: str) -> None:
        super().__init__(reason, field=field, code=code)
        self.position = position
        self.found = found
        self.reason = reason

    def __str__(self) -> str:
        if self.found:
            return _("Column %(position)d, “%(found)s”: %(reason)s") % self._words()
        return _("Column %(position)d: %(reason)s") % self._words()

    def _words(self) -> dict[str, Any]:
        return {"position": self.position, "found": self.found, "reason": str(self.reason)}
