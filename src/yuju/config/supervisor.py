"""`yuju up`: database, web and worker under one supervisor, on one port.

What dies is started again, after a pause that doubles while it keeps dying. Ctrl-C or SIGTERM stops everything within
seconds. The supervisor holds the listening socket itself: while web is started again, visitors wait instead of failing.
"""

from __future__ import annotations

import argparse
import errno
import fcntl
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import IO

import psycopg

from yuju.config import database, home, measures, static_files
from yuju.config.embedded_postgres import EmbeddedServer
from yuju.config.prepare import prepare

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds before what died is started again
STEADY = 60.0  # seconds a process must run for its deaths to be forgotten
STOP_SECONDS = 8.0
LOOK_SECONDS = 0.5


@dataclass
class Process:
    """One kind of process the supervisor keeps running."""

    name: str
    arguments: list[str]
    descriptors: tuple[int, ...] = ()
    running: subprocess.Popen[str] | None = None
    pause: float = FIRST_PAUSE
    started: float = 0.0
    due: float = field(default_factory=time.monotonic)

    def start(self, say: Log) -> None:
        """Starts it and passes its output on, line by line."""
        self.started = time.monotonic()
        self.running = subprocess.Popen(
            [sys.executable, "-m", "yuju.config.servers", *self.arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=self.descriptors,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl-C comes to the supervisor alone, which stops the others in order
        )
        assert self.running.stdout is not None
        threading.Thread(target=say.follow, args=(self.name, self.running.stdout), daemon=True).start()

    def look(self, say: Log) -> None:
        """Starts it when it is due, and notices when it has died."""
        now = time.monotonic()
        if self.running is None:
            if now >= self.due:
                self.start(say)
            return
        code = self.running.poll()
        if code is None:
            return
        self.pause = FIRST_PAUSE if now - self.started > STEADY else self.pause
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        say("yuju", f"{self.name} {how}; starting it again in {self.pause:g} s")
        self.running, self.due = None, now + self.pause
        self.pause = min(self.pause * 2, LONGEST_PAUSE)


class Log:
    """Writes whole lines to the terminal, each behind the name of who says it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __call__(self, name: str, line: str) -> None:
        with self._lock:
            print(f"{name:<8}│ {line}", flush=True)

    def follow(self, name: str, lines: IO[str]) -> None:
        """Passes on everything a process says until it ends."""
        for line in lines:
            self(name, line.rstrip())


class UpLock:
    """One `yuju up` for each home. The lock file says who runs, and where."""

    def __init__(self) -> None:
        self._file = open(home.path("up.json"), "a+")  # noqa: SIM115 - held as long as the supervisor runs
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            raise home.CannotStart(_already(self._file.read())) from None

    def write(self, url: str) -> None:
        self._file.truncate(0)
        self._file.write(json.dumps({"pid": os.getpid(), "url": url}))
        self._file.flush()

    def close(self) -> None:
        self._file.truncate(0)
        self._file.close()


def command(arguments: Sequence[str]) -> None:
    """`yuju up [--host HOST] [--port PORT]`; returns when it has been told to stop.

    Raises:
        CannotStart: when Yuju already runs from this home, the port is taken, or the database cannot start.
    """
    options = _options(arguments)
    say = Log()
    _keep_demo_to_this_machine(options.host)
    with ExitStack() as held:
        lock = UpLock()
        held.callback(lock.close)
        listening = held.enter_context(listen(options.host, options.port))
        url = f"http://{_shown(options.host)}:{listening.getsockname()[1]}/"
        lock.write(url)
        server = held.enter_context(EmbeddedServer()) if database.embedded() else None
        prepare(lambda line: say("yuju", line))
        static_files.collect()
        measures.share(anew=True)
        made = options.demo and _fill_with_demo(options.host)
        _Supervisor(say, listening, server).run(url, show_sign_ins=made)


class _Supervisor:
    def __init__(self, say: Log, listening: socket.socket, server: EmbeddedServer | None) -> None:
        self._say = say
        self._server = server
        descriptor = listening.fileno()
        self._processes = [
            Process("web", ["web", str(descriptor)], (descriptor,)),
            # A little later, so that the first page need not share the processor with it.
            Process("worker", ["worker"], due=time.monotonic() + 2),
        ]
        self._signals: queue.SimpleQueue[int] = queue.SimpleQueue()

    def run(self, url: str, *, show_sign_ins: bool = False) -> None:
        for wanted in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(wanted, lambda signum, _: self._signals.put(signum))
        self._announce(url, show_sign_ins)
        try:
            while not self._told_to_stop():
                if self._server is not None and not self._server.alive():
                    self._say("yuju", "the database died; starting it again")
                    self._server.attach()
                for process in self._processes:
                    process.look(self._say)
        finally:
            self._stop()

    def _told_to_stop(self) -> bool:
        """Waits a moment for a signal."""
        try:
            self._signals.get(timeout=0.1 if any(p.running is None for p in self._processes) else LOOK_SECONDS)
        except queue.Empty:
            return False
        return True

    def _announce(self, url: str, show_sign_ins: bool) -> None:
        self._say("yuju", f"Yuju 寓居 is at {url}   (home: {home.root()}, Ctrl-C stops it)")
        sign_ins = home.path(home.DEMO_SIGN_INS)
        if show_sign_ins:
            for line in sign_ins.read_text().splitlines():
                self._say("yuju", line)
        elif sign_ins.exists():
            self._say("yuju", f"Demo sign-ins (演示账号): {sign_ins}")

    def _stop(self) -> None:
        self._say("yuju", "stopping")
        running = [process.running for process in self._processes if process.running is not None]
        for child in running:
            child.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        while any(child.poll() is None for child in running):
            # A second Ctrl-C means: at once.
            if time.monotonic() > deadline or not self._signals.empty():
                for child in running:
                    child.kill()
            time.sleep(0.02)
        self._say("yuju", "stopped")


def listen(host: str, port: int) -> socket.socket:
    """The listening socket.

    Raises:
        CannotStart: when the port is taken or the address is not this machine's.
    """
    try:
        listening = socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=2048
        )
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise home.CannotStart(
                f"Port {port} is taken by another program. Stop that, or choose another port: yuju up --port {port + 1}"
            ) from error
        raise home.CannotStart(f"Yuju cannot listen at {host} port {port}: {error.strerror or error}") from error
    listening.set_inheritable(True)
    return listening


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="yuju up", description="Runs Yuju: database, web and worker.")
    parser.add_argument("--host", default=os.environ.get("YUJU_HOST", "127.0.0.1"), help="address to listen at")
    # A text, so that argparse says what is wrong with it too.
    parser.add_argument("--port", type=_port, default=os.environ.get("YUJU_PORT") or "8000", help="port to listen at")
    parser.add_argument("--demo", action="store_true", help="fill an empty installation with the demo property")
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) < 65536):
        raise argparse.ArgumentTypeError(f"{text} is no port: a number from 1 to 65535 is expected (--port, YUJU_PORT)")
    return int(text)


def _fill_with_demo(host: str) -> bool:
    """Gives an installation without an operator the demo; tells whether it did.

    Raises:
        CannotStart: where the demo has no business, see `_keep_demo_to_this_machine`.
    """
    with psycopg.connect(**database.owner().conninfo()) as connection:
        if connection.execute("SELECT FROM identity_operator LIMIT 1").fetchone() is not None:
            return False
    _refuse_demo_outside(
        host,
        "This installation is empty, and `--demo` would fill it with the demo, which stays",
        "Make your own operator with `yuju init`, then start again.",
    )
    import django
    from django.core.management import call_command

    django.setup()
    call_command("demo")
    return True


def _keep_demo_to_this_machine(host: str) -> None:
    """Refuses to serve a home that holds the demo under production settings or to other machines.

    Raises:
        CannotStart: with what to do instead.
    """
    if home.path(home.DEMO_SIGN_INS).exists():
        advice = "Set YUJU_HOME to another folder and make your own operator there with `yuju init`."
        _refuse_demo_outside(host, f"{home.root()} holds the demo, which stays", advice)


def _refuse_demo_outside(host: str, why: str, advice: str) -> None:
    if os.environ.get("YUJU_PRODUCTION", "") == "1":
        raise home.CannotStart(f"{why} out of production (YUJU_PRODUCTION=1). {advice}")
    if host not in ("localhost", "::1") and not host.startswith("127."):
        raise home.CannotStart(f"{why} on this machine: it cannot listen at {host}. {advice}")


def _already(written: str) -> str:
    try:
        found = json.loads(written)
        who = f" (pid {found['pid']}, {found['url']})"
    except (ValueError, KeyError):
        who = ""
    return f"Yuju already runs from {home.root()}{who}. Stop it first, or set YUJU_HOME to run another one."


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
