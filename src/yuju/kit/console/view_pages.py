"""What people change about how they see a list: saved views, columns, density.

Each answers with the way back to the list. As the browser follows it with the headers of the first request, an htmx
request gets the list's body, any other the whole page.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yuju.kit.console.listing import Listing
from yuju.kit.console.pages import View, permitted, signed_in
from yuju.kit.console.state import ListState
from yuju.kit.errors import Refused
from yuju.kit.toasts import toast_add

if TYPE_CHECKING:
    from yuju.kit.console.model_console import ModelConsole
    from yuju.kit.console.site import ConsoleSite


class SeeOther(HttpResponseRedirect):
    """Sends on to a page that is fetched by GET, whatever this request was."""

    status_code = 303


class ViewPages:
    """What is kept of one console's list. Who may see the list may keep views of it."""

    def __init__(self, console: ModelConsole[Any]) -> None:
        self.console = console
        self.create = permitted(console.view_permission, require_POST(self._create))
        self.change = permitted(console.view_permission, require_POST(self._change))
        self.columns = permitted(console.view_permission, require_POST(self._columns))

    def _listing(self, request: HttpRequest) -> Listing:
        """The list as the user saw it when they pressed the button."""
        return Listing(self.console, request, QueryDict(request.POST.get("query", "").removeprefix("?")))

    def _back(self, query: str) -> HttpResponseBase:
        return SeeOther(self.console.url("list") + query.removesuffix("?"))

    def _create(self, request: HttpRequest) -> HttpResponseBase:
        listing = self._listing(request)
        try:
            key = self.console.site.keeper.view_create(
                request,
                self.console.slug,
                name=request.POST.get("name", ""),
                query=listing.to_save,
                shared="shared" in request.POST,
            )
        except Refused as refusal:
            toast_add(request, refusal, kind="bad")
            return self._back(listing.state.query())
        toast_add(request, _("View saved"))
        return self._back(ListState(view=key, per=listing.state.per).query())

    def _change(self, request: HttpRequest, key: int) -> HttpResponseBase:
        """Saves, renames, moves or deletes a view: `act` says which."""
        acts = {"save": self._save, "rename": self._rename, "move": self._move, "delete": self._delete}
        act = acts.get(request.POST.get("act", ""))
        if act is None:
            raise Http404
        listing = self._listing(request)
        try:
            return self._back(act(request, key, listing))
        except Refused as refusal:
            toast_add(request, refusal, kind="bad")
            return self._back(listing.state.query())

    def _save(self, request: HttpRequest, key: int, listing: Listing) -> str:
        keeper = self.console.site.keeper
        keeper.view_change(request, self.console.slug, key, name=None, query=listing.to_save, shared=None)
        toast_add(request, _("View saved"))
        return ListState(view=key, per=listing.state.per).query()

    def _rename(self, request: HttpRequest, key: int, listing: Listing) -> str:
        name, shared = request.POST.get("name", ""), "shared" in request.POST
        # Whoever may not share sees no box for it, and leaves it as it is.
        given = shared if self.console.site.keeper.may_share(request) else None
        self.console.site.keeper.view_change(request, self.console.slug, key, name=name, query=None, shared=given)
        toast_add(request, _("Saved"))
        return listing.state.query()

    def _move(self, request: HttpRequest, key: int, listing: Listing) -> str:
        steps = -1 if request.POST.get("to") == "left" else 1
        self.console.site.keeper.view_move(request, self.console.slug, key, steps)
        return listing.state.query()

    def _delete(self, request: HttpRequest, key: int, listing: Listing) -> str:
        self.console.site.keeper.view_delete(request, self.console.slug, key)
        toast_add(request, _("View deleted"))
        return ListState(per=listing.state.per).query()

    def _columns(self, request: HttpRequest) -> HttpResponseBase:
        """Keeps the chosen columns: in the view that is open if the user may change it, else as the user's own. In
        somebody else's view they stand in the address, to be saved as a view of one's own."""
        listing, keeper, slug = self._listing(request), self.console.site.keeper, self.console.slug
        names = () if "reset" in request.POST else _with_absent(listing, request.POST.getlist("column"))
        view = listing.view
        if view is None:
            keeper.columns_keep(request, slug, ListState(columns=names).saved)
            return self._back(listing.state.query(columns=()))
        if not view.may_change:
            return self._back(listing.state.query(columns=names))
        query = replace(listing.of_view(view).state, columns=names).saved
        keeper.view_change(request, slug, view.key, name=None, query=query, shared=None)
        return self._back(listing.state.query(columns=names) if listing.state.changed else listing.state.query())


def _with_absent(listing: Listing, chosen: list[str]) -> tuple[str, ...]:
    """The chosen columns, with those that cannot be chosen here but were shown elsewhere, at their usual place."""
    known = {column.name for column in listing.choosable}
    names = [name for name in dict.fromkeys(chosen) if name in known]
    if not names:
        return ()
    for index, column in enumerate(listing.console.columns):
        shown = column.name in listing.chosen_columns if listing.chosen_columns else not column.hidden
        if column.name not in known and shown:
            names.insert(min(index, len(names)), column.name)
    return tuple(names)


def density_page(site: ConsoleSite) -> View:
    """Keeps whether lists show their rows close together, for every list of the user."""

    def density(request: HttpRequest) -> HttpResponseBase:
        site.keeper.density_keep(request, request.POST.get("compact") == "yes")
        return HttpResponse(status=204)

    return signed_in(require_POST(density))
