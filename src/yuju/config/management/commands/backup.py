"""`yuju backup`: makes a backup of database and files, checks one, lists those there are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from yuju.config import database, key_files
from yuju.config.backup import folder as folders
from yuju.config.backup import mark, schedule
from yuju.config.backup.checking import Checked, backup_check, keys_missing
from yuju.config.backup.secrets import given_secret, secrets_at_hand
from yuju.config.home import CannotStart
from yuju.config.key_files import backup_key
from yuju.kit.backups import backup_status
from yuju.kit.sealed_stream import Unopenable


class Command(BaseCommand):
    requires_system_checks: list[str] = []
    help = (
        "Makes an encrypted backup of the database and the files, as they are at one moment, while Yuju runs; "
        "reads it back; clears away old ones. The keys of personal data are never in it: yuju keys export."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--to", type=Path, metavar="FOLDER", help="where to (YUJU_BACKUP_DIR, else backups in the home)"
        )
        parser.add_argument(
            "--passphrase-file", type=Path, metavar="FILE", help="seal it with the passphrase in its first line"
        )
        parser.add_argument(
            "--keep", metavar="D,W,M", help="keep so many days, weeks and months (YUJU_BACKUP_KEEP; 7,5,12)"
        )
        parser.add_argument("--check", type=Path, metavar="FILE", help="look through a backup without restoring it")
        parser.add_argument("--list", action="store_true", help="list the backups, and how the last one went")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["check"]:
                self._check(options)
            elif options["list"]:
                self._list(options)
            else:
                self._make(options)
        except (CannotStart, Unopenable) as reason:
            raise CommandError(str(reason)) from reason
        except (OSError, psycopg.Error) as error:
            raise CommandError(f"The backup failed: {str(error).strip()}") from error

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _make(self, options: dict[str, Any]) -> None:
        mark.refuse_unfinished()
        to = folders.chosen(options["to"])
        passphrase = given_secret(options["passphrase_file"])
        keep = folders.Keep.parsed(options["keep"]) if options["keep"] else schedule.kept()
        self._say(f"Backing up the database {database.owner().name} and the files to {to} …")
        made, checked = schedule.backup_whole(
            to=to, secret=passphrase or backup_key(), keep=keep, at=timezone.now(), say=self._say
        )
        self._say(f"{made}, {_megabytes(made.stat().st_size)}, was read back and is whole:")
        self._tell(checked)
        unexported = key_files.not_exported()
        if passphrase is not None:
            unexported = [name for name in unexported if name != "backup.key"]
        if unexported:
            self._say(
                f"In no export: {', '.join(unexported)}. A backup without them is of little use on another machine: "
                "yuju keys export FILE"
            )

    def _check(self, options: dict[str, Any]) -> None:
        checked = backup_check(options["check"], secrets_at_hand(options["passphrase_file"]))
        self._say(f"{options['check']} is whole:")
        self._tell(checked)
        if missing := keys_missing(checked.beginning):
            self._say(f"  this home lacks keys to read its personal data: {', '.join(missing)} (yuju keys import)")

    def _tell(self, checked: Checked) -> None:
        operators = ", ".join(checked.end["operators"].values())
        self._say(
            f"  {len(checked.end['tables'])} tables, {checked.rows:,} rows, {checked.files:,} files; operators: {operators}"
        )
        self._say(f"  made by Yuju {checked.beginning['yuju']}; needs the keys {', '.join(checked.beginning['keys'])}")

    def _list(self, options: dict[str, Any]) -> None:
        to, status, now = folders.chosen(options["to"]), backup_status(), timezone.now()
        found = folders.backups_in(to)
        for one in found:
            self._say(f"{timezone.localtime(one.made_at):%Y-%m-%d %H:%M}  {_megabytes(one.size):>10}  {one.path}")
        if not found:
            self._say(f"There is no backup in {to}.")
        if status.failed_at is not None:
            self._say(f"The last one, {timezone.localtime(status.failed_at):%Y-%m-%d %H:%M}, failed: {status.error}")
        if status.is_stale(now):
            raise CommandError("There is no good backup of the last two days.")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
