"""What the page of signatures at the end of a document says. It is printed by `signature_page.typ`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Strokes = Sequence[Sequence[Sequence[int]]]
"""A signature as it was drawn: lines of points in a field of 1000 by 400 (`yuju.kit.strokes`)."""


@dataclass(frozen=True)
class Signer:
    """What the page says of one party."""

    name: str
    facts: Sequence[tuple[str, str]]
    strokes: Strokes = ()


@dataclass(frozen=True)
class SignaturePage:
    """The page: its heading, what it says of the document, and the parties."""

    heading: str
    about: str
    facts: Sequence[tuple[str, str]]
    parties: Sequence[Signer]
