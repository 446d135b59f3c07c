"""How fast a property is billed, against the fastest a database can take the very same rows in.

The limit is COPY of the bills and charges that the run made, into the same tables with all their indexes and constraints,
on the same machine, in turn with the runs: its speed drifts, the ratio does not.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from django.db import transaction

from bench.database import made_property
from yuju.billing.choices import RunSource
from yuju.billing.services.runs import bill_run_draft
from yuju.kit.tenancy import operator_context
from yuju.premises.models import Property

AS_OF = date(2026, 12, 1)
AT = datetime(2026, 12, 1, tzinfo=UTC)
ROUNDS = 3
TABLES = ("billing_bill", "billing_charge")


@dataclass(frozen=True)
class Round:
    """Seconds of one run and of copying its rows."""

    charges: int
    bills: int
    run: float
    copy: float


def measure(*, units: int, say: Callable[[str], None]) -> list[Round]:
    """Bills a made-up property of so many units three times, in a database of its own that is dropped at the end."""
    with made_property(units=units, say=say) as owner:
        for table in TABLES:
            # A table that is emptied and filled again and again would be counted while it looks empty.
            owner.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
        return [_round(owner, number, say) for number in range(1, ROUNDS + 1)]


def medians(rounds: list[Round]) -> tuple[float, float, float]:
    """Seconds of a run, seconds of copying its rows, and the median of the ratios pair by pair."""
    return (
        statistics.median(r.run for r in rounds),
        statistics.median(r.copy for r in rounds),
        statistics.median(r.run / r.copy for r in rounds),
    )


def _round(owner: psycopg.Connection, number: int, say: Callable[[str], None]) -> Round:
    with operator_context(1):
        begun = time.perf_counter()
        with transaction.atomic():
            run = bill_run_draft(property=Property.objects.get(), as_of=AS_OF, source=RunSource.COMMAND, by=None, at=AT)
        run_seconds = time.perf_counter() - begun
    with TemporaryDirectory() as folder:
        for table in TABLES:
            with (Path(folder) / table).open("wb") as file, owner.cursor().copy(f"COPY {table} TO STDOUT") as rows:
                for portion in rows:
                    file.write(portion)
        _empty(owner)
        begun = time.perf_counter()
        with owner.transaction():
            for table in TABLES:
                with (Path(folder) / table).open("rb") as file, owner.cursor().copy(f"COPY {table} FROM STDIN") as rows:
                    while portion := file.read(1 << 20):
                        rows.write(portion)
            # As the run does: keys to rows the planner knows nothing of are looked up the long way.
            owner.execute(f"ANALYZE {', '.join(TABLES)}")
        copy_seconds = time.perf_counter() - begun
    counted = owner.execute("SELECT count(*) FROM billing_charge").fetchone()
    assert counted == (run.charge_count,), "the copy is not of the very same rows"
    _empty(owner)
    owner.execute("DELETE FROM billing_runexception")
    owner.execute("DELETE FROM billing_billrun")
    owner.execute("CHECKPOINT")
    say(f"round {number}: run {run_seconds:.1f} s, copy {copy_seconds:.1f} s, ratio {run_seconds / copy_seconds:.2f}")
    return Round(run.charge_count, run.bill_count, run_seconds, copy_seconds)


def _empty(owner: psycopg.Connection) -> None:
    owner.execute(
        f"TRUNCATE {', '.join(TABLES)}, billing_chargevoid, billing_adjustment, payments_allocation, payments_settledbill, "
        "payments_duetotal, payments_settlementline"
    )
