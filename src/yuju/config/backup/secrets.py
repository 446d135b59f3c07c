"""What a backup is sealed with, and what may open one."""

from __future__ import annotations

from pathlib import Path

from yuju.config import home
from yuju.config.key_files import BACKUP_KEY
from yuju.config.passphrases import from_environment
from yuju.kit.sealed_stream import Passphrase, Secret, SecretKey


def given_secret(file: Path | None) -> Passphrase | None:
    """The passphrase of a file, else that of `YUJU_BACKUP_PASSPHRASE_FILE`; None where neither is given.

    Raises:
        Unopenable: it is too short or cannot be read.
    """
    return Passphrase.of_file(file) if file is not None else from_environment()


def secrets_at_hand(file: Path | None) -> list[Secret]:
    """Everything that may open a backup here: the passphrase given, this home's backup key, and those it had before.

    Raises:
        Unopenable: the passphrase cannot be read.
    """
    found: list[Secret] = []
    if passphrase := given_secret(file):
        found.append(passphrase)
    folder = home.root() / "keys"
    found += [
        SecretKey(path.read_bytes()) for path in sorted(folder.glob(f"{BACKUP_KEY}*")) if path.stat().st_size == 32
    ]
    return found
