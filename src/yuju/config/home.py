"""Where this installation keeps its own things: the embedded database, keys, files, run files.

The place is `$YUJU_HOME`; without it, `var` beside `pyproject.toml` in a checkout, else `./var`.
"""

from __future__ import annotations

import os
import secrets
import string
from pathlib import Path

_LETTERS = string.ascii_letters + string.digits
DEMO_SIGN_INS = "demo-sign-ins.txt"  # its presence marks a home that holds the demo


class CannotStart(RuntimeError):  # noqa: N818 - it reads as a sentence
    """Something outside the program keeps it from starting; the message tells the person at the terminal what to do."""


def checkout() -> Path | None:
    """The root of the source checkout the program runs from, or None for an installed package."""
    root = Path(__file__).resolve().parents[3]
    return root if (root / "pyproject.toml").is_file() and (root / "src" / "yuju").is_dir() else None


def root() -> Path:
    """The home itself, absolute; it may not exist yet."""
    given = os.environ.get("YUJU_HOME")
    if given:
        return Path(given).expanduser().absolute()
    return (checkout() or Path.cwd()) / "var"


def path(*parts: str) -> Path:
    """A path inside the home.

    The home and the folders above the last part are made when missing, closed to other users (0700).

    Raises:
        CannotStart: when this user may not use the home.
    """
    home = root()
    target = home.joinpath(*parts)
    try:
        if not home.is_dir():
            home.parent.mkdir(parents=True, exist_ok=True)
            home.mkdir(mode=0o700, exist_ok=True)
        for folder in reversed([p for p in target.parents if home in p.parents]):
            folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise CannotStart(
            f"Yuju keeps its data in {home} and cannot use it ({error.strerror}). "
            "Give the folder to this user, or set YUJU_HOME to another one."
        ) from error
    return target


def folder(*parts: str) -> Path:
    """A folder inside the home, made when missing and closed to other users (0700).

    The home itself may be open for passing through, so that the database's user can reach its data.
    """
    made = path(*parts, "_").parent
    made.chmod(0o700)
    return made


def write_private(target: Path, text: str) -> None:
    """Writes a file only this user can read, whole or not at all."""
    draft = _draft_of(target)
    _write_new(draft, text)
    os.replace(draft, target)


def secret(name: str, length: int = 50) -> str:
    """The secret of that name: random letters and digits, made at first use and kept in `keys/<name>` (0600).

    Two processes that ask at once get the same one.
    """
    target = path("keys", name)
    try:
        if not target.exists():
            draft = _draft_of(target)
            _write_new(draft, "".join(secrets.choice(_LETTERS) for _ in range(length)) + "\n")
            try:
                os.link(draft, target)
            except FileExistsError:
                pass  # another process was first: its secret counts
            finally:
                draft.unlink()
        return target.read_text().strip()
    except PermissionError as error:
        raise CannotStart(
            f"This user may not read {target}. Run yuju as the user who owns {root()}, or set YUJU_HOME to another folder."
        ) from error


def _draft_of(target: Path) -> Path:
    return target.with_name(f".{target.name}.{os.getpid()}.{secrets.token_hex(4)}")


def _write_new(target: Path, text: str) -> None:
    """Writes a new file for this user only, down to the disk; nothing stays of one that could not be written whole.

    Raises:
        CannotStart: the disk is full, or this user may not write there.
    """
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            target.unlink()
            raise
    except OSError as error:
        raise CannotStart(
            f"Yuju cannot write in {target.parent} ({error.strerror}). "
            "Make room there or give it to this user, or set YUJU_HOME to another folder."
        ) from error
