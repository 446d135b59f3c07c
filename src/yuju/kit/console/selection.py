"""Which rows of a list somebody means: those ticked, or all that match the view.

A page never sends the ids of all that match: they are worked out again here, from the address of the view and the rights of
who asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from yuju.kit.console.listing import Listing
from yuju.kit.console.state import ListState
from yuju.kit.errors import Refused

MOST_TICKED = 5_000
"""How many ids a page may send. Nobody ticks that many by hand: beyond it stands "all that match"."""
_LARGEST = 2**63


def view_of(listing: Listing) -> str:
    """The view as an address, whatever page of it is shown in whatever order: ticks are kept within it."""
    return listing.state.query(page=1, per=ListState.per, sort=ListState.sort, columns=())


def place_id_of(request: HttpRequest) -> int | None:
    """The property of the switcher; None for all."""
    place = getattr(request, "property", None)
    return None if place is None else place.pk


@dataclass(frozen=True)
class Selection:
    """Some rows of a list.

    Args:
        listing: the view, for who asks.
        ids: the rows ticked; None for all that match the view.
    """

    listing: Listing
    ids: tuple[int, ...] | None

    @classmethod
    def posted(cls, listing: Listing) -> Selection:
        """What a page sent: `ids`, numbers with commas, or `whole` for all that match; and `place`, the property it was
        about. Without any of them all that match are meant.

        Raises:
            Refused: nothing is ticked, or too many, or the property was switched since the page was made.
        """
        data = listing.request.POST
        place = str(place_id_of(listing.request) or "")
        if data.get("place", place) != place:
            raise Refused(
                _("The property was switched in another window. Reload the list and choose again."), code="place"
            )
        if "ids" not in data or data.get("whole"):
            return cls(listing, None)
        numbers = {int(part) for part in data["ids"].split(",") if part.isascii() and part.isdigit() and len(part) < 20}
        ids = tuple(sorted(number for number in numbers if number < _LARGEST))
        if not ids:
            raise Refused(_("Nothing is ticked."), code="empty")
        if len(ids) > MOST_TICKED:
            most = {"number": f"{MOST_TICKED:,}"}
            raise Refused(_("At most %(number)s can be ticked. Choose all that match instead.") % most, code="many")
        return cls(listing, ids)

    @cached_property
    def rows(self) -> QuerySet[Any]:
        """The rows, bare and unordered. What was ticked counts even when it has left the view since."""
        return self.listing.matching if self.ids is None else self.listing.scoped.filter(pk__in=self.ids)

    def ordered_ids(self) -> list[int]:
        """The ids in the order of the list."""
        return list(self.rows.order_by(*self.listing.ordering).values_list("pk", flat=True))
