"""The mark of a restore that is under way: while it stands, nothing starts as if all were whole."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from yuju.config import home
from yuju.config.home import CannotStart

LOADING, SWAPPING = "loading", "swapping"


@dataclass(frozen=True)
class Mark:
    """A restore that was begun here and has not ended: its file, when (UTC), and how far it is.

    While `loading`, what was here before is untouched. While `swapping`, the new takes the place of the old.
    """

    file: str
    began: str
    phase: str

    def write(self) -> None:
        """Sets the mark, down to the disk."""
        home.write_private(_path(), json.dumps(asdict(self)))


def begun(file: Path, phase: str) -> Mark:
    """A mark of now."""
    return Mark(str(file), datetime.now(UTC).isoformat(timespec="seconds"), phase)


def standing() -> Mark | None:
    """The mark that stands in this home."""
    try:
        return Mark(**json.loads(_path().read_text()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        return Mark("?", "?", SWAPPING)


def clear() -> None:
    """Takes the mark away."""
    _path().unlink(missing_ok=True)


def refuse_unfinished() -> None:
    """Keeps Yuju from starting on half a restore.

    Raises:
        CannotStart: a restore was begun here and has not ended.
    """
    mark = standing()
    if mark is None:
        return
    untouched = mark.phase == LOADING
    raise CannotStart(
        f"The restore of {mark.file}, begun {mark.began} UTC, has not ended: what is here is not whole. "
        "If it still runs, wait. If it was cut off, run it again: yuju restore FILE"
        + (" – or leave everything as it was before: yuju restore --give-up" if untouched else "")
    )


def _path() -> Path:
    return home.root() / "restoring.json"
