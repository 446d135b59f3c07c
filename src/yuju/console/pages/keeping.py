"""What each user keeps of how they look at lists, behind the port of the console."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import Q
from django.http import Http404, HttpRequest

from yuju.identity import services
from yuju.identity.models import SavedView, User
from yuju.identity.services.lists import SHARE
from yuju.kit.console import Kept, console_site
from yuju.kit.console import SavedView as Shown


class UserKeeper:
    """Keeps views, columns and density with the users of the operator."""

    def kept(self, request: HttpRequest, slug: str) -> Kept:
        user = _user(request)
        rows = SavedView.objects.filter(Q(owner=user) | Q(shared=True), list=slug).select_related("owner")
        own = sorted((row for row in rows if row.owner_id == user.pk), key=lambda row: (row.place, row.pk))
        others = sorted((row for row in rows if row.owner_id != user.pk), key=lambda row: (row.name, row.pk))
        return Kept(
            views=tuple(_shown(user, row) for row in [*own, *others] if row.name),
            columns=next((row.query for row in own if not row.name), ""),
        )

    def compact(self, request: HttpRequest) -> bool:
        return _user(request).compact_lists

    def may_share(self, request: HttpRequest) -> bool:
        return _user(request).may(SHARE)

    def view_create(self, request: HttpRequest, slug: str, *, name: str, query: str, shared: bool) -> int:
        by = _user(request)
        return services.saved_view_create(list=slug, name=name, query=query, shared=shared, by=by).pk

    def view_change(self, request: HttpRequest, slug: str, key: int, **given: Any) -> None:
        services.saved_view_change(view=_view(request, slug, key), by=_user(request), **given)

    def view_delete(self, request: HttpRequest, slug: str, key: int) -> None:
        services.saved_view_delete(view=_view(request, slug, key), by=_user(request))

    def view_move(self, request: HttpRequest, slug: str, key: int, steps: int) -> None:
        services.saved_view_move(view=_view(request, slug, key), by=_user(request), steps=steps)

    def columns_keep(self, request: HttpRequest, slug: str, columns: str) -> None:
        services.list_columns_keep(list=slug, query=columns, by=_user(request))

    def density_keep(self, request: HttpRequest, compact: bool) -> None:
        services.list_density_keep(compact=compact, by=_user(request))


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


def _view(request: HttpRequest, slug: str, key: int) -> SavedView:
    """A view the user has as a tab; anybody else's does not exist for them."""
    seen = SavedView.objects.filter(Q(owner=_user(request)) | Q(shared=True), list=slug).exclude(name="")
    view = seen.filter(pk=key).first()
    if view is None:
        raise Http404
    return view


def _shown(user: User, row: SavedView) -> Shown:
    return Shown(
        key=row.pk,
        name=row.name,
        query=row.query,
        shared=row.shared,
        own=row.owner_id == user.pk,
        may_change=services.may_change_view(user, row),
        by=str(row.owner),
    )


console_site.keeper = UserKeeper()
