"""A text as it is printed: paragraphs, tables and what stands in them. All lengths are points."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

BREAK, TAB, PAGE, PAGES, NEW_PAGE = "break", "tab", "page", "pages", "new_page"
"""What a piece may be besides text: a new line, a jump, this page's number, the number of pages, a new page."""


@dataclass(frozen=True)
class Look:
    """How a piece of text looks. `raised` is 1 for superscript and -1 for subscript."""

    size: float = 10.5
    bold: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False
    colour: str = ""
    raised: int = 0


@dataclass(frozen=True)
class Piece:
    """Text of one look, or one of the signs above; `image` holds the bytes of a JPEG that stands in the line."""

    text: str = ""
    look: Look = Look()
    sign: str = ""
    image: bytes = b""
    width: float = 0.0


@dataclass(frozen=True)
class Paragraph:
    """A paragraph.

    Attributes:
        place: where it stands, for people: "Paragraph 12".
        number: what Word puts before it (1., （一）, •), empty for none; it hangs in the indent.
        line: the distance of its lines: a factor, or points below zero as Word's "exactly".
    """

    is_table: ClassVar[bool] = False
    pieces: tuple[Piece, ...] = ()
    place: str = ""
    align: str = "left"
    left: float = 0.0
    right: float = 0.0
    first: float = 0.0
    before: float = 0.0
    after: float = 0.0
    line: float = 1.0
    heading: int = 0
    number: str = ""
    new_page: bool = False
    keep_next: bool = False

    @property
    def text(self) -> str:
        return "".join({BREAK: "\n", TAB: "\t"}.get(piece.sign, piece.text) for piece in self.pieces)


@dataclass(frozen=True)
class Cell:
    """A cell; `across` and `down` are how many columns and rows it takes."""

    blocks: tuple[Block, ...] = ()
    across: int = 1
    down: int = 1
    middle: bool = False
    shade: str = ""


@dataclass(frozen=True)
class Table:
    """A table. The rows leave out what a cell from above covers; `heads` rows are repeated on each page."""

    is_table: ClassVar[bool] = True
    widths: tuple[float, ...]
    rows: tuple[tuple[Cell, ...], ...]
    lines: bool = True
    heads: int = 0
    align: str = "left"


Block = Paragraph | Table


@dataclass(frozen=True)
class Sheet:
    """The paper: its size and margins, and how far from its edges the header and the footer stand."""

    width: float = 595.3
    height: float = 841.9
    top: float = 72.0
    bottom: float = 72.0
    left: float = 90.0
    right: float = 90.0
    header: float = 36.0
    footer: float = 36.0


@dataclass(frozen=True)
class Text:
    """A whole text."""

    blocks: tuple[Block, ...]
    header: tuple[Block, ...] = ()
    footer: tuple[Block, ...] = ()
    sheet: Sheet = field(default_factory=Sheet)

    def paragraphs(self) -> Iterator[Paragraph]:
        """Every paragraph, those in tables, the header and the footer too."""
        yield from paragraphs_of((*self.header, *self.blocks, *self.footer))


def paragraphs_of(blocks: tuple[Block, ...]) -> Iterator[Paragraph]:
    """Every paragraph of some blocks, those in tables too."""
    for block in blocks:
        if isinstance(block, Paragraph):
            yield block
        else:
            for row in block.rows:
                for cell in row:
                    yield from paragraphs_of(cell.blocks)


def each_paragraph(text: Text, change: Any) -> Text:
    """The text with every paragraph put in another's place by a function."""

    def over(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
        return tuple(change(one) if isinstance(one, Paragraph) else within(one) for one in blocks)

    def within(table: Table) -> Table:
        rows = tuple(tuple(replace(cell, blocks=over(cell.blocks)) for cell in row) for row in table.rows)
        return replace(table, rows=rows)

    return replace(text, blocks=over(text.blocks), header=over(text.header), footer=over(text.footer))
