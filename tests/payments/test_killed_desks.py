"""Desks killed with kill -9, the database with them: what was acknowledged is there, once, and the books hold."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from tests.support.desk_process import read
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
    told = installation.run("shell", "-c", "from tests.support.desk_process import tell; tell()")
    receipts = [line.split()[1:] for line in told.splitlines() if line.startswith("receipt ")]
    assert len(receipts) == PAYMENTS
    assert {UUID(key): number for key, number in receipts} == acknowledged(files)
    assert "In order" in installation.run("books", "verify")


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
