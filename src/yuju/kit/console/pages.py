"""The views behind a `ModelConsole`: list, detail, form, export and uncovering a masked value."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast
from urllib.parse import quote

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render, resolve_url
from django.utils.cache import patch_vary_headers
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yuju.kit.console.columns import Column
from yuju.kit.console.forms import bound_fieldsets, fingerprint
from yuju.kit.console.happenings import history_card, history_page
from yuju.kit.console.listing import COUNTS, LONGEST_SEARCH, Listing
from yuju.kit.console.model_console import Card, ModelConsole
from yuju.kit.console.selection import place_id_of, view_of
from yuju.kit.errors import Refused
from yuju.kit.toasts import toast_add

PICKED = 12
"""How many rows are offered to pick from."""

LIST_BODY = "list-body"
VERSION = "_version"

View = Callable[..., HttpResponseBase]


def signed_in(view: View) -> View:
    """Sends the unknown to the sign-in page and back here afterwards; an htmx request goes there as a whole page."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        if request.headers.get("HX-Request"):
            return HttpResponse(status=401, headers={"HX-Redirect": resolve_url(settings.LOGIN_URL)})
        back = request.get_full_path() if request.method == "GET" else "/"
        return HttpResponseRedirect(f"{resolve_url(settings.LOGIN_URL)}?next={quote(back)}")

    guarded.for_signed_in = True  # type: ignore[attr-defined]
    return guarded


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


class ConsolePages:
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

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        given = {"console": self.console, "list_url": self.console.url("list"), **context}
        return render(request, template, given, status=status)

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
        return HttpResponse(format_html('<span class="mask">{}</span>', value), headers={"Cache-Control": "no-store"})

    # Form

    def _new(self, request: HttpRequest) -> HttpResponseBase:
        if not self.console.may_create(request):
            raise PermissionDenied
        return self._form(request, None)

    def _edit(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        row = self.console.get(request, pk, self.console.view_permission)
        if not self.console.may_edit(request, row):
            raise PermissionDenied
        if request.method == "POST":
            # Held until the end of the request, so that two savers come one after the other.
            self.console.model._default_manager.select_for_update(of=("self",)).filter(pk=pk).first()
            row = self.console.get(request, pk, self.console.view_permission)
        return self._form(request, row)

    def _form(self, request: HttpRequest, row: Any) -> HttpResponseBase:
        before = self.console.initial(request, row)
        version = fingerprint(before)
        if request.method == "GET":
            return self._form_page(request, row, self._bind(request, row, before, None), version)
        form = self._bind(request, row, before, request.POST)
        stale = row is not None and request.POST.get(VERSION, "") != version
        if stale:
            changed = [(form[name].label, _as_text(form[name])) for name in form.changed_data if name in form.fields]
            return self._form_page(request, row, form, version, status=409, changed=changed)
        if form.is_valid():
            try:
                with transaction.atomic():
                    saved = self.console.save(request, form, row)
                toast_add(request, _("Saved"))
                return HttpResponseRedirect(self.console.saved_url(request, saved))
            except Refused as refusal:
                field = refusal.field if refusal.field in form.fields else None
                form.add_error(field, str(refusal))
        return self._form_page(request, row, form, version, status=422)

    def _bind(self, request: HttpRequest, row: Any, initial: dict[str, Any], data: QueryDict | None) -> forms.BaseForm:
        form_type: Any = self.console.form_type()
        given: dict[str, Any] = {"request": request, "initial": initial}
        if data is not None:
            given |= {"data": data, "files": request.FILES}
        if row is not None and issubclass(form_type, forms.BaseModelForm):
            # The form writes into its instance while it checks; the service must see the row as it was.
            given["instance"] = copy.copy(row)
        form: forms.BaseForm = form_type(**given)
        return form

    def _form_page(
        self,
        request: HttpRequest,
        row: Any,
        form: forms.BaseForm,
        version: str,
        *,
        status: int = 200,
        changed: list[tuple[Any, str]] | None = None,
    ) -> HttpResponse:
        console = self.console
        faults = [field for field in form if field.errors] if status == 422 else []
        if faults:
            faults[0].field.widget.attrs["autofocus"] = True
        heading = (
            _("New: %(what)s") % {"what": console.title_one} if row is None else _("Edit %(what)s") % {"what": row}
        )
        context = {
            "row": row,
            "form": form,
            "groups": bound_fieldsets(form, console.fieldsets),
            "faults": faults,
            "version": version,
            "changed": changed,
            "heading": heading,
            "back_url": console.detail_url(row) if row is not None else console.url("list"),
        }
        return self._page(request, console.form_template, context, status=status)


def _as_text(field: forms.BoundField) -> str:
    """The stored value of a field in words, for somebody who is told that it changed."""
    value = field.initial
    choices: Any = getattr(field.field, "choices", None)
    if choices is not None:
        return next((str(name) for key, name in choices if str(key) == str(value)), "—")
    return "—" if value is None or value == "" else str(value)
