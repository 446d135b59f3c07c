"""Whether this installation is fit for work: named checks, each with one word on what is wrong."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psycopg
from django.conf import settings
from django.db.migrations.loader import MigrationLoader

from yuju.config import home
from yuju.kit.live import connection_parameters

log = logging.getLogger("yuju.health")

SILENT = 60.0
"""Seconds without a sign of life from any worker after which there is none."""

PATIENCE = 3
"""Seconds for the database to take a connection."""

LEAST, LEAST_PART, ENOUGH = 512 * 1024**2, 0.05, 10 * 1024**3
"""Bytes of the disk that have to be free, the part of it that has to be, and the bytes that are enough of any disk."""


@dataclass(frozen=True)
class Finding:
    """What one check found. `said` is a few plain words without values of anybody's."""

    name: str
    well: bool
    said: str


def findings() -> list[Finding]:
    """Every check, in order. Where the database is away, what needs it is not asked.

    The database is asked on a connection of its own, for a few seconds at most: an answer is wanted when the pool is used up too.
    """
    checks: dict[str, Callable[[], str]] = {"disk": _disk, "keys": _keys}
    found: list[Finding] = []
    try:
        with connected() as database:
            found.append(Finding("database", True, "ok"))
            checks = {"migrations": lambda: _migrations(database), "worker": lambda: _worker(database), **checks}
            found += [_finding(name, check) for name, check in checks.items()]
    except psycopg.OperationalError:
        unknown = "not known without the database"
        found = [
            Finding("database", False, "does not answer"),
            Finding("migrations", False, unknown),
            Finding("worker", False, unknown),
            *(_finding(name, checks[name]) for name in ("disk", "keys")),
        ]
    return found


def connected() -> psycopg.Connection:
    """A connection of one's own as the application, for a few seconds.

    Raises:
        psycopg.OperationalError: when the database does not answer.
    """
    return psycopg.connect(**{**connection_parameters(), "connect_timeout": PATIENCE}, autocommit=True)


def _finding(name: str, check: Callable[[], str]) -> Finding:
    try:
        trouble = check()
    except (psycopg.errors.Error, OSError, ValueError) as error:
        log.warning("the check of %s failed: %s", name, type(error).__name__)
        trouble = "cannot be checked"
    return Finding(name, not trouble, trouble or "ok")


def _migrations(database: psycopg.Connection) -> str:
    """The database may be ahead of this process, while a newer release is being started; never behind."""
    missing = _known_migrations() - set(database.execute("SELECT app, name FROM django_migrations").fetchall())
    return f"{len(missing)} not applied" if missing else ""


@cache
def _known_migrations() -> frozenset[tuple[str, str]]:
    """Those of the code this process runs."""
    return frozenset(MigrationLoader(None).disk_migrations)


def _worker(database: psycopg.Connection) -> str:
    row = database.execute(
        "SELECT extract(epoch FROM now() - max(last_heartbeat))::float8 FROM procrastinate_workers"
    ).fetchone()
    if row is None or row[0] is None:
        return "none is running"
    return "no sign of life" if row[0] > SILENT else ""


def _disk() -> str:
    usage = shutil.disk_usage(home.root())
    enough = usage.free > ENOUGH or usage.free > usage.total * LEAST_PART
    return "" if enough and usage.free > LEAST else "almost full"


def disk_free() -> float | None:
    """The free part of the home's disk, 0 to 1; None when it cannot be told."""
    try:
        usage = shutil.disk_usage(home.root())
    except OSError:
        return None
    return usage.free / usage.total


def _keys() -> str:
    """The keys of personal data are there and readable. Looked at, not made: a lost folder must not be taken for a new one."""
    folder = Path(settings.YUJU_KEYS_DIR)
    keys = [*folder.glob("[0-9]*.key"), folder / "hash.key"]
    if len(keys) < 2:
        return "missing"
    return "" if all(len(key.read_bytes()) == 32 for key in keys) else "damaged"
