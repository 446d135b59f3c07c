"""The keys of this installation as files: what there is, their export, and what came back from one.

Keys are kept apart from the data: no backup of the database holds them. An export is one file, sealed with a passphrase, to be
kept where the backups are not. `exports.json` beside the keys notes which of them are in an export.
"""

from __future__ import annotations

import base64
import io
import json
import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from yuju.config import home
from yuju.config.home import CannotStart
from yuju.kit.crypto import fingerprint, keep_secret, secret_file
from yuju.kit.sealed_stream import Opened, Passphrase, Sealing, SecretKey

_DATA = re.compile(r"data/(?:[1-9]\d{0,8}|hash)\.key")
# Beside the keys of personal data: what backups are sealed with, and what signs cookies and forms.
BACKUP_KEY = "backup.key"
_BESIDE = (BACKUP_KEY, "django-secret-key")
_REPLACEABLE = "django-secret-key"


@dataclass(frozen=True)
class KeyFile:
    """A key as a file. `name` is its place under `keys/`, such as `data/1.key`."""

    name: str
    content: bytes
    made_at: datetime

    @property
    def fingerprint(self) -> str:
        """Tells this key from others."""
        return fingerprint(self.content)


def key_files() -> list[KeyFile]:
    """Every key of this home that an export holds."""
    folder = home.root() / "keys"
    found = []
    for path in [*folder.glob("data/*.key"), *(folder / name for name in _BESIDE)]:
        name = str(path.relative_to(folder))
        if path.is_file() and (_DATA.fullmatch(name) or name in _BESIDE):
            found.append(KeyFile(name, path.read_bytes(), datetime.fromtimestamp(path.stat().st_mtime, UTC)))
    return sorted(found, key=lambda file: file.name)


def data_fingerprints() -> dict[str, str]:
    """The keys of personal data: name (`1`, `2`, …, `hash`) → fingerprint."""
    return {
        file.name.removeprefix("data/").removesuffix(".key"): file.fingerprint
        for file in key_files()
        if file.name.startswith("data/")
    }


def backup_key() -> SecretKey:
    """The key that seals backups where no passphrase is given: made when first needed."""
    return SecretKey(secret_file(home.path("keys", BACKUP_KEY)))


def export(target: Path, passphrase: Passphrase, at: datetime) -> list[KeyFile]:
    """Writes every key into one new file, sealed with a passphrase, and notes that they are in an export.

    Raises:
        CannotStart: there are no keys, or the file is there already or cannot be written.
    """
    files = key_files()
    if not any(file.name.startswith("data/") for file in files):
        raise CannotStart(f"There are no keys in {home.root()} yet.")
    # So that one export does: what seals the backups is made with the first of them otherwise.
    backup_key()
    files = key_files()
    said = [
        {
            "name": file.name,
            "made_at": file.made_at.isoformat(),
            "content": base64.b64encode(file.content).decode("ascii"),
        }
        for file in files
    ]
    sealed = io.BytesIO()
    with Sealing(sealed, kind="keys", made_at=at, secret=passphrase) as sealing:
        sealing.write(json.dumps(said).encode())
    try:
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(sealed.getvalue())
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise CannotStart(f"{target} is there already; name another file.") from error
    except OSError as error:
        raise CannotStart(f"{target} cannot be written ({error.strerror}).") from error
    noted = _exports()
    noted |= {file.fingerprint: at.isoformat() for file in files}
    home.write_private(_exports_file(), json.dumps(noted, indent=1))
    return files


def bring_in(source: Path, passphrase: Passphrase, *, replace: bool, say: Callable[[str], None]) -> int:
    """Puts the keys of an export into this home; those it has already stay. Returns how many are new here.

    Args:
        replace: where this home has another key of the same name, move that one aside.

    Raises:
        CannotStart: this home has another key of the same name; nothing was changed.
        Unopenable: the file, or the passphrase, is not right.
    """
    with open(source, "rb") as sealed, Opened(sealed, kind="keys", secrets=[passphrase]) as opened:
        said = json.loads(opened.read())
    folder = home.folder("keys")
    incoming = [
        KeyFile(one["name"], base64.b64decode(one["content"]), datetime.fromisoformat(one["made_at"])) for one in said
    ]
    here = {file.name: file for file in key_files()}
    others = [
        file
        for file in incoming
        if file.name in here and here[file.name].content != file.content and file.name != _REPLACEABLE
    ]
    if others and not replace:
        names = ", ".join(file.name for file in others)
        raise CannotStart(
            f"This home has other keys of the same names: {names}. What was encrypted here with them would be unreadable. "
            "Bring keys into a new home, or, when nothing was encrypted here yet, add --replace: the keys here are moved aside."
        )
    new = 0
    for file in incoming:
        if not (_DATA.fullmatch(file.name) or file.name in _BESIDE):
            continue
        path = folder / file.name
        if file.name in here and here[file.name].content != file.content:
            aside = folder / f"{file.name}.replaced-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
            os.replace(path, aside)
            say(f"{file.name} of this home was moved to {aside.name}")
        with suppress(FileExistsError):
            keep_secret(path, file.content)
            os.utime(path, (file.made_at.timestamp(), file.made_at.timestamp()))
            new += 1
        path.with_suffix(".missing").unlink(missing_ok=True)
    # Whoever brings keys in has them in a file.
    at = datetime.now(UTC).isoformat()
    home.write_private(_exports_file(), json.dumps({**{f.fingerprint: at for f in incoming}, **_exports()}, indent=1))
    return new


def exported_at(mark: str) -> datetime | None:
    """When the key with that fingerprint was last exported (UTC); None when it never was."""
    said = _exports().get(mark)
    return datetime.fromisoformat(said) if said else None


def not_exported() -> list[str]:
    """The names of the keys that are in no export."""
    noted = _exports()
    return [file.name for file in key_files() if file.fingerprint not in noted and file.name != _REPLACEABLE]


def note_missing(names: list[str]) -> None:
    """Keeps the numbers of keys that data here was encrypted with and that are not here: no new key takes them."""
    folder = home.folder("keys", "data")
    for name in names:
        (folder / f"{name}.missing").touch(mode=0o600)


def _exports_file() -> Path:
    return home.path("keys", "exports.json")


def _exports() -> dict[str, str]:
    try:
        noted: dict[str, str] = json.loads(_exports_file().read_text())
    except (OSError, ValueError):
        return {}
    return noted
