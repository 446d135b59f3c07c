"""`yuju texts`: keeps the Chinese of every room complete."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from yuju.kit import texts

SOURCE = Path(__file__).resolve().parents[3]


class Command(BaseCommand):
    help = "Checks the translated texts of every room, brings their catalogues up to date, or compiles them."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["check", "update", "compile"])
        parser.add_argument("room", nargs="*", help="only these rooms (check and update)")

    def handle(self, *args: Any, action: str, room: list[str], **options: Any) -> None:
        if action == "check":
            faults = texts.check(SOURCE, room)
            for fault in faults:
                self.stderr.write(str(fault))
            if faults:
                raise CommandError(f"{len(faults)} texts need care; `yuju texts update` adds and removes entries.")
            return
        paths = texts.update(SOURCE, room) if action == "update" else texts.compile_texts(SOURCE)
        for path in paths:
            self.stdout.write(str(path.relative_to(SOURCE)))
