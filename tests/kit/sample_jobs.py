"""Jobs that the tests enqueue."""

from __future__ import annotations

import time
from pathlib import Path

from yuju.kit.errors import Refused
from yuju.kit.jobs import job, periodic
from yuju.kit.numbering import take
from yuju.kit.progress import Progress
from yuju.kit.tenancy import require_operator_id


@job
def count(*, series: str) -> None:
    """Leaves a trace in the database, of the operator it ran for."""
    take(series)


@job
def sleep_first_time(*, folder: str, progress: Progress) -> None:
    """The first time it sleeps until it is killed; the second time it ends."""
    take("sleeper")
    began = Path(folder) / "began"
    if not began.exists():
        progress.update(1, 10)
        began.write_text(str(require_operator_id()))
        time.sleep(60)
    progress.result({"tries": 2})


@job
def refuse(*, progress: Progress | None = None) -> None:
    """Is refused by a rule, after it has written something."""
    take("refused")
    raise Refused("The run was dropped.")


@periodic("0 4 * * *")
@job
def nightly() -> None:
    """Runs for every operator at night."""
    take("nights")
