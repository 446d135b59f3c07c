"""The audit log (操作记录): who signed in, was shown personal data, exported, imported, changed or decided what."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from yuju.console.acts import TONES, detail_of, key_of, object_of, url_of
from yuju.console.origins import origin_words
from yuju.console.pages.written_down import PLACE, WHEN, WHO, WHO_AND_WHEN, WrittenDown, facts_card
from yuju.console.things import names_of, noun_of
from yuju.identity.choices import AuditAction
from yuju.identity.models import AuditEntry
from yuju.kit.console import (
    ChoiceFilter,
    Column,
    DetailPage,
    RowContext,
    StateColumn,
    Tab,
    console_site,
)
from yuju.premises.models import Property

SIGN_INS = (AuditAction.SIGNED_IN, AuditAction.SIGN_IN_REFUSED, AuditAction.SIGNED_OUT)


class ThingColumn(Column):
    """Which row an entry is about, leading to its page where there is one for this user."""

    def show(self, value: Any, row: Any, context: RowContext) -> Any:
        url = url_of(context.request, row)
        return format_html('<a href="{}">{}</a>', url, value) if url else str(value)


def kinds_offered(request: HttpRequest) -> list[tuple[str, str]]:
    """The kinds of things that have a page, by the name the audit keeps."""
    models = {console.model for console in console_site.consoles.values() if console.model is not AuditEntry}
    return sorted(((str(one._meta.model_name), noun_of(one)) for one in models), key=lambda pair: pair[1])


ACT = StateColumn("action", _("Act"), tones=TONES, sm=3)
OBJECT = Column("object", _("Object"), value=object_of)
WHICH = ThingColumn("thing", _("Which"), value=lambda entry: entry.thing, sm=2)
DETAIL = Column("detail", _("Detail"), value=detail_of)
WHERE = Column("where", _("From where"), value=lambda entry: origin_words(entry.origin), sm=4)


@console_site.register
class AuditConsole(WrittenDown[AuditEntry]):
    """What must be answered for. Nothing here can be changed."""

    model = AuditEntry
    slug = "audit"
    title = _("Audit log")
    title_one = _("Audit entry")
    icon = "history"
    order = 920
    ordering = ("-at",)
    empty_text = _("Sign-ins, exports, personal data shown and decisions are written down here.")
    columns = (WHEN, WHO, ACT, OBJECT, WHICH, DETAIL, WHERE, PLACE)
    cards = (facts_card(_("Act"), (ACT, OBJECT, WHICH, DETAIL), WHERE),)
    tabs = (
        Tab("all", _("All")),
        Tab("sign-ins", _("Sign-ins"), Q(action__in=SIGN_INS)),
        Tab("revealed", _("Personal data shown"), Q(action=AuditAction.REVEALED)),
        Tab("exported", _("Exports"), Q(action=AuditAction.EXPORTED)),
        Tab("decided", _("Decisions"), Q(action=AuditAction.DECIDED)),
    )
    filters = (
        ChoiceFilter("action", _("Act"), AuditAction.choices),
        ChoiceFilter("kind", _("Object"), kinds_offered, lookup="object_kind"),
        *WHO_AND_WHEN,
    )

    def scoped(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        rows = self.permitted(request, self.view_permission)
        chosen: Property | None = getattr(request, "property", None)
        if chosen is None:
            return rows
        # Signing in is of no property: who answers for all of them sees it under each.
        return rows.filter(Q(property_id=chosen.pk) | Q(property_id=None))

    def look_up(self, request: HttpRequest, rows: list[AuditEntry]) -> list[AuditEntry]:
        """Names what the entries are about: one statement for each kind of thing."""
        keys = {row.pk: key_of(row) for row in rows}
        names = names_of(key for key in keys.values() if key is not None)
        for row in rows:
            shown: Any = row
            key = keys[row.pk]
            shown.thing = names.get(key, "") if key is not None else ""
        return rows

    def detail(self, request: HttpRequest, row: Any) -> DetailPage:
        return DetailPage(heading=f"{row.get_action_display()} · {object_of(row)} {row.thing}".rstrip(" ·"))
