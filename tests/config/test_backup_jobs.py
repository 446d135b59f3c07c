"""The worker asks for the day's backup once, makes it, and tells when it fails."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.support.console_world import ConsoleWorld
from yuju.config import jobs
from yuju.config.backup import schedule
from yuju.config.home import CannotStart
from yuju.kit.backups import backup_status
from yuju.messaging.models import Notice

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def due(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.YUJU_BACKUP_STATUS = tmp_path / "backup.json"
    monkeypatch.setenv("YUJU_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("YUJU_BACKUP_DIR", str(tmp_path / "backups"))
    monkeypatch.setattr(schedule, "is_due", lambda now: True)
    return tmp_path


def test_what_is_due_is_asked_for_once_and_not_when_it_is_not(operator: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def waiting() -> list[tuple[str, str]]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT queue_name, lock FROM procrastinate_jobs WHERE task_name = %s", [jobs.MAKE_BACKUP])
            return cursor.fetchall()

    jobs.look_after_backups(0)
    jobs.look_after_backups(0)
    assert waiting() == [("work", jobs.MAKE_BACKUP)]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    monkeypatch.setattr(schedule, "is_due", lambda now: False)
    jobs.look_after_backups(0)
    assert waiting() == []


def test_one_that_fails_is_noted_and_told(operator: Any, due: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a folder that cannot be used
    manager = ConsoleWorld(operator).user("manager")

    def fail(**_given: Any) -> Path:
        raise CannotStart("Backups cannot be kept there (No space left on device).")

    monkeypatch.setattr(schedule, "backup_make", fail)

    # When
    jobs.make_backup()
    jobs.look_after_backups(0)

    # Then
    assert "No space left" in backup_status().error
    assert [notice.recipient for notice in Notice.objects.all()] == [manager]


def test_one_that_can_not_be_read_back_is_no_backup(due: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a disk that gives back something else than was written
    def make(*, to: Path, **_given: Any) -> Path:
        to.mkdir()
        (to / "yuju-20261125T030000Z.backup").write_bytes(b"YUJU SEALED 1\n???")
        return to / "yuju-20261125T030000Z.backup"

    monkeypatch.setattr(schedule, "backup_make", make)

    # When
    schedule.backup_when_due(datetime(2026, 11, 25, 3, 0, tzinfo=UTC))

    # Then nothing stays that looks like one
    assert "damaged" in backup_status().error
    assert list((due / "backups").iterdir()) == []
