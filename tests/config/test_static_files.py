"""Static files are gathered whole, or again."""

from __future__ import annotations

from pathlib import Path

import django.core.management
import pytest

from yuju.config import static_files


@pytest.fixture
def gathered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every time they are gathered into a home of the test's own."""
    monkeypatch.setenv("YUJU_HOME", str(tmp_path))
    times: list[str] = []

    def gather(command: str, **options: object) -> None:
        times.append(command)
        (tmp_path / "static" / "staticfiles.json").write_text("{}")

    monkeypatch.setattr(django.core.management, "call_command", gather)
    return times


def test_they_are_gathered_once(gathered: list[str]) -> None:
    assert [static_files.collect(), static_files.collect()] == [True, False]
    assert gathered == ["collectstatic"]


def test_they_are_gathered_again_where_they_are_gone(gathered: list[str], tmp_path: Path) -> None:
    static_files.collect()
    (tmp_path / "static" / "staticfiles.json").unlink()
    assert static_files.collect()


def test_a_killed_attempt_is_made_again(gathered: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given what was gathered, and a second attempt over changed files that is killed half-way
    static_files.collect()
    state = static_files._state
    monkeypatch.setattr(static_files, "_state", lambda: "changed")

    def killed(command: str, **options: object) -> None:
        (tmp_path / "static" / "staticfiles.json").write_text("{}")
        raise KeyboardInterrupt

    monkeypatch.setattr(django.core.management, "call_command", killed)
    with pytest.raises(KeyboardInterrupt):
        static_files.collect()

    # When the files are again what they were, then they are gathered again
    monkeypatch.setattr(static_files, "_state", state)
    monkeypatch.setattr(django.core.management, "call_command", lambda command, **options: None)
    assert static_files.collect()
