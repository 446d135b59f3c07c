"""A Word document as a text of ours. What cannot be carried over is a fault with its place: nothing falls away in silence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _
from docx.oxml.ns import qn

from yuju.kit.word.faults import Fault
from yuju.kit.word.looks import Styles, first, first_said, hex_colour, holds, points, spacing, value
from yuju.kit.word.numbers import Numbers
from yuju.kit.word.pictures import inline_picture
from yuju.kit.word.runs import Runs, local
from yuju.kit.word.tree import NEW_PAGE, Block, Cell, Look, Paragraph, Piece, Sheet, Table, Text, paragraphs_of

SMALLEST, LARGEST = 200.0, 2400.0
"""Points of the sides of a sheet."""

COLUMN, NARROWEST = 72.0, 4.0
"""Points of a column whose width the file does not say, and of the narrowest."""

SHOWN = 24
"""How many characters of a paragraph are quoted to find it by."""

_ALIGN = {"center": "center", "right": "right", "end": "right", "both": "justify", "distribute": "justify"}
_SILENT = {"bookmarkStart", "bookmarkEnd", "proofErr", "permStart", "permEnd", "sectPr", "tblPr", "tblGrid", "pPr"}
"""What stands between paragraphs and says nothing of its own."""


@dataclass
class Reading:
    """A document read: the text, and what of it cannot be carried over."""

    text: Text
    faults: list[Fault] = field(default_factory=list)


def read_word(document: Any) -> Reading:
    """Reads a document that `open_word` opened."""
    return _Reader(document).read()


class _Reader:
    def __init__(self, document: Any) -> None:
        self._document = document
        self._styles = Styles(document)
        self._numbers = Numbers(document)
        self._faults: list[Fault] = []
        self._count = 0
        self._where = ""

    def read(self) -> Reading:
        body = self._document.element.body
        blocks = self._blocks(body, self._document.part)
        sections = list(self._document.sections)
        sheet = self._sheet(sections)
        header: tuple[Block, ...] = ()
        footer: tuple[Block, ...] = ()
        if sections:
            header = self._margin(sections[0].header, _("Header"))
            footer = self._margin(sections[0].footer, _("Footer"))
        return Reading(Text(blocks, header, footer, sheet), self._faults)

    def _margin(self, part: Any, where: str) -> tuple[Block, ...]:
        if part.is_linked_to_previous:
            return ()
        self._where, self._count = where, 0
        found = self._blocks(part._element, part.part)
        return found if any(one.pieces for one in paragraphs_of(found)) else ()

    def _sheet(self, sections: list[Any]) -> Sheet:
        sheets = [_sheet_of(section) for section in sections]
        for section, sheet in zip(sections, sheets, strict=True):
            columns = value(section._sectPr, "w:cols", "w:num")
            if columns not in (None, "1", "true"):
                self._fault(_("Text in columns"), _("Set it in one column."), code="columns", place="")
            if (sheet.width, sheet.height) != (sheets[0].width, sheets[0].height):
                self._fault(
                    _("Pages of several sizes"), _("Give all pages the same size and direction."), "sizes", place=""
                )
        if any(_has_text(part) for part in self._other_margins(sections)):
            self._fault(
                _("A header or footer that is not the same on every page"),
                _("Use the same header and footer on every page."),
                "headers",
                place="",
            )
        return sheets[0] if sheets else Sheet()

    def _other_margins(self, sections: list[Any]) -> Iterator[Any]:
        """Headers and footers besides the usual ones of the first section."""
        for index, section in enumerate(sections):
            if index:
                yield from (section.header, section.footer)
            if section.different_first_page_header_footer:
                yield from (section.first_page_header, section.first_page_footer)
            if self._document.settings.odd_and_even_pages_header_footer:
                yield from (section.even_page_header, section.even_page_footer)

    def _blocks(self, parent: Any, part: Any, table_style: str | None = None) -> tuple[Block, ...]:
        found: list[Block] = []
        for child in parent:
            name = local(child)
            if name == "p":
                found.extend(self._paragraphs(child, part, table_style))
            elif name == "tbl":
                found.append(self._table(child, part))
            elif name == "sdt":
                content = child.find(qn("w:sdtContent"))
                if content is not None:
                    found.extend(self._blocks(content, part, table_style))
            elif name in ("ins", "del", "moveFrom", "moveTo", "customXmlInsRangeStart"):
                self._fault(_("Tracked changes"), _("Accept or reject all changes in Word."), code="changes")
            elif name in ("altChunk", "subDoc"):
                self._fault(_("Another file put in"), _("Copy its text into the document."), code="altChunk")
            elif name not in _SILENT and not name.endswith(("RangeStart", "RangeEnd")) and name != "tcPr":
                self._unknown(name)
        return tuple(found)

    def _paragraphs(self, element: Any, part: Any, table_style: str | None) -> Iterator[Paragraph]:
        """A paragraph; where page breaks stand in it, one for each page."""
        self._count += 1
        place = self._place(element)
        properties = self._styles.paragraph_properties(element, table_style)
        runs = Runs(
            look=lambda run: self._styles.run_look(run, element, table_style),
            fault=lambda wrong, expected, code: self._fault(wrong, expected, code, place=place),
            picture=lambda drawing: inline_picture(drawing, part),
        )
        pieces = runs.read(element)
        look, _unused = self._styles.run_look(element, element, table_style)
        size = next((piece.look.size for piece in pieces if piece.text.strip()), look.size)
        spaced = spacing(properties, size)
        number, depth = self._numbering(properties)
        shown = self._numbers.take(number, depth) if number else ""
        if number:
            self._hang(properties, number, depth, spaced)
        whole = Paragraph(
            pieces=pieces or (Piece("", look),),
            place=place,
            align=_ALIGN.get(first(properties, "w:jc") or "", "left"),
            heading=self._styles.heading(element),
            number=shown,
            new_page=holds(properties, "w:pageBreakBefore"),
            keep_next=holds(properties, "w:keepNext"),
            **spaced,
        )
        yield from _by_pages(whole, look)

    def _numbering(self, properties: list[Any]) -> tuple[str, int]:
        for one in properties:
            listed = one.find(qn("w:numPr"))
            if listed is not None:
                number, depth = value(listed, "w:numId") or "0", value(listed, "w:ilvl") or "0"
                return ("" if number == "0" else number), int(depth) if depth.isdecimal() else 0
        return "", 0

    def _hang(self, properties: list[Any], number: str, depth: int, spaced: dict[str, float]) -> None:
        """The indent of a list is its level's, unless the paragraph says one itself."""
        level = self._numbers.level(number, depth)
        own = level.find(qn("w:pPr")) if level is not None else None
        indent = own.find(qn("w:ind")) if own is not None else None
        if indent is None:
            return
        if first_said(properties, "w:ind", "w:left") is None and not spaced["left"]:
            spaced["left"] = points(indent, "w:left")
        if not spaced["first"]:
            hanging = points(indent, "w:hanging")
            spaced["first"] = -hanging if hanging else points(indent, "w:firstLine")

    def _table(self, element: Any, part: Any) -> Table:
        style, lines = self._styles.table_lines(element)
        grid = element.find(qn("w:tblGrid"))
        widths = tuple(
            max(points(one, "w:w", COLUMN), NARROWEST)
            for one in (grid.findall(qn("w:gridCol")) if grid is not None else [])
        )
        rows: list[list[Cell]] = []
        open_below: dict[int, tuple[int, int]] = {}
        heads = 0
        for index, row in enumerate(_children(element, "tr")):
            cells: list[Cell] = _blank(row, "w:gridBefore")
            column = sum(cell.across for cell in cells)
            for cell in _children(row, "tc"):
                properties = cell.find(qn("w:tcPr"))
                across = int(value(properties, "w:gridSpan") or 1)
                merged = value(properties, "w:vMerge")
                if merged in ("continue", "true") and column in open_below:
                    at_row, at_cell = open_below[column]
                    above = rows[at_row][at_cell]
                    rows[at_row][at_cell] = replace(above, down=above.down + 1)
                else:
                    open_below.pop(column, None)
                    if merged == "restart":
                        open_below[column] = (index, len(cells))
                    cells.append(self._cell(cell, part, style, across))
                    lines = lines or _has_lines(properties)
                column += across
            rows.append(cells)
            if holds(_of(row, "w:trPr"), "w:tblHeader") and heads == index:
                heads += 1
        columns = max((sum(cell.across for cell in row) for row in rows), default=1)
        if len(widths) < columns:
            widths = (*widths, *([COLUMN] * (columns - len(widths))))
        rows = _padded(rows, columns)
        align = _ALIGN.get(value(element.find(qn("w:tblPr")), "w:jc") or "", "left")
        return Table(widths, tuple(tuple(row) for row in rows), lines, heads, align)

    def _cell(self, cell: Any, part: Any, style: str | None, across: int) -> Cell:
        properties = cell.find(qn("w:tcPr"))
        if value(properties, "w:textDirection") not in (None, "lrTb", "lr"):
            self._fault(_("Text that runs from top to bottom"), _("Write it from left to right."), code="direction")
        shade = value(properties, "w:shd", "w:fill") or ""
        return Cell(
            blocks=self._blocks(cell, part, style),
            across=across,
            middle=value(properties, "w:vAlign") == "center",
            shade=hex_colour(shade) if shade.upper() != "FFFFFF" else "",
        )

    def _place(self, element: Any) -> str:
        text = "".join(one.text or "" for one in element.iter(qn("w:t"))).strip()
        quoted = text[:SHOWN] + ("…" if len(text) > SHOWN else "")
        where = _("Paragraph %(number)d") % {"number": self._count}
        if self._where:
            where = f"{self._where}, {where}"
        return f"{where}: {quoted}" if quoted else where

    def _fault(self, wrong: str, expected: str, code: str, place: str | None = None) -> None:
        if place is None:
            place = _("After paragraph %(number)d") % {"number": self._count}
        found = Fault(wrong, expected, place, code)
        if found not in self._faults:
            self._faults.append(found)

    def _unknown(self, name: str) -> None:
        self._fault(_("Something that cannot be printed: %(name)s") % {"name": name}, _("Take it out."), code=name)


