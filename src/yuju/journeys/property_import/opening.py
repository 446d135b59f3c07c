"""Taking a workbook from outside safely: size, kind, bombs, damage; then its cells.

A workbook is a ZIP archive of XML files. Before anything reads it, the whole archive is inflated once with
the real sizes counted (the sizes its directory states may lie); `outline` counts what each sheet would take as a table.
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
from yuju.journeys.property_import.outline import (
    Damaged,
    SheetOutline,
    TextsOutline,
    column_letters,
    shared_characters,
    text_lengths,
)
from yuju.kit.errors import Refused

MAX_FILE_BYTES = 50 * 1024 * 1024
MAX_UNPACKED_BYTES = 400 * 1024 * 1024
MAX_ENTRIES = 5_000
RATIO_FREE_BYTES = 32 * 1024 * 1024
MAX_RATIO = 150
MAX_TABLE_CELLS = 10_000_000
MAX_CELLS = 20_000_000
MAX_SHARED_CHARACTERS = 256 * 1024 * 1024
MAX_DIRECTORY_BYTES = 8 * 1024 * 1024

_MEGABYTE = 1024 * 1024
_CHUNK = 1 * _MEGABYTE
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_WORKBOOK_XML = "xl/workbook.xml"
_WORKBOOK_LINKS = "xl/_rels/workbook.xml.rels"
_SHARED_TEXTS = "xl/sharedstrings.xml"
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


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
    _refuse_other_archives(archive, {entry.filename for entry in entries})
    _refuse_stated_bombs(entries, len(data))
    # Readers look for names in any case; two entries of one name would let each reader see another file.
    by_name = {_name(entry.filename): entry for entry in entries}
    if len(by_name) != len(entries):
        raise _damaged()
    paths, from_1904 = _contents(_small(data, by_name[_WORKBOOK_XML]), _small(data, by_name.get(_WORKBOOK_LINKS)))
    try:
        outlines = _look_over(data, entries, set(paths.values()))
        _refuse_large_tables(paths, outlines)
        _refuse_shared_bombs(data, by_name, outlines)
    except Damaged as error:
        raise _damaged() from error
    broken = {name: frozenset(outlines.sheets[path].broken) for name, path in paths.items() if path in outlines.sheets}
    return Opened(_cells_of(data), from_1904, {name: cells for name, cells in broken.items() if cells})


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
            with source.open("rb") as file:  # What is no plain file says nothing of its size.
                data = file.read(MAX_FILE_BYTES + 1)
            if len(data) > MAX_FILE_BYTES:
                raise _too_large(len(data))
            return data
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
    if any(name.startswith(("word/", "ppt/")) for name in names):
        raise WorkbookRefused(
            _("This is a Word or PowerPoint document, not an Excel workbook; expected an .xlsx file."), code="document"
        )
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


def _name(path: str) -> str:
    return path.replace("\\", "/").lower()


def _small(data: bytes, entry: zipfile.ZipInfo | None) -> bytes:
    """One of the two files that say what the workbook is made of."""
    if entry is None:
        raise _damaged()
    made = bytearray()
    for chunk in _inflate(data, entry):
        made += chunk
        if len(made) > MAX_DIRECTORY_BYTES:
            raise _bomb()
    return bytes(made)


def _contents(workbook: bytes, links: bytes) -> tuple[dict[str, str], bool]:
    """From sheet names to their files in the archive (in lower case), and whether days count from 1904."""
    if any(b"<!DOCTYPE" in text or b"<!ENTITY" in text for text in (workbook, links)):
        raise _damaged()
    try:
        # Without a document type there are no entities, and so nothing in them that grows.
        book = ElementTree.fromstring(workbook)  # noqa: S314
        linked = ElementTree.fromstring(links)  # noqa: S314
    except (ElementTree.ParseError, LookupError, ValueError) as error:  # The last two: an encoding nobody knows.
        raise _damaged() from error
    targets = {link.get("Id"): link.get("Target", "") for link in linked}
    sheets: dict[str, str] = {}
    for sheet in book.iter(f"{_MAIN}sheet"):
        target = targets.get(sheet.get(_RELATION), "")
        inside = target.startswith(("/", "xl/"))
        sheets[sheet.get("name", "")] = _name(target.lstrip("/") if inside else f"xl/{target}")
    properties = book.find(f"{_MAIN}workbookPr")
    from_1904 = properties is not None and properties.get("date1904") in ("1", "true", "on")
    return sheets, from_1904


@dataclass(slots=True)
class _Outlines:
    """What a look over the archive found: its worksheets by their files, and the texts they share."""

    sheets: dict[str, SheetOutline] = field(default_factory=dict)
    texts: TextsOutline = field(default_factory=TextsOutline)


def _look_over(data: bytes, entries: list[zipfile.ZipInfo], sheets: set[str]) -> _Outlines:
    """Inflates everything once, counting, and looks over worksheets and shared texts on the way.

    Raises:
        Damaged: a worksheet is not written as spreadsheet programs write them.
    """
    found = _Outlines()
    budget = MAX_UNPACKED_BYTES
    for entry in entries:
        name = _name(entry.filename)
        outline: SheetOutline | TextsOutline | None = None
        if name == _SHARED_TEXTS:
            outline = found.texts
        elif name in sheets:
            outline = found.sheets[name] = SheetOutline()
        for chunk in _inflate(data, entry):
            budget -= len(chunk)
            if budget < 0:
                raise _bomb()
            if outline is not None:
                outline.feed(chunk)
        if outline is not None:
            outline.close()
    return found


def _refuse_large_tables(paths: dict[str, str], outlines: _Outlines) -> None:
    """Refuses a sheet, or sheets together, that would be too large as tables."""
    tables = [(outlines.sheets[path], name) for name, path in paths.items() if path in outlines.sheets]
    sizes = [outline.cells for outline, _name in tables]
    if max(sizes, default=0) <= MAX_TABLE_CELLS and sum(sizes) <= MAX_CELLS:
        return
    largest, name = max(tables, key=lambda table: table[0].cells)
    raise WorkbookRefused(
        Say(
            _(
                "The sheet “%(sheet)s” has cells as far out as row %(row)d and column %(column)s, which is too large. "
                "Delete what stands far from the table, or copy the table into a new workbook."
            ),
            sheet=name,
            row=largest.rows,
            column=column_letters(largest.columns - 1),
        ),
        code="too-wide",
    )


def _refuse_shared_bombs(data: bytes, by_name: dict[str, zipfile.ZipInfo], outlines: _Outlines) -> None:
    """Refuses a workbook of few but long texts that so many cells share that they would fill the memory.

    Raises:
        Damaged: a worksheet, or the texts, are no XML.
    """
    values = sum(outline.values for outline in outlines.sheets.values())
    if outlines.texts.longest * values <= MAX_SHARED_CHARACTERS:
        return
    lengths = text_lengths(_inflate(data, by_name[_SHARED_TEXTS]))
    left = MAX_SHARED_CHARACTERS
    for path in outlines.sheets:
        left -= shared_characters(_inflate(data, by_name[path]), lengths, limit=left)
        if left < 0:
            raise _bomb()


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
