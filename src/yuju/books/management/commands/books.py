"""`yuju books verify`: proves that the books hold."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import CommandError, CommandParser

from yuju.books.verification import LISTED, Finding, verify
from yuju.kit.commands import OperatorCommand
from yuju.premises.models import Property


class Command(OperatorCommand):
    help = "Looks at every invariant of the books. Ends with 0 when all hold, with 1 when one does not."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="verify")
        one = verbs.add_parser("verify", help="prove that every invariant holds")
        super().add_arguments(one)
        one.add_argument("--property", metavar="CODE", help="one property only")

    def handle_operator(self, *args: Any, **options: Any) -> None:
        property_id = None
        if code := options["property"]:
            found = Property.objects.filter(code=code).first()
            if found is None:
                raise CommandError(f"There is no property “{code}”.")
            property_id = found.pk
        broken = 0
        for finding in verify(property_id=property_id):
            self._tell(finding)
            broken += bool(finding.astray_count)
        if broken:
            self.stdout.write(f"NOT in order: {broken} invariants do not hold.")
            sys.exit(1)
        self.stdout.write("In order: every invariant holds.")

    def _tell(self, finding: Finding) -> None:
        mark = "ok " if not finding.astray_count else "BAD"
        self.stdout.write(f"{mark} {finding.looked_at:>9}  {finding.check.name}: {finding.check.sentence}")
        for row in finding.astray:
            self.stdout.write(f"      {row.what} {row.id}: says {row.said}, the facts say {row.found}")
        if finding.astray_count > LISTED:
            self.stdout.write(f"      … and {finding.astray_count - LISTED} more")
