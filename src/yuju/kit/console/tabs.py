"""The row above a list: its ready-made views and those that were saved, with their counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, QuerySet, Value
from django.http import HttpRequest

from yuju.kit.console.saved_views import SavedView


@dataclass(frozen=True)
class Tab:
    """A ready-made view above the list, with its count.

    Args:
        name: its word in the address.
        label: its text.
        condition: the rows it holds, or a function of the request that says so. Over to-many relations use
            `Exists(…)`, or rows count twice.
    """

    name: str
    label: Any
    condition: Q | Callable[[HttpRequest], Q] = field(default_factory=Q)
    icon: str = ""

    def rows(self, request: HttpRequest) -> Q:
        """The condition for this request."""
        return self.condition(request) if callable(self.condition) else self.condition


@dataclass(frozen=True)
class Link:
    """What a tab of either kind says; its count is None while it is not known yet."""

    count: int | None
    query: str
    active: bool

    @property
    def shown(self) -> str:
        return "…" if self.count is None else f"{self.count:,}"


@dataclass(frozen=True)
class TabLink(Link):
    """A ready-made view on the page."""

    tab: Tab


@dataclass(frozen=True)
class ViewLink(Link):
    """A saved view on the page."""

    view: SavedView


def counted(rows: Mapping[int, QuerySet[Any]]) -> dict[int, int]:
    """How many rows each of several queries has, by their keys, in one statement."""
    parts = [
        found.order_by().annotate(counted_key=Value(key)).values("counted_key").annotate(counted_rows=Count("pk"))
        for key, found in rows.items()
    ]
    if not parts:
        return {}
    found = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    return dict.fromkeys(rows, 0) | dict(found.values_list("counted_key", "counted_rows"))
