"""Looking over a workbook's XML as it passes by, before anything makes tables of it.

A few kilobytes can stand for gigabytes once they are a table: one cell in the last row and column, or a long text
that thousands of cells share. So the outermost cells and the longest texts are found first. The look is strict: a
cell that is not written as spreadsheet programs write it is damage, for overlooked it could be the outermost one.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable
from xml.parsers import expat

_LONGEST_PIECE = 4 * 1024 * 1024

_PREFIX = rb"<(?:[^\s<>/][^\s<>]*:)?"
_ATTRIBUTES = rb"((?:\s+[^\s<>/=\"']+\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'))*)"
# As nearly every program writes it; a cell that is closed at once holds nothing.
_PLAIN_CELL = re.compile(_PREFIX + rb'c r="([A-Z]{1,3})([0-9]{1,7})"(?: (?!r=)[a-z]+="\w*")*(/?)>')
_CELL_BEGINS = re.compile(_PREFIX + rb"c(?=[\s/>])")
_CELL_OR_ROW_BEGINS = re.compile(_PREFIX + rb"(?:c|row)(?=[\s/>])")
_CELL_OR_ROW = re.compile(_PREFIX + rb"(c|row)" + _ATTRIBUTES + rb"\s*(/?)>")
_ATTRIBUTE = re.compile(rb"([^\s<>/=\"']+)\s*=\s*(?:\"([^\"<>]*)\"|'([^'<>]*)')")
_ADDRESS = re.compile(rb"([A-Za-z]{1,3})([0-9]{1,7})")
_ROW_NUMBER = re.compile(rb"[0-9]{1,7}")
_ERROR_CELL = re.compile(rb'<(?:\w+:)?c\s(?=[^>/]*?\bt="e")[^>/]*?\br="([A-Z]{1,3})([0-9]{1,7})"[^>/]*>')
# A formula whose result is text may well be empty; any other without a result was never calculated.
_UNCALCULATED_CELL = re.compile(
    rb'<(?:\w+:)?c\s(?![^>/]*?\bt="str")[^>/]*?\br="([A-Z]{1,3})([0-9]{1,7})"[^>/]*>\s*'
    rb"<(?:\w+:)?f\b[^>]*>[^<]*</(?:\w+:)?f>\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_KEPT_BROKEN = 10_000
_TEXT_ENDS = re.compile(rb"</(?:[^\s<>/:]+:)?si\s*>")
_HEAD = 1024
_UNKNOWN = 1 << 40


class Damaged(Exception):  # noqa: N818 - it is a fault of the file, not an error of the program
    """The XML is not what a spreadsheet program writes."""


class SheetOutline:
    """How far out a worksheet's cells reach, how many values it has, and which of its cells are broken.

    Attributes:
        broken: row and column (from 0) of cells that hold an Excel error or a formula that was never calculated.
        columns: how many columns a table of the sheet has.
        rows: how many rows.
        values: no fewer than the cells that hold a value.
    """

    def __init__(self) -> None:
        self.broken: set[tuple[int, int]] = set()
        self.columns = 0
        self.rows = 0
        self.values = 0
        self._rest = b""
        self._row = 0
        self._column = 0

    @property
    def cells(self) -> int:
        """How many cells a table of the sheet has, with the empty ones."""
        return self.columns * self.rows

    def feed(self, chunk: bytes) -> None:
        """Takes the next piece of the sheet.

        Raises:
            Damaged: a cell is written in no known way.
        """
        text = self._rest + chunk
        end = text.rfind(b"row>") + 4
        if end < 4:
            # No row ended here: keep it all, within reason, so that no cell is cut in two.
            end = 0 if len(text) <= _LONGEST_PIECE else text.rfind(b"<")
            if len(text) - end > _LONGEST_PIECE:
                raise Damaged
        self._look(text[:end])
        self._rest = text[end:]

    def close(self) -> None:
        """Looks at what is left at the end of the sheet.

        Raises:
            Damaged: a cell is written in no known way.
        """
        self._look(self._rest)
        self._rest = b""

    def _look(self, text: bytes) -> None:
        plain = _PLAIN_CELL.findall(text)
        if len(plain) == len(_CELL_BEGINS.findall(text)):
            self._look_at_plain(text, plain)
        else:
            self._look_closely(text)
        self.values += text.count(b"<v") + text.count(b":v")
        if b't="e"' in text:
            self._mark(_ERROR_CELL, text)
        if b"<f" in text or b":f" in text:
            self._mark(_UNCALCULATED_CELL, text)

    def _look_at_plain(self, text: bytes, plain: list[tuple[bytes, bytes, bytes]]) -> None:
        filled = [(letters, row) for letters, row, closed in plain if not closed]
        if filled:
            columns = {letters for letters, _row in filled}
            rows = {row for _letters, row in filled}
            self.columns = max(self.columns, *(column_number(letters) + 1 for letters in columns))
            self.rows = max(self.rows, *map(int, rows))
        if plain:
            # Should cells without an address follow, they stand to the right of these, in rows below.
            letters, row, _closed = plain[-1]
            self._column = column_number(letters) + 1
            self._row = max(self._row, int(row) - 1)
        self._row += text.count(b"<row") + text.count(b":row")

    def _look_closely(self, text: bytes) -> None:
        """Reads every attribute; cells without an address stand side by side, rows without a number below each other."""
        found = _CELL_OR_ROW.findall(text)
        if len(found) != len(_CELL_OR_ROW_BEGINS.findall(text)):
            raise Damaged
        for tag, written, closed in found:
            address = None
            for name, double, single in _ATTRIBUTE.findall(written):
                if name == b"r":
                    address = double or single
            if tag == b"row":
                if address is not None and not _ROW_NUMBER.fullmatch(address):
                    raise Damaged
                self._row = self._row + 1 if address is None else int(address) - 1
                self._column = 0
                continue
            row = self._row
            if address is not None:
                parts = _ADDRESS.fullmatch(address)
                if parts is None:
                    raise Damaged
                self._column, row = column_number(parts[1].upper()), int(parts[2]) - 1
            self._column += 1
            if not closed:
                self.columns = max(self.columns, self._column)
                self.rows = max(self.rows, row + 1, self._row + 1)

    def _mark(self, pattern: re.Pattern[bytes], text: bytes) -> None:
        for letters, row in pattern.findall(text):
            if len(self.broken) < _KEPT_BROKEN:
                self.broken.add((int(row) - 1, column_number(letters)))


class TextsOutline:
    """The longest of the texts that cells share.

    Attributes:
        longest: no fewer bytes than the longest text has.
    """

    def __init__(self) -> None:
        self.longest = 0
        self._since = 0
        self._rest = b""
        self._at_head = True

    def feed(self, chunk: bytes) -> None:
        """Takes the next piece of the shared texts."""
        text = self._rest + chunk
        # The end of a text may be cut in two, and one inside a comment or a literal section is none.
        last = text.rfind(b"<")
        cut = last if len(text) - last <= _HEAD and last >= 0 else len(text)
        self._rest, text = text[cut:], text[:cut]
        if b"<!" in text or b"<?" in text[_HEAD if self._at_head else 0 :]:
            self.longest = _UNKNOWN
        self._at_head = False
        pieces = [len(piece) for piece in _TEXT_ENDS.split(text)]
        pieces[0] += self._since
        self.longest = max(self.longest, *pieces)
        self._since = pieces[-1]

    def close(self) -> None:
        """Nothing more comes."""
        self.longest = max(self.longest, self._since + len(self._rest))


def column_number(letters: bytes) -> int:
    """The number, from 0, of the column that Excel shows under these letters."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def column_letters(index: int) -> str:
    """The letters Excel shows for a column counted from 0."""
    found = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        found = chr(65 + rest) + found
    return found


