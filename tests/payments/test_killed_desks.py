"""Desks killed with kill -9, the database with them: what was acknowledged is there, once, and the books hold."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import pytest

from tests.support.desk_browser import DeskBrowser
from tests.support.desk_process import LEASES, read
from tests.support.installation import YUJU, Installation, open_folder, wait_for
from yuju.config.home import checkout

pytestmark = [pytest.mark.scale, pytest.mark.embedded]
DESKS, PAYMENTS, KILLS = 4, 1000, 4


@pytest.fixture
def installation() -> Iterator[Installation]:
    with open_folder() as folder:
        made = Installation(folder / "home")
        try:
            made.run("init", "--password", "a long password")
            made.run("shell", "-c", "from tests.support.desk_process import prepare; prepare()")
            yield made
        finally:
            made.stop()


def acknowledged(files: list[Path]) -> dict[UUID, str]:
    return {key: number for file in files for key, number in read(file)[1].items()}


def test_every_acknowledged_payment_is_there_once(installation: Installation) -> None:
    # Given desks that take money at once, killed with the database again and again
    files = [installation.home.parent / f"desk-{number}" for number in range(DESKS)]
    for kill in range(1, KILLS + 1):
        desks = [start(installation, file, PAYMENTS // DESKS) for file in files]
        enough = PAYMENTS * kill // (KILLS + 1)
        wait_for(lambda enough=enough: len(acknowledged(files)) >= enough, f"{enough} payments", seconds=90)  # type: ignore[misc]
        installation.kill_everything()
        for desk in desks:
            desk.communicate()
            assert desk.returncode != 0

    # When they go on, each with what was not acknowledged
    for desk in [start(installation, file, PAYMENTS // DESKS) for file in files]:
        said, _none = desk.communicate(timeout=120)
        assert desk.returncode == 0, said

    # Then every receipt that was handed out is there, and no other
    receipts = told(installation)
    assert len(receipts) == PAYMENTS
    assert {UUID(key): number for key, number, _payment in receipts} == acknowledged(files)
    assert "In order" in installation.run("books", "verify")


def test_every_payment_acknowledged_to_a_browser_is_there_once(installation: Installation) -> None:
    # Given cashiers at their browsers, while web and database are killed again and again
    installation.up()
    desks = [DeskBrowser(installation.port, "admin", "a long password") for _ in range(DESKS)]
    desks[0].open_shift(1)
    over, deadline = threading.Event(), time.monotonic() + 900

    def work(desk: DeskBrowser) -> None:
        for number in range(PAYMENTS // DESKS):
            desk.take(number % LEASES + 1, "80.50", over)

    with ThreadPoolExecutor(DESKS) as threads:
        works = [threads.submit(work, desk) for desk in desks]
        try:
            for kill in range(1, KILLS + 1):
                enough = PAYMENTS * kill // (KILLS + 1)
                while sum(len(desk.paid) for desk in desks) < enough:
                    # Whoever gave up says why.
                    for gone in (one for one in works if one.done()):
                        gone.result()
                    assert time.monotonic() < deadline, f"waited in vain for {enough} payments"
                    time.sleep(0.1)
                installation.kill_everything()
                installation.up()
            for one in works:
                one.result(300)
        finally:
            over.set()
    installation.stop()

    # Then every payment that a browser was told of is there, and no other
    acknowledged = {key: payment for desk in desks for key, payment in desk.paid.items()}
    receipts = told(installation)
    assert len(receipts) == len(acknowledged) == PAYMENTS
    assert {UUID(key): int(payment) for key, _number, payment in receipts} == acknowledged
    assert "In order" in installation.run("books", "verify")


def told(installation: Installation) -> list[list[str]]:
    """The key, number and payment of every receipt in the database."""
    said = installation.run("shell", "-c", "from tests.support.desk_process import tell; tell()")
    return [line.split()[1:] for line in said.splitlines() if line.startswith("receipt ")]


def start(installation: Installation, file: Path, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*YUJU, "shell", "-c", f"from tests.support.desk_process import take; take({str(file)!r}, {count})"],
        env=installation.environment,
        cwd=checkout(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
