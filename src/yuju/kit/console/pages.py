"""The views behind a `ModelConsole`: list, detail, export and uncovering a masked value; its form in `form_pages`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render, resolve_url
from django.utils.cache import patch_vary_headers
from django.utils.html import format_html
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yuju.kit.console.columns import Column
from yuju.kit.console.covered import is_for_field, uncovered
from yuju.kit.console.form_pages import FormPages
from yuju.kit.console.happenings import history_card, history_page
from yuju.kit.console.listing import COUNTS, LONGEST_SEARCH, Listing
from yuju.kit.console.model_console import Card, ModelConsole
from yuju.kit.console.selection import place_id_of, view_of

PICKED = 12
"""How many rows are offered to pick from."""

LIST_BODY = "list-body"

View = Callable[..., HttpResponseBase]


def signed_in(view: View) -> View:
    """Sends the unknown to the sign-in page and back here afterwards; an htmx request goes there as a whole page."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        if request.headers.get("HX-Request"):
            page = urlsplit(request.headers.get("HX-Current-URL", ""))
            back = f"{page.path}?{page.query}" if page.query else page.path
            return HttpResponse(status=401, headers={"HX-Redirect": _sign_in_url(back or "/")})
        back = request.get_full_path() if request.method == "GET" else "/"
        return HttpResponseRedirect(_sign_in_url(back))

    guarded.for_signed_in = True  # type: ignore[attr-defined]
    return guarded


def _sign_in_url(back: str) -> str:
    return f"{resolve_url(settings.LOGIN_URL)}?next={quote(back)}"


