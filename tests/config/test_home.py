"""The home: private, and secrets that stay what they were."""

import errno
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from yuju.config import home


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YUJU_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_a_path_makes_its_folders_closed_to_others(own_home: Path) -> None:
    assert home.path("keys", "one") == own_home / "keys" / "one"
    assert stat.S_IMODE(own_home.stat().st_mode) == 0o700
    assert stat.S_IMODE((own_home / "keys").stat().st_mode) == 0o700


def test_a_secret_is_made_once_and_kept_private(own_home: Path) -> None:
    # When many ask for it at once
    with ThreadPoolExecutor(8) as threads:
        answers = set(threads.map(lambda _: home.secret("one", 40), range(40)))

    # Then all get the same one
    assert len(answers) == 1
    assert len(answers.pop()) == 40
    assert stat.S_IMODE((own_home / "keys" / "one").stat().st_mode) == 0o600
    assert [file.name for file in (own_home / "keys").iterdir()] == ["one"]
    assert home.secret("one") != home.secret("two")


def test_a_home_that_cannot_be_used_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a file where the home should be
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("YUJU_HOME", str(tmp_path / "file"))

    # Then
    with pytest.raises(home.CannotStart, match="set YUJU_HOME"):
        home.path("keys", "one")


def test_a_full_disk_has_a_sentence_and_leaves_nothing_half_written(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a disk that takes no more
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)

    # When a secret is asked for, and a file is written, then each says so and nothing is there
    with pytest.raises(home.CannotStart, match="No space left on device"):
        home.secret("one")
    with pytest.raises(home.CannotStart, match="No space left on device"):
        home.write_private(home.path("run.json"), "{}")
    assert [file for file in own_home.rglob("*") if file.is_file()] == []


def test_a_folder_is_closed_even_where_the_home_is_open(own_home: Path) -> None:
    own_home.mkdir(mode=0o711)
    (own_home / "files").mkdir(mode=0o755)

    assert stat.S_IMODE(home.folder("files").stat().st_mode) == 0o700
    assert stat.S_IMODE(home.folder("files", "bills").stat().st_mode) == 0o700
