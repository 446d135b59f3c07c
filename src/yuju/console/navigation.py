"""What stands in the sidebar.

The entries are those of `console_site`: what is registered exists, and only what the user may see is drawn. This
module adds what the shell knows besides: the groups' names in their order, the letter after `g`, and counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from yuju.console.settings_pages import SLUGS, settings_seen
from yuju.kit.console.site import Entry, console_site

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
    """The sidebar of this user; the entry whose address is the longest beginning of the page's own is active.

    Pages that are set up once are left to the entry of the settings, which is last and active on any of them.
    """
    groups = console_site.navigation(request)
    urls = [entry.url for group in groups for entry in group.entries]
    here = max((url for url in urls if _begins(request.path, url)), key=len, default="")
    found: dict[str, Section] = {}
    for group in groups:
        items = [_item(request, entry, here) for entry in group.entries if entry.slug not in SLUGS]
        if items:
            found[str(group.label)] = Section(label=group.label, items=items)
    seen = settings_seen(request)
    if seen:
        own = reverse("console:settings")
        active = _begins(request.path, own) or here in {page.entry.url for _label, pages in seen for page in pages}
        entry = Item(_("Settings"), "settings", own, active, shortcut="", count=0, count_kind="")
        found.setdefault(str(GROUP_SYSTEM), Section(GROUP_SYSTEM, [])).items.append(entry)
    return list(found.values())


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
