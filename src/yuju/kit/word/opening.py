"""Opening a Word file that somebody handed in: a document, not a program, and no bomb."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from django.utils.translation import gettext as _
from docx import Document
from docx.opc.exceptions import PackageNotFoundError
from lxml.etree import XMLSyntaxError

from yuju.kit.errors import Refused
from yuju.kit.files import MEGABYTE

UNPACKED = 40 * MEGABYTE
ENTRIES = 1000
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
MACROS = ("vbaproject.bin", "vbadata.xml")


def open_word(content: bytes) -> Any:
    """The document of a .docx file.

    Nothing is unpacked before its size is known, and what the file says of its sizes is not believed: the ZIP reader stops
    at the size that was said. XML is read without outside entities.

    Raises:
        Refused: it is no Word document (code `kind`), holds macros (`macro`), or unpacks to too much (`bomb`).
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_entries(archive)
            kinds = archive.read("[Content_Types].xml").decode("utf-8", "replace")
        if "macroEnabled" in kinds or "vbaProject" in kinds:
            raise _macros()
        document = Document(io.BytesIO(content))
    except Refused:
        raise
    except (
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        AttributeError,
        NotImplementedError,
        RuntimeError,
        OSError,
        EOFError,
        PackageNotFoundError,
        XMLSyntaxError,
    ) as error:
        raise Refused(
            _("The file cannot be read as a Word document. Save it in Word as .docx and hand it in again."), code="kind"
        ) from error
    if document.part.content_type != MAIN:
        raise Refused(_("This is no Word document. Save it in Word as .docx and hand it in again."), code="kind")
    return document


def _check_entries(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if len(entries) > ENTRIES or sum(entry.file_size for entry in entries) > UNPACKED:
        raise Refused(
            _("The file unpacks to more than %(limit)s MB. Take large pictures out of it.")
            % {"limit": UNPACKED // MEGABYTE},
            code="bomb",
        )
    names = [entry.filename.lower() for entry in entries]
    if any(name.endswith(MACROS) for name in names):
        raise _macros()
    if "word/document.xml" not in names and "[content_types].xml" not in names:
        raise KeyError("word/document.xml")


def _macros() -> Refused:
    return Refused(_("The file holds macros. Save it in Word as .docx, without macros."), code="macro")
