"""A worker for the jobs of the tests: `python -m tests.kit.worker_process DATABASE [stay]`."""

from __future__ import annotations

import asyncio
import os
import sys


def main(database: str, *, stay: bool) -> None:
    """Works the queue of a test's database until it is empty, or until it is killed."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.support.settings")
    django.setup()
    from django.db import connections

    for alias in ("default", "owner"):
        connections[alias].settings_dict["NAME"] = database
    import tests.kit.sample_jobs  # noqa: F401
    from yuju.kit.jobs import work

    asyncio.run(work(threads=2, wait=stay))


if __name__ == "__main__":
    main(sys.argv[1], stay="stay" in sys.argv)