def permitted(permission: str, view: View) -> View:
    """A page for those signed in who hold a permission anywhere; others get 403. The view says so: `permission`."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not permission or not cast(Any, request.user).may(permission):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    guarded.permission = permission  # type: ignore[attr-defined]
    return signed_in(guarded)


@dataclass(frozen=True)
class Line:
    """A row of a list: its key and what it is called, its cells in the order of the columns, and whether the user may edit it."""

    key: int
    name: str
    cells: list[tuple[Column, Any]]
    may_edit: bool


class ConsolePages(FormPages):
    """The views of one console, as `site` puts them under their addresses."""

    def __init__(self, console: ModelConsole[Any]) -> None:
        self.console = console
        view, edit = console.view_permission, console.edit_permission
        self.list = permitted(view, require_GET(self._list))
        self.detail = permitted(view, require_GET(self._detail))
        self.history = permitted(view, require_GET(self._history))
        self.panel = permitted(view, require_GET(self._panel))
        self.pick = permitted(view, require_GET(self._pick))
        self.reveal = permitted(view, require_POST(self._reveal))
        self.new = permitted(edit, require_http_methods(["GET", "POST"])(self._new))
        self.edit = permitted(edit, require_http_methods(["GET", "POST"])(self._edit))
        self.beside = permitted(edit, require_POST(self._beside))
        self.draft = permitted(edit, require_POST(self._draft))

    # List

    def _list(self, request: HttpRequest) -> HttpResponse:
        listing = Listing(self.console, request)
        context = self.console.row_context(request)
        here = self.console.url("list")
        headers = request.headers
        if headers.get("HX-Target") == COUNTS:
            given = {"listing": listing, "subtitle": self.console.subtitle(request)}
            return self._page(request, "kit/console/list_counts.html", given)
        only_body = headers.get("HX-Target") == LIST_BODY and not headers.get("HX-History-Restore-Request")
        response = self._page(
            request,
            "kit/console/list_swap.html" if only_body else self.console.list_template,
            {
                "listing": listing,
                "lines": [
                    Line(
                        key=row.pk,
                        name=listing.columns[0].exported(row, context),
                        cells=[(column, column.html(row, context)) for column in listing.columns],
                        may_edit=self.console.may_edit(request, row),
                    )
                    for row in listing.rows
                ],
                "bulk": self.console.bulk_offered(request),
                "ticks_view": view_of(listing),
                "place_id": place_id_of(request),
                "actions": self.console.list_actions(request),
                "keeper": self.console.site.keeper,
                "compact": self.console.site.keeper.compact(request),
                "may_share": self.console.site.keeper.may_share(request),
                "view_url": self.console.url("view", listing.view.key) if listing.view is not None else "",
                "view_moves": listing.kept.moves(listing.view),
                "views_url": self.console.url("views"),
                "columns_url": self.console.url("columns"),
                "density_url": self.console.site.density_url,
                "subtitle": self.console.subtitle(request),
                "new_url": self.console.url("new") if self.console.may_create(request) else "",
                "export_url": self.console.url("export"),
                # Word for word, so that the audit of an export says what was seen, whatever becomes of the view.
                "query": listing.state.whole,
            },
        )
        if only_body:
            response["HX-Push-Url"] = here + listing.state.query(page=listing.page).removesuffix("?")
        patch_vary_headers(response, ["HX-Request", "HX-Target"])
        return response

    def _pick(self, request: HttpRequest) -> HttpResponse:
        """The first few rows that match what is typed into a form's `PickField`."""
        console = self.console
        typed = next((key for key in request.GET if key.endswith("_typed")), "")
        text = request.GET.get(typed, "").replace("\x00", "").strip()[:LONGEST_SEARCH]
        rows = console.scoped(request)
        if text:
            rows = console.search(rows, text)
        ordered = console.with_related(rows).order_by(*console.ordering, "pk")[:PICKED]
        options = [(row.pk, console.pick_label(row), console.pick_hint(row)) for row in ordered]
        return render(request, "kit/console/pick_options.html", {"options": options})

    # One row

    def _detail(self, request: HttpRequest, pk: int) -> HttpResponse:
        console = self.console
        row = console.get(request, pk, console.view_permission)
        console.site.memory.opened(request, console, row)
        further = console.detail_context(request, row)
        if console.has_history and "history" not in further:
            further["history"] = history_card(console, request, row)
        return self._page(
            request,
            console.detail_template,
            {
                "row": row,
                "page": console.detail(request, row),
                "cards": self._cards(request, row, console.cards),
                "actions": console.detail_actions(request, row),
                "edit_url": console.url("edit", row.pk) if console.may_edit(request, row) else "",
                **further,
            },
        )

    def _history(self, request: HttpRequest, pk: int) -> HttpResponse:
        console = self.console
        row = console.get(request, pk, console.view_permission)
        page = console.detail(request, row)
        context = {"row": row, "page": page, "history": history_page(console, request, row)}
        return self._page(request, "kit/console/history.html", {**context, "detail_url": console.detail_url(row)})

    def _panel(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The row beside the list: what its page says first, and where its page is."""
        console = self.console
        row = console.get(request, pk, console.view_permission)
        given = {
            "row": row,
            "page": console.detail(request, row),
            "cards": self._cards(request, row, console.panel_cards(request, row)),
            "actions": console.panel_actions(request, row),
            "edit_url": console.url("edit", row.pk) if console.may_edit(request, row) else "",
            "detail_url": console.detail_url(row),
            **console.panel_context(request, row),
        }
        return self._page(request, console.panel_template, given)

    def _cards(self, request: HttpRequest, row: Any, cards: Sequence[Card]) -> list[tuple[Card, list[Any]]]:
        """Cards with their lines: pairs of column and cell."""
        context = self.console.row_context(request)
        return [
            (card, [(column, column.html(row, context)) for column in card.columns if not column.hidden])
            for card in cards
        ]

    def _reveal(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        column = self.console.masked_columns.get(name)
        if column is None:
            raise Http404
        row = self.console.get(request, pk, self.console.view_permission)
        if not self.console.may(request, column.permission, row):
            raise PermissionDenied
        value = str(column.get(row) or "")
        self.console.site.recorder.revealed(request, row, name)
        if is_for_field(request):
            return uncovered(name, value)
        return HttpResponse(format_html('<span class="mask">{}</span>', value), headers={"Cache-Control": "no-store"})
