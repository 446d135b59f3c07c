"""The keys in an export, and back from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from yuju.config import home, key_files
from yuju.config.home import CannotStart
from yuju.config.main import needs_database
from yuju.kit import sealed_stream
from yuju.kit.crypto import KeyRing, secret_file
from yuju.kit.sealed_stream import Passphrase, Unopenable

AT = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
PASSPHRASE = Passphrase("correct horse battery")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed_stream, "_SCRYPT", {"n": 2**10, "r": 8, "p": 1})


@pytest.fixture
def ring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KeyRing:
    """A home with two keys of personal data, the key of its backups and its secret key."""
    monkeypatch.setenv("YUJU_HOME", str(tmp_path / "first"))
    made = KeyRing(home.folder("keys", "data"))
    made.add_key()
    secret_file(home.path("keys", "backup.key"))
    home.secret("django-secret-key")
    home.secret("database-owner")
    return made


def other_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("YUJU_HOME", str(tmp_path / "second"))
    return home.folder("keys", "data")


def say(line: str) -> None:
    """Says nothing."""


def test_keys_come_back_in_another_home(ring: KeyRing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given
    token, hashed = ring.encrypt("secret", "x"), ring.hash("1", "x")
    made_at = {key.number: key.made_at for key in ring.all()}
    exported = key_files.export(tmp_path / "export", PASSPHRASE, AT)

    # When
    folder = other_home(monkeypatch, tmp_path)
    (folder / "2.missing").touch()
    new = key_files.bring_in(tmp_path / "export", PASSPHRASE, replace=False, say=say)

    # Then all but the passwords of the database are there, as old as they were
    assert {file.name for file in exported} == {
        *("data/1.key", "data/2.key", "data/hash.key", "backup.key", "django-secret-key")
    }
    assert new == 5
    brought = KeyRing(folder)
    assert (brought.decrypt(token, "x"), brought.hash("1", "x")) == ("secret", hashed)
    assert {key.number: key.made_at for key in brought.all()} == pytest.approx(made_at, abs=timedelta(milliseconds=1))
    assert not list(folder.glob("*.missing"))
    assert key_files.bring_in(tmp_path / "export", PASSPHRASE, replace=False, say=say) == 0
    assert key_files.not_exported() == []


def test_what_is_in_no_export_is_named(ring: KeyRing, tmp_path: Path) -> None:
    assert set(key_files.not_exported()) == {"data/1.key", "data/2.key", "data/hash.key", "backup.key"}
    key_files.export(tmp_path / "export", PASSPHRASE, AT)
    ring.add_key()
    assert key_files.not_exported() == ["data/3.key"]
    assert key_files.exported_at(ring.all()[0].fingerprint) == AT


def test_other_keys_are_never_overwritten(ring: KeyRing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a home with a first key of its own
    key_files.export(tmp_path / "export", PASSPHRASE, AT)
    folder = other_home(monkeypatch, tmp_path)
    own = KeyRing(folder).all()[0].path.read_bytes()

    # When, then
    with pytest.raises(CannotStart, match=r"other keys of the same names: data/1\.key, data/hash\.key"):
        key_files.bring_in(tmp_path / "export", PASSPHRASE, replace=False, say=say)
    assert [path.name for path in sorted(folder.iterdir())] == ["1.key", "hash.key"]

    # And with --replace the other one is kept beside
    key_files.bring_in(tmp_path / "export", PASSPHRASE, replace=True, say=say)
    assert own in [path.read_bytes() for path in folder.glob("1.key.replaced-*")]
    assert KeyRing(folder).newest == 2


def test_an_export_is_for_its_passphrase_and_one_file(ring: KeyRing, tmp_path: Path) -> None:
    key_files.export(tmp_path / "export", PASSPHRASE, AT)
    assert (tmp_path / "export").stat().st_mode & 0o777 == 0o600
    with pytest.raises(CannotStart, match="is there already"):
        key_files.export(tmp_path / "export", PASSPHRASE, AT)
    with pytest.raises(Unopenable, match="passphrase is not the right one"):
        key_files.bring_in(tmp_path / "export", Passphrase("another passphrase"), replace=False, say=say)


def test_keys_travel_and_backups_are_looked_at_without_a_database() -> None:
    for words in ("keys export x", "keys import x", "backup --check x", "backup --list"):
        assert not needs_database(["yuju", *words.split()])
    for words in ("keys", "keys rotate", "keys retire", "backup", "restore x"):
        assert needs_database(["yuju", *words.split()])
