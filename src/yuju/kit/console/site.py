"""Where consoles are registered: from here come the addresses and the navigation.

A page that exists has an entry; a page that does not exist has none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse

from yuju.kit.console.bulk import BulkAction
from yuju.kit.console.bulk_pages import BulkPages
from yuju.kit.console.drafts import Drafts, NoDrafts
from yuju.kit.console.export_pages import ExportPages
from yuju.kit.console.happenings import Historian, NoHistorian
from yuju.kit.console.model_console import ModelConsole
from yuju.kit.console.pages import ConsolePages, permitted
from yuju.kit.console.saved_views import ListKeeper, NoKeeper
from yuju.kit.console.view_pages import ViewPages, density_page

C = TypeVar("C", bound=type[ModelConsole[Any]])


@dataclass(frozen=True)
class LastChange:
    """Who changed something last, by name, and when; `is_self` says that it was the user at the page."""

    who: str
    at: datetime
    is_self: bool


class Recorder(Protocol):
    """Writes down what must be answered for. The application gives it; kit knows no audit."""

    def revealed(self, request: HttpRequest, row: Any, name: str) -> None:
        """One masked value of one row was shown in full."""

    def exported(self, request: HttpRequest, console: ModelConsole[Any], rows: int, kind: str) -> None:
        """A list was exported."""

    def changed(
        self, request: HttpRequest, console: ModelConsole[Any], action: BulkAction, rows: int, *, taken_back: bool
    ) -> None:
        """Many rows of a list were changed at once, or that was taken back."""

    def last_change(self, request: HttpRequest, row: Any) -> LastChange | None:
        """Who changed a row last, where that was written down."""


class Memory(Protocol):
    """Remembers what each user opened. The application gives it."""

    def opened(self, request: HttpRequest, console: ModelConsole[Any], row: Any) -> None:
        """The page of a row was opened."""


class NoMemory:
    """Stands in until the application gives its own, and remembers nothing."""

    def opened(self, request: HttpRequest, console: ModelConsole[Any], row: Any) -> None:
        return None


class NoRecorder:
    """Stands in until the application gives its own, and refuses: what is not recorded is not shown."""

    def revealed(self, request: HttpRequest, row: Any, name: str) -> None:
        raise RuntimeError("Give the console site a recorder before showing masked values.")

    def exported(self, request: HttpRequest, console: ModelConsole[Any], rows: int, kind: str) -> None:
        raise RuntimeError("Give the console site a recorder before exporting.")

    def changed(
        self, request: HttpRequest, console: ModelConsole[Any], action: BulkAction, rows: int, *, taken_back: bool
    ) -> None:
        raise RuntimeError("Give the console site a recorder before changing many rows.")

    def last_change(self, request: HttpRequest, row: Any) -> LastChange | None:
        return None


class InPlaceOf(Protocol):
    """Makes a job's request in the place of a user: with the user's rights of now, under a property, for a view.

    The application gives it; kit knows no users.
    """

    def __call__(self, user_id: int, place_id: int | None, query: str) -> HttpRequest:
        """
        Raises:
            Refused: the user may not sign in any longer, or not see the property.
        """


def _nobody(user_id: int, place_id: int | None, query: str) -> HttpRequest:
    raise RuntimeError("Tell the console site how a job asks in the place of a user.")


@dataclass(frozen=True)
class Entry:
    """A line of the navigation."""

    slug: str
    title: Any
    icon: str
    group: Any
    order: int
    permission: str
    url_name: str

    @property
    def url(self) -> str:
        return reverse(self.url_name)


@dataclass
class NavigationGroup:
    label: Any
    entries: list[Entry] = field(default_factory=list)


class ConsoleSite:
    """The consoles and pages of one face."""

    def __init__(self, namespace: str = "console") -> None:
        self.namespace = namespace
        self.recorder: Recorder = NoRecorder()
        self.memory: Memory = NoMemory()
        self.historian: Historian = NoHistorian()
        self.keeper: ListKeeper = NoKeeper()
        self.in_place_of: InPlaceOf = _nobody
        self.drafts: Drafts = NoDrafts()
        self.consoles: dict[str, ModelConsole[Any]] = {}
        self._entries: list[Entry] = []
        self._paths: list[URLPattern] = [path("lists/density", density_page(self), name="list-density")]

    def register(self, console_type: C) -> C:
        """Adds a console; usable as a decorator.

        Raises:
            ValueError: its slug is taken.
        """
        console = console_type(self)
        if console.slug in self.consoles:
            raise ValueError(f"Two consoles are called {console.slug}.")
        self.consoles[console.slug] = console
        pages = ConsolePages(console)
        self._paths += self._console_paths(console, pages)
        if console.in_navigation:
            place = (console.title, console.icon, console.group, console.order)
            self._enter(console.slug, *place, permission=console.view_permission)
        return console_type

    def page(
        self,
        slug: str,
        *,
        title: Any,
        permission: str,
        icon: str = "",
        group: Any = "",
        order: int = 100,
        route: str | None = None,
        in_navigation: bool = True,
    ) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
        """Adds a page that is no model's: a decorator for its view, which is reached by `<namespace>:<slug>`.

        Args:
            route: the address; `<slug>/` where it is not given.
        """

        def add(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
            guarded = permitted(permission, view)
            self._paths.append(path(f"{slug}/" if route is None else route, guarded, name=slug))
            if in_navigation:
                self._enter(slug, title, icon, group, order, permission=permission)
            return guarded

        return add

    def entry(
        self, slug: str, *, title: Any, permission: str, icon: str = "", group: Any = "", order: int = 100
    ) -> None:
        """Adds a line of the navigation for a page that the face puts under `<namespace>:<slug>` itself."""
        self._enter(slug, title, icon, group, order, permission=permission)

    @property
    def urls(self) -> list[URLPattern]:
        """The addresses of everything registered, for the face's urlconf."""
        return list(self._paths)

    @property
    def density_url(self) -> str:
        """Where the density of lists is kept."""
        return reverse(f"{self.namespace}:list-density")

    def console_for(self, model: type[Any]) -> ModelConsole[Any] | None:
        """The console of a model, if it has one; proxies of a table share it."""
        table = model._meta.db_table
        return next((console for console in self.consoles.values() if console.model._meta.db_table == table), None)

    def navigation(self, request: HttpRequest) -> list[NavigationGroup]:
        """The entries the user may use, by group; groups stand in the order of their first entry."""
        user: Any = request.user
        groups: dict[str, NavigationGroup] = {}
        for entry in sorted(self._entries, key=lambda entry: entry.order):
            if user.may(entry.permission):
                groups.setdefault(str(entry.group), NavigationGroup(entry.group)).entries.append(entry)
        return list(groups.values())

    def _enter(self, slug: str, title: Any, icon: str, group: Any, order: int, *, permission: str) -> None:
        name = f"{self.namespace}:{slug}-list" if slug in self.consoles else f"{self.namespace}:{slug}"
        self._entries.append(Entry(slug, title, icon, group, order, permission, name))

    def _console_paths(self, console: ModelConsole[Any], pages: ConsolePages) -> list[URLPattern]:
        slug = console.slug
        views = ViewPages(console)
        paths = [
            path(f"{slug}/", pages.list, name=f"{slug}-list"),
            *ExportPages(console).paths,
            path(f"{slug}/pick", pages.pick, name=f"{slug}-pick"),
            path(f"{slug}/<int:pk>/", pages.detail, name=f"{slug}-detail"),
            path(f"{slug}/<int:pk>/panel", pages.panel, name=f"{slug}-panel"),
            path(f"{slug}/views", views.create, name=f"{slug}-views"),
            path(f"{slug}/views/<int:key>", views.change, name=f"{slug}-view"),
            path(f"{slug}/columns", views.columns, name=f"{slug}-columns"),
            path(f"{slug}/<int:pk>/reveal/<str:name>", pages.reveal, name=f"{slug}-reveal"),
        ]
        if console.has_history:
            paths.append(path(f"{slug}/<int:pk>/history/", pages.history, name=f"{slug}-history"))
        if console.bulk_actions:
            paths += BulkPages(console).paths
        if console.has_form:
            paths += [
                path(f"{slug}/new/", pages.new, name=f"{slug}-new"),
                path(f"{slug}/<int:pk>/edit/", pages.edit, name=f"{slug}-edit"),
                path(f"{slug}/new/draft", pages.draft, name=f"{slug}-new-draft"),
                path(f"{slug}/<int:pk>/edit/draft", pages.draft, name=f"{slug}-edit-draft"),
            ]
        if console.has_consequences:
            paths += [
                path(f"{slug}/new/panel", pages.beside, name=f"{slug}-new-panel"),
                path(f"{slug}/<int:pk>/edit/panel", pages.beside, name=f"{slug}-edit-panel"),
            ]
        return paths


console_site = ConsoleSite()
