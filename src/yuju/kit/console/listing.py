"""What a list shows, worked out from its address: tab, search, filters, sort, page and page size.

Nothing in an address can make a list fail: what makes no sense is passed over, a page beyond the end is
the last one. Rows come in one order always, because the id decides where nothing else does.

Counting a hundred thousand rows takes longer than finding the 25 of a page. A list that has proved large shows its
rows at once; the browser then asks for the counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Count, F, Model, Q, QuerySet
from django.db.models.expressions import OrderBy
from django.http import HttpRequest
from django.utils.http import urlencode

from yuju.kit.console.columns import Column
from yuju.kit.console.filters import BoundFilter
from yuju.kit.tenancy import current_operator_id

if TYPE_CHECKING:
    from yuju.kit.console.model_console import ModelConsole

PAGE_SIZES = (25, 50, 100)
LONGEST_SEARCH = 100
LARGE = 20_000
"""From so many rows on, counts are asked for apart."""
REMEMBERED = 3600
"""Seconds for which a list that proved large counts as one."""
COUNTS = "list-pager"
"""The element whose request is answered with the counts."""
RESERVED = frozenset({"tab", "q", "sort", "page", "per", "format"})


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
class ListState:
    """The part of the address the list understood."""

    tab: str = ""
    q: str = ""
    filters: tuple[tuple[str, str], ...] = ()
    sort: str = ""
    page: int = 1
    per: int = PAGE_SIZES[0]

    def query(self, **changes: Any) -> str:
        """The address's query with some parts changed, `?` included; what is as usual is left out."""
        state = replace(self, **changes) if changes else self
        pairs = [("tab", state.tab), ("q", state.q), *state.filters, ("sort", state.sort)]
        if state.page > 1:
            pairs.append(("page", str(state.page)))
        if state.per != PAGE_SIZES[0]:
            pairs.append(("per", str(state.per)))
        return "?" + urlencode([(key, value) for key, value in pairs if value])


@dataclass(frozen=True)
class TabLink:
    """A tab on the page; its count is None while it is not known yet."""

    tab: Tab
    count: int | None
    query: str
    active: bool

    @property
    def shown(self) -> str:
        return "…" if self.count is None else f"{self.count:,}"


@dataclass(frozen=True)
class Heading:
    """A column's head: `direction` is `ascending`, `descending` or empty, as `aria-sort` says it."""

    column: Column
    query: str
    direction: str


