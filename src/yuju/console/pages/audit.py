"""The audit log (操作记录): who signed in, was shown personal data, exported, imported, changed or decided what."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from yuju.console.acts import TONES, detail_of, object_of, url_of
from yuju.console.navigation import GROUP_SYSTEM
from yuju.identity.choices import AuditAction
from yuju.identity.models import AuditEntry, User
from yuju.kit.console import (
    Card,
    ChoiceFilter,
    Column,
    DateRangeFilter,
    DetailPage,
    ModelConsole,
    MomentColumn,
    RowContext,
    StateColumn,
    console_site,
)
from yuju.premises.models import Property

VIEW = "audit.view"


class ObjectColumn(Column):
    """What an entry is about, leading to its page where there is one for this user."""

    def show(self, value: Any, row: Any, context: RowContext) -> Any:
        url = url_of(context.request, row)
        return format_html('<a href="{}">{}</a>', url, value) if url else str(value)


def users_offered(request: HttpRequest) -> Iterable[tuple[int, str]]:
    """The users one may know of, for the filter."""
    staff = console_site.consoles["staff"]
    users: QuerySet[User] = staff.permitted(request, staff.view_permission)
    return [(one.pk, one.name) for one in users.order_by("name", "pk")]


@console_site.register
class AuditConsole(ModelConsole[AuditEntry]):
    """What must be answered for. Nothing here can be changed."""

    model = AuditEntry
    slug = "audit"
    title = _("Audit log")
    title_one = _("Audit entry")
    icon = "history"
    group, order = GROUP_SYSTEM, 920
    view_permission = VIEW
    ordering = ("-at",)
    search_fields = ("user__name", "user__username")
    search_hint = _("Who did it")
    empty_text = _("Sign-ins, exports, personal data shown and decisions are written down here.")
    columns = (
        MomentColumn("at", _("Time"), sort="at", link=True, sm=2),
        Column("user", _("Who"), sort="user__name", sm=1),
        StateColumn("action", _("Act"), tones=TONES, sm=3),
        ObjectColumn("object", _("Object"), value=object_of, sm=4),
        Column("detail", _("Detail"), value=detail_of),
        Column("place", _("Property"), across=True),
    )
    filters = (
        ChoiceFilter("action", _("Act"), AuditAction.choices),
        ChoiceFilter("user", _("Who"), users_offered),
        DateRangeFilter("day", _("Time"), lookup="at__date"),
    )
    cards = (
        Card(
            _("Act"),
            (
                StateColumn("action", _("Act"), tones=TONES),
                ObjectColumn("object", _("Object"), value=object_of),
                Column("detail", _("Detail"), value=detail_of),
                MomentColumn("at", _("Time")),
                Column("user", _("Who")),
                Column("place", _("Property")),
            ),
        ),
    )

    def scoped(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        rows = self.permitted(request, self.view_permission)
        chosen: Property | None = getattr(request, "property", None)
        if chosen is None:
            return rows
        # Signing in is of no property: who answers for all of them sees it under each.
        return rows.filter(Q(property_id=chosen.pk) | Q(property_id=None))

    def with_related(self, rows: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        place = Property.objects.filter(pk=OuterRef("property_id")).values("name")
        return rows.select_related("user").annotate(place=Subquery(place))

    def detail(self, request: HttpRequest, row: AuditEntry) -> DetailPage:
        return DetailPage(heading=f"{row.get_action_display()} · {object_of(row)}".rstrip(" ·"))
