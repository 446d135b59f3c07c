"""`yuju bill run`: drafts, and issues where asked, a bill run."""

from __future__ import annotations

from argparse import ArgumentTypeError
from datetime import date
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from yuju.billing.choices import Cause, RunSource, Severity
from yuju.billing.models import BillRun
from yuju.billing.services.runs import bill_run_draft
from yuju.journeys.billing_cycle import bill_run_complete
from yuju.kit.commands import OperatorCommand
from yuju.premises.models import Property


def iso_date(text: str) -> date:
    """A date given as 2026-12-01."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"“{text}” is not a date; write it like 2026-12-01") from error


def property_by_code(code: str) -> Property:
    """The operator's property of that code.

    Raises:
        CommandError: there is none; the sentence names those there are.
    """
    found: Property | None = Property.objects.filter(code=code).first()
    if found is None:
        codes = ", ".join(Property.objects.order_by("code").values_list("code", flat=True)) or "none yet"
        raise CommandError(f"There is no property “{code}”. There is: {codes}.")
    return found


class Command(OperatorCommand):
    help = (
        "Drafts a property's bill run as of a day; with --issue issues it at once, leaving out what cannot be billed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="run")
        run = verbs.add_parser("run", help="draft a run, and issue it with --issue")
        super().add_arguments(run)
        run.add_argument("--property", metavar="CODE", required=True, help="the property's code")
        run.add_argument("--as-of", metavar="DATE", required=True, type=iso_date, help="local day, like 2026-12-01")
        run.add_argument("--issue", action="store_true", help="issue the run; exceptions are left out and listed")

    def handle_operator(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        with transaction.atomic():
            run = bill_run_draft(
                property=property_by_code(options["property"]),
                as_of=options["as_of"],
                source=RunSource.COMMAND,
                by=None,
                at=now,
            )
            if options["issue"]:
                run = bill_run_complete(run=run, by=None, at=now, leave_out_open=True)
        self._report(run)

    def _report(self, run: BillRun) -> None:
        counts = dict(
            run.exceptions.filter(severity=Severity.BLOCKED)
            .values_list("cause")
            .annotate(count=Count("pk"))
            .order_by("cause")
        )
        unusual = run.exceptions.filter(severity=Severity.REVIEW).count()
        self.stdout.write(f"run: {run.number} ({run.state}, as of {run.as_of})")
        self.stdout.write(f"bills: {run.bill_count}")
        self.stdout.write(f"charges: {run.charge_count}")
        self.stdout.write(f"total: {run.total}")
        self.stdout.write(f"exceptions: {sum(counts.values())}")
        for cause, count in counts.items():
            self.stdout.write(f"  {cause}: {count}  {Cause(cause).label}")
        if unusual:
            self.stdout.write(f"billed, but unusual: {unusual}")
