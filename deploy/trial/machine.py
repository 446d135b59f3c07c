"""A throw-away machine inside this one: folders in memory, a PostgreSQL, and units run the way systemd would, without it."""

from __future__ import annotations

import pwd
import shlex
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

ROOM = Path("/tmp/yuju-trial")  # noqa: S108 - a file system of its own is mounted over it
IN_MEMORY = (  # beside ROOM; `deploy/try` makes them where they are missing
    *("/opt/yuju", "/var/www", "/var/lib/yuju", "/var/backups", "/var/log", "/run"),
    *("/var/lib/postgresql", "/etc/postgresql"),
)
UNITS = Path("/etc/systemd/system")


class Failed(AssertionError):  # noqa: N818 - it reads as a sentence
    """The set-up does not do what it promises."""


def expect(holds: object, what: str) -> None:
    """Ends the trial unless something holds."""
    if not holds:
        raise Failed(what)


def wait_for(what: str, found: Callable[[], object], *, seconds: float = 20) -> float:
    """Waits until something is so; returns how many seconds it took."""
    begun = time.monotonic()
    while not found():
        if time.monotonic() - begun > seconds:
            raise Failed(f"waited {seconds:g} s for this: {what}")
        time.sleep(0.1)
    return time.monotonic() - begun


def run(*command: str, **options: object) -> str:
    """Runs a command and returns what it says; its failure is ours."""
    done = subprocess.run(command, capture_output=True, text=True, **options)  # type: ignore[call-overload]
    if done.returncode:
        raise Failed(f"{' '.join(command)} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return str(done.stdout)


def free_port() -> int:
    """A port nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def set_apart() -> None:
    """Lays folders in memory over those that are written to. Only this process and its children see them."""
    run("mount", "-t", "tmpfs", "-o", "mode=755", "yuju-trial", str(ROOM))
    # Its own accounts, sites and units, beginning with those of this machine.
    shutil.copytree("/etc", ROOM / "etc", symlinks=True)
    for file in (*Path("/etc").glob("*shadow*"),):
        shutil.copystat(file, ROOM / "etc" / file.name)
    run("mount", "--bind", str(ROOM / "etc"), "/etc")
    for place in IN_MEMORY:
        run("mount", "-t", "tmpfs", "-o", "mode=755", "yuju-trial", place)
    Path("/var/log/nginx").mkdir()
    Path("/etc/nginx/sites-enabled/default").unlink(missing_ok=True)


class Database:
    """Debian's PostgreSQL, a cluster of its own."""

    def __init__(self) -> None:
        self.port = free_port()
        self.version = max((path.name for path in Path("/usr/lib/postgresql").iterdir()), key=int)
        for folder in ("/var/lib/postgresql", "/var/run/postgresql", "/var/log/postgresql"):
            Path(folder).mkdir(exist_ok=True)
            shutil.chown(folder, "postgres", "postgres")
        run("pg_createcluster", self.version, "trial", "--port", str(self.port), "--locale", "C.UTF-8", cwd="/")
        self.start()

    def start(self) -> None:
        run("pg_ctlcluster", self.version, "trial", "start", cwd="/")

    def stop(self) -> None:
        run("pg_ctlcluster", self.version, "trial", "stop", "-m", "immediate", cwd="/")


class Unit:
    """One unit of systemd, run as its file says: user, settings, folders, commands. The rest is systemd's (ADR 0021)."""

    def __init__(self, name: str) -> None:
        self.name = name
        stem, _dot, kind = name.rpartition(".")
        base, at, self.instance = stem.partition("@")
        self.path = UNITS / f"{base}{at}.{kind}"
        self.lines: dict[str, list[str]] = {}
        for line in self.path.read_text().splitlines():
            key, equals, value = line.partition("=")
            if equals and not line.startswith("#"):
                self.lines.setdefault(key, []).append(value.replace("%i", self.instance))
        self.process: subprocess.Popen[bytes] | None = None
        self.log = Path("/var/log") / f"{name}.log"

    def one(self, key: str) -> str:
        """The only value of a key."""
        (value,) = self.lines[key]
        return value

    def environment(self) -> dict[str, str]:
        """What systemd would give it: a clean environment, and the files it names."""
        found = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
        found |= {"HOME": pwd.getpwnam(self.one("User")).pw_dir, "USER": self.one("User")}
        for file in self.lines.get("EnvironmentFile", []):
            for line in Path(file).read_text().splitlines():
                if line and not line.startswith("#"):
                    key, _equals, value = line.partition("=")
                    found[key] = value.strip("'\"")
        for folder in self.lines.get("RuntimeDirectory", []):
            place = Path("/run", folder)
            place.mkdir(mode=0o700, exist_ok=True)
            shutil.chown(place, self.one("User"), self.one("Group"))
            found["RUNTIME_DIRECTORY"] = str(place)
        return found

    def start(self) -> None:
        """Runs ExecStart, and ExecStartPost to its end."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                shlex.split(self.one("ExecStart")),
                cwd=self.one("WorkingDirectory"),
                env=self.environment(),
                user=self.one("User"),
                group=self.one("Group"),
                extra_groups=[],
                umask=int(self.one("UMask"), 8),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        for after in self.lines.get("ExecStartPost", []):
            run(*shlex.split(after), env=self.environment(), user=self.one("User"))

    def run_once(self) -> None:
        """A unit of the kind that ends."""
        self.start()
        assert self.process is not None
        expect(
            self.process.wait(timeout=60) == 0,
            f"{self.name} ended with {self.process.returncode}\n{self.said()[-3000:]}",
        )

    def stop(self) -> float:
        """As KillMode=mixed does it, within TimeoutStopSec; returns the seconds it took."""
        assert self.process is not None
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=float(self.one("TimeoutStopSec")))
        except subprocess.TimeoutExpired as error:
            raise Failed(f"{self.name} does not stop within {self.one('TimeoutStopSec')} s") from error
        return time.monotonic() - begun

    def restart(self) -> None:
        self.stop()
        self.start()

    def look_after(self) -> bool:
        """Starts it again when it has ended, as systemd would; tells whether it had to."""
        if self.alive() or self.lines.get("Restart") != ["always"]:
            return False
        self.start()
        return True

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def children(self) -> list[int]:
        """The processes its main process has started."""
        assert self.process is not None
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in listed.split()]

    def said(self) -> str:
        """Its log so far."""
        return self.log.read_text() if self.log.exists() else ""
