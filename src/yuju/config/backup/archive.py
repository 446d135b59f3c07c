"""The file of a backup: a sealed stream (`yuju.kit.sealed_stream`) around an ordinary tar, compressed.

In it, in this order: `beginning.json` (what is needed to judge the rest), `tables/NAME/000001` … (rows as COPY's text, in
parts), `files/…`, and `end.json` (rows, hashes and sums of all that went before).
"""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from yuju.kit.sealed_stream import Opened, Sealing, Secret, Unopenable

KIND = "backup"
FORMAT = 1
BEGINNING, END = "beginning.json", "end.json"
TABLES, FILES = "tables/", "files/"
PART = 4 * 1024 * 1024
_LEVEL = 3  # fast: what is gained above it costs more time than the disk


class ArchiveWriter:
    """Writes a backup into an open file; whole only when it is left without an error."""

    def __init__(self, out: IO[bytes], secret: Secret, made_at: datetime) -> None:
        self._held = ExitStack()
        sealing = self._held.enter_context(Sealing(out, kind=KIND, made_at=made_at, secret=secret))
        compressed = self._held.enter_context(gzip.GzipFile(fileobj=sealing, mode="wb", compresslevel=_LEVEL, mtime=0))
        self._tar = self._held.enter_context(tarfile.open(fileobj=compressed, mode="w|", format=tarfile.PAX_FORMAT))  # noqa: SIM115 - left with the others

    def __enter__(self) -> ArchiveWriter:
        return self

    def __exit__(self, *reason: Any) -> None:
        self._held.__exit__(*reason)

    def add(self, name: str, content: bytes) -> None:
        """Adds an entry."""
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = len(content), 0o600
        self._tar.addfile(entry, io.BytesIO(content))

    def add_json(self, name: str, said: Any) -> None:
        """Adds an entry of JSON."""
        self.add(name, json.dumps(said, ensure_ascii=False, indent=1).encode("utf-8"))

    def add_parts(self, name: str, pieces: Iterator[bytes]) -> None:
        """Adds content of any length as numbered parts of four megabytes; none for no content."""
        part, number = bytearray(), 0
        for piece in pieces:
            part += piece
            if len(part) >= PART:
                number += 1
                self.add(f"{name}/{number:06d}", bytes(part))
                part.clear()
        if part:
            self.add(f"{name}/{number + 1:06d}", bytes(part))


class ArchiveReader:
    """Reads a backup once, from its beginning. What it gives is genuine.

    Raises:
        Unopenable: while opening and while reading: no backup, the wrong secret, altered, cut short.
    """

    def __init__(self, path: Path, secrets: Sequence[Secret]) -> None:
        self._held = ExitStack()
        try:
            file = self._held.enter_context(open(path, "rb"))  # noqa: SIM115 - left with the others
        except OSError as error:
            raise Unopenable(f"{path} cannot be read: {error.strerror}.") from error
        with ExitStack() as opening:
            opening.push(self._held)
            self._opened = self._held.enter_context(Opened(file, kind=KIND, secrets=secrets))
            self.made_at = datetime.fromisoformat(self._opened.said["made_at"])
            compressed = gzip.GzipFile(fileobj=self._opened, mode="rb")
            try:
                self._tar = self._held.enter_context(tarfile.open(fileobj=compressed, mode="r|"))
                self._entries = iter(self._tar)
                name, content = next(self.entries(), ("", b""))
            except (tarfile.TarError, EOFError, OSError) as error:
                raise Unopenable(f"{path} was not written whole: {error}") from error
            if name != BEGINNING:
                raise Unopenable(f"{path} was not written whole: it has no beginning.")
            self.beginning: dict[str, Any] = json.loads(content)
            if self.beginning["format"] > FORMAT:
                raise Unopenable(
                    f"The backup was made by a newer Yuju ({self.beginning['yuju']}). Update Yuju, then restore it."
                )
            opening.pop_all()

    def __enter__(self) -> ArchiveReader:
        return self

    def __exit__(self, *reason: Any) -> None:
        self._held.__exit__(*reason)

    def entries(self) -> Iterator[tuple[str, bytes]]:
        """The entries that are still to come; the last is `end.json`."""
        try:
            for entry in self._entries:
                file = self._tar.extractfile(entry)
                yield entry.name, file.read() if file is not None else b""
        except (tarfile.TarError, EOFError, gzip.BadGzipFile) as error:
            raise Unopenable(f"The backup was not written whole: {error}") from error
        # Up to its sealed end: a file that goes on after the archive, or stops before its end, is none of ours.
        while self._opened.read(1024 * 1024):
            pass
