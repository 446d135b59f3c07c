"""Steps as lines of a text, as people type them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from yuju.workforce.services.making import Step

PHOTO_MARK = "*"
"""At the end of a line it says that the step needs a photo."""


def steps_of(text: str) -> list[Step]:
    """The steps that lines of a text name."""
    lines = [line.strip() for line in text.splitlines()]
    return [
        Step(line.rstrip(PHOTO_MARK + " ").strip(), needs_photo=line.endswith(PHOTO_MARK))
        for line in lines
        if line.rstrip(PHOTO_MARK + " ")
    ]


def steps_text(steps: Iterable[Any]) -> str:
    """Steps as lines of a text."""
    return "\n".join(f"{one.text} {PHOTO_MARK}" if one.needs_photo else str(one.text) for one in steps)