def _has_text(part: Any) -> bool:
    """Whether a header or footer is there and says anything."""
    return not part.is_linked_to_previous and any(one.text.strip() for one in part.paragraphs)


def _sheet_of(section: Any) -> Sheet:
    size, margins = section._sectPr.find(qn("w:pgSz")), section._sectPr.find(qn("w:pgMar"))
    usual = Sheet()
    width, height = points(size, "w:w", usual.width), points(size, "w:h", usual.height)
    width, height = (min(max(side, SMALLEST), LARGEST) for side in (width, height))
    most = {"left": width / 3, "right": width / 3}
    return Sheet(
        width=width,
        height=height,
        **{
            side: min(abs(points(margins, f"w:{side}", getattr(usual, side))), most.get(side, height / 3))
            for side in ("top", "bottom", "left", "right", "header", "footer")
        },
    )


def _children(parent: Any, name: str) -> list[Any]:
    """The rows or cells of a table, those in content controls too."""
    found: list[Any] = []
    for child in parent:
        if local(child) == name:
            found.append(child)
        elif local(child) == "sdt" and (content := child.find(qn("w:sdtContent"))) is not None:
            found.extend(_children(content, name))
    return found


def _blank(row: Any, name: str) -> list[Cell]:
    """The columns that a row leaves out at its beginning, as an empty cell."""
    left_out = value(row.find(qn("w:trPr")), name)
    return [Cell(across=int(left_out))] if left_out is not None and left_out.isdecimal() and int(left_out) else []


