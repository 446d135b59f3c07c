# ruff: noqa: N999 - the command's name is the module's
"""`yuju import`: brings a property in from its workbook, checks one, or writes an empty one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from xlsxwriter.exceptions import FileCreateError

from yuju.identity.services.operators import operator_create
from yuju.journeys.property_import.importing import Outcome, property_import
from yuju.journeys.property_import.messages import Say, one_line
from yuju.journeys.property_import.reading import title_of_sheet
from yuju.journeys.property_import.report import write_report
from yuju.journeys.property_import.template import write_template
from yuju.kit.commands import OperatorCommand
from yuju.kit.errors import Refused
from yuju.kit.tenancy import acting

FIRST_OPERATOR = "main"


class Command(OperatorCommand):
    """Exits 0 when everything is imported (or, with --check, could be), 1 with the faults, one a line."""

    help = "Brings a property in from an Excel workbook: everything or, while there is one fault, nothing."
    one_transaction = False
    _outcome: Outcome | None = None

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", nargs="?", metavar="FILE.xlsx", help="the property workbook")
        parser.add_argument("--check", action="store_true", help="only check it; write nothing")
        parser.add_argument(
            "--report",
            metavar="FAULTS.xlsx",
            help="save a copy with the faults coloured and explained, if there are any",
        )
        parser.add_argument("--template", metavar="EMPTY.xlsx", help="write an empty workbook to fill in, and stop")
        parser.add_argument("--examples", action="store_true", help="with --template: also rows as an example")

    def handle(self, *args: Any, **options: Any) -> str | None:
        if options["template"] is not None:
            self._save(options["template"], lambda path: write_template(path, examples=options["examples"]))
            self.stdout.write(str(Say(_("Wrote %(path)s."), path=options["template"])))
            return None
        if options["file"] is None:
            raise CommandError(_("Name the workbook: yuju import FILE.xlsx"))
        if options["report"] is not None and Path(options["report"]).resolve() == Path(options["file"]).resolve():
            raise CommandError(_("The report would overwrite the workbook. Give it another name."))
        with transaction.atomic():
            # A first operator stays only if the property does: faults, and a mere check, leave nothing behind.
            made = self._make_first_operator(options["operator"])
            if made is not None:
                super().handle(*args, **options)
                transaction.set_rollback(not self._written)
        if made is None:
            super().handle(*args, **options)
        elif self._written:
            said = Say(_("There was no operator yet: made %(code)s. Its first user: yuju init"), code=made)
            self.stdout.write(str(said))
        if self._outcome is not None and options["report"] is not None:
            findings, book = self._outcome.findings, self._outcome.book
            if findings.faults or findings.warnings:
                self._save(options["report"], lambda path: write_report(book, path))
        if self._outcome is None or not self._outcome.findings.clean:
            sys.exit(1)
        return None

    def handle_operator(self, *args: Any, **options: Any) -> str | None:
        path = Path(options["file"])
        self._outcome = None
        try:
            with acting(origin={"file": path.name[:120]}):
                outcome = property_import(source=path, by=None, at=timezone.now(), check_only=options["check"])
        except Refused as refused:
            # A fault of the whole file is a line like any other.
            self.stdout.write(one_line(f"{path.name}: {refused}"))
            return None
        self._outcome = outcome
        for note in outcome.findings.notes:
            self.stderr.write(note.line())
        for warning in outcome.findings.warnings:
            self.stderr.write(f"{_('Warning')}: {warning.line()}")
        if outcome.findings.warnings_left_out:
            self.stderr.write(str(Say(_("and %(count)d more"), count=outcome.findings.warnings_left_out)))
        if outcome.findings.clean:
            self._tell_counts(outcome)
            return None
        for fault in outcome.findings.faults:
            self.stdout.write(fault.line())
        count = len(outcome.findings.faults) + outcome.findings.faults_left_out
        self.stderr.write(str(Say(_("%(count)d faults; nothing was written."), count=count)))
        return None

    @property
    def _written(self) -> bool:
        return self._outcome is not None and self._outcome.written

    def _save(self, name: str, write: Callable[[Path], None]) -> None:
        """Writes a workbook to a path that may not be there, or not be ours."""
        try:
            write(Path(name))
        except (OSError, FileCreateError) as error:
            reason = error.__cause__ or error.__context__ or error
            why = reason.strerror if isinstance(reason, OSError) and reason.strerror else reason
            raise CommandError(Say(_("The file %(path)s cannot be written: %(why)s."), path=name, why=why)) from error

    def _tell_counts(self, outcome: Outcome) -> None:
        for name, counts in outcome.counts.items():
            line = Say(
                _("%(sheet)s: %(added)d added, %(changed)d changed, %(left)d left"),
                sheet=title_of_sheet(name),
                added=counts.added,
                changed=counts.changed,
                left=counts.left,
            )
            self.stdout.write(str(line))
        if outcome.imported is not None and outcome.written:
            done = Say(_("Imported %(name)s (%(code)s)."), name=outcome.imported.name, code=outcome.imported.code)
            self.stdout.write(str(done))
        else:
            self.stdout.write(_("Checked: there is no fault. Nothing was written."))

    def _make_first_operator(self, code: str | None) -> str | None:
        """On an empty installation somebody has to own the property: an operator, named and renamed later.

        Returns:
            its code; None where there is one already.
        """
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM yuju_operators()")
            (count,) = cursor.fetchone()
        if count:
            return None
        return operator_create(code=code or FIRST_OPERATOR, name=code or FIRST_OPERATOR, at=timezone.now()).code
