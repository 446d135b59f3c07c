"""Restoring a backup: everything is built and proved beside what is there, and takes its place at the very end.

The rows are loaded into a database of another name, made by the migrations that the backup names, and brought forward to
those of this Yuju. So a backup is not bound to a version of PostgreSQL. Killed at any moment, what was there before is
untouched, or a mark says that the restore has to be run again.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from yuju.config import database, home, key_files, prepare
from yuju.config.backup import mark
from yuju.config.backup import tables as rows
from yuju.config.backup.archive import END, FILES, TABLES, ArchiveReader
from yuju.config.backup.checking import keys_missing, table_of
from yuju.config.backup.folder import sync_folder
from yuju.config.backup.migrations import migrate_to, refuse_newer
from yuju.config.backup.progress import Progress, Say
from yuju.config.backup.proof import prove
from yuju.config.home import CannotStart
from yuju.kit.sealed_stream import Secret, Unopenable


@dataclass(frozen=True)
class Restored:
    """What came of a restore.

    Attributes:
        before_database, before_files: where what was there before is kept now; empty when there was nothing.
        keys_missing: the keys that personal data cannot be read without.
        in_order: whether the books hold.
    """

    before_database: str
    before_files: str
    keys_missing: list[str]
    in_order: bool


def restore(file: Path, secrets: Sequence[Secret], *, replace: bool, without_keys: bool, say: Say) -> Restored:
    """Puts a backup in place of what this home and its database hold. Yuju must not run meanwhile.

    Args:
        replace: also where there is an operator or a file already; they are kept under another name.
        without_keys: also when keys are missing that personal data cannot be read without.

    Raises:
        CannotStart: it may not, or what was restored is not what was backed up. Everything is as it was before.
        Unopenable: the backup can't be opened, was altered or cut short. Everything is as it was before.
    """
    target = database.owner().name
    draft, staging = f"{target}_restoring", home.path("files.restoring")
    with ArchiveReader(file, secrets) as archive:
        refuse_newer(archive.beginning)
        missing = keys_missing(archive.beginning)
        if missing and not without_keys:
            raise CannotStart(_keys_are_missing(missing))
        _refuse_to_overwrite(target, replace or _was_swapping())
        if not _was_swapping():
            mark.begun(file, mark.LOADING).write()
        try:
            say(f"Restoring the backup of {_local(archive.made_at)}, made by Yuju {archive.beginning['yuju']} …")
            _clear_away(draft, staging)
            end = _load(archive, draft, staging, say)
            in_order = prove(end, draft, say)
            _refuse_while_in_use(target)
        except BaseException:
            _clear_away(draft, staging)
            if not _was_swapping():
                mark.clear()
            raise
    mark.begun(file, mark.SWAPPING).write()
    before_database, before_files = _put_in_place(target, draft, staging)
    if missing:
        key_files.note_missing(missing)
    mark.clear()
    return Restored(before_database, before_files, missing, in_order)


def give_up() -> None:
    """Leaves everything as it was before a restore that was cut off.

    Raises:
        CannotStart: there is none, or it has put part of the new in place already.
    """
    standing = mark.standing()
    if standing is None:
        raise CannotStart("No restore was cut off here.")
    if standing.phase != mark.LOADING:
        raise CannotStart("That restore has put part of the new in place already: run it again.")
    _clear_away(f"{database.owner().name}_restoring", home.path("files.restoring"))
    mark.clear()


def _was_swapping() -> bool:
    standing = mark.standing()
    return standing is not None and standing.phase == mark.SWAPPING


def _refuse_to_overwrite(target: str, replace: bool) -> None:
    _refuse_while_in_use(target)
    files = sum(1 for path in home.path("files").rglob("*") if path.is_file())
    operators = _operators_in(target)
    if (operators or files) and not replace:
        raise CannotStart(
            f"This installation is in use: operators {', '.join(operators) or 'none'}, {files} files in {home.root()}. "
            "Restore into another home and database – or, to put the backup in their place, add --replace. They are kept "
            "under another name."
        )


def _refuse_while_in_use(target: str) -> None:
    with prepare.maintenance_connection() as connection:
        row = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = %s", (target,)).fetchone()
    if row and row[0]:
        raise CannotStart(f"Somebody works with the database {target} ({row[0]} connections). Stop Yuju first.")


def _operators_in(name: str) -> list[str]:
    if not _exists(name):
        return []
    with psycopg.connect(**database.owner().conninfo(name)) as connection:
        there = connection.execute("SELECT to_regclass('public.identity_operator')").fetchone()
        return list(rows.operators_of(connection).values()) if there and there[0] else []


def _load(archive: ArchiveReader, draft: str, staging: Path, say: Say) -> dict[str, Any]:
    """Makes the draft's schema as the backup had it, fills it, keeps the files beside. Returns the backup's end."""
    prepare.make_database(draft)
    prepare.make_application_role(draft)
    point_at(draft)
    migrate_to(archive.beginning["migrations"])
    columns: dict[str, list[str]] = archive.beginning["tables"]
    end: dict[str, Any] | None = None
    progress = Progress(say)
    with _owner_of(draft) as connection:
        with connection.transaction(), rows.Loading(connection) as loading:
            for table in columns:
                if lacking := loading.unknown(table, columns[table]):
                    raise CannotStart(
                        f"The backup holds what no Yuju makes: {lacking}. It cannot be restored by itself."
                    )
            for table, name, content in _grouped(archive.entries()):
                if table:
                    progress.tell(f"the table {table}")
                    loading.fill(table, columns[table], content)
                elif name == END:
                    end = json.loads(b"".join(content))
                else:
                    _keep_file(staging, name, b"".join(content))
            if end is None:
                raise Unopenable("The backup was not written whole: it has no end.")
            loading.set_sequences(end["sequences"])
        _compare(connection, end, staging, say)
    return end


def _grouped(entries: Iterator[tuple[str, bytes]]) -> Iterator[tuple[str, str, Iterator[bytes]]]:
    """The entries, with the parts of a table as one: table (or none), name, pieces."""
    waiting = next(entries, None)

    def parts_of(table: str) -> Iterator[bytes]:
        nonlocal waiting
        while waiting is not None and waiting[0].startswith(TABLES) and table_of(waiting[0]) == table:
            yield waiting[1]
            waiting = next(entries, None)

    while waiting is not None:
        name, content = waiting
        if name.startswith(TABLES):
            yield table_of(name), name, parts_of(table_of(name))
        else:
            waiting = next(entries, None)
            yield "", name, iter([content])


def _keep_file(staging: Path, name: str, content: bytes) -> None:
    if not name.startswith(FILES) or ".." in Path(name).parts:
        raise Unopenable(f"The backup holds something that is none of ours: {name}.")
    path = staging / name.removeprefix(FILES)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.write_bytes(content)
    path.chmod(0o600)


def _compare(connection: psycopg.Connection[Any], end: dict[str, Any], staging: Path, say: Say) -> None:
    """Reads everything back and compares it with what the backup says.

    Raises:
        CannotStart: something is not the same.
    """
    astray = [
        table.name
        for table in rows.tables(connection)
        if table.name in end["tables"] and asdict(rows.content_of(connection, table)) != end["tables"][table.name]
    ]
    for name, said in end["files"].items():
        path = staging / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != said["sha256"]:
            astray.append(name)
    if astray:
        raise CannotStart(f"What was restored is not what was backed up: {', '.join(astray[:5])}. Nothing was changed.")
    total = sum(table["rows"] for table in end["tables"].values())
    say(f"ok   {len(end['tables'])} tables, {total:,} rows read back: the content of each is that of the backup")
    say(f"ok   {len(end['files']):,} files: each has the SHA-256 that the backup lists")
    if end["files_gone"]:
        say(f"     {end['files_gone']} files were deleted while the backup was made")


def _put_in_place(target: str, draft: str, staging: Path) -> tuple[str, str]:
    """Gives the new database and files the names of the old; the old ones are kept under others, if they held anything."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S").lower()
    before_database = before_files = ""
    if _exists(draft):
        point_at(target)  # closes the connections to the draft
        held_something = bool(_operators_in(target))
        with prepare.maintenance_connection() as connection:
            if held_something:
                before_database = f"{target}_before_{stamp}"
                connection.execute(_rename(target, before_database))
            else:
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(target)))
            connection.execute(_rename(draft, target))
    files = home.path("files")
    if staging.exists():
        if any(files.iterdir()) if files.exists() else False:
            before_files = str(files.with_name(f"files.before-{stamp}"))
            os.rename(files, before_files)
        elif files.exists():
            files.rmdir()
        os.rename(staging, files)
        sync_folder(files.parent)
    return before_database, before_files


