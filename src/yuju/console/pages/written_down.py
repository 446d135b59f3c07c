"""What the books of what happened share: the audit log and the change history."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar, cast

from django.db.models import Model, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from yuju.console.navigation import GROUP_SYSTEM
from yuju.identity.models import User
from yuju.kit.console import Card, ChoiceFilter, Column, DateRangeFilter, ModelConsole, MomentColumn, console_site
from yuju.premises.models import Property

M = TypeVar("M", bound=Model)

WHEN = MomentColumn("at", _("Time"), sort="at", link=True, sm=5)
WHO = Column("user", _("Who"), sort="user__name", sm=1)
PLACE = Column("place", _("Property"), across=True)


def users_offered(request: HttpRequest) -> Iterable[tuple[int, str]]:
    """The users one may know of, for the filter."""
    staff = console_site.consoles["staff"]
    users: QuerySet[User] = staff.permitted(request, staff.view_permission)
    return [(one.pk, one.name) for one in users.order_by("name", "pk")]


WHO_AND_WHEN = (ChoiceFilter("user", _("Who"), users_offered), DateRangeFilter("day", _("Time"), lookup="at__date"))


def facts_card(title: object, what: Iterable[Column], where: Column) -> Card:
    """The card of an entry's page: what happened, then when, by whom, from where and at which property."""
    return Card(title, (*what, MomentColumn("at", _("Time")), WHO, where, PLACE))


class WrittenDown(ModelConsole[M]):
    """A list of what happened, at a moment `at` by a `user`, at a `property_id`. Nothing in it can be changed."""

    group = GROUP_SYSTEM
    view_permission = "audit.view"
    has_history = False
    search_fields = ("user__name", "user__username")
    search_hint = _("Who did it")

    def with_related(self, rows: QuerySet[M]) -> QuerySet[M]:
        named = Property.objects.filter(pk=OuterRef("property_id")).values("name")
        found: QuerySet[M] = cast(Any, rows).select_related("user").annotate(place=Subquery(named))
        return found
