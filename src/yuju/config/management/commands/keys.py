"""`yuju keys`: the keys of personal data – what there is, a new one, an old one away, their export."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from yuju.config import key_files, rotation
from yuju.config.home import CannotStart
from yuju.config.passphrases import asked_for
from yuju.kit.crypto import key_ring
from yuju.kit.sealed_stream import Unopenable


class Command(BaseCommand):
    requires_system_checks: list[str] = []
    help = "The keys of personal data: lists them; makes a new one and moves everything to it; exports and brings them back."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", metavar="rotate|retire|export|import")
        verbs.add_parser("rotate", help="make a new key and put every value under it, while everything runs")
        retire = verbs.add_parser("retire", help="take away an older key that nothing is under any more")
        retire.add_argument("number", type=int, nargs="?", help="the key (default: every older one)")
        retire.add_argument("--destroy", action="store_true", help="also when it is in no export")
        export = verbs.add_parser("export", help="write every key into one file, sealed with a passphrase")
        export.add_argument("file", type=Path, metavar="FILE")
        bring = verbs.add_parser("import", help="bring the keys of an export into this home")
        bring.add_argument("file", type=Path, metavar="FILE")
        bring.add_argument("--replace", action="store_true", help="move other keys of the same names aside")
        for one in (export, bring):
            one.add_argument("--passphrase-file", type=Path, metavar="FILE", help="its first line is the passphrase")

    def handle(self, *args: Any, **options: Any) -> None:
        act = {
            "rotate": self._rotate,
            "retire": self._retire,
            "export": self._export,
            "import": self._import,
            None: self._list,
        }[options["verb"]]
        try:
            act(options)
        except (CannotStart, Unopenable) as reason:
            raise CommandError(str(reason)) from reason

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _list(self, options: dict[str, Any]) -> None:
        ring, counts = key_ring(), rotation.counts()
        self._say(f"{'key':>5}  {'made':<17}{'values':>10}  {'exported':<12}")
        keys = {key.number: key for key in ring.all()}
        for number in sorted({*keys, *counts}):
            if key := keys.get(number):
                exported = key_files.exported_at(key.fingerprint)
                note = "in use" if number == ring.newest else "" if counts[number] else "can be retired"
                made = f"{timezone.localtime(key.made_at):%Y-%m-%d %H:%M}"
                last = f"{timezone.localtime(exported):%Y-%m-%d}" if exported else "never"
            else:
                made, last, note = "–", "–", "MISSING: its values can't be read" if number else "NO encrypted values"
            self._say(f"{number or '?':>5}  {made:<17}{counts[number]:>10,}  {last:<12}{note}".rstrip())
        if names := key_files.not_exported():
            self._say(
                f"In no export: {', '.join(names)}. If this machine is lost, so is what they protect: yuju keys export FILE"
            )

    def _rotate(self, options: dict[str, Any]) -> None:
        number, moved = rotation.rotate(self._say)
        self._say(f"{moved.values:,} values were put under key {number}.")
        for table, pk in sorted(moved.unreadable)[:50]:
            self._say(f"  {table} {pk}: a value can't be opened and stays as it is")
        if rows := len(moved.unreadable):
            raise CommandError(
                f"{rows} rows hold values that can't be opened: their key is missing, or they were altered."
            )
        left = sum(count for key, count in rotation.counts().items() if key != number)
        if left:
            raise CommandError(f"{left:,} values are in use by others and still under an older key. Run it again.")
        self._say("No value is left under an older key. Export the new one (yuju keys export), then: yuju keys retire")

    def _retire(self, options: dict[str, Any]) -> None:
        older = [key.number for key in key_ring().all() if key.number != key_ring().newest]
        if options["number"] is None and not older:
            self._say("There is no older key.")
        for number in older if options["number"] is None else [options["number"]]:
            mark = rotation.retire(number, destroy=options["destroy"], say=self._say)
            self._say(f"Key {number} (fingerprint {mark}) is gone. Backups made before need it from an export.")

    def _export(self, options: dict[str, Any]) -> None:
        secret = asked_for(options["passphrase_file"], new=True)
        files = key_files.export(options["file"], secret, timezone.now())
        for file in files:
            self._say(f"  {file.name:<20} {file.fingerprint}")
        self._say(
            f"{len(files)} keys are in {options['file']}, sealed with the passphrase. Keep both where neither this machine nor "
            "its backups are: whoever has a backup and this file can read everything, and without it nobody can."
        )

    def _import(self, options: dict[str, Any]) -> None:
        secret = asked_for(options["passphrase_file"], new=False)
        new = key_files.bring_in(options["file"], secret, replace=options["replace"], say=self._say)
        self._say(f"{new} keys were brought in; those that were here already stay.")
