"""Abandoned rooms (弃租处理) at the desk: the list, reached from check-outs, and one case with all that belongs to it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from yuju.console.check_out import VIEW, check_out_url
from yuju.console.pages.premises import user_of
from yuju.console.pages.residents import local_today
from yuju.journeys.abandoned import storage_charge
from yuju.journeys.abandoned_end import ENTRY, case_tasks
from yuju.kit.console import (
    Action,
    Column,
    DateColumn,
    DetailPage,
    ModelConsole,
    MomentColumn,
    StateColumn,
    Tab,
    console_site,
)
from yuju.kit.identity_numbers import mask_id_number
from yuju.reporting.handover_pdf import strokes_svg
from yuju.residency.abandoned import abandonment_now, entry_of, is_as_signed, term_end, things_left
from yuju.residency.choices import ABANDONED_NOW, AbandonmentState, TenureKind, TenureState
from yuju.residency.models import Abandonment, RoomEntry, Tenure
from yuju.workforce.icons import TONES

EDIT = "abandoned.edit"
STATE_TONES: dict[str, str] = {
    AbandonmentState.OPEN: "warn",
    AbandonmentState.ENTERED: "info",
    AbandonmentState.ENDED: "ok",
    AbandonmentState.CLOSED: "",
}


@console_site.register
class AbandonmentConsole(ModelConsole[Abandonment]):
    """Cases of abandoned rooms; a case is opened on the page of its lease."""

    model = Abandonment
    slug = "abandonments"
    title, title_one = gettext_lazy("Abandoned rooms"), gettext_lazy("Abandoned room")
    icon = "door-off"
    in_navigation = False
    view_permission = VIEW
    ordering = ("-opened_at",)
    search_fields = ("tenure__unit__label", "tenure__resident__name", "number")
    search_hint = gettext_lazy("Unit, name, case number")
    empty_text = gettext_lazy("A case is opened on the page of a lease whose resident left without a word.")
    detail_template = "console/abandoned/case.html"
    columns = (
        Column("unit", gettext_lazy("Unit"), value=lambda row: row.tenure.unit, link=True, sm=1),
        StateColumn("state", gettext_lazy("State"), tones=STATE_TONES, sm=3),
        Column("resident", gettext_lazy("Resident"), value=lambda row: row.tenure.resident, sm=4),
        Column("number", gettext_lazy("Case"), sort="number", sm=2),
        Column("property", gettext_lazy("Property"), across=True),
        DateColumn("unpaid_since", pgettext_lazy("of an abandoned room", "Unpaid since")),
        DateColumn("last_seen_on", pgettext_lazy("of an abandoned room", "Last seen")),
        MomentColumn("opened_at", pgettext_lazy("of an abandoned room", "Opened"), sort="opened_at", sm=5),
        DateColumn("stored_until", gettext_lazy("Stored until"), sort="stored_until"),
        DateColumn("ended_on", gettext_lazy("Last day of the lease"), hidden=True),
    )
    tabs = (
        Tab("now", gettext_lazy("Under way"), Q(state__in=ABANDONED_NOW)),
        Tab("ended", gettext_lazy("Lease ended"), Q(state=AbandonmentState.ENDED)),
        Tab("closed", gettext_lazy("Resident came back"), Q(state=AbandonmentState.CLOSED)),
        Tab("all", gettext_lazy("All")),
    )

    def with_related(self, rows: QuerySet[Abandonment]) -> QuerySet[Abandonment]:
        return rows.select_related("property", "tenure__unit", "tenure__resident", "opened_by", "closed_by")

    def detail(self, request: HttpRequest, row: Abandonment) -> DetailPage:
        stay = row.tenure
        return DetailPage(
            heading=f"{stay.unit.label} · {row.number}",
            tags=[(STATE_TONES[row.state], str(row.get_state_display()))],
            subtitle=f"{stay.resident.name} · {stay.number}",
            parents=[(stay.number, self.site.consoles["leases"].url("detail", stay.pk))],
        )

    def detail_actions(self, request: HttpRequest, row: Abandonment) -> list[Action]:
        entry = entry_of(row)
        if entry is None or entry.is_open():
            return []
        return [Action(_("Open the PDF"), reverse("console:abandoned-pdf", args=[row.pk]), icon="file-text")]

    def detail_context(self, request: HttpRequest, row: Abandonment) -> dict[str, Any]:
        user, today, end, entry = user_of(request), local_today(row), term_end(row), entry_of(row)
        is_signed = entry is not None and not entry.is_open()
        may_edit = user.may(EDIT, row.property_id)
        sees_tasks = user.may("tasks.view", row.property_id)
        task = case_tasks(row, ENTRY).select_related("assignee").order_by("-pk").first() if sees_tasks else None
        notices = list(row.notices.select_related("by").order_by("served_on", "pk"))
        return {
            "notices": notices,
            "dialogs": [(one, f"notice-{one.pk}") for one in notices if one.withdrawn_at is None],
            "term_end": end,
            "enter_from": end + timedelta(days=1) if end is not None else None,
            "may_enter": end is not None and today > end,
            "entry": entry,
            "is_signed": is_signed,
            "witnesses": witnesses_shown(entry) if entry is not None and is_signed else [],
            "as_signed": entry is not None and is_signed and is_as_signed(entry),
            "left": things_left(row),
            "charge": storage_charge(row),
            "task": task,
            "task_tone": TONES[task.state] if task is not None else "",
            "may_edit": may_edit,
            "may_now": may_edit and row.is_open(),
            "check_out_url": check_out_url(row.tenure_id),
        }


def witnesses_shown(entry: RoomEntry) -> list[dict[str, Any]]:
    """Who signed, with the number covered and what they drew."""
    return [
        {
            "name": one.name,
            "position": one.position,
            "id_number": mask_id_number(one.id_number) if one.id_number else "",
            # Only whole numbers stand in it (`yuju.kit.strokes`).
            "signature": mark_safe(strokes_svg(one.signature, ink="currentColor")),  # noqa: S308
        }
        for one in entry.witnesses.order_by("place")
    ]


def abandoned_action(request: HttpRequest, row: Tenure) -> list[Action]:
    """The way from a lease to its case, or to opening one."""
    if row.kind != TenureKind.LEASE or row.state != TenureState.LIVING:
        return []
    if not user_of(request).may(EDIT, row.property_id):
        return []
    return [Action(_("Abandoned room"), reverse("console:abandoned-open", args=[row.pk]), icon="door-off")]


def abandoned_context(row: Tenure) -> dict[str, Any]:
    """What the page of a lease says of a case that goes on."""
    return {"abandonment": abandonment_now(row)}
