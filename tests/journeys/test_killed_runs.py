"""`yuju bill run --issue` as people run it: killed at any moment, or two at once, it gives the rows of an undisturbed run."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.installation import YUJU, Installation, open_folder
from yuju.config.home import checkout

pytestmark = [pytest.mark.slow, pytest.mark.embedded]

DATA = Path(__file__).parent.parent / "data"
EXPECTED = (DATA / "sunshine-charges-2026-12-01.csv").read_text().splitlines()
RUN = ("bill", "run", "--property", "P01", "--as-of", "2026-12-01", "--issue")
KILLS = 4


@pytest.fixture(scope="module")
def imported() -> Iterator[Path]:
    """A home with the property of the sunshine workbook, at rest."""
    with open_folder() as folder:
        home = folder / "imported"
        installation = Installation(home)
        try:
            installation.run("init", "--password", "a long password")
            installation.run("import", str(DATA / "sunshine.xlsx"))
            yield home
        finally:
            installation.stop()


@contextmanager
def copy_of(imported: Path, name: str) -> Iterator[Installation]:
    """An installation with the same data, gone afterwards."""
    home = imported.parent / name
    # With its owners: the database's files belong to its own user when the tests run as root.
    subprocess.run(["cp", "-a", str(imported), str(home)], check=True)
    made = Installation(home)
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="module")
def undisturbed(imported: Path) -> float:
    """How many seconds a run takes that nobody disturbs; the figures are the expected ones."""
    with copy_of(imported, "undisturbed") as installation:
        began = time.monotonic()
        installation.run(*RUN)
        seconds = time.monotonic() - began
        assert exported(installation) == EXPECTED
    return seconds


@pytest.fixture
def installation(imported: Path) -> Iterator[Installation]:
    """A copy of it that may be broken."""
    with copy_of(imported, "copy") as made:
        yield made


def start(installation: Installation) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*YUJU, *RUN],
        env=installation.environment,
        cwd=checkout(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def exported(installation: Installation) -> list[str]:
    """Every charge there is, as `yuju export` writes them."""
    target = installation.home.parent / "charges.csv"
    installation.run("export", "charges", "--property", "P01", "--output", str(target))
    return target.read_text(encoding="utf-8-sig").splitlines()


def test_a_run_killed_at_any_moment_and_begun_again_gives_the_same_rows(
    installation: Installation, undisturbed: float
) -> None:
    # Given a run that is killed again and again, database and all, in its first half (the start) and all over the second
    for share in (0.3, *(random.uniform(0.5, 1) for _kill in range(KILLS - 1))):
        began = time.monotonic()
        process = start(installation)
        wait = undisturbed * share
        while process.poll() is None and time.monotonic() - began < wait:
            time.sleep(0.02)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        installation.kill_everything()

    # When it is run once more to its end
    installation.run(*RUN)

    # Then the charges are those of an undisturbed run, in every row and fen, and the books hold
    assert exported(installation) == EXPECTED
    assert "In order" in installation.run("books", "verify")


def test_two_runs_at_once_give_the_same_rows(installation: Installation) -> None:
    # Given / when
    both = [start(installation) for _ in range(2)]
    said = [process.communicate(timeout=180)[0] for process in both]

    # Then both end well, one of them with nothing to do
    assert [process.returncode for process in both] == [0, 0], said
    assert sum("charges: 0\n" in one for one in said) == 1, said
    assert exported(installation) == EXPECTED
