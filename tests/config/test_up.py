"""`yuju up` and the commands beside it, run as a person would run them."""

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.installation import YUJU, Installation, open_folder, wait_for
from yuju.config.home import checkout

pytestmark = [pytest.mark.slow, pytest.mark.embedded]


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with open_folder() as folder:
        made = Installation(folder / "home")
        yield made
        made.stop()


@pytest.fixture(scope="module")
def running(installation: Installation) -> Installation:
    installation.up()
    return installation


def pid_of(installation: Installation, part: str) -> int:
    """The process of the installation with that in its command line; 0 when there is none."""
    return next((pid for pid, command in installation.family().items() if part in command), 0)


def test_an_empty_home_is_prepared_by_init_which_can_be_run_again(installation: Installation) -> None:
    # When
    first = installation.run("init", "--operator", "sunshine", "--name", "阳光公寓")
    second = installation.run("init", "--operator", "sunshine", "--name", "阳光公寓")

    # Then the password is told once, and kept where only this user can read it
    password = re.search(r"Password: (\S+)", first)
    assert password
    assert "Password" not in second
    kept = installation.home / "sign-ins" / "sunshine-admin.txt"
    assert password[1] in kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert installation.family() == {}


def test_all_is_up_and_a_second_start_says_who_runs(running: Installation) -> None:
    assert running.supervisor is not None
    for part in ("servers web", "servers worker", "postgres -D"):
        # The worker starts a little after the first page.
        wait_for(lambda part=part: pid_of(running, part), part)  # type: ignore[misc]

    said = running.run("up", "--port", "1", code=1)

    assert f"pid {running.supervisor.pid}" in said
    assert str(running.home) in said


def test_a_command_can_be_used_while_it_runs(running: Installation) -> None:
    assert "sunshine is there already" in running.run("init", "--operator", "sunshine")
    assert running.answers()

    # And the only operator need not be named
    assert "sunshine is there already" in running.run("init")


def test_what_is_killed_comes_back(running: Installation) -> None:
    for part in ("servers worker", "servers web", "postgres -D"):
        # Given
        before = pid_of(running, part)

        # When
        os.kill(before, signal.SIGKILL)

        # Then
        wait_for(lambda part=part, before=before: pid_of(running, part) not in (0, before), f"another {part}")  # type: ignore[misc]
    wait_for(running.answers, "a page")
    assert "worker was killed by SIGKILL" in running.said().replace("  ", " ")


def test_every_committed_row_is_there_after_everything_was_killed(running: Installation) -> None:
    # Given a row committed just before every process is killed
    running.run("init", "--operator", "late")
    running.kill_everything()

    # When it is started again at once
    running.up()

    # Then
    assert running.query("SELECT code FROM identity_operator ORDER BY code") == [("late",), ("sunshine",)]

    # And with two operators a command wants to know which
    assert "--operator CODE, one of sunshine, late" in running.run("init", code=1)


def test_the_children_go_when_the_supervisor_alone_is_killed(running: Installation) -> None:
    assert running.supervisor is not None
    running.supervisor.kill()
    running.supervisor.wait()

    # Then the last of them has stopped the database too
    wait_for(lambda: running.family() == {}, "the end of all processes")


def test_ctrl_c_stops_everything_within_seconds(running: Installation) -> None:
    # Given
    running.up()
    assert running.supervisor is not None

    # When
    began = time.monotonic()
    running.supervisor.send_signal(signal.SIGINT)
    code = running.supervisor.wait(20)

    # Then
    assert code == 0
    assert time.monotonic() - began < 10
    assert running.family() == {}
    assert "stopped" in running.said()


def test_a_taken_port_has_its_own_sentence(installation: Installation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = installation.run("up", "--port", str(port), code=1)
    assert f"Port {port} is taken" in said


@pytest.mark.parametrize("port", ["eighty", "70000", "-1", "８０"])
def test_what_is_no_port_is_said_to_be_none(tmp_path: Path, port: str) -> None:
    said = Installation(tmp_path / "home", YUJU_PORT=port).run("up", code=2)
    assert f"{port} is no port" in said
    assert "Traceback" not in said


def test_a_database_out_of_reach_has_its_own_sentence(tmp_path: Path) -> None:
    away = Installation(tmp_path / "home", DATABASE_URL="postgresql://boss:x@127.0.0.1:1/homes")
    said = away.run("init", code=1)
    assert "127.0.0.1:1 cannot be reached as boss" in said
    assert "Traceback" not in said


def test_help_needs_no_database(tmp_path: Path) -> None:
    empty = Installation(tmp_path / "home")
    assert "init" in empty.run("help")
    assert "--operator" in empty.run("init", "--help")
    assert not (tmp_path / "home" / "postgres" / "data").exists()


def test_a_terminated_command_lets_the_database_go(installation: Installation) -> None:
    # Given a command that is at work
    shell = subprocess.Popen(
        [*YUJU, "shell", "--no-imports", "-c", "import time; print('ready', flush=True); time.sleep(60)"],
        env=installation.environment,
        cwd=checkout(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert shell.stdout is not None
    assert shell.stdout.readline() == "ready\n"

    # When
    shell.terminate()
    shell.wait(20)
    shell.stdout.close()

    # Then
    wait_for(lambda: installation.family() == {}, "the database's end")
