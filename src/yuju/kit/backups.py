"""What became of the last backup: written by whoever makes them, read by whoever tells of them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

STALE = timedelta(days=2)
"""A last good backup older than this is told to those who can do something about it."""


@dataclass(frozen=True)
class BackupStatus:
    """The last backups of this installation; moments are UTC.

    Attributes:
        good_at, file, size: when the last good one was begun, its path, and its bytes.
        failed_at, error: when one failed after that, and why.
        told_at: when somebody was last told that something is wrong.
        since: when backups were first asked for here.
    """

    good_at: datetime | None = None
    file: str = ""
    size: int = 0
    failed_at: datetime | None = None
    error: str = ""
    told_at: datetime | None = None
    since: datetime | None = None

    @property
    def in_use(self) -> bool:
        """Whether backups were ever asked for here."""
        return self.since is not None

    def is_stale(self, now: datetime) -> bool:
        """Whether there is no good backup of the last two days, where there should be."""
        begun = self.good_at or self.since
        return begun is not None and now - begun > STALE

    def trouble(self, now: datetime) -> bool:
        """Whether the last one failed or is too old."""
        return self.failed_at is not None or self.is_stale(now)


_MOMENTS = ("good_at", "failed_at", "told_at", "since")


def backup_status() -> BackupStatus:
    """What became of the last backup here."""
    try:
        said: dict[str, Any] = json.loads(_path().read_text())
        said |= {name: datetime.fromisoformat(said[name]) for name in _MOMENTS if said.get(name)}
        return BackupStatus(**said)
    except (OSError, ValueError, TypeError):
        return BackupStatus()


def note_good(*, begun: datetime, file: Path) -> None:
    """Notes a backup that was made and checked."""
    status = backup_status()
    size = file.stat().st_size
    _write(
        replace(status, good_at=begun, file=str(file), size=size, failed_at=None, error="", since=status.since or begun)
    )


def note_failed(*, at: datetime, error: str) -> None:
    """Notes that a backup failed, and why."""
    status = backup_status()
    _write(replace(status, failed_at=at, error=error[:500], since=status.since or at))


def note_wanted(at: datetime) -> None:
    """Notes that backups are asked for here, so that it is noticed when none comes."""
    status = backup_status()
    if status.since is None:
        _write(replace(status, since=at))


def note_told(at: datetime) -> None:
    """Notes that somebody was told that something is wrong."""
    _write(replace(backup_status(), told_at=at))


def _path() -> Path:
    return Path(settings.YUJU_BACKUP_STATUS)


def _write(status: BackupStatus) -> None:
    said = {k: v.isoformat() if isinstance(v, datetime) else v for k, v in asdict(status).items()}
    draft = _path().with_suffix(".new")
    draft.write_text(json.dumps(said, indent=1))
    draft.chmod(0o600)
    draft.replace(_path())
