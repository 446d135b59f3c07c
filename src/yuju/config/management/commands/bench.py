"""`yuju bench billing`: how fast bills are made, against a physical limit measured in the same run."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from yuju.config import home


class Command(BaseCommand):
    requires_system_checks: list[str] = []
    help = (
        "Measures how fast a property is billed, in a database of its own; prints the ratio to copying the same rows."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = parser.add_subparsers(dest="kind", required=True, metavar="billing")
        billing = kinds.add_parser("billing", help="a bill run of a whole property")
        billing.add_argument("--units", type=int, default=100_000, metavar="N", help="units of the property (100000)")

    def handle(self, *args: Any, **options: Any) -> None:
        checkout = home.checkout()
        if checkout is None:
            raise CommandError("The benchmarks are part of the source checkout; run them there.")
        if not 1 <= options["units"] <= 1_000_000:
            raise CommandError("--units must be from 1 to 1000000.")
        sys.path.insert(0, str(checkout))
        from bench.billing import measure, medians

        rounds = measure(units=options["units"], say=lambda line: self.stdout.write(line))
        run, copy, ratio = medians(rounds)
        self.stdout.write(f"units: {options['units']}")
        self.stdout.write(f"bills: {rounds[0].bills}")
        self.stdout.write(f"charges: {rounds[0].charges}")
        self.stdout.write(f"seconds: {run:.2f}")
        self.stdout.write(f"charges a second: {rounds[0].charges / run:.0f}")
        self.stdout.write(f"copy seconds: {copy:.2f}")
        self.stdout.write(f"ratio: {ratio:.2f}")
