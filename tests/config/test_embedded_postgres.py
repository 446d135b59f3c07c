"""The embedded server: shared by all who need it, safe against sudden death."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from tests.support.installation import open_folder, wait_for
from yuju.config import database
from yuju.config.demotion import Demotion
from yuju.config.embedded_postgres import EmbeddedServer
from yuju.config.home import CannotStart

pytestmark = [pytest.mark.slow, pytest.mark.embedded]


@pytest.fixture
def own_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with open_folder() as folder:
        monkeypatch.setenv("YUJU_HOME", str(folder / "home"))
        monkeypatch.delenv("DATABASE_URL", raising=False)
        yield folder / "home"
        server = EmbeddedServer()
        if server.alive():
            os.kill(server.pid, signal.SIGKILL)
            wait_for(lambda: not server.alive(), "the server's end")


def ask(statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(**database.owner().conninfo("postgres")) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_the_last_one_to_leave_stops_it(own_home: Path) -> None:
    # Given two who use it
    first, second = EmbeddedServer(), EmbeddedServer()
    first.attach()
    second.attach()

    # When one leaves, then the other
    first.leave()
    still_there = second.answers()
    second.leave()

    # Then
    assert still_there
    assert not second.alive()


def test_it_is_durable_and_speaks_utf8(own_home: Path) -> None:
    with EmbeddedServer():
        settings = {
            name: ask(f"SHOW {name}")[0][0]
            for name in ("fsync", "full_page_writes", "synchronous_commit", "listen_addresses", "server_encoding")
        }
    assert settings == {
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "listen_addresses": "127.0.0.1",
        "server_encoding": "UTF8",
    }


def test_a_wrong_password_does_not_open_it(own_home: Path) -> None:
    with EmbeddedServer(), pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(**{**database.owner().conninfo("postgres"), "password": "guess"})


def test_committed_rows_outlive_a_kill_and_the_port_stays(own_home: Path) -> None:
    # Given a committed row, and the server killed at once
    server = EmbeddedServer()
    server.attach()
    port = server.port
    ask("CREATE TABLE kept AS SELECT 42 AS answer")
    os.kill(server.pid, signal.SIGKILL)

    # When it is asked for again without a pause
    server.attach()

    # Then
    assert ask("SELECT answer FROM kept") == [(42,)]
    assert server.port == port
    server.leave()


def test_a_strangers_number_in_the_pid_file_is_no_server(own_home: Path) -> None:
    # Given a server that died, whose process id now belongs to somebody else
    with EmbeddedServer() as server:
        data = server.data
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n{int(time.time())}\n{server.port}\n\n127.0.0.1\n")

    # When / then
    with EmbeddedServer() as server:
        assert server.answers()


def test_its_log_names_nobody(own_home: Path) -> None:
    # Given a statement about a person that is refused
    with EmbeddedServer() as server:
        with psycopg.connect(**database.owner().conninfo("postgres"), autocommit=True) as connection:
            connection.execute("CREATE TABLE people (name text PRIMARY KEY)")
            for _ in range(2):
                with suppress(psycopg.errors.UniqueViolation):
                    connection.execute("INSERT INTO people VALUES ('somebody')")

        # Then the log has the refusal, and not the person
        log = server.log.read_text()
    assert "people_pkey" in log
    assert "somebody" not in log


def test_a_taken_port_is_left_for_another(own_home: Path) -> None:
    import socket

    with EmbeddedServer() as server:
        port = server.port
    with socket.create_server(("127.0.0.1", port)), EmbeddedServer() as server:
        assert server.answers()
        assert server.port != port


def test_a_half_made_data_folder_is_made_anew(own_home: Path) -> None:
    # Given an initdb that was killed half-way
    draft = own_home / "postgres" / "data.new"
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18\n")

    # When / then
    with EmbeddedServer() as server:
        assert server.answers()


def test_processes_that_start_at_once_share_one_server(own_home: Path) -> None:
    # Given four processes that want it at the same moment on an empty home
    program = (
        "from yuju.config.embedded_postgres import EmbeddedServer\n"
        "import time\n"
        "with EmbeddedServer() as server:\n"
        "    print(server.pid, flush=True); time.sleep(1.5)\n"
    )
    started = [subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) for _ in range(4)]

    # When
    pids = {process.communicate(timeout=60)[0].strip() for process in started}

    # Then
    assert len(pids) == 1
    assert [process.returncode for process in started] == [0, 0, 0, 0]
    assert not EmbeddedServer().alive()


def test_another_servers_hold_is_named(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a server over the data that does not answer at the place we know
    server = EmbeddedServer()
    server.attach()
    pid = server.pid
    server.run_file.write_text(json.dumps({"port": 1, "pid": pid}))
    monkeypatch.setattr("yuju.config.embedded_postgres.START_SECONDS", 0.5)

    # When a second start is tried
    with pytest.raises(CannotStart, match=f"pid {pid}"):
        server.attach()


def test_root_runs_it_in_a_user_namespace_where_no_ordinary_user_can_go(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.geteuid() != 0 or subprocess.run(["unshare", "--user", "true"], capture_output=True).returncode:
        pytest.skip("needs root and user namespaces")
    # Given a home below a folder closed to everybody else
    own_home.parent.chmod(0o700)

    # When / then
    with EmbeddedServer() as server:
        assert server.answers()
        assert server.data.stat().st_uid == 0


def test_root_without_any_way_down_gets_a_sentence(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() != 0:
        pytest.skip("is about root")
    monkeypatch.setattr("yuju.config.demotion._runs", lambda demotion, programs: demotion == Demotion())

    with pytest.raises(CannotStart, match="does not run as root"):
        EmbeddedServer().attach()
