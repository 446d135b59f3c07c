"""What is counted and timed, for Prometheus.

Each process counts for itself in a file of a shared folder, and whoever is asked adds up all of the machine. What the
database knows for all machines alike (jobs, bill runs, refused sign-ins) is asked from it when it is wanted.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Lock

from yuju.config import home

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_STEPS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)  # seconds


def share(*, anew: bool = False) -> None:
    """Has this process and its children count together with the machine's others. Before anything is counted.

    Under systemd the folder is in memory, and so gone with the machine's next start; else it is `metrics` in the home.

    Args:
        anew: forget what was counted; for whoever starts all the others.
    """
    given = os.environ.get("RUNTIME_DIRECTORY", "").split(":")[0]
    folder = Path(given, "metrics") if given else home.path("metrics")
    if anew:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ[FOLDER] = str(folder)


class Counted:
    """The counters themselves. They are made when first asked for, since the library looks for the folder as it is imported."""

    _made: Counted | None = None
    _making = Lock()

    def __init__(self) -> None:
        from prometheus_client import Counter, Gauge, Histogram

        self.requests = Histogram(
            "yuju_request_seconds",
            "Time a request took, by the name of its page",
            ["route", "method", "status"],
            buckets=_STEPS,
        )
        self.queries = Counter("yuju_queries", "Queries of requests, by the name of the page", ["route"])
        self.query_seconds = Counter("yuju_query_seconds", "Seconds requests waited for the database", ["route"])
        self.live = Gauge("yuju_live_connections", "Pages that follow live events now", multiprocess_mode="livesum")

    @classmethod
    def here(cls) -> Counted:
        """Those of this process."""
        with cls._making:
            if cls._made is None:
                cls._made = cls()
            return cls._made


def exposition() -> bytes:
    """All there is, in Prometheus's text format: what processes counted, and what the database knows."""
    from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    from yuju.config.measures_of_database import DatabaseMeasures

    registry = REGISTRY
    if FOLDER in os.environ:
        _forget_the_dead(Path(os.environ[FOLDER]))
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    known = CollectorRegistry()
    known.register(DatabaseMeasures())
    return generate_latest(registry) + generate_latest(known)


def _forget_the_dead(folder: Path) -> None:
    """What a process has open now ends with it, even when it was killed; what it has done stays counted."""
    from prometheus_client.multiprocess import mark_process_dead

    for pid in _pids(folder):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            # Of two who look at once, one finds it done.
            with suppress(FileNotFoundError):
                mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]
        except PermissionError:
            pass  # it lives, as somebody else


def _pids(folder: Path) -> Iterator[int]:
    for file in folder.glob("gauge_live*_*.db"):
        number = file.stem.rpartition("_")[2]
        if number.isdigit():
            yield int(number)