class Listing:
    """One request's list of one console."""

    def __init__(self, console: ModelConsole[Any], request: HttpRequest) -> None:
        self.console = console
        self.request = request
        data = request.GET
        self.filters: list[BoundFilter] = [spec.bind(request, data) for spec in console.filters]
        tabs = {tab.name for tab in console.tabs}
        tab = data.get("tab", "")
        sort = data.get("sort", "")
        self.state = ListState(
            tab=tab if tab in tabs and tab != console.first_tab else "",
            q=data.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH],
            filters=tuple(
                (parameter, value)
                for bound in self.filters
                for parameter, values in bound.values.items()
                for value in values
            ),
            sort=sort if sort.removeprefix("-") in self._sortable else "",
            page=max(_number(data.get("page", ""), 1), 1),
            per=per if (per := _number(data.get("per", ""), 0)) in PAGE_SIZES else PAGE_SIZES[0],
        )

    @cached_property
    def _sortable(self) -> dict[str, Column]:
        return {column.name: column for column in self.console.columns if column.sort}

    @cached_property
    def scoped(self) -> QuerySet[Any]:
        """Every row the user may see under the property switcher, bare: nothing joined or added."""
        return self.console.scoped(self.request)

    @cached_property
    def counts_later(self) -> bool:
        """Whether this page comes without counts, for the browser to ask for them."""
        return self.request.headers.get("HX-Target") != COUNTS and bool(cache.get(self._size_key))

    @property
    def _size_key(self) -> str:
        return f"large-list/{current_operator_id()}/{self.console.slug}"

    def _note_size(self, count: int) -> None:
        if count > LARGE:
            cache.set(self._size_key, True, REMEMBERED)

    @cached_property
    def tab_links(self) -> list[TabLink]:
        """The tabs with their counts, all counted in one statement."""
        if not self.console.tabs:
            return []
        counts: dict[str, int] = {}
        if not self.counts_later:
            counts = self.console.tab_counts(self.request) or self._counted_tabs()
            self._note_size(max(counts.values()))
        current = self.state.tab or self.console.first_tab
        return [
            TabLink(
                tab=tab,
                count=counts.get(tab.name),
                query=self.state.query(tab="" if tab.name == self.console.first_tab else tab.name, page=1),
                active=tab.name == current,
            )
            for tab in self.console.tabs
        ]

    @cached_property
    def active_filters(self) -> list[BoundFilter]:
        return [bound for bound in self.filters if bound.active]

    def _counted_tabs(self) -> dict[str, int]:
        wanted = {f"tab_{tab.name}": Count("pk", filter=tab.rows(self.request) or None) for tab in self.console.tabs}
        counts: dict[str, int] = self.scoped.order_by().aggregate(**wanted)
        return {name.removeprefix("tab_"): count for name, count in counts.items()}

    @property
    def narrowed(self) -> bool:
        """Whether a search or filter holds rows back."""
        return bool(self.state.q or self.active_filters)

    @cached_property
    def matching(self) -> QuerySet[Any]:
        """The rows of this view, all pages, unordered and bare."""
        rows = self.scoped
        current = self.state.tab or self.console.first_tab
        for tab in self.console.tabs:
            if tab.name == current and (condition := tab.rows(self.request)):
                rows = rows.filter(condition)
        for bound in self.active_filters:
            narrowed = bound.apply(rows)
            if _repeats(narrowed):
                narrowed = rows.filter(pk__in=bound.apply(self.console.model._default_manager.all()).values("pk"))
            rows = narrowed
        if self.state.q:
            rows = self.console.search(rows, self.state.q)
        return rows

    @cached_property
    def total(self) -> int:
        """How many rows the view has."""
        if not self.narrowed:
            for link in self.tab_links:
                if link.active and link.count is not None:
                    return link.count
        count = self.matching.order_by().count()
        self._note_size(count)
        return count

    @property
    def total_text(self) -> str:
        return f"{self.total:,}"

    @cached_property
    def ordering(self) -> list[OrderBy | str]:
        """The order of the rows; unknown values come last, the id decides at the end."""
        descending = self.state.sort.startswith("-")
        column = self._sortable.get(self.state.sort.removeprefix("-"))
        lookups: Iterable[str] = column.sort if column is not None else self.console.ordering
        parts = [_order(self.console.model, lookup, descending) for lookup in lookups]
        return [*parts, "-pk" if descending else "pk"]

    @cached_property
    def pages(self) -> int:
        return max((self.total + self.state.per - 1) // self.state.per, 1)

    @cached_property
    def page(self) -> int:
        if self.counts_later and (self.state.page == 1 or self._ids_from(self.state.page)):
            return self.state.page
        return min(self.state.page, self.pages)

    @cached_property
    def rows(self) -> list[Any]:
        """The rows of the page.

        First their ids, then the rows with everything they show: a far page does not join or compute
        anything for the rows it skips.
        """
        return self.fetch(self._ids_from(self.page)[: self.state.per])

    def _ids_from(self, page: int) -> list[int]:
        """The ids of a page and of the first row after it."""
        if page not in self._found_ids:
            start = (page - 1) * self.state.per
            ids = self.matching.order_by(*self.ordering).values_list("pk", flat=True)
            self._found_ids[page] = list(ids[start : start + self.state.per + 1])
        return self._found_ids[page]

    @cached_property
    def _found_ids(self) -> dict[int, list[int]]:
        return {}

    def fetch(self, ids: list[int]) -> list[Any]:
        """The rows of these ids, in that order, with all that the columns need."""
        if not ids:
            return []
        found = {
            row.pk: row for row in self.console.with_related(self.console.model._default_manager.filter(pk__in=ids))
        }
        return self.console.look_up(self.request, [found[pk] for pk in ids if pk in found])

    def all_ids(self) -> list[int]:
        """The ids of every row of the view in its order, for an export."""
        return list(self.matching.order_by(*self.ordering).values_list("pk", flat=True))

    @property
    def first_shown(self) -> int:
        return (self.page - 1) * self.state.per + 1 if self.last_shown else 0

    @property
    def last_shown(self) -> int:
        if self.counts_later:
            return (self.page - 1) * self.state.per + len(self.rows)
        return min(self.page * self.state.per, self.total)

    @property
    def columns(self) -> list[Column]:
        """The columns on the page."""
        return [column for column in self.all_columns if not column.hidden]

    @property
    def all_columns(self) -> list[Column]:
        """The columns of an export: those on the page and the hidden ones."""
        one_property = getattr(self.request, "property", None) is not None
        return [column for column in self.console.columns if not (one_property and column.across)]

    @cached_property
    def headings(self) -> list[Heading]:
        found = []
        for column in self.columns:
            current = self.state.sort.removeprefix("-") == column.name
            descending = current and self.state.sort.startswith("-")
            turned = column.name if not current or descending else f"-{column.name}"
            direction = "" if not current else "descending" if descending else "ascending"
            query = self.state.query(sort=turned, page=1) if column.sort else ""
            found.append(Heading(column=column, query=query, direction=direction))
        return found

    @cached_property
    def page_links(self) -> list[tuple[int | None, str]]:
        """Page numbers with their queries; None stands for pages left out."""
        last = self.page if self.counts_later else self.pages
        near = {1, last, *range(self.page - 1, self.page + 2)}
        shown = sorted(number for number in near if 1 <= number <= last)
        links: list[tuple[int | None, str]] = []
        for before, number in zip([0, *shown], shown, strict=False):
            if number > before + 1:
                links.append((None, ""))
            links.append((number, self.state.query(page=number)))
        return links

    @property
    def here_query(self) -> str:
        """This very page of the view."""
        return self.state.query(page=self.page)

    @property
    def previous_query(self) -> str:
        return self.state.query(page=self.page - 1) if self.page > 1 else ""

    @property
    def next_query(self) -> str:
        return self.state.query(page=self.page + 1) if self._goes_on else ""

    @property
    def _goes_on(self) -> bool:
        if self.counts_later:
            return len(self._ids_from(self.page)) > self.state.per
        return self.page < self.pages

    @property
    def paged(self) -> bool:
        """Whether there are more pages than this one."""
        return self.page > 1 or self._goes_on

    @property
    def cleared_query(self) -> str:
        """The view without search and filters."""
        return self.state.query(q="", filters=(), page=1)

    def without(self, bound: BoundFilter) -> str:
        """The view without one of its filters."""
        kept = tuple(pair for pair in self.state.filters if pair[0] not in bound.spec.parameters)
        return self.state.query(filters=kept, page=1)

    @property
    def filter_chips(self) -> list[tuple[BoundFilter, str]]:
        """Each filter with the query that removes it."""
        return [(bound, self.without(bound) if bound.active else "") for bound in self.filters]

    @property
    def page_sizes(self) -> tuple[int, ...]:
        return PAGE_SIZES


def _number(text: str, otherwise: int) -> int:
    """A number of up to nine ASCII digits, or what stands for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise


def _repeats(rows: QuerySet[Any]) -> bool:
    """Whether a row may come several times, because it is joined with several of what points at it."""
    used = rows.query.alias_refcount
    return any(
        used.get(alias) and getattr(getattr(join, "join_field", None), "multiple", False)
        for alias, join in rows.query.alias_map.items()
    )


def _order(model: type[Model], lookup: str, descending: bool) -> OrderBy | str:
    """One part of the order. Only what can be unknown says where that goes: saying it otherwise loses the index."""
    turned = lookup.startswith("-") != descending
    name = lookup.removeprefix("-")
    if not _nullable(model, name):
        return f"-{name}" if turned else name
    return F(name).desc(nulls_last=True) if turned else F(name).asc(nulls_last=True)


def _nullable(model: type[Model], lookup: str) -> bool:
    current: Any = model
    for part in lookup.split("__"):
        if part == "pk":
            return False
        try:
            field = current._meta.get_field(part)
        except FieldDoesNotExist:
            return True
        if getattr(field, "null", True):
            return True
        current = field.related_model
    return False
