"""What the search box offers: things by name, number, room or phone; pages and what can be done; what was opened last.

Only what the user may see is offered, and what exists: everything here comes from the consoles that are registered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from yuju.console.pages.premises import user_of
from yuju.console.settings_pages import settings_seen
from yuju.identity.services import opened_by, opened_remember
from yuju.kit import search
from yuju.kit.console import ModelConsole, console_site

OF_ONE_LIST = 5
"""How many things without search keys are offered of one list."""
ACTIONS = 6


@dataclass(frozen=True)
class Found:
    """One line under the search box."""

    title: str
    subtitle: str
    place: str
    kind: Any
    icon: str
    url: str


@dataclass(frozen=True)
class Offer:
    """Somewhere to go, or something to do."""

    title: str
    icon: str
    url: str


class Opened:
    """Remembers for each user what was opened last."""

    def opened(self, request: HttpRequest, console: ModelConsole[Any], row: Any) -> None:
        """The page of a row was opened."""
        opened_remember(user=user_of(request), page=console.slug, object_id=row.pk)


console_site.memory = Opened()


def things(request: HttpRequest, query: str, limit: int) -> tuple[list[Found], bool]:
    """What is called so, or has this number: whole numbers and names of few things first; and whether there is more."""
    of_lists = list(_by_number(request, query))
    named = [found for of_list in of_lists for found in of_list[:OF_ONE_LIST]]
    found = named + list(_by_keys(request, query, max(limit - len(named), 0) + 1))
    return found[:limit], len(found) > limit or any(len(of_list) > OF_ONE_LIST for of_list in of_lists)


def opened(request: HttpRequest, limit: int) -> list[Found]:
    """What the user opened last, latest first: a statement for every kind of thing."""
    last = opened_by(user_of(request))
    found: dict[tuple[str, int], Found] = {}
    for slug in dict.fromkeys(slug for slug, _pk in last):
        console = console_site.consoles.get(slug)
        if console is None or not console.may(request, console.view_permission):
            continue
        rows = console.permitted(request, console.view_permission)
        rows = console.with_related(rows.filter(pk__in=[pk for of, pk in last if of == slug]))
        found |= {(slug, row.pk): _line(request, console, row) for row in rows}
    return [found[thing] for thing in last if thing in found][:limit]


def offers(request: HttpRequest, query: str) -> list[Offer]:
    """What can be done, by what is typed of its name in characters, pinyin or initials; new things where nothing is typed."""
    fresh = [
        Offer(_("New: %(what)s") % {"what": console.title_one}, "plus", console.url("new"))
        for console in console_site.consoles.values()
        if console.in_navigation and console.may_create(request)
    ]
    if not query:
        return fresh[:ACTIONS]
    pages = [
        Offer(str(entry.title), entry.icon, entry.url)
        for group in console_site.navigation(request)
        for entry in group.entries
    ]
    if settings_seen(request):
        pages.append(Offer(_("Settings"), "settings", reverse("console:settings")))
    return [offer for offer in pages + fresh if search.names_match(query, offer.title)][:ACTIONS]


def _by_number(request: HttpRequest, query: str) -> Iterator[list[Found]]:
    """What every list offers, and one more where it has more."""
    # Numbers are kept by property: with those at hand they are found by their index.
    offered = [one.pk for one in getattr(request, "properties", [])]
    for console in console_site.consoles.values():
        if (console.found_anywhere or console.found_by) and console.may(request, console.view_permission):
            rows = console.found(request, query)
            if console.property_path is not None:
                rows = rows.filter(**{f"{console.property_path}__in": offered})
            yield [_line(request, console, row) for row in console.with_related(rows)[: OF_ONE_LIST + 1]]


def _by_keys(request: HttpRequest, query: str, limit: int) -> Iterator[Found]:
    consoles = {
        console.search_kind: console
        for console in console_site.consoles.values()
        if console.search_kind and console.may(request, console.view_permission)
    }
    # Kinds the user may see at the same properties are looked for together; as a rule that is all of them.
    scopes: dict[tuple[int, ...] | None, list[str]] = {}
    for kind, console in consoles.items():
        scope = console.scope(request, console.view_permission)
        scopes.setdefault(None if scope is None else tuple(sorted(scope)), []).append(kind)
    hits = [hit for scope, kinds in scopes.items() for hit in search.find(query, kinds, scope, limit)]
    for hit in hits[:limit]:
        console = consoles[hit.kind]
        place, url = _place(request, hit.property_id), console.url("detail", hit.object_id)
        yield Found(hit.title, hit.subtitle, place, console.title_one, console.icon, url)


def _line(request: HttpRequest, console: ModelConsole[Any], row: Any) -> Found:
    place = "" if console.property_path == "pk" else _place(request, console.property_id_of(row))
    page = console.detail(request, row)
    more = page.subtitle or console.pick_hint(row)
    return Found(page.heading, str(more), place, console.title_one, console.icon, console.detail_url(row))


def _place(request: HttpRequest, property_id: int | None) -> str:
    """The property's name, where the user has several."""
    names = {one.pk: one.name for one in getattr(request, "properties", [])}
    return names.get(property_id or 0, "") if len(names) > 1 else ""
