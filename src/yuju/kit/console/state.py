"""The part of a list's address that was understood, and the addresses made from it.

`view=7` is a saved view as it was saved. Once somebody changes what they see, the address says it all itself and only
remembers where it came from: `from=7&tab=…&sort=…`.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

PAGE_SIZES = (25, 50, 100)
MOST_SORTS = 3
"""By so many columns a list is sorted at most: a fourth would decide nothing anybody sees."""
RESERVED = frozenset({"tab", "q", "sort", "cols", "view", "from", "page", "per", "format"})
_TURNS = frozenset({"page", "per"})


@dataclass(frozen=True)
class ListState:
    """The part of the address the list understood.

    Args:
        filters: pairs (parameter, value).
        sort: names of columns with `,` between them, falling ones with `-` before them.
        columns: the names of the columns in their order; none: the user's own, or the usual ones.
        view: the key of the saved view that is open, or 0.
        changed: whether what is seen differs from the view as it was saved.
    """

    tab: str = ""
    q: str = ""
    filters: tuple[tuple[str, str], ...] = ()
    sort: str = ""
    columns: tuple[str, ...] = ()
    page: int = 1
    per: int = PAGE_SIZES[0]
    view: int = 0
    changed: bool = False

    def query(self, **changes: Any) -> str:
        """The address's query with some parts changed, `?` included; what is as usual is left out."""
        state = replace(self, **changes) if changes else self
        if state.view and changes.keys() - _TURNS:
            state = replace(state, changed=True)
        if state.view:
            pairs = [("from", str(state.view)), *state._meaning] if state.changed else [("view", str(state.view))]
        else:
            pairs = state._meaning
        if state.page > 1:
            pairs.append(("page", str(state.page)))
        if state.per != PAGE_SIZES[0]:
            pairs.append(("per", str(state.per)))
        return "?" + _encoded(pairs)

    @property
    def saved(self) -> str:
        """What a view keeps of it: everything but the page, without `?`."""
        return _encoded(self._meaning)

    @property
    def whole(self) -> str:
        """The address's query that says it all, for what must not change when the view is saved anew."""
        return replace(self, changed=True).query(page=1)

    @property
    def sorts(self) -> list[str]:
        return self.sort.split(",") if self.sort else []

    @property
    def _meaning(self) -> list[tuple[str, str]]:
        pairs = [("tab", self.tab), ("q", self.q), *self.filters, ("sort", self.sort), ("cols", ",".join(self.columns))]
        return [(key, value) for key, value in pairs if value]


def sort_of(text: str, sortable: Container[str]) -> str:
    """The sorting that an address asks for, without what cannot be sorted by and without repetitions."""
    kept: dict[str, str] = {}
    for part in text.split(","):
        name = part.removeprefix("-")
        if name in sortable and len(kept) < MOST_SORTS:
            kept.setdefault(name, part)
    return ",".join(kept.values())


def columns_of(text: str, known: Container[str]) -> tuple[str, ...]:
    """The columns an address names, each once."""
    return tuple(dict.fromkeys(name for name in text.split(",") if name in known))


def number_of(text: str, otherwise: int) -> int:
    """A number of up to nine ASCII digits, or what stands for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise


def _encoded(pairs: list[tuple[str, str]]) -> str:
    return urlencode(pairs, safe=",")