def _clear_away(draft: str, staging: Path) -> None:
    point_at(database.owner().name)
    with prepare.maintenance_connection() as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(draft)))
    if staging.exists():
        shutil.rmtree(staging)
    staging.mkdir(mode=0o700)


def point_at(name: str) -> None:
    """Points Django's connections at a database of the same server."""
    from django.db import connections

    for alias, address in {"default": database.application(), "owner": database.owner()}.items():
        connections[alias].close()
        connections[alias].settings_dict.update(NAME=name, HOST=address.host, PORT=address.port)


@contextmanager
def _owner_of(name: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(**database.owner().conninfo(name), autocommit=True) as connection:
        rows.settle(connection)
        yield connection


def _exists(name: str) -> bool:
    with prepare.maintenance_connection() as connection:
        return connection.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchone() is not None


def _rename(old: str, new: str) -> sql.Composed:
    return sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new))


def _local(moment: datetime) -> str:
    from django.utils import timezone

    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"


def _keys_are_missing(missing: list[str]) -> str:
    numbers = ", ".join(name for name in missing if name != "hash")
    found = " and the key of the hashes by which they are found" if "hash" in missing else ""
    return (
        f"This home lacks the keys of personal data that the backup was made with: {f'key {numbers}' if numbers else ''}{found}. "
        "Bring them first: yuju keys import FILE. Without them telephone numbers, document numbers and second factors stay "
        "unreadable, and pages that show them fail; names, bills and money are not concerned. To restore all the same: "
        "--without-keys."
    )