def text_lengths(chunks: Iterable[bytes]) -> list[int]:
    """How many characters each of the shared texts has, by its number.

    Raises:
        Damaged: it is no XML.
    """
    lengths: list[int] = []

    def begin(name: str, _attributes: dict[str, str]) -> None:
        if name == "si":
            lengths.append(0)

    def characters(data: str) -> None:
        if lengths:
            lengths[-1] += len(data)

    _read(chunks, begin, lambda _name: None, characters)
    return lengths


def shared_characters(chunks: Iterable[bytes], lengths: list[int], *, limit: int) -> int:
    """How many characters the cells of a worksheet hold that share texts, counted for each cell; at most about `limit`.

    Raises:
        Damaged: it is no XML.
    """
    total = 0
    shares = False
    value: list[str] | None = None

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal shares, value
        if name == "c":
            shares = attributes.get("t") == "s"
        elif name == "v" and shares:
            value = []

    def end(name: str) -> None:
        nonlocal total, value
        if name == "v" and value is not None:
            number = "".join(value).strip()
            if number.isascii() and number.isdigit() and int(number) < len(lengths):
                total += lengths[int(number)]
            value = None
            if total > limit:
                raise _Enough

    def characters(data: str) -> None:
        if value is not None:
            value.append(data)

    with contextlib.suppress(_Enough):
        _read(chunks, begin, end, characters)
    return total


class _Enough(Exception):  # noqa: N818 - it only ends a count early
    """The limit is passed; there is no need to count on."""


def _read(
    chunks: Iterable[bytes],
    begin: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    characters: Callable[[str], None],
) -> None:
    """Reads XML strictly, giving names without their namespaces; refuses document types, and so entities that grow."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, attributes: begin(name.rpartition(" ")[2], attributes)
    parser.EndElementHandler = lambda name: end(name.rpartition(" ")[2])
    parser.CharacterDataHandler = characters
    parser.StartDoctypeDeclHandler = _refuse_document_type
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError) as error:  # The last two: an encoding nobody knows.
        raise Damaged from error


def _refuse_document_type(*_declaration: object) -> None:
    raise Damaged
