"""Signatures drawn on a screen."""

from __future__ import annotations

import json

import pytest

from yuju.kit.errors import Refused
from yuju.kit.strokes import strokes_read

NAME = [[[10 * step, 20 * (step % 5)] for step in range(30)], []]


def test_a_signature_is_read_and_empty_lines_fall_away() -> None:
    assert strokes_read(json.dumps(NAME)) == NAME[:1]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("", "empty"),
        ("[]", "empty"),
        ("[[[5,5]]]", "empty"),
        (json.dumps([[[5, 5]] * 50]), "empty"),
        ("nonsense", "strokes"),
        ("[" * 100_000, "strokes"),
        ('{"a": 1}', "strokes"),
        ("[[[1001, 5]]]", "strokes"),
        ("[[[1.5, 5]]]", "strokes"),
        ("[[[true, 5]]]", "strokes"),
        ("[[[NaN, 5]]]", "strokes"),
        (json.dumps([[[1, 1]] * 6001]), "strokes"),
    ],
)
def test_what_is_no_signature_is_refused(given: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        strokes_read(given, field="strokes")
    assert (refused.value.code, refused.value.field) == (code, "strokes")
