"""Changes (变更记录): every change of the operator's rows, and uncovering personal data that stood in one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from yuju.console.differences import REVEAL, SIDES, Wording
from yuju.console.history import TONES, subject_table, where_of
from yuju.console.pages.premises import user_of
from yuju.console.pages.written_down import PLACE, WHEN, WHO, WHO_AND_WHEN, WrittenDown, facts_card
from yuju.console.things import BY_TABLE, names_of, noun_of, url_of_thing
from yuju.identity.choices import ChangeAct
from yuju.identity.models import Change
from yuju.kit.console import (
    ChoiceFilter,
    Column,
    DetailPage,
    RowContext,
    StateColumn,
    console_site,
)
from yuju.kit.fields import EncryptedTextField
from yuju.kit.history import fields_told, tracked_models


class ThingColumn(Column):
    """What was changed, leading to the page where it is seen."""

    def show(self, value: Any, row: Any, context: RowContext) -> Any:
        url = "" if row.last_id > row.row_id else url_of_thing(context.request, (row.subject, row.subject_id))
        return format_html('<a href="{}">{}</a>', url, value) if url else str(value)


class DifferenceColumn(Column):
    """The values before and after."""

    def show(self, value: Any, row: Any, context: RowContext) -> Any:
        lines = row.wording.lines(row, is_part=subject_table(row.kind) != row.kind)
        if row.act != ChangeAct.CHANGED:
            # What it is stands in the column before.
            lines = [replace(line, label="") for line in lines]
        return format_html_join(
            "",
            '<div class="chg"><span class="t2">{}</span> {}</div>',
            ((line.label, _sides(line.before, line.after)) for line in lines),
        )


def _sides(before: Any, after: Any) -> Any:
    if before is None or after is None:
        return after if before is None else format_html('<span class="was">{}</span>', before)
    return format_html('<span class="was">{}</span> <span class="t3">→</span> {}', before, after)


def kinds_offered(request: HttpRequest) -> list[tuple[str, str]]:
    """The kinds of things with a history, by name."""
    return sorted(((model._meta.db_table, noun_of(model)) for model in tracked_models()), key=lambda pair: pair[1])


ACT = StateColumn("act", _("Act"), tones=TONES, sm=3)
OBJECT = Column("noun", _("Object"), value=lambda change: change.noun, sm=2)
WHICH = ThingColumn("thing", _("Which"), value=lambda change: change.thing, sm=4)
DIFFERENCE = DifferenceColumn("changes", _("Before and after"), value=lambda change: change.wording.text(change))
WHERE = Column("where", _("From where"), value=where_of)


@console_site.register
class ChangeConsole(WrittenDown[Change]):
    """Every change of what people edit, whoever made it and by what means. Nothing here can be changed."""

    model = Change
    slug = "changes"
    title = _("Change history")
    title_one = _("Change entry")
    icon = "git-compare"
    order = 925
    ordering = ("-at", "-pk")
    empty_text = _("Whatever is edited is written down here, with who did it, from where, and what was there before.")
    columns = (WHEN, WHO, ACT, OBJECT, WHICH, DIFFERENCE, WHERE, PLACE)
    cards = (facts_card(_("Change entry"), (ACT, OBJECT, WHICH, DIFFERENCE), WHERE),)
    filters = (
        ChoiceFilter("act", _("Act"), ChangeAct.choices),
        ChoiceFilter("kind", _("Object"), kinds_offered),
        *WHO_AND_WHEN,
    )

    def look_up(self, request: HttpRequest, rows: list[Change]) -> list[Change]:
        """Names what the changes are about and what their values point at."""
        names = names_of((row.subject, row.subject_id) for row in rows)
        wording = Wording(request, rows)
        for row in rows:
            shown: Any = row
            many = row.last_id - row.row_id + 1
            shown.noun = noun_of(BY_TABLE.get(row.kind)) or row.kind
            shown.thing = f"× {many}" if many > 1 else names.get((row.subject, row.subject_id), f"#{row.subject_id}")
            shown.wording = wording
        return rows

    def detail(self, request: HttpRequest, row: Any) -> DetailPage:
        return DetailPage(heading=f"{row.get_act_display()} · {row.noun} {row.thing}")


@console_site.page(
    "history-reveal",
    title="",
    permission=REVEAL,
    route="history/<int:pk>/<str:column>/<str:side>/reveal",
    in_navigation=False,
)
@require_POST
def reveal_page(request: HttpRequest, pk: int, column: str, side: str) -> HttpResponseBase:
    """One value of personal data as it was before or after a change; that it was shown is written down.

    Whoever may see the row on whose page the change is told, and may uncover personal data there, may see it.
    """
    change = Change.objects.filter(pk=pk).first()
    model = BY_TABLE.get(change.kind) if change is not None else None
    subject = BY_TABLE.get(change.subject) if change is not None else None
    console = console_site.console_for(subject) if subject is not None else None
    if change is None or model is None or console is None or side not in SIDES:
        raise Http404
    if not user_of(request).may(console.view_permission):
        raise PermissionDenied
    row = console.get(request, change.subject_id, console.view_permission)
    if not console.may(request, REVEAL, row):
        raise PermissionDenied
    field = fields_told(model).get(column)
    stored = change.changes.get(column, [None, None])[SIDES.index(side)]
    if not isinstance(field, EncryptedTextField) or not stored:
        raise Http404
    console_site.recorder.revealed(request, row, field.name)
    value = format_html('<span class="mask">{}</span>', field.opened(stored))
    return HttpResponse(value, headers={"Cache-Control": "no-store"})
