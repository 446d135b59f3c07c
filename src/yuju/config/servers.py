"""The processes under the supervisor: `python -m yuju.config.servers web SOCKET` and `… worker`.

Each ends by itself when the supervisor dies, and holds the embedded database for as long as it runs, so that the last
one to go stops it.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import socket
import sys
from contextlib import ExitStack

from yuju.config import database, measures
from yuju.config.backup import mark
from yuju.config.memory import collect_seldom
from yuju.config.router import THREADS

PR_SET_PDEATHSIG = 1
WORKER_THREADS = 2
LIVE_GRACE = 3
"""Seconds that pages being made are given when the web is told to stop; live streams never end by themselves."""


def main(arguments: list[str]) -> None:
    """Runs one process of the given kind until it is told to stop."""
    # As an exception, so that the database is let go on the way out. The servers put their own handler before this one.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    die_with_parent()
    mark.refuse_unfinished()
    with ExitStack() as held:
        if database.embedded():
            from yuju.config.embedded_postgres import EmbeddedServer

            held.enter_context(EmbeddedServer())
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yuju.config.settings")
        measures.share()
        if arguments[0] == "web":
            # As many as there are threads, and room for what a page opens besides.
            os.environ["YUJU_POOL"] = str(THREADS + 2)
            web(int(arguments[1]))
        else:
            worker()


def web(descriptor: int) -> None:
    """Serves pages and live events on a socket inherited from the supervisor."""
    import django
    import uvicorn

    django.setup()
    from yuju.config.router import router

    application = router()
    collect_seldom()
    config = uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        lifespan="on",
        server_header=False,
        proxy_headers=False,  # whom to believe about a caller's address is `YUJU_PROXIES`, in one place
        timeout_keep_alive=65,
        timeout_graceful_shutdown=LIVE_GRACE,
    )
    server = uvicorn.Server(config)
    server.run(sockets=[socket.socket(fileno=descriptor)])


def worker(*, threads: int = WORKER_THREADS, stop_seconds: float = 5) -> None:
    """Works off the queue of jobs: so many at once, which are given so many seconds when it is told to stop."""
    import django

    django.setup()
    from yuju.kit.jobs import work

    asyncio.run(work(threads=threads, stop_seconds=stop_seconds))


def die_with_parent() -> None:
    """Asks the kernel for SIGTERM when the parent dies, however it dies."""
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit("The supervisor is gone.")


if __name__ == "__main__":
    main(sys.argv[1:])
