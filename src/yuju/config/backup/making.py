"""Making a backup, of the database and the files as they were at one moment.

All tables are read in one snapshot, as the tables' owner. Files never change once they are kept, and are kept before the row
that speaks of them is committed: whatever the snapshot speaks of is there when the files are read after it.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import IsolationLevel

from yuju.config import database, home, key_files
from yuju.config.backup import folder as folders
from yuju.config.backup import tables as rows
from yuju.config.backup.archive import BEGINNING, END, FILES, FORMAT, TABLES, ArchiveWriter
from yuju.config.backup.progress import Progress, Say
from yuju.config.home import CannotStart
from yuju.kit.sealed_stream import Secret


def backup_make(*, to: Path, secret: Secret, at: datetime, say: Say) -> Path:
    """Makes a backup of database and files in a folder. Returns its path.

    Raises:
        CannotStart: there is nothing to back up, the folder cannot be used, or the database cannot be read.
    """
    with (
        snapshot() as connection,
        folders.new_backup(to, at) as (out, target),
        ArchiveWriter(out, secret, at) as archive,
    ):
        tables = rows.tables(connection)
        if not any(table.name == "identity_operator" for table in tables):
            raise CannotStart("There is nothing to back up: this database holds no Yuju.")
        rows.hold(connection, tables)
        archive.add_json(BEGINNING, _beginning(connection, tables, at))
        contents = {}
        progress = Progress(say)
        for number, table in enumerate(tables):
            digest = rows.Digest()
            where = f"table {number + 1} of {len(tables)}"
            archive.add_parts(TABLES + table.name, _through(digest, rows.rows_of(connection, table), progress, where))
            contents[table.name] = asdict(digest.content())
        end = {
            "tables": contents,
            "sequences": rows.sequences_of(connection),
            "operators": rows.operators_of(connection),
            "figures": rows.figures_of(connection, tables),
            **_add_files(archive, progress),
        }
        archive.add_json(END, end)
    return target


@contextmanager
def snapshot() -> Iterator[psycopg.Connection[Any]]:
    """The database at one moment, read by the tables' owner."""
    owner = database.owner()
    try:
        connection = psycopg.connect(**owner.conninfo())
    except psycopg.OperationalError as error:
        raise CannotStart(f"The database {owner.name} cannot be reached: {str(error).strip()}") from error
    with connection:
        connection.autocommit = True
        rows.settle(connection)
        connection.autocommit = False
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        yield connection


def _beginning(connection: psycopg.Connection[Any], tables: list[rows.Table], at: datetime) -> dict[str, Any]:
    migrations = connection.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall()
    return {
        "format": FORMAT,
        "yuju": importlib.metadata.version("yuju"),
        "made_at": at.isoformat(),
        "postgresql": connection.info.server_version,
        "migrations": [list(one) for one in migrations],
        "keys": key_files.data_fingerprints(),
        "tables": {table.name: list(table.columns) for table in tables},
    }


def _add_files(archive: ArchiveWriter, progress: Progress) -> dict[str, Any]:
    """Adds every file that was kept; those deleted while the backup is made are counted."""
    root = home.folder("files")
    listed: dict[str, dict[str, Any]] = {}
    gone = 0
    paths = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    for number, path in enumerate(paths):
        name = path.relative_to(root).as_posix()
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            gone += 1
            continue
        archive.add(FILES + name, content)
        listed[name] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        progress.tell(f"file {number + 1:,} of {len(paths):,}")
    return {"files": listed, "files_gone": gone}


def _through(digest: rows.Digest, pieces: Iterator[bytes], progress: Progress, where: str) -> Iterator[bytes]:
    for piece in pieces:
        digest.add(piece)
        yield piece
        progress.tell(f"{where}, {digest.content().rows:,} rows")
