"""Saved views of lists, and the port through which the application keeps them: kit knows no users.

A view is kept as the query of a list's address. What is read from it goes through the reader's own scope, as any
address does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from django.http import HttpRequest


@dataclass(frozen=True)
class SavedView:
    """A view of a list under a name.

    Args:
        key: its number in addresses.
        query: what it shows, as in the address of the list, without `?`.
        shared: whether everyone who may see the list has it.
        own: whether it is the reader's.
        may_change: whether the reader may save it anew, rename or delete it.
        by: whose it is.
    """

    key: int
    name: str
    query: str
    shared: bool = False
    own: bool = True
    may_change: bool = True
    by: str = ""


@dataclass(frozen=True)
class Kept:
    """What a user keeps of one list: the views in their order, and the columns where no view is open (none: the
    usual ones)."""

    views: tuple[SavedView, ...] = ()
    columns: str = ""

    def moves(self, view: SavedView | None) -> list[str]:
        """Where one's own view can go among one's own: `left`, `right`."""
        own = [one for one in self.views if one.own]
        if view not in own:
            return []
        return [*(["left"] if view is not own[0] else []), *(["right"] if view is not own[-1] else [])]


class ListKeeper(Protocol):
    """Keeps how each user looks at lists. What the rules refuse is raised as `Refused`."""

    def kept(self, request: HttpRequest, slug: str) -> Kept:
        """Everything the user keeps of a list, in one statement."""

    def compact(self, request: HttpRequest) -> bool:
        """Whether the user wants rows close together."""

    def may_share(self, request: HttpRequest) -> bool:
        """Whether the user may share views with everyone."""

    def view_create(self, request: HttpRequest, slug: str, *, name: str, query: str, shared: bool) -> int:
        """Keeps a new view and answers its key."""

    def view_change(
        self, request: HttpRequest, slug: str, key: int, *, name: str | None, query: str | None, shared: bool | None
    ) -> None:
        """Changes what is given of a view."""

    def view_delete(self, request: HttpRequest, slug: str, key: int) -> None:
        """Lets go of a view."""

    def view_move(self, request: HttpRequest, slug: str, key: int, steps: int) -> None:
        """Moves a view among the user's own."""

    def columns_keep(self, request: HttpRequest, slug: str, columns: str) -> None:
        """Keeps the columns of the list where no view is open."""

    def density_keep(self, request: HttpRequest, compact: bool) -> None:
        """Keeps whether rows stand close together."""


class NoKeeper:
    """Stands in until the application gives its own: lists as they are declared, nothing is kept."""

    def kept(self, request: HttpRequest, slug: str) -> Kept:
        return Kept()

    def compact(self, request: HttpRequest) -> bool:
        return False

    def may_share(self, request: HttpRequest) -> bool:
        return False

    def view_create(self, request: HttpRequest, slug: str, *, name: str, query: str, shared: bool) -> int:
        raise RuntimeError("Give the console site a keeper before saving views.")

    def view_change(
        self, request: HttpRequest, slug: str, key: int, *, name: str | None, query: str | None, shared: bool | None
    ) -> None:
        raise RuntimeError("Give the console site a keeper before saving views.")

    def view_delete(self, request: HttpRequest, slug: str, key: int) -> None:
        raise RuntimeError("Give the console site a keeper before saving views.")

    def view_move(self, request: HttpRequest, slug: str, key: int, steps: int) -> None:
        raise RuntimeError("Give the console site a keeper before saving views.")

    def columns_keep(self, request: HttpRequest, slug: str, columns: str) -> None:
        raise RuntimeError("Give the console site a keeper before keeping columns.")

    def density_keep(self, request: HttpRequest, compact: bool) -> None:
        raise RuntimeError("Give the console site a keeper before keeping the density.")
