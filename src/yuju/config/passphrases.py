"""Where a passphrase comes from: a file, the environment's file, or the person at the terminal."""

from __future__ import annotations

import os
import sys
from getpass import getpass
from pathlib import Path

from yuju.config.home import CannotStart
from yuju.kit.sealed_stream import SHORTEST_PASSPHRASE, Passphrase


def asked_for(file: Path | None, *, new: bool) -> Passphrase:
    """The passphrase of a file, else typed.

    Args:
        new: it is for a file that is being made: typed twice, and long enough.

    Raises:
        CannotStart: there is neither a file nor a terminal, or the two differ.
        Unopenable: the file's is too short or cannot be read.
    """
    if file is not None:
        return Passphrase.of_file(file)
    if not sys.stdin.isatty():
        raise CannotStart("A passphrase is needed: --passphrase-file FILE.")
    text = getpass("Passphrase: ")
    if new and len(text) < SHORTEST_PASSPHRASE:
        raise CannotStart(f"The passphrase is too short: at least {SHORTEST_PASSPHRASE} characters.")
    if new and getpass("The same once more: ") != text:
        raise CannotStart("The two differ.")
    return Passphrase(text)


def from_environment() -> Passphrase | None:
    """The passphrase of the file that `YUJU_BACKUP_PASSPHRASE_FILE` names; None where it isn't set.

    Raises:
        Unopenable: it is too short or cannot be read.
    """
    named = os.environ.get("YUJU_BACKUP_PASSPHRASE_FILE", "").strip()
    return Passphrase.of_file(Path(named)) if named else None
