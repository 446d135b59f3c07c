"""What stands in the sidebar.

The entries are those of `console_site`: what is registered exists, and only what the user may see is drawn. This
module adds what the shell knows besides: the groups' names in their order, the letter after `g`, and counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from yuju.kit.console.site import console_site

GROUP_TENANCY = _("Premises and residents")
GROUP_FEES = _("Fees")
GROUP_SERVICES = _("Services")
GROUP_SYSTEM = _("Analysis and system")

SHORTCUTS = {
    "home": "d",
    "residents": "r",
    "bills": "b",
    "bill-runs": "i",
    "board": "f",
    "units": "u",
    "leases": "l",
    "meters": "m",
    "tasks": "t",
}
"""The letter that, after `g`, leads to an entry."""

Counter = Callable[[HttpRequest], int]
_counters: dict[str, tuple[Counter, str]] = {}


def count_for(slug: str, *, kind: str = "") -> Callable[[Counter], Counter]:
    """Registers how many things wait behind an entry; zero is not drawn. `kind="bad"` draws it red.

    The function runs with every page: one cheap, indexed statement.
    """

    def add(counter: Counter) -> Counter:
        _counters[slug] = (counter, kind)
        return counter

    return add


@dataclass(frozen=True)
class Item:
    """One line of the sidebar."""

    label: Any
    icon: str
    url: str
    active: bool
    shortcut: str
    count: int
    count_kind: str


@dataclass(frozen=True)
class Section:
    """Lines under one heading; the first section has none."""

    label: Any
    items: list[Item]


def sections(request: HttpRequest) -> list[Section]:
    """The sidebar of this user; the entry whose address is the longest beginning of the page's own is active."""
    groups = console_site.navigation(request)
    urls = [entry.url for group in groups for entry in group.entries]
    here = max((url for url in urls if _begins(request.path, url)), key=len, default="")
    return [
        Section(
            label=group.label,
            items=[
                Item(
                    label=entry.title,
                    icon=entry.icon or "list",
                    url=entry.url,
                    active=entry.url == here,
                    shortcut=SHORTCUTS.get(entry.slug, ""),
                    count=_counters[entry.slug][0](request) if entry.slug in _counters else 0,
                    count_kind=_counters[entry.slug][1] if entry.slug in _counters else "",
                )
                for entry in group.entries
            ],
        )
        for group in groups
    ]


def _begins(path: str, url: str) -> bool:
    return path == url or (url.endswith("/") and url != "/" and path.startswith(url))
