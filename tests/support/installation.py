"""A whole installation in a folder of its own: `yuju` commands and the supervisor run as a person would run them."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg

from yuju.config.home import checkout

YUJU = [sys.executable, "-m", "yuju"]


@contextlib.contextmanager
def open_folder() -> Iterator[Path]:
    """A temporary folder that the user of the database can enter too; pytest's own are closed to it."""
    with tempfile.TemporaryDirectory(prefix="yuju-test-") as made:
        Path(made).chmod(0o755)
        yield Path(made)


class Installation:
    """Runs commands against one home; `stop` leaves nothing running."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.home = home
        self.port = free_port()
        self.output = home.parent / f"{home.name}.log"
        self.supervisor: subprocess.Popen[bytes] | None = None
        kept = {
            k: v for k, v in os.environ.items() if not k.startswith(("YUJU_", "DATABASE_URL", "DJANGO_", "PYTEST_"))
        }
        self.environment = {**kept, "YUJU_HOME": str(home), "YUJU_PORT": str(self.port), **environment}

    def run(self, *command: str, code: int = 0) -> str:
        """What a command says; it must end with that code."""
        done = subprocess.run(
            [*YUJU, *command], env=self.environment, cwd=checkout(), capture_output=True, text=True, timeout=600
        )
        said = done.stdout + done.stderr
        assert done.returncode == code, said
        return said

    def up(self) -> None:
        """Starts the supervisor and waits until a page is answered."""
        with open(self.output, "ab") as output:
            self.supervisor = subprocess.Popen(
                [*YUJU, "up"],
                env=self.environment,
                cwd=checkout(),
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        wait_for(self.answers, "a page", seconds=300)

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=3) as answer:
                return answer.status == 200
        except urllib.error.HTTPError as error:
            return error.code < 500
        except OSError:
            return False

    def said(self) -> str:
        return self.output.read_text(errors="replace")

    def family(self) -> dict[int, str]:
        """Every living process of this installation: id → command line."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                environment = (folder / "environ").read_bytes()
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            except (OSError, IndexError):
                continue
            if state != "Z" and f"YUJU_HOME={self.home}".encode() in environment.split(b"\0"):
                found[int(folder.name)] = command
        return found

    def kill_everything(self) -> None:
        """kill -9 for every process of the installation, the database's too."""
        while family := self.family():
            for pid in family:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            time.sleep(0.05)
        if self.supervisor is not None:
            self.supervisor.wait()
            self.supervisor = None

    def query(self, statement: str) -> list[tuple[object, ...]]:
        """Asks the running database as its owner."""
        port = json.loads((self.home / "postgres" / "run.json").read_text())["port"]
        password = (self.home / "keys" / "database-owner").read_text().strip()
        where = {"host": "127.0.0.1", "port": port, "user": "yuju", "password": password, "dbname": "yuju"}
        with psycopg.connect(**where) as connection:
            return connection.execute(statement).fetchall()

    def stop(self) -> None:
        if self.supervisor is not None and self.supervisor.poll() is None:
            self.supervisor.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.supervisor.wait(20)
        self.kill_everything()


def wait_for(condition: Callable[[], bool], what: str, *, seconds: float = 20) -> None:
    """Waits until something holds; fails the test after that many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain for {what}"
        time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
