"""Saved views of lists, chosen columns and density: what each user keeps of how they look at lists."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from yuju.identity.models import SavedView, User
from yuju.kit.errors import Refused

SHARE = "lists.share"
LONGEST_NAME = 40
MOST_VIEWS = 20
"""How many views one user may keep of one list: more no row of tabs can show."""


def may_change_view(user: User, view: SavedView) -> bool:
    """Whether a user may change or delete a view: their own, and of the shared ones whoever may share."""
    return view.owner_id == user.pk or (view.shared and user.may(SHARE))


@transaction.atomic
def saved_view_create(*, list: str, name: str, query: str, shared: bool, by: User) -> SavedView:
    """Keeps a view under a name, after the views there are.

    Raises:
        Refused: no name, a name taken, too many views, or shared without the right to.
    """
    own = SavedView.objects.filter(owner=by, list=list).exclude(name="")
    if own.count() >= MOST_VIEWS:
        raise Refused(
            _("A list holds at most %(most)d of your views. Delete one you no longer use.") % {"most": MOST_VIEWS}
        )
    last = own.aggregate(last=Max("place"))["last"]
    view = SavedView(owner=by, list=list, query=query, place=0 if last is None else last + 1)
    return _save(view, name=name, shared=shared, by=by)


@transaction.atomic
def saved_view_change(
    *, view: SavedView, by: User, name: str | None = None, query: str | None = None, shared: bool | None = None
) -> SavedView:
    """Changes what is given of a view.

    Raises:
        Refused: `by` may not change it, the name is empty or taken, or it is to be shared without the right to.
    """
    _refuse_others(view, by)
    if query is not None:
        view.query = query
    return _save(
        view, name=view.name if name is None else name, shared=view.shared if shared is None else shared, by=by
    )


def saved_view_delete(*, view: SavedView, by: User) -> None:
    """Lets go of a view.

    Raises:
        Refused: `by` may not change it.
    """
    _refuse_others(view, by)
    view.delete()


@transaction.atomic
def saved_view_move(*, view: SavedView, by: User, steps: int) -> None:
    """Moves one's own view among one's own, `steps` to the right (negative: to the left), as far as there is room.

    Raises:
        Refused: it is somebody else's.
    """
    if view.owner_id != by.pk:
        raise Refused(_("Only the owner of a view gives it its place."))
    own = list(
        SavedView.objects.select_for_update().filter(owner=by, list=view.list).exclude(name="").order_by("place", "pk")
    )
    at = own.index(view)
    own.insert(max(0, min(len(own) - 1, at + steps)), own.pop(at))
    for place, one in enumerate(own):
        one.place = place
    SavedView.objects.bulk_update(own, ["place"])


@transaction.atomic
def list_columns_keep(*, list: str, query: str, by: User) -> None:
    """Keeps the columns of a list as the user sees it where no view is open; an empty query is the usual ones."""
    SavedView.objects.update_or_create(owner=by, list=list, name="", defaults={"query": query})


def list_density_keep(*, compact: bool, by: User) -> None:
    """Keeps whether lists show their rows close together."""
    by.compact_lists = compact
    by.save(update_fields=["compact_lists"])


def _save(view: SavedView, *, name: str, shared: bool, by: User) -> SavedView:
    name = " ".join(name.replace("\x00", "").split())
    if not name:
        raise Refused(_("Give the view a name."), field="name")
    if len(name) > LONGEST_NAME:
        raise Refused(_("The name is too long."), field="name")
    if shared and not view.shared and not by.may(SHARE):
        raise Refused(_("You may not share views with everyone."), field="shared")
    view.name, view.shared = name, shared
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as error:
        raise Refused(
            _("There is a view “%(name)s” already. Choose another name.") % {"name": name}, field="name"
        ) from error
    return view


def _refuse_others(view: SavedView, by: User) -> None:
    if not may_change_view(by, view):
        raise Refused(_("This view is somebody else's. Save it as a view of your own."))
