"""When the worker makes a backup, which old ones are kept, and who is told when none comes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.console_world import ConsoleWorld
from yuju.config.backup import folder as folders
from yuju.config.backup import schedule
from yuju.config.backup.folder import Keep, Kept
from yuju.config.home import CannotStart
from yuju.kit.backups import backup_status, note_failed, note_good, note_wanted
from yuju.messaging.models import Notice

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)  # 11:00 in Shanghai


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.YUJU_BACKUP_STATUS = tmp_path / "backup.json"
    monkeypatch.setenv("YUJU_BACKUP_DIR", str(tmp_path / "backups"))
    monkeypatch.setenv("YUJU_HOME", str(tmp_path / "home"))
    return tmp_path


def good(at: datetime, folder: Path) -> None:
    (folder / "file").write_bytes(b"x" * 1000)
    note_good(begun=at, file=folder / "file")


def test_one_is_due_from_its_time_of_day_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given one of yesterday noon
    good(NOW - timedelta(hours=23), folder)
    assert schedule.is_due(NOW)

    # When today's was made at 03:10 local, there is no other until tomorrow's 03:00
    good(NOW - timedelta(hours=7, minutes=50), folder)
    assert not schedule.is_due(NOW)
    assert not schedule.is_due(NOW + timedelta(hours=15, minutes=59))
    assert schedule.is_due(NOW + timedelta(hours=16))

    # And the time of day is what the environment says
    monkeypatch.setenv("YUJU_BACKUP_AT", "10:30")
    assert schedule.is_due(NOW)
    monkeypatch.setenv("YUJU_BACKUP_AT", "noon")
    with pytest.raises(CannotStart, match="YUJU_BACKUP_AT is noon"):
        schedule.is_due(NOW)


def test_the_first_comes_at_the_next_time_of_day_and_none_where_no_folder_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert not schedule.is_due(NOW)
    assert schedule.is_due(NOW + timedelta(hours=16))
    monkeypatch.delenv("YUJU_BACKUP_DIR")
    assert not schedule.is_due(NOW + timedelta(hours=16))


def test_one_that_failed_is_tried_again_after_an_hour(folder: Path) -> None:
    good(NOW - timedelta(days=1), folder)
    note_failed(at=NOW, error="the disk is full")
    assert not schedule.is_due(NOW + timedelta(minutes=59))
    assert schedule.is_due(NOW + timedelta(minutes=60))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("trouble", "title"),
    [
        (lambda: note_failed(at=NOW, error="the disk is full"), "备份失败"),
        (lambda: note_wanted(NOW - timedelta(days=2, minutes=1)), "最近没有备份"),
    ],
)
def test_managers_of_every_operator_are_told_once_a_day(operator: Any, trouble: Any, title: str) -> None:
    # Given
    world = ConsoleWorld(operator)
    manager = world.user("manager")
    world.user("cashier")
    with world.other_operator() as other:
        other.user("manager")
    trouble()

    # When
    assert schedule.tell_of_trouble(NOW) == 2
    assert schedule.tell_of_trouble(NOW + timedelta(hours=23)) == 0

    # Then
    notice = Notice.objects.get()
    assert (notice.recipient, notice.title) == (manager, title)
    assert schedule.tell_of_trouble(NOW + timedelta(hours=24)) == 2


@pytest.mark.django_db
def test_nobody_is_told_while_all_is_well_or_none_was_ever_asked_for(operator: Any, folder: Path) -> None:
    ConsoleWorld(operator).user("manager")
    assert schedule.tell_of_trouble(NOW) == 0
    good(NOW - timedelta(days=2), folder)
    assert schedule.tell_of_trouble(NOW) == 0
    note_failed(at=NOW, error="the disk is full")
    good(NOW, folder)
    assert schedule.tell_of_trouble(NOW) == 0
    assert backup_status().size == 1000


def kept_of(made: list[datetime], keep: Keep) -> list[datetime]:
    backups = [Kept(Path(f"{at}"), at, 1) for at in made]
    gone = folders.superfluous(backups, keep)
    return sorted(one.made_at for one in backups if one not in gone)


def test_days_weeks_and_months_are_kept() -> None:
    # Given a backup every six hours for a year
    made = [NOW - timedelta(hours=6 * n) for n in range(4 * 365)]

    # When
    kept = kept_of(made, Keep(days=7, weeks=5, months=12))

    # Then the newest of seven days, of five weeks, of twelve months
    days = [at for at in kept if NOW - at < timedelta(days=7)]
    assert len(days) == 7
    assert kept[-1] == NOW
    assert len({at.strftime("%G-%V") for at in kept if NOW - at < timedelta(days=31)}) == 5
    assert len({at.strftime("%Y-%m") for at in kept}) == 12
    assert len(kept) == 7 + 4 + 11 - 1  # one Sunday ends its month


def test_gaps_keep_what_there_is_and_the_newest_always_stays() -> None:
    made = [NOW - timedelta(days=100 * n) for n in range(3)]
    assert kept_of(made, Keep(days=3, weeks=0, months=0)) == sorted(made)
    assert kept_of(made, Keep(days=0, weeks=1, months=0)) == [NOW]


@pytest.mark.parametrize("said", ["7", "7,5", "a,b,c", "0,0,0", "-1,2,3"])
def test_nonsense_about_keeping_is_refused(said: str) -> None:
    with pytest.raises(CannotStart, match="does not say what to keep"):
        Keep.parsed(said)


def test_backups_are_known_by_their_names(folder: Path) -> None:
    for name in ("yuju-20261125T030000Z.backup", ".yuju-20261125T030000Z.partial", "yuju-old.backup", "notes.txt"):
        (folder / name).touch()
    assert [one.made_at for one in folders.backups_in(folder)] == [NOW]
