"""`yuju restore`: a backup in place of what this home and its database hold, and the proof that it is what was backed up."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError, CommandParser

from yuju.config import home
from yuju.config.backup import mark, restoring
from yuju.config.backup.secrets import secrets_at_hand
from yuju.config.home import CannotStart
from yuju.kit.sealed_stream import Unopenable


class Command(BaseCommand):
    requires_system_checks: list[str] = []
    help = (
        "Restores a backup into this home and its database. All is built and proved beside what is there, and takes its "
        "place at the end: what fails or is cut off changes nothing. Bring the keys first: yuju keys import."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", metavar="FILE", help="the backup")
        parser.add_argument("--passphrase-file", type=Path, metavar="FILE", help="its first line is the passphrase")
        parser.add_argument("--replace", action="store_true", help="also where there is data already; it is kept aside")
        parser.add_argument("--without-keys", action="store_true", help="also when keys of personal data are missing")
        parser.add_argument("--give-up", action="store_true", help="undo a restore that was cut off")

    def handle(self, *args: Any, **options: Any) -> None:
        from yuju.config.supervisor import UpLock

        if (options["file"] is None) is not options["give_up"]:
            raise CommandError("Name the backup: yuju restore FILE")
        try:
            lock = UpLock()
            lock.write("a restore")
            try:
                self._give_up() if options["give_up"] else self._restore(options)
            finally:
                lock.close()
        except (CannotStart, Unopenable) as reason:
            raise CommandError(str(reason)) from reason
        except (OSError, psycopg.Error) as error:
            what = "it has to be run again" if mark.standing() else "nothing was changed"
            raise CommandError(f"The restore failed, and {what}: {str(error).strip()}") from error

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _give_up(self) -> None:
        restoring.give_up()
        self._say("Everything is as it was before the restore.")

    def _restore(self, options: dict[str, Any]) -> None:
        restored = restoring.restore(
            options["file"],
            secrets_at_hand(options["passphrase_file"]),
            replace=options["replace"],
            without_keys=options["without_keys"],
            say=self._say,
        )
        if restored.before_database:
            self._say(
                f"The database that was here is kept as {restored.before_database}: drop it when it is not needed."
            )
        if restored.before_files:
            self._say(f"The files that were here are kept in {restored.before_files}.")
        if restored.keys_missing:
            self._say(
                f"Personal data stays unreadable: the keys {', '.join(restored.keys_missing)} are missing. Pages that show it "
                "fail until they are brought in: yuju keys import FILE"
            )
        self._say(f"Restored into {home.root()}. Everybody signs in anew: sessions are not part of a backup.")
        if not restored.in_order:
            self._say("The books do NOT hold; they did not when the backup was made.")
            sys.exit(1)
