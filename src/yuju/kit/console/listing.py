"""What a list shows, worked out from its address: view, tab, search, filters, sort, columns, page and page size.

Nothing in an address can make a list fail: what makes no sense is passed over, a page beyond the end is
the last one. Rows come in one order always, because the id decides where nothing else does.

Counting a hundred thousand rows takes longer than finding the 25 of a page. A list that has proved large shows its
rows at once; the browser then asks for the counts.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.db.models import Count, QuerySet
from django.db.models.expressions import OrderBy
from django.http import HttpRequest, QueryDict

from yuju.kit.console.columns import Column
from yuju.kit.console.filters import BoundFilter
from yuju.kit.console.saved_views import Kept, SavedView
from yuju.kit.console.sorting import Heading, has_index, heading, ordering
from yuju.kit.console.state import PAGE_SIZES, ListState, columns_of, number_of, sort_of
from yuju.kit.console.tabs import TabLink, ViewLink, counted
from yuju.kit.sets import joined_as_written
from yuju.kit.tenancy import current_operator_id

if TYPE_CHECKING:
    from yuju.kit.console.model_console import ModelConsole, Searched

LONGEST_SEARCH = 100
HUGE = 200_000
"""From so many rows on, a list that nothing narrows is sorted only by what an index holds."""
FARTHEST = 5_000
"""So many rows can be paged through: skipping more takes as long as putting all of them in order, and whoever looks for one
row among so many types or filters. An export, a print and a selection hold all."""
LARGE = 20_000
"""From so many rows on, counts are asked for apart."""
REMEMBERED = 3600
"""Seconds for which a list that proved large counts as one."""
COUNTS = "list-pager"
"""The element whose request is answered with the counts."""


class Listing:
    """One request's list of one console.

    Args:
        address: the query the list is worked out from; the request's own where it is not given.
        kept: what the user keeps of the list, where it is known already.
    """

    def __init__(
        self,
        console: ModelConsole[Any],
        request: HttpRequest,
        address: QueryDict | None = None,
        *,
        kept: Kept | None = None,
    ) -> None:
        self.console = console
        self.request = request
        address = request.GET if address is None else address
        self.kept = console.site.keeper.kept(request, console.slug) if kept is None else kept
        named = address.get("view") or address.get("from")
        self.view: SavedView | None = next((view for view in self.kept.views if str(view.key) == named), None)
        meaning = QueryDict(self.view.query) if self.view is not None and "view" in address else address
        self.filters: list[BoundFilter] = [spec.bind(request, meaning) for spec in console.filters]
        self._sought = bool(meaning.get("q", "").strip()) or any(bound.active for bound in self.filters)
        self.state = self._understood(meaning, address)
        self.unmet = self._unmet(meaning) if meaning is not address else []

    def _understood(self, meaning: QueryDict, address: QueryDict) -> ListState:
        """The state that the address means, whose saved view may say what is seen."""
        tabs = {tab.name for tab in self.console.list_tabs}
        tab = meaning.get("tab", "")
        state = ListState(
            tab=tab if tab in tabs and tab != self.console.first_tab else "",
            q=meaning.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH],
            filters=tuple(
                (parameter, value)
                for bound in self.filters
                for parameter, values in bound.values.items()
                for value in values
            ),
            sort=sort_of(meaning.get("sort", ""), self._sortable),
            columns=columns_of(meaning.get("cols", ""), {column.name for column in self.console.columns}),
            page=max(number_of(address.get("page", ""), 1), 1),
            per=per if (per := number_of(address.get("per", ""), 0)) in PAGE_SIZES else PAGE_SIZES[0],
        )
        if self.view is None:
            return state
        changed = meaning is address and state.saved != self.view.query
        return replace(state, view=self.view.key, changed=changed)

    def _unmet(self, meaning: QueryDict) -> list[Any]:
        """The filters of a saved view whose every value means nothing here: a building of another property. No row
        passes them, where an address typed by hand is merely understood as far as it goes."""
        return [
            bound.spec.label
            for bound in self.filters
            if not bound.active and any(meaning.get(parameter) for parameter in bound.spec.parameters)
        ]

    @cached_property
    def _sortable(self) -> dict[str, Column]:
        found = {column.name: column for column in self.choosable if column.sort}
        if self.sorts_by_index:
            found = {name: column for name, column in found.items() if has_index(self.console.model, column.sort)}
        return found

    @property
    def sorts_by_index(self) -> bool:
        """Whether there are too many rows to put them in any order: hundreds of thousands, and nothing holds any back."""
        return not self._sought and (cache.get(self._size_key) or 0) > HUGE

    @cached_property
    def scoped(self) -> QuerySet[Any]:
        """Every row the user may see under the property switcher, bare: nothing joined or added."""
        return self.console.scoped(self.request)

    # Counts

    @cached_property
    def counts_later(self) -> bool:
        """Whether this page comes without counts, for the browser to ask for them."""
        return self.request.headers.get("HX-Target") != COUNTS and bool(cache.get(self._size_key))

    @property
    def _size_key(self) -> str:
        return f"large-list/{current_operator_id()}/{self.console.slug}"

    def _note_size(self, count: int) -> None:
        if count > LARGE:
            cache.set(self._size_key, count, REMEMBERED)

    @cached_property
    def _tab_counts(self) -> dict[str, int]:
        """The ready-made views' counts, all in one statement; none while they are asked for later."""
        if self.counts_later:
            return {}
        counts = self.console.tab_counts(self.request)
        if not counts:
            tabs = self.console.list_tabs
            wanted = {f"tab_{tab.name}": Count("pk", filter=tab.rows(self.request) or None) for tab in tabs}
            found: dict[str, int] = self.scoped.order_by().aggregate(**wanted)
            counts = {name.removeprefix("tab_"): count for name, count in found.items()}
        self._note_size(max(counts.values()))
        return counts

    @cached_property
    def _view_counts(self) -> dict[int, int]:
        """The saved views' counts under the reader's own scope, all in one statement."""
        if self.counts_later:
            return {}
        return counted({view.key: self.of_view(view).matching for view in self.kept.views})

    def of_view(self, view: SavedView) -> Listing:
        """The list as one of the views shows it."""
        return Listing(self.console, self.request, QueryDict(f"view={view.key}"), kept=self.kept)

    @cached_property
    def tab_links(self) -> list[TabLink]:
        """The ready-made views with their counts."""
        current = self.state.tab or self.console.first_tab
        usual = ListState(q=self.state.q, filters=self.state.filters, sort=self.state.sort, per=self.state.per)
        from_here = ListState(per=self.state.per) if self.view is not None else usual
        return [
            TabLink(
                tab=tab,
                count=self._tab_counts.get(tab.name),
                query=from_here.query(tab="" if tab.name == self.console.first_tab else tab.name),
                active=tab.name == current and self.view is None,
            )
            for tab in self.console.list_tabs
        ]

    @cached_property
    def view_links(self) -> list[ViewLink]:
        """The saved views with their counts: the user's own, then what others share."""
        return [
            ViewLink(
                view=view,
                count=self._view_counts.get(view.key),
                query=ListState(view=view.key, per=self.state.per).query(),
                active=view is self.view,
            )
            for view in self.kept.views
        ]

    @cached_property
    def total(self) -> int:
        """How many rows the view has."""
        known: int | None = None
        if self.view is not None and not self.state.changed:
            known = self._view_counts.get(self.view.key)
        elif not self.narrowed:
            known = self._tab_counts.get(self.state.tab or self.console.first_tab)
        if known is not None:
            return known
        count = self.matching.order_by().count()
        self._note_size(count)
        return count

    @cached_property
    def left_out(self) -> str:
        """What is said where the search finds more than it looks at; like the counts it may come after the rows."""
        return self._searched.left_out() if self.state.q and not self.counts_later else ""

    @property
    def total_text(self) -> str:
        return f"{self.total:,}"

    # Rows

    @cached_property
    def active_filters(self) -> list[BoundFilter]:
        return [bound for bound in self.filters if bound.active]

    @property
    def narrowed(self) -> bool:
        """Whether a search or filter holds rows back."""
        return bool(self.state.q or self.active_filters or self.unmet)

    @cached_property
    def matching(self) -> QuerySet[Any]:
        """The rows of this view, all pages, unordered and bare."""
        return self._searched.rows if self.state.q else self._narrowed

    @cached_property
    def _searched(self) -> Searched[Any]:
        return self.console.searched(self._narrowed, self.state.q)

    @cached_property
    def _narrowed(self) -> QuerySet[Any]:
        """The rows of the tab that pass the filters, whatever is searched for."""
        rows = self.scoped
        if self.unmet:
            return rows.none()
        current = self.state.tab or self.console.first_tab
        for tab in self.console.list_tabs:
            if tab.name == current and (condition := tab.rows(self.request)):
                rows = rows.filter(condition)
        for bound in self.active_filters:
            narrowed = bound.apply(rows)
            if _repeats(narrowed):
                narrowed = rows.filter(pk__in=bound.apply(self.console.model._default_manager.all()).values("pk"))
            rows = narrowed
        return rows

    @cached_property
    def ordering(self) -> list[OrderBy | str]:
        """The order of the rows; unknown values come last, the id decides at the end."""
        return ordering(self.console.model, self.console.ordering, self._sortable, self.state.sorts)

    @cached_property
    def pages(self) -> int:
        return max((min(self.total, FARTHEST) + self.state.per - 1) // self.state.per, 1)

    @property
    def _farthest(self) -> int:
        """The last page that can be turned to, whatever there is."""
        return FARTHEST // self.state.per

    @cached_property
    def page(self) -> int:
        asked = min(self.state.page, self._farthest)
        if self.counts_later and (asked == 1 or self._ids_from(asked)):
            return asked
        return min(asked, self.pages)

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
        rows = self.console.with_related(self.console.model._default_manager.filter(pk__in=ids))
        with joined_as_written() if self.console.points_at_many else nullcontext():
            found = {row.pk: row for row in rows}
        return self.console.look_up(self.request, [found[pk] for pk in ids if pk in found])

    @property
    def first_shown(self) -> int:
        return (self.page - 1) * self.state.per + 1 if self.last_shown else 0

    @property
    def last_shown(self) -> int:
        if self.counts_later:
            return (self.page - 1) * self.state.per + len(self.rows)
        return min(self.page * self.state.per, self.total)

    # Columns

    @cached_property
    def choosable(self) -> list[Column]:
        """The columns the list can show here: those that tell properties apart only where there are several."""
        one_property = getattr(self.request, "property", None) is not None
        return [column for column in self.console.columns if not (one_property and column.across)]

    @cached_property
    def chosen_columns(self) -> tuple[str, ...]:
        """The names of the columns somebody chose: those of the address or its view, else the user's own."""
        known = {column.name for column in self.console.columns}
        return self.state.columns or columns_of(QueryDict(self.kept.columns).get("cols", ""), known)

    @cached_property
    def columns(self) -> list[Column]:
        """The columns on the page, in print and in an export, in their order."""
        known = {column.name: column for column in self.choosable}
        chosen = [known[name] for name in self.chosen_columns if name in known]
        if not chosen:
            return [column for column in self.choosable if not column.hidden]
        return [*(column for column in self.choosable if column.stays and column not in chosen), *chosen]

    @property
    def column_choices(self) -> list[tuple[Column, bool]]:
        """Every column with whether it is shown: those shown in their order, then the others."""
        others = [column for column in self.choosable if column not in self.columns]
        return [*((column, True) for column in self.columns), *((column, False) for column in others)]

    @property
    def every_column_query(self) -> str:
        """The view with all its columns, those not shown last; empty where all are shown."""
        names = tuple(column.name for column, _shown in self.column_choices)
        return replace(self.state, columns=names).whole if len(names) > len(self.columns) else ""

    @cached_property
    def headings(self) -> list[Heading]:
        return [
            heading(column, self.state) if column.name in self._sortable else Heading(column) for column in self.columns
        ]

    @property
    def sort_choices(self) -> list[Heading]:
        """What the list can be sorted by, shown or not."""
        return [heading(column, self.state) for column in self._sortable.values()]

    # Links

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
        return self.page < self._farthest and self._more_follow

    @property
    def breaks_off(self) -> bool:
        """Whether rows follow that are not turned to."""
        return self.page == self._farthest and self._more_follow

    @property
    def _more_follow(self) -> bool:
        return len(self._ids_from(self.page)) > self.state.per

    @property
    def paged(self) -> bool:
        """Whether there are more pages than this one."""
        return self.page > 1 or self._goes_on

    @property
    def cleared_query(self) -> str:
        """The view without search and filters."""
        return self.state.query(q="", filters=(), page=1)

    @property
    def usual_order_query(self) -> str:
        return self.state.query(sort="", page=1)

    @property
    def to_save(self) -> str:
        """What a view saved now keeps: what is seen, the columns included where they were chosen."""
        return replace(self.state, columns=self.chosen_columns).saved

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


def _repeats(rows: QuerySet[Any]) -> bool:
    """Whether a row may come several times, because it is joined with several of what points at it."""
    used = rows.query.alias_refcount
    return any(
        used.get(alias) and getattr(getattr(join, "join_field", None), "multiple", False)
        for alias, join in rows.query.alias_map.items()
    )
