"""`yuju bench`: how fast bills are made, against a physical limit measured in the same run; how long pages take."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from yuju.config import home
from yuju.config.limits import lifted


class Command(BaseCommand):
    requires_system_checks: list[str] = []
    help = (
        "Measures how fast a property is billed, in a database of its own; prints the ratio to copying the same rows."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = parser.add_subparsers(dest="kind", required=True, metavar="billing|import|pages")
        billing = kinds.add_parser("billing", help="a bill run of a whole property")
        billing.add_argument("--units", type=int, default=100_000, metavar="N", help="units of the property (100000)")

        workbook = kinds.add_parser("import", help="a property brought in from its workbook")
        workbook.add_argument("--units", type=int, default=10_000, metavar="N", help="units of the property (10000)")

        pages = kinds.add_parser("pages", help="server time of the console's pages at a large property")
        pages.add_argument("--units", type=int, default=100_000, metavar="N", help="units of the property (100000)")
        pages.add_argument("--only", default="", metavar="PATH", help="time the pages alone whose addresses begin so")
        pages.add_argument("--save", default="", metavar="FILE", help="also write the figures there, as a table")
        pages.add_argument(
            "--slow", type=float, default=0, metavar="MS", help="also print statements that take this long"
        )
        database = pages.add_mutually_exclusive_group()
        database.add_argument("--keep", action="store_true", help="leave the database standing for another measurement")
        database.add_argument(
            "--standing", action="store_true", help="measure in the database left standing, whatever --units says"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        checkout = home.checkout()
        if checkout is None:
            raise CommandError("The benchmarks are part of the source checkout; run them there.")
        if not 1 <= options["units"] <= 1_000_000:
            raise CommandError("--units must be from 1 to 1000000.")
        sys.path.insert(0, str(checkout))
        if options["kind"] == "pages":
            with lifted():
                chosen = {name: options[name] for name in ("units", "only", "keep", "standing")}
                self._pages(options["slow"], options["save"], **chosen)
        else:
            {"billing": self._billing, "import": self._import}[options["kind"]](options["units"])

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _billing(self, units: int) -> None:
        from bench.billing import measure, medians

        rounds = measure(units=units, say=self._say)
        run, copy, ratio = medians(rounds)
        self.stdout.write(f"units: {units}")
        self.stdout.write(f"bills: {rounds[0].bills}")
        self.stdout.write(f"charges: {rounds[0].charges}")
        self.stdout.write(f"seconds: {run:.2f}")
        self.stdout.write(f"charges a second: {rounds[0].charges / run:.0f}")
        self.stdout.write(f"copy seconds: {copy:.2f}")
        self.stdout.write(f"ratio: {ratio:.2f}")

    def _import(self, units: int) -> None:
        from bench.workbook import measure

        taken = measure(units=units, say=self._say)
        self.stdout.write(f"units: {units}")
        self.stdout.write(f"rows: {taken.rows}")
        self.stdout.write(f"seconds: {taken.first:.1f}")
        self.stdout.write(f"seconds again: {taken.again:.1f}")
        self.stdout.write(f"reading the cells: {taken.read:.1f} s, copying the rows: {taken.copy:.1f} s")
        self.stdout.write(f"ratio: {taken.ratio:.1f}")

    def _pages(self, slow: float, save: str, **chosen: Any) -> None:
        from bench.pages import Page, measure, table

        def line(page: Page) -> None:
            count, over = len(page.statements), "  over" if page.over else ""
            self._say(f"{page.address.path:<44} {page.status:>6} {count:>7} {page.p50:>8.1f} {page.p95:>8.1f}{over}")
            for milliseconds, sql in sorted(page.statements, reverse=True):
                if slow and milliseconds >= slow:
                    self._say(f"    {milliseconds:.1f} ms  {sql}")

        self._say(f"{'page':<44} {'status':>6} {'queries':>7} {'p50 ms':>8} {'p95 ms':>8}")
        house, pages = measure(say=self._say, each=line, **chosen)
        self._say(f"{len(pages)} pages, {sum(page.over for page in pages)} over their limit")
        if save:
            Path(save).write_text(table(house, pages), encoding="utf-8")
