"""What stands in the sidebar.

The entries are those of `console_site`: what is registered exists, and only what the user may see is drawn. This
module adds what the shell knows besides: the groups' names in their order, the letter after `g`, and counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from yuju.console.settings_pages import SLUGS, settings_seen
from yuju.kit.console.site import Entry, NavigationGroup, console_site

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

PARTS = (
    (re.compile(r"/leases/\d+/check-out/"), "check-outs"),
    (re.compile(r"/turnovers/"), "check-outs"),
    (re.compile(r"/abandonments/"), "check-outs"),
    (re.compile(r"/collective-bills/"), "bills"),
)
"""Pages that belong to another entry than their address says."""

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
    """The sidebar of this user, with the entry active that the page belongs to.

    Pages that are set up once are left to `settings_item`.
    """
    groups = console_site.navigation(request)
    here = _here(request, groups)
    found: dict[str, Section] = {}
    for group in groups:
        items = [_item(request, entry, here) for entry in group.entries if entry.slug not in SLUGS]
        if items:
            found[str(group.label)] = Section(label=group.label, items=items)
    return list(found.values())


def settings_item(request: HttpRequest) -> Item | None:
    """The entry of the settings, which stays in sight at the foot and is active on any of their pages.

    None for whoever may see none of them.
    """
    seen = settings_seen(request)
    if not seen:
        return None
    own = reverse("console:settings")
    here = _here(request, console_site.navigation(request))
    active = _begins(request.path, own) or here in {page.entry.url for _label, pages in seen for page in pages}
    return Item(_("Settings"), "settings", own, active, shortcut="", count=0, count_kind="")


def _here(request: HttpRequest, groups: Iterable[NavigationGroup]) -> str:
    """The address of the entry that a page belongs to: that of the story it is a part of, or the longest beginning of its own."""
    urls = {entry.slug: entry.url for group in groups for entry in group.entries}
    part = next((slug for pattern, slug in PARTS if pattern.match(request.path)), "")
    return urls.get(part) or max((url for url in urls.values() if _begins(request.path, url)), key=len, default="")


def _item(request: HttpRequest, entry: Entry, here: str) -> Item:
    counter, kind = _counters.get(entry.slug, (None, ""))
    return Item(
        label=entry.title,
        icon=entry.icon or "list",
        url=entry.url,
        active=entry.url == here,
        shortcut=SHORTCUTS.get(entry.slug, ""),
        count=counter(request) if counter is not None else 0,
        count_kind=kind,
    )


def _begins(path: str, url: str) -> bool:
    return path == url or (url.endswith("/") and url != "/" and path.startswith(url))
