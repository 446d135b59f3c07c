"""The variables of a text: `{{月租金}}`, found wherever Word cut them in pieces, and what is put in their places."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from yuju.kit.word.tree import BREAK, Paragraph, Piece, Text, each_paragraph

VARIABLE = re.compile(r"(?:\{\{|｛｛)\s*([^{}｛｝\n\t]{1,60}?)\s*(?:\}\}|｝｝)")
"""Braces as an English and as a Chinese keyboard writes them."""
HALF = re.compile(r"\{\{|\}\}|｛｛|｝｝")


@dataclass(frozen=True)
class Named:
    """A variable as it was written, and where."""

    name: str
    place: str


def variables_in(text: Text) -> Iterator[Named]:
    """Every variable, in order, as often as it is written."""
    for paragraph in text.paragraphs():
        for match in VARIABLE.finditer(paragraph.text):
            yield Named(match[1], paragraph.place)


def halves_in(text: Text) -> Iterator[Named]:
    """Braces that open or close no variable."""
    for paragraph in text.paragraphs():
        for match in HALF.finditer(VARIABLE.sub("", paragraph.text)):
            yield Named(match[0], paragraph.place)


def filled(text: Text, values: Mapping[str, str]) -> Text:
    """The text with its variables replaced. A value takes the look of the variable's first character; its lines stay lines.

    Raises:
        KeyError: a variable that has no value (a slip in the code: texts are checked before).
    """
    return each_paragraph(text, lambda paragraph: _filled(paragraph, values))


def _filled(paragraph: Paragraph, values: Mapping[str, str]) -> Paragraph:
    matches = list(VARIABLE.finditer(paragraph.text))
    if not matches:
        return paragraph
    pieces: list[Piece] = []
    at = 0
    waiting = iter(matches)
    match = next(waiting, None)
    for piece in paragraph.pieces:
        length = 1 if piece.sign in (BREAK, "tab") else len(piece.text)
        end = at + length
        if piece.sign or piece.image:
            pieces.append(piece)
            at = end
            continue
        place = at
        while match is not None and match.start() < end:
            if match.start() >= at:
                pieces.append(Piece(piece.text[place - at : match.start() - at], piece.look))
                pieces.extend(_value(values[match[1]], piece))
            if match.end() > end:
                place = end
                break
            place = match.end()
            match = next(waiting, None)
        pieces.append(Piece(piece.text[place - at :], piece.look))
        at = end
    return replace(paragraph, pieces=tuple(one for one in pieces if one.text or one.sign or one.image))


def _value(value: str, like: Piece) -> Iterator[Piece]:
    for number, line in enumerate(value.split("\n")):
        if number:
            yield Piece("", like.look, BREAK)
        yield Piece(line, like.look)
