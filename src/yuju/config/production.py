"""`yuju web`, `yuju live` and `yuju worker`: each one kind of process, for a supervisor such as systemd, behind a web server.

They keep nothing to themselves, so any number of them may run, on any number of machines. They never touch the schema and do not
need the owner's address of the database: `YUJU_APP_DATABASE_URL` alone is enough for them.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence

from yuju.config import database, home, logs, measures, servers
from yuju.config.backup import mark

WEB_PORT, LIVE_PORT = 8101, 8110
WEB_THREADS = 4
GRACE = 20
"""Seconds that pages being made are given when a process is told to stop."""

WAITING = 4096
"""Connections that may wait for a web process; granian takes no more than this many at once."""


def command(arguments: Sequence[str]) -> None:
    """Runs one of them until it is told to stop (SIGTERM).

    Raises:
        CannotStart: when no database is named, since these start none of their own; or a restore is under way.
    """
    if database.embedded():
        raise home.CannotStart(
            f"`yuju {arguments[0]}` needs a PostgreSQL of yours: set YUJU_APP_DATABASE_URL (or DATABASE_URL). "
            "`yuju up` runs everything, with a database of its own."
        )
    kinds: dict[str, Callable[[Sequence[str]], None]] = {"web": web, "live": live, "worker": worker}
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yuju.config.settings")
    mark.refuse_unfinished()
    measures.share()
    kinds[arguments[0]](arguments[1:])


def web(arguments: Sequence[str]) -> None:
    """`yuju web`: pages, in processes that are started again when they die."""
    parser = argparse.ArgumentParser(prog="yuju web", description="Serves the pages.")
    _listen_at(parser, WEB_PORT)
    parser.add_argument("--workers", type=int, default=os.environ.get("YUJU_WEB_WORKERS") or "1", help="processes")
    options = parser.parse_args(arguments)
    # As many as there are threads, and room for what a page opens besides.
    os.environ["YUJU_POOL"] = str(WEB_THREADS + 2)
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces

    Granian(
        "yuju.config.wsgi:application",
        address=options.host,
        port=options.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        workers=options.workers,
        blocking_threads=WEB_THREADS,
        backlog=WAITING,
        backpressure=WAITING,
        websockets=False,
        log_dictconfig=logs.configuration(),
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=GRACE,
    ).serve()


def live(arguments: Sequence[str]) -> None:
    """`yuju live`: events for open pages, in one process."""
    parser = argparse.ArgumentParser(prog="yuju live", description="Serves live events (/live).")
    _listen_at(parser, LIVE_PORT)
    options = parser.parse_args(arguments)
    import django
    import uvicorn

    django.setup()
    from yuju.config.router import live_alone

    uvicorn.Server(
        uvicorn.Config(
            live_alone(),
            host=options.host,
            port=options.port,
            backlog=WAITING,
            log_config=None,
            access_log=False,
            lifespan="on",
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=servers.LIVE_GRACE,
        )
    ).run()


def worker(arguments: Sequence[str]) -> None:
    """`yuju worker`: jobs, and what happens at its times."""
    parser = argparse.ArgumentParser(prog="yuju worker", description="Works off the queue of jobs.")
    default = os.environ.get("YUJU_WORKER_THREADS") or str(servers.WORKER_THREADS)
    parser.add_argument("--threads", type=int, default=default, help="jobs worked on at once")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    servers.worker(threads=options.threads, stop_seconds=GRACE)


def _listen_at(parser: argparse.ArgumentParser, port: int) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at")
    parser.add_argument("--port", type=int, default=port, help=f"port to listen at; {port} when not named")
