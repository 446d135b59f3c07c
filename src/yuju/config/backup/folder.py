"""The folder of backups: their names, which are there, and which of the old ones are kept."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from yuju.config import home
from yuju.config.home import CannotStart

_NAME = re.compile(r"yuju-(\d{8}T\d{6})Z\.backup")
_PARTIAL = re.compile(r"\.yuju-\d{8}T\d{6}Z\.partial")
_STAMP = "%Y%m%dT%H%M%S"


@dataclass(frozen=True)
class Kept:
    """A backup that is there: when it was begun (UTC), and its size in bytes."""

    path: Path
    made_at: datetime
    size: int


@dataclass(frozen=True)
class Keep:
    """How many backups are kept: the newest of each of so many days, weeks (Monday on) and months, UTC."""

    days: int = 7
    weeks: int = 5
    months: int = 12

    @classmethod
    def parsed(cls, text: str) -> Keep:
        """`7,5,12` as days, weeks, months.

        Raises:
            CannotStart: it is not three numbers, or keeps none.
        """
        parts = [part.strip() for part in text.split(",")]
        if len(parts) != 3 or not all(part.isdecimal() for part in parts) or not any(int(part) for part in parts):
            raise CannotStart(
                f"“{text}” does not say what to keep: days, weeks and months are three numbers, such as 7,5,12."
            )
        return cls(*(int(part) for part in parts))


def backups_in(folder: Path) -> list[Kept]:
    """The backups of a folder, the newest first. What is being made is none of them."""
    found = []
    for path in folder.glob("yuju-*.backup"):
        if match := _NAME.fullmatch(path.name):
            made_at = datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC)
            found.append(Kept(path, made_at, path.stat().st_size))
    return sorted(found, key=lambda one: one.made_at, reverse=True)


def superfluous(backups: Iterable[Kept], keep: Keep) -> list[Kept]:
    """Those that are kept no longer. The newest is always kept."""
    newest_first = sorted(backups, key=lambda one: one.made_at, reverse=True)
    kept = newest_first[:1]
    for count, period in (
        (keep.days, "%Y-%m-%d"),
        (keep.weeks, "%G-%V"),
        (keep.months, "%Y-%m"),
    ):
        latest: dict[str, Kept] = {}
        for one in newest_first:
            latest.setdefault(one.made_at.strftime(period), one)
        kept += list(latest.values())[:count]
    return [one for one in newest_first if one not in kept]


@contextmanager
def new_backup(folder: Path, at: datetime) -> Iterator[tuple[IO[bytes], Path]]:
    """An open file, and the name it is given once all is written and on the disk. Left by an error, nothing stays of it.

    Raises:
        CannotStart: the folder cannot be used, or another backup is being made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = open(folder / ".lock", "a")  # noqa: SIM115 - held until the end
    except OSError as error:
        raise CannotStart(f"Backups cannot be kept in {folder} ({error.strerror}).") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(f"Another backup is being made in {folder}. Wait for its end.") from None
        _sweep(folder)
        stamp = at.astimezone(UTC).strftime(_STAMP)
        partial, target = folder / f".yuju-{stamp}Z.partial", folder / f"yuju-{stamp}Z.backup"
        if target.exists():
            raise CannotStart(f"{target} is there already.")
        try:
            with os.fdopen(os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                yield file, target
                file.flush()
                os.fsync(file.fileno())
            os.rename(partial, target)
            sync_folder(folder)
        except OSError as error:
            raise CannotStart(f"The backup could not be written into {folder} ({error.strerror}).") from error
        finally:
            partial.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Makes sure that the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def chosen(given: Path | None = None) -> Path:
    """Where backups are kept: the folder given, that of `YUJU_BACKUP_DIR`, else `backups` in the home."""
    named = os.environ.get("YUJU_BACKUP_DIR", "").strip()
    return given or (Path(named) if named else home.root() / "backups")


def _sweep(folder: Path) -> None:
    """Clears away what killed backups left."""
    for path in folder.glob(".yuju-*.partial"):
        if _PARTIAL.fullmatch(path.name):
            with suppress(FileNotFoundError):
                path.unlink()
