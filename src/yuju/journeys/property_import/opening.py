"""Taking a workbook from outside safely: size, kind, bombs, damage; then its cells.

A workbook is a ZIP archive of XML files. Before anything reads it, the whole archive is inflated once with
the real sizes counted (the sizes its directory states may lie), and the outermost cells are found, because a
sheet with one cell in its last row and column would take gigabytes as a table.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from xml.etree import ElementTree

from django.utils.translation import gettext_lazy as _
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from yuju.journeys.property_import.messages import Say
from yuju.kit.errors import Refused

MAX_FILE_BYTES = 50 * 1024 * 1024
MAX_UNPACKED_BYTES = 400 * 1024 * 1024
MAX_ENTRIES = 5_000
RATIO_FREE_BYTES = 32 * 1024 * 1024
MAX_RATIO = 150
MAX_TABLE_CELLS = 10_000_000

_MEGABYTE = 1024 * 1024
_CHUNK = 1 * _MEGABYTE
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_WORKBOOK_XML = "xl/workbook.xml"
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"

# A cell that holds something: not closed at once. Attribute values of cells have no "/" or ">".
_FILLED_CELL = re.compile(rb'<(?:\w+:)?c\s[^>/]*?\br="([A-Z]{1,3})([0-9]{1,7})"[^>/]*>')
_ERROR_CELL = re.compile(rb'<(?:\w+:)?c\s(?=[^>/]*?\bt="e")[^>/]*?\br="([A-Z]{1,3})([0-9]{1,7})"[^>/]*>')
_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*?\br="([0-9]{1,7})"')
_CELL_WITHOUT_ADDRESS = re.compile(rb'<(?:\w+:)?c(?=[\s>])(?![^>]*\br=")[^>]*>')
# A formula whose result is text may well be empty; any other without a result was never calculated.
_UNCALCULATED_CELL = re.compile(
    rb'<(?:\w+:)?c\s(?![^>/]*?\bt="str")[^>/]*?\br="([A-Z]{1,3})([0-9]{1,7})"[^>/]*>\s*'
    rb"<(?:\w+:)?f\b[^>]*>[^<]*</(?:\w+:)?f>\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)


class WorkbookRefused(Refused):
    """The file is not a workbook that can be read; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A workbook that is safe to read.

    Args:
        book: its cells.
        dates_from_1904: True when bare day numbers count from 1904, as old Macintosh workbooks do.
        broken_cells: by sheet name, the cells (row and column from 0) that hold an Excel error such as `#REF!`
            or a formula that was never calculated: the reader would take both for empty.
    """

    book: CalamineWorkbook
    dates_from_1904: bool = False
    broken_cells: dict[str, frozenset[tuple[int, int]]] = field(default_factory=dict)


def open_workbook(source: Path | bytes | BinaryIO) -> Opened:
    """Opens an .xlsx workbook.

    Args:
        source: a path, the bytes themselves, or a file opened for reading bytes.

    Raises:
        WorkbookRefused: when it is too large, is something else than an .xlsx workbook, is protected by a
            password, is damaged, or unpacks to far more than it should.
    """
    data = _bytes_of(source)
    _refuse_other_kinds(data)
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError, UnicodeDecodeError) as error:
        raise _damaged() from error
    names = {entry.filename for entry in entries}
    _refuse_other_archives(archive, names)
    _refuse_stated_bombs(entries, len(data))
    small: dict[str, bytes] = {}
    broken: dict[str, frozenset[tuple[int, int]]] = {}
    budget = MAX_UNPACKED_BYTES
    for entry in entries:
        keep = io.BytesIO() if entry.filename in (_WORKBOOK_XML, "xl/_rels/workbook.xml.rels") else None
        outline = _Outline() if entry.filename.startswith("xl/worksheets/") else None
        for chunk in _inflate(data, entry):
            budget -= len(chunk)
            if budget < 0:
                raise _bomb()
            if keep is not None:
                keep.write(chunk)
            if outline is not None:
                outline.feed(chunk)
        if keep is not None:
            small[entry.filename] = keep.getvalue()
        if outline is not None:
            outline.close()
            broken[entry.filename] = frozenset(outline.broken)
    sheets, from_1904 = _contents(small)
    return Opened(
        book=_cells_of(data),
        dates_from_1904=from_1904,
        broken_cells={name: broken[path] for name, path in sheets.items() if broken.get(path)},
    )


def _bytes_of(source: Path | bytes | BinaryIO) -> bytes:
    if isinstance(source, bytes):
        if len(source) > MAX_FILE_BYTES:
            raise _too_large(len(source))
        return source
    if isinstance(source, Path):
        try:
            size = source.stat().st_size
            if size > MAX_FILE_BYTES:
                raise _too_large(size)
            if source.is_dir():
                raise WorkbookRefused(Say(_("%(path)s is a folder; expected an .xlsx workbook."), path=source))
            return source.read_bytes()
        except FileNotFoundError as error:
            raise WorkbookRefused(Say(_("There is no file %(path)s."), path=source), code="missing") from error
        except OSError as error:
            raise WorkbookRefused(
                Say(_("The file %(path)s cannot be read: %(why)s."), path=source, why=error.strerror or error)
            ) from error
    start = source.tell()
    size = source.seek(0, io.SEEK_END) - start
    source.seek(start)
    if size > MAX_FILE_BYTES:
        raise _too_large(size)
    return source.read()


def _refuse_other_kinds(data: bytes) -> None:
    if not data:
        raise WorkbookRefused(_("The file is empty; expected an .xlsx workbook."), code="empty")
    if data.startswith(_OLE):
        if _ENCRYPTED in data:
            raise WorkbookRefused(
                _("The workbook is protected by a password. Open it in Excel, remove the password, and save it again."),
                code="encrypted",
            )
        raise WorkbookRefused(
            _("This is an old Excel file (.xls), whatever its name says. Open it in Excel and save it as .xlsx."),
            code="xls",
        )
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return
    head = data[:4096]
    text = _as_text(head)
    if text is not None:
        if re.search(r"<(html|table|!doctype html)", text, re.IGNORECASE):
            raise WorkbookRefused(
                _("This is a web page, whatever its name says. Open it in Excel and save it as .xlsx."), code="html"
            )
        if re.search(r"[,;\t]", text):
            raise WorkbookRefused(
                _("This is a CSV text file, whatever its name says. Open it in Excel and save it as .xlsx."),
                code="csv",
            )
        raise WorkbookRefused(_("This is a text file; expected an .xlsx workbook."), code="text")
    raise WorkbookRefused(_("This is not an Excel workbook; expected an .xlsx file."), code="unknown")


def _as_text(head: bytes) -> str | None:
    """The beginning of a text file in one of the encodings Excel writes, or None when it is not text."""
    encodings = ("utf-16",) if head[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        for cut in range(4):  # The end of the head may fall inside a character.
            try:
                text = head[: len(head) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
            return None if re.search(r"[\x00-\x08\x0e-\x1f]", text) else text
    return None


def _refuse_other_archives(archive: zipfile.ZipFile, names: set[str]) -> None:
    if "xl/workbook.bin" in names:
        raise WorkbookRefused(
            _("This is a binary Excel workbook (.xlsb). Open it in Excel and save it as .xlsx."), code="xlsb"
        )
    if "content.xml" in names and "mimetype" in names:
        raise WorkbookRefused(_("This is an OpenDocument file. Save it as an Excel workbook (.xlsx)."), code="ods")
    if "[Content_Types].xml" not in names or _WORKBOOK_XML not in names:
        raise WorkbookRefused(
            _("This is a ZIP archive but not an Excel workbook; expected an .xlsx file."), code="other-archive"
        )


def _refuse_stated_bombs(entries: list[zipfile.ZipInfo], packed: int) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ENTRIES or unpacked > MAX_UNPACKED_BYTES:
        raise _bomb()
    if unpacked > RATIO_FREE_BYTES and unpacked > packed * MAX_RATIO:
        raise _bomb()
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise WorkbookRefused(_("The workbook is encrypted. Save it without a password."), code="encrypted")


def _inflate(data: bytes, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """The real contents of one entry, a piece at a time, however large its directory entry says it is."""
    offset = entry.header_offset
    header = data[offset : offset + 30]
    if len(header) < 30 or header[:4] != b"PK\x03\x04":
        raise _damaged()
    start = offset + 30 + int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    packed = memoryview(data)[start : start + entry.compress_size]
    if entry.compress_type == zipfile.ZIP_STORED:
        for position in range(0, len(packed), _CHUNK):
            yield bytes(packed[position : position + _CHUNK])
        return
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise _damaged()
    engine = zlib.decompressobj(-15)
    given = 0
    made = 0
    pending = b""
    try:
        while not engine.eof:
            if not pending:
                if given >= len(packed):
                    break
                pending = bytes(packed[given : given + _CHUNK])
                given += len(pending)
            chunk = engine.decompress(pending, _CHUNK)
            pending = engine.unconsumed_tail
            made += len(chunk)
            if made > RATIO_FREE_BYTES and made > max(1, entry.compress_size) * MAX_RATIO * 4:
                raise _bomb()
            yield chunk
    except zlib.error as error:
        raise _damaged() from error
    if not engine.eof or made != entry.file_size:
        raise _damaged()


class _Outline:
    """Reads a worksheet as it passes by: how far out its cells reach, and which of them are broken."""

    def __init__(self) -> None:
        self.broken: set[tuple[int, int]] = set()
        self._rest = b""
        self._columns: set[bytes] = set()
        self._widest = 0
        self._last_row = 0

    def feed(self, chunk: bytes) -> None:
        text = self._rest + chunk
        end = text.rfind(b"</row>") + 6
        if end < 6:
            # No row ended here: keep it all, within reason, so that no cell is cut in two.
            end = len(text) - _CHUNK if len(text) > 4 * _CHUNK else 0
        self._look(text[:end])
        self._rest = text[end:]

    def close(self) -> None:
        self._look(self._rest)
        columns = max(self._widest, *(_column_number(letters) + 1 for letters in self._columns), 0)
        if columns * self._last_row > MAX_TABLE_CELLS:
            raise WorkbookRefused(
                Say(
                    _(
                        "A sheet has cells as far out as row %(row)d and %(columns)d columns, which is too large. "
                        "Delete what stands far from the table, or copy the table into a new workbook."
                    ),
                    row=self._last_row,
                    columns=columns,
                ),
                code="too-wide",
            )

    def _look(self, text: bytes) -> None:
        found = _FILLED_CELL.findall(text)
        if found:
            letters, rows = zip(*found, strict=True)
            self._columns.update(letters)
            self._last_row = max(self._last_row, *map(int, set(rows)))
        if _CELL_WITHOUT_ADDRESS.search(text):
            # Such cells stand side by side from the first column; their rows may still say where they are.
            pieces = re.split(rb"<(?:\w+:)?row\b", text)
            self._widest = max(self._widest, *(len(_CELL_WITHOUT_ADDRESS.findall(piece)) for piece in pieces))
            self._last_row = max(self._last_row + len(pieces), *(int(row) for row in _ROW.findall(text)), 0)
        if b't="e"' in text:
            self._mark(_ERROR_CELL, text)
        if b"<f" in text or b":f" in text:
            self._mark(_UNCALCULATED_CELL, text)

    def _mark(self, pattern: re.Pattern[bytes], text: bytes) -> None:
        for letters, row in pattern.findall(text):
            if len(self.broken) < 10_000:
                self.broken.add((int(row) - 1, _column_number(letters)))


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _contents(small: dict[str, bytes]) -> tuple[dict[str, str], bool]:
    """From sheet names to their files in the archive, and whether days count from 1904."""
    if any(b"<!DOCTYPE" in text or b"<!ENTITY" in text for text in small.values()):
        raise _damaged()
    try:
        # Without a document type there are no entities, and so nothing in them that grows.
        book = ElementTree.fromstring(small[_WORKBOOK_XML])  # noqa: S314
        links = ElementTree.fromstring(small.get("xl/_rels/workbook.xml.rels", b"<none/>"))  # noqa: S314
    except (ElementTree.ParseError, KeyError) as error:
        raise _damaged() from error
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    sheets: dict[str, str] = {}
    for sheet in book.iter(f"{_MAIN}sheet"):
        target = targets.get(sheet.get(_RELATION), "")
        sheets[sheet.get("name", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    properties = book.find(f"{_MAIN}workbookPr")
    from_1904 = properties is not None and properties.get("date1904") in ("1", "true", "on")
    return sheets, from_1904


def _cells_of(data: bytes) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(data))
    except PasswordError as error:
        raise WorkbookRefused(_("The workbook is encrypted. Save it without a password."), code="encrypted") from error
    except CalamineError as error:
        raise _damaged() from error


def _too_large(size: int) -> WorkbookRefused:
    return WorkbookRefused(
        Say(
            _(
                "The file has %(size)d MB; a workbook may have at most %(limit)d MB. "
                "Remove pictures and sheets that do not belong to it, or bring the property in by several workbooks."
            ),
            size=-(-size // _MEGABYTE),
            limit=MAX_FILE_BYTES // _MEGABYTE,
        ),
        code="too-large",
    )


def _bomb() -> WorkbookRefused:
    return WorkbookRefused(
        Say(
            _(
                "The file unpacks to far more than a workbook of its size does (at most %(limit)d MB are read), "
                "so it was not opened. Copy the sheets into a new workbook."
            ),
            limit=MAX_UNPACKED_BYTES // _MEGABYTE,
        ),
        code="bomb",
    )


def _damaged() -> WorkbookRefused:
    return WorkbookRefused(
        _("The workbook is damaged and cannot be read. Open it in Excel, let Excel repair it, and save it again."),
        code="damaged",
    )
