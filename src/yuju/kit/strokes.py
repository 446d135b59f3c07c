"""A signature drawn with finger, pen or mouse: lines of points, which can be printed sharp and hold no file of a stranger's."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from yuju.kit.errors import Refused

WIDTH, HEIGHT = 1000, 400
"""The field in which points lie, whatever the size of the screen."""
MOST_LINES, MOST_POINTS = 200, 6000
LEAST_POINTS, LEAST_LENGTH = 8, 150
"""Less than this is a slip of the finger."""

Line = list[list[int]]


def strokes_read(given: str, *, field: str | None = None) -> list[Line]:
    """The lines of a signature from the JSON that the page sends.

    Raises:
        Refused: nothing was drawn, or too little for a name (code `empty`); it is no drawing, or too large (code `strokes`).
    """
    try:
        found = json.loads(given) if given else []
    except (ValueError, RecursionError):
        found = None
    if found is None or not _is_drawing(found):
        raise Refused(_("The signature cannot be read. Draw it again."), field=field, code="strokes")
    lines: list[Line] = [line for line in found if line]
    if sum(map(len, lines)) < LEAST_POINTS or sum(map(_length, lines)) < LEAST_LENGTH:
        raise Refused(_("Sign in the field with your full name."), field=field, code="empty")
    return lines


def _is_drawing(found: Any) -> bool:
    if not isinstance(found, list) or len(found) > MOST_LINES:
        return False
    if not all(isinstance(line, list) for line in found) or sum(map(len, found)) > MOST_POINTS:
        return False
    return all(_is_point(point) for line in found for point in line)


def _is_point(point: Any) -> bool:
    return (
        isinstance(point, list)
        and len(point) == 2
        and all(type(one) is int for one in point)
        and 0 <= point[0] <= WIDTH
        and 0 <= point[1] <= HEIGHT
    )


def _length(line: Line) -> float:
    return sum(abs(a[0] - b[0]) + abs(a[1] - b[1]) for a, b in pairwise(line))
