"""Printed documents: a typst template and its data become a PDF, with fonts of our own and never a box for a character."""

from __future__ import annotations

import json
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import typst
from django.utils.translation import gettext as _

from yuju.kit.errors import Refused

FONTS = Path(__file__).parent / "fonts"
"""Written by the front-end build (`assets/fonts.mjs`)."""

ROOT = Path(__file__).parent.parent
"""Templates of the product may name files of each other's from here on, such as `/kit/signature_page.typ`."""

INVISIBLE = ("Cc", "Cf", "Zl", "Zp", "Zs")
"""Kinds of characters that need no glyph: controls and blanks."""


class FontsMissing(RuntimeError):  # noqa: N818 - says what is the matter
    """The fonts were not built."""


def missing_characters(data: Any) -> list[str]:
    """The characters in a document's data that no font of ours has a glyph for, each once, in order."""
    starts, ends = _coverage()
    missing: dict[str, None] = {}
    for text in _texts(data):
        for character in dict.fromkeys(text):
            code = ord(character)
            place = bisect_right(starts, code) - 1
            if (place < 0 or code > ends[place]) and unicodedata.category(character) not in INVISIBLE:
                missing[character] = None
    return list(missing)


def pdf(template: Path, data: Any) -> bytes:
    """A PDF.

    Args:
        template: the typst file; it reads its data by `json(bytes(sys.inputs.data))`, and files beside it.
        data: what JSON can hold.

    Raises:
        Refused: a character has no glyph; the sentence names it.
        FontsMissing: the fonts were not built.
    """
    if missing := missing_characters(data):
        words = {"characters": " ".join(f"{one} (U+{ord(one):04X})" for one in missing[:5])}
        raise Refused(_("The fonts for printing have no sign for %(characters)s.") % words, code="glyph")
    made = typst.compile(
        str(template),
        root=str(ROOT if template.is_relative_to(ROOT) else template.parent),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )
    assert isinstance(made, bytes)
    return made


@cache
def _fonts() -> Any:
    _coverage()
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])


@cache
def _coverage() -> tuple[list[int], list[int]]:
    try:
        ranges = json.loads((FONTS / "coverage.json").read_text())["ranges"]
    except FileNotFoundError as error:
        raise FontsMissing("The fonts are not built: run `make setup`.") from error
    return [start for start, _end in ranges], [end for _start, end in ranges]


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for value in data.values():
            yield from _texts(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from _texts(value)