def _padded(rows: list[list[Cell]], columns: int) -> list[list[Cell]]:
    """Every row as wide as the table: a shorter one would take the cells of the next."""
    covered = [0] * len(rows)
    for index, row in enumerate(rows):
        for cell in row:
            for below in range(index + 1, min(index + cell.down, len(rows))):
                covered[below] += cell.across
        if (room := columns - covered[index] - sum(cell.across for cell in row)) > 0:
            row.append(Cell(across=room))
    return rows


def _of(element: Any, name: str) -> list[Any]:
    found = element.find(qn(name))
    return [found] if found is not None else []


def _has_lines(properties: Any) -> bool:
    borders = properties.find(qn("w:tcBorders")) if properties is not None else None
    return borders is not None and any(line.get(qn("w:val"), "none") not in ("nil", "none") for line in borders)


def _by_pages(whole: Paragraph, look: Look) -> Iterator[Paragraph]:
    parts: list[list[Piece]] = [[]]
    for piece in whole.pieces:
        if piece.sign == NEW_PAGE:
            parts.append([])
        else:
            parts[-1].append(piece)
    if len(parts) > 1 and not parts[0]:
        # The break stands first: there is nothing for the page before.
        parts, whole = parts[1:], replace(whole, new_page=True)
    for index, pieces in enumerate(parts):
        part = replace(whole, pieces=tuple(pieces) or (Piece("", look),))
        yield part if not index else replace(part, new_page=True, number="")
