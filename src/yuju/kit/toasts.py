"""Short messages shown on the next page (or swapped in with an htmx answer): “Saved”, with an undo where there is one."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.http import HttpRequest

_KEY = "toasts"


@dataclass(frozen=True)
class Toast:
    """One message.

    Args:
        text: the sentence.
        kind: `ok` or `bad`.
        action_label, action_url: a link such as undo or print, if any.
        sends: the link is a button that sends a form there, because it changes something.
        more_url: where the sentence itself leads, if anywhere.
    """

    text: str
    kind: str = "ok"
    action_label: str = ""
    action_url: str = ""
    sends: bool = False
    more_url: str = ""

    @property
    def icon(self) -> str:
        return "alert-circle" if self.kind == "bad" else "check"


def toast_add(
    request: HttpRequest,
    text: Any,
    *,
    kind: str = "ok",
    action_label: Any = "",
    action_url: str = "",
    sends: bool = False,
    more_url: str = "",
) -> None:
    """Keeps a message for the next page this browser is shown."""
    toast = Toast(str(text), kind, str(action_label), action_url, sends, more_url)
    request.session[_KEY] = [*request.session.get(_KEY, []), asdict(toast)]


def toasts_take(request: HttpRequest) -> list[Toast]:
    """The messages waiting; they are handed out once."""
    session = getattr(request, "session", None)
    if session is None or _KEY not in session:
        return []
    return [Toast(**kept) for kept in session.pop(_KEY)]
