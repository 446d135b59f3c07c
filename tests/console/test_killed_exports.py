"""A long export whose worker is killed: begun again, made once, and nothing half is ever offered."""

from __future__ import annotations

import asyncio
import csv
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.db import connection, transaction

from tests.console.test_premises import make_unit
from tests.kit.test_jobs import ROOT, revive_now
from tests.support.console_world import ConsoleWorld
from tests.support.operators import make_operator
from yuju.identity.choices import AuditAction
from yuju.identity.models import AuditEntry
from yuju.kit.console import exporting
from yuju.kit.files import forget
from yuju.kit.tenancy import operator_context, require_operator_id

UNITS = 5


@pytest.fixture
def world(transactional_db: None) -> Iterator[ConsoleWorld]:
    operator = make_operator()
    with operator_context(operator.pk):
        with transaction.atomic():
            made = ConsoleWorld(operator)
        yield made


def worker(folder: Path, *extra: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.console.exporting_process",
            connection.settings_dict["NAME"],
            str(folder),
            *extra,
        ],
        cwd=ROOT,
        env=os.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def kill_at(place: Path) -> None:
    """Starts a worker and kills it once it has come so far."""
    process = worker(place.parent, "stay")
    try:
        deadline = time.monotonic() + 30
        while not place.exists():
            assert process.poll() is None, process.stdout and process.stdout.read()
            assert time.monotonic() < deadline
            time.sleep(0.1)
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()


def begin_again() -> None:
    """Has the jobs of the dead worker begun again, without waiting for as long as workers do."""
    time.sleep(1)
    assert asyncio.run(revive_now()) >= 1


def kept_files() -> set[str]:
    """The exported files of the operator, whole or not."""
    folder = f"{require_operator_id()}/{exporting.FOLDER}"
    if not default_storage.exists(folder):
        return set()
    return {f"{folder}/{name}" for name in default_storage.listdir(folder)[1]}


def exports() -> list[int]:
    """How many rows each export had that is written to the audit."""
    with transaction.atomic():
        return [entry.detail["rows"] for entry in AuditEntry.objects.filter(action=AuditAction.EXPORTED)]


@pytest.mark.scale
def test_an_export_whose_worker_is_killed_is_made_once_and_never_offered_half(
    world: ConsoleWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given an export by a job
    before = kept_files()
    monkeypatch.setattr(exporting, "AT_ONCE", 2)
    with transaction.atomic():
        labels = [make_unit(world.here, number).label for number in range(UNITS)]
        client = world.client("manager", at=world.here)
    page = client.post("/units/export?sort=label", {"format": "csv"})["Location"]

    # When its worker is killed between two rows, and the next one while it writes the file
    for place, begun in (("rows", 0), ("file", 1)):
        kill_at(tmp_path / place)
        # Then no file is offered, though one was begun, and nothing is written to the audit
        assert len(kept_files() - before) == begun
        assert f"{page}file" not in client.get(page).content.decode()
        assert client.get(f"{page}file").status_code == 404
        assert exports() == []
        begin_again()

    # And the third makes it: whole, and once
    third = worker(tmp_path)
    said, _ = third.communicate(timeout=60)
    assert third.returncode == 0, said
    assert f"{page}file" in client.get(page).content.decode()
    rows = list(csv.reader(io.StringIO(client.get(f"{page}file").getvalue().decode("utf-8-sig"))))
    assert sorted(row[0] for row in rows[1:]) == sorted(labels)
    assert exports() == [UNITS]
    assert asyncio.run(revive_now()) == 0
    for path in kept_files() - before:
        forget(path)
