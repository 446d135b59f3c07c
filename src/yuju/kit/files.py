"""Files that people hand in: known by their content, kept apart by operator, read and sent in pieces.

A file's name tells nothing about what it is and never becomes part of a path.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest
from django.utils.translation import gettext as _

from yuju.kit.errors import Refused
from yuju.kit.tenancy import require_operator_id

MEGABYTE = 1024 * 1024
_PIECE = 256 * 1024


@dataclass(frozen=True)
class Kind:
    """A kind of file: how its content begins, and how large it may be (bytes)."""

    name: str
    suffix: str
    content_type: str
    beginnings: tuple[bytes, ...]
    largest: int

    def __str__(self) -> str:
        return self.name


XLSX = Kind(
    "Excel (.xlsx)",
    ".xlsx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    (b"PK\x03\x04",),
    50 * MEGABYTE,
)
DOCX = Kind(
    "Word (.docx)",
    ".docx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    (b"PK\x03\x04",),
    10 * MEGABYTE,
)
PNG = Kind("PNG", ".png", "image/png", (b"\x89PNG\r\n\x1a\n",), 20 * MEGABYTE)
JPEG = Kind("JPEG", ".jpg", "image/jpeg", (b"\xff\xd8\xff",), 20 * MEGABYTE)
PDF = Kind("PDF", ".pdf", "application/pdf", (b"%PDF-",), 50 * MEGABYTE)
CSV = Kind("CSV", ".csv", "text/csv; charset=utf-8", (b"\xef\xbb\xbf",), 50 * MEGABYTE)
IMAGES = (PNG, JPEG)

KINDS = (XLSX, DOCX, PNG, JPEG, PDF, CSV)


PASSING = ("imports", "import-reports", "reading-reports", "prints", "exports")
"""Folders of files that are needed for a while: workbooks handed in, reports of their faults, prints, exported
lists. They hold personal data, so none of them stays for good."""


@dataclass(frozen=True)
class Stored:
    """A file that was kept: `path` finds it again, `sha256` is of its content in hexadecimal."""

    path: str
    kind: Kind
    size: int
    sha256: str


def check(
    upload: File[bytes], kinds: Collection[Kind], *, largest: int | None = None, field: str | None = None
) -> Kind:
    """The kind of a file, by how its content begins; the file is left at its beginning.

    For `XLSX` and `DOCX` it is known then that it is a ZIP archive, no more: whoever opens it looks further.

    Args:
        kinds: those that are welcome.
        largest: a limit in bytes below the kind's own.
        field: the name of the input, passed on to the refusal.

    Raises:
        Refused: when it is empty, of another kind (code `kind`), or too large (code `size`).
    """
    upload.seek(0)
    beginning = upload.read(16)
    upload.seek(0)
    size = upload.size or 0
    if not beginning:
        raise Refused(_("The file is empty."), field=field, code="kind")
    for kind in kinds:
        if beginning.startswith(kind.beginnings):
            limit = min(kind.largest, largest or kind.largest)
            if size > limit:
                raise Refused(
                    _("The file has %(size)s MB; at most %(limit)s MB are taken.")
                    % {"size": -(-size // MEGABYTE), "limit": limit // MEGABYTE},
                    field=field,
                    code="size",
                )
            return kind
    raise Refused(
        _("The content of the file is not what is expected here: %(kinds)s.")
        % {"kinds": _(", ").join(str(kind) for kind in kinds)},
        field=field,
        code="kind",
    )


def keep(
    upload: File[bytes], kinds: Collection[Kind], *, folder: str, largest: int | None = None, field: str | None = None
) -> Stored:
    """Checks a file and keeps it for the operator in force, under a name nobody can guess.

    It is not part of the transaction: whoever keeps it `forget`s it when the transaction fails.

    Args:
        folder: what the files are for, in lower case, such as `imports`.

    Raises:
        Refused: as `check` does.
    """
    if not re.fullmatch(r"[a-z][a-z_-]*", folder):
        raise ValueError("a folder is a lower-case word")
    kind = check(upload, kinds, largest=largest, field=field)
    path = f"{require_operator_id()}/{folder}/{secrets.token_hex(16)}{kind.suffix}"
    digest = hashlib.sha256()
    size = 0
    for piece in upload.chunks(_PIECE):
        digest.update(piece)
        size += len(piece)
    upload.seek(0)
    kept = default_storage.save(path, upload)
    return Stored(kept, kind, size, digest.hexdigest())


def open_kept(path: str) -> IO[bytes]:
    """Opens a file of the operator in force.

    Raises:
        PermissionError: when it is another operator's, or no path of a kept file.
        FileNotFoundError: when it is gone.
    """
    opened: IO[bytes] = default_storage.open(_own(path), "rb")
    return opened


def forget(path: str) -> None:
    """Deletes a file of the operator in force; nothing happens when it is gone.

    Raises:
        PermissionError: when it is another operator's.
    """
    default_storage.delete(_own(path))


def is_kept(path: str) -> bool:
    """Whether a file of the operator in force is still there.

    Raises:
        PermissionError: when it is another operator's.
    """
    return default_storage.exists(_own(path))


def forget_passing(before: datetime) -> int:
    """Deletes the operator's files of the `PASSING` folders that were kept before a moment (UTC). Returns how many."""
    forgotten = 0
    for folder in PASSING:
        place = f"{require_operator_id()}/{folder}"
        try:
            _folders, names = default_storage.listdir(place)
        except FileNotFoundError:
            continue
        for path in (f"{place}/{name}" for name in names):
            # Whoever replaces a report may be faster.
            with suppress(FileNotFoundError):
                if default_storage.get_modified_time(path) < before:
                    default_storage.delete(path)
                    forgotten += 1
    return forgotten


def answer(path: str, name: str, *, inline: bool = False, request: HttpRequest | None = None) -> FileResponse:
    """A file of the operator in force as a response, sent in pieces.

    Args:
        path: where it is kept.
        name: what it is called at the receiver's.
        inline: shown in the browser, which is safe for images and PDF alone.
        request: of who fetches it; with it a download that broke off goes on where it did (RFC 9110, 14).

    Raises:
        PermissionError: when it is another operator's.
        FileNotFoundError: when it is gone.
    """
    kind = next((kind for kind in KINDS if path.endswith(kind.suffix)), None)
    file = open_kept(path)
    size = default_storage.size(path)
    # A kept file never changes, so its name tells its content.
    tag = f'"{hashlib.sha256(path.encode()).hexdigest()[:32]}"'
    start = _goes_on_at(request, tag, size)
    file.seek(start)
    response = FileResponse(
        file,
        status=206 if start else 200,
        as_attachment=not (inline and kind in (*IMAGES, PDF)),
        filename=name,
        content_type=kind.content_type if kind else "application/octet-stream",
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    if request is not None:
        response["ETag"] = tag
        response["Accept-Ranges"] = "bytes"
    if start:
        response["Content-Range"] = f"bytes {start}-{size - 1}/{size}"
    return response


def _goes_on_at(request: HttpRequest | None, tag: str, size: int) -> int:
    """The byte from which a broken download goes on; 0 for all of it, which always is a right answer."""
    found = re.fullmatch(r"bytes=(\d{1,18})-", request.headers.get("Range", "")) if request is not None else None
    if request is None or found is None or request.headers.get("If-Range", tag) != tag:
        return 0
    start = int(found[1])
    return start if start < size else 0


def _own(path: str) -> str:
    if not re.fullmatch(rf"{require_operator_id()}/[a-z][a-z_-]*/[0-9a-f]{{32}}\w*\.[a-z]+", path):
        raise PermissionError("not a file of this operator")
    return path
