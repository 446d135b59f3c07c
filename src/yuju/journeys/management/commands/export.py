"""`yuju export charges`: the charges that bill runs made, as CSV or Excel."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from yuju.billing.charge_export import charge_rows, write_csv, write_xlsx
from yuju.billing.models import BillRun
from yuju.journeys.management.commands.bill import property_by_code
from yuju.kit.commands import OperatorCommand


class Command(OperatorCommand):
    help = "Writes the charges that bill runs made to a .csv or .xlsx file."

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = parser.add_subparsers(dest="kind", required=True, metavar="charges")
        charges = kinds.add_parser("charges", help="the charges of a property's bill runs")
        super().add_arguments(charges)
        charges.add_argument("--property", metavar="CODE", required=True, help="the property's code")
        charges.add_argument("--run", metavar="N", type=int, help="one run's number; without it all runs")
        charges.add_argument("--output", metavar="FILE", required=True, type=Path, help=".csv or .xlsx")

    def handle_operator(self, *args: Any, **options: Any) -> None:
        target: Path = options["output"]
        place = property_by_code(options["property"])
        run_id = self._run(place.pk, options["run"]) if options["run"] is not None else None
        if target.suffix.lower() not in (".csv", ".xlsx"):
            raise CommandError(f"The file's name must end in .csv or .xlsx; “{target.name}” does not.")
        rows = charge_rows(property_id=place.pk, run_id=run_id)
        try:
            # Written aside and moved into place: a file that is there is a file that is whole.
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        except OSError as error:
            raise CommandError(f"{target.parent} cannot be written to: {error.strerror}.") from error
        draft = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                count = write_csv(file, rows) if target.suffix.lower() == ".csv" else write_xlsx(draft, rows)
            draft.chmod(0o644)
            draft.replace(target)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        self.stdout.write(f"{count} charges written to {target}")

    def _run(self, property_id: int, number: int) -> int:
        run: BillRun | None = BillRun.objects.filter(property_id=property_id, number=number).first()
        if run is None:
            raise CommandError(f"The property has no bill run {number}.")
        return run.pk
