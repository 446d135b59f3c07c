"""Looking through a backup without restoring it: it opens to its end, and holds what it says it holds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from yuju.config import key_files
from yuju.config.backup.archive import END, FILES, TABLES, ArchiveReader
from yuju.config.backup.tables import Digest
from yuju.kit.sealed_stream import Secret, Unopenable


@dataclass(frozen=True)
class Checked:
    """A backup that is whole: what its two ends say."""

    beginning: dict[str, Any]
    end: dict[str, Any]

    @property
    def rows(self) -> int:
        """How many rows it holds."""
        return sum(int(table["rows"]) for table in self.end["tables"].values())

    @property
    def files(self) -> int:
        """How many files it holds."""
        return len(self.end["files"])


def backup_check(path: Path, secrets: Sequence[Secret]) -> Checked:
    """Reads a backup to its end and compares everything in it with its lists.

    Raises:
        Unopenable: it can't be opened, was altered or cut short, or does not hold what it lists.
    """
    tables: dict[str, Digest] = {}
    files: dict[str, dict[str, Any]] = {}
    end: dict[str, Any] | None = None
    with ArchiveReader(path, secrets) as archive:
        for name, content in archive.entries():
            if name.startswith(TABLES):
                tables.setdefault(table_of(name), Digest()).add(content)
            elif name.startswith(FILES):
                files[name.removeprefix(FILES)] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            elif name == END:
                end = json.loads(content)
        if end is None:
            raise Unopenable("The backup was not written whole: it has no end.")
        for name, said in end["tables"].items():
            if asdict(tables.pop(name, Digest()).content()) != said:
                raise Unopenable(f"The backup does not hold what it lists: the table {name} is another.")
        if tables or files != end["files"]:
            astray = sorted(
                [*tables, *(name for name in {*files, *end["files"]} if files.get(name) != end["files"].get(name))]
            )
            raise Unopenable(f"The backup does not hold what it lists: {', '.join(astray[:5])}.")
        return Checked(archive.beginning, end)


def table_of(name: str) -> str:
    """The table whose rows an entry holds."""
    return name.removeprefix(TABLES).rpartition("/")[0]


def keys_missing(beginning: dict[str, Any]) -> list[str]:
    """The keys of personal data that this home lacks to read the backup's: their names, `1`, `2`, … and `hash`."""
    here = key_files.data_fingerprints()
    return [name for name, mark in beginning["keys"].items() if here.get(name) != mark]
