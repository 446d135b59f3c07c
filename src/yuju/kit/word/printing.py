"""A text as PDF, in the fonts that come with the product. The same text gives the same bytes."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from typst import TypstError

from yuju.kit.documents import pdf
from yuju.kit.errors import Refused
from yuju.kit.signature_page import SignaturePage
from yuju.kit.word.tree import Block, Paragraph, Piece, Table, Text

TEMPLATE = Path(__file__).parent / "word.typ"


def word_pdf(text: Text, *, title: str, author: str, signed: SignaturePage | None = None) -> bytes:
    """A text as PDF.

    Args:
        title, author: told by the file's properties.
        signed: the page of signatures at its end.

    Raises:
        Refused: a character has no glyph; the sentence names it. Or what is put where cannot be printed (code `layout`).
    """
    images: list[list[int]] = []
    room = text.sheet.width - text.sheet.left - text.sheet.right
    data = {
        "title": title,
        "author": author,
        "sheet": asdict(text.sheet),
        "header": _blocks(text.header, room, images),
        "footer": _blocks(text.footer, room, images),
        "blocks": _blocks(text.blocks, room, images),
        "images": images,
        "signed": asdict(signed) if signed is not None else None,
    }
    try:
        return pdf(TEMPLATE, data)
    except TypstError as error:
        raise Refused(
            _("The layout of the file cannot be printed. Make its tables simpler: rows of the same columns."),
            code="layout",
        ) from error


def _blocks(blocks: tuple[Block, ...], room: float, images: list[list[int]]) -> list[dict[str, Any]]:
    return [_paragraph(one, images) if isinstance(one, Paragraph) else _table(one, room, images) for one in blocks]


def _paragraph(one: Paragraph, images: list[list[int]]) -> dict[str, Any]:
    told = ("align", "left", "right", "first", "before", "after", "line", "heading", "number", "new_page", "keep_next")
    pieces = [_piece(piece, images) for piece in one.pieces]
    size = max((piece["size"] for piece in pieces if piece["text"].strip()), default=pieces[0]["size"])
    return {"kind": "paragraph", **{name: getattr(one, name) for name in told}, "pieces": pieces, "size": size}


def _piece(piece: Piece, images: list[list[int]]) -> dict[str, Any]:
    place = None
    if piece.image:
        image = list(piece.image)
        if image not in images:
            images.append(image)
        place = images.index(image)
    return {"text": piece.text, "sign": piece.sign, "image": place, "width": piece.width, **asdict(piece.look)}


def _table(one: Table, room: float, images: list[list[int]]) -> dict[str, Any]:
    rows = [
        [
            {
                "blocks": _blocks(cell.blocks, room, images),
                "across": cell.across,
                "down": cell.down,
                "middle": cell.middle,
                "shade": cell.shade,
            }
            for cell in row
        ]
        for row in one.rows
    ]
    return {
        "kind": "table",
        "widths": list(one.widths),
        "rows": rows,
        "lines": one.lines,
        "heads": one.heads,
        "align": one.align,
        "room": room,
    }
