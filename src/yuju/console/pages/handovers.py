"""Handovers (交接单) at the desk: the list, one of them with photos side by side, its PDF, and beginning one for a lease."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from yuju.console.navigation import GROUP_TENANCY
from yuju.console.pages.premises import user_of
from yuju.journeys.handover import begun, handover_begin, handover_tasks
from yuju.kit.console import (
    Action,
    ChoiceFilter,
    Column,
    DetailPage,
    ModelConsole,
    MomentColumn,
    StateColumn,
    Tab,
    console_site,
)
from yuju.kit.errors import Refused
from yuju.kit.pictures import picture_answer
from yuju.kit.toasts import toast_add
from yuju.reporting.handover_pdf import handover_pdf, strokes_svg
from yuju.reporting.handover_sheet import handover_sheet, handovers_to_read, is_as_signed
from yuju.residency.choices import HandoverKind, HandoverState, TenureState
from yuju.residency.models import Handover, HandoverPhoto, Tenure
from yuju.workforce.icons import TONES
from yuju.workforce.models import Task

VIEW, EDIT = "handovers.view", "handovers.edit"
STATE_TONES: dict[str, str] = {HandoverState.OPEN: "info", HandoverState.SIGNED: "ok"}


@console_site.register
class HandoverConsole(ModelConsole[Handover]):
    """Handovers at check-in and inspections at check-out; they are filled in on the phone."""

    model = Handover
    slug = "handovers"
    title, title_one = gettext_lazy("Handovers"), gettext_lazy("Handover")
    icon = "clipboard-check"
    group, order = GROUP_TENANCY, 35
    view_permission, edit_permission = VIEW, EDIT
    ordering = ("-begun_at",)
    search_fields = ("tenure__unit__label", "tenure__resident__name", "tenure__number")
    search_hint = gettext_lazy("Unit, name, lease number")
    empty_text = gettext_lazy(
        "A handover is begun on the page of a lease, filled in on the phone and signed by the resident."
    )
    columns = (
        Column("unit", gettext_lazy("Unit"), value=lambda row: row.tenure.unit, link=True, sm=1),
        StateColumn("kind", gettext_lazy("Kind"), sm=2),
        Column("resident", gettext_lazy("Resident"), value=lambda row: row.tenure.resident, sm=4),
        Column("tenure", gettext_lazy("Lease")),
        Column("property", gettext_lazy("Property"), across=True),
        StateColumn("state", gettext_lazy("State"), tones=STATE_TONES, sm=3),
        Column("done_by", gettext_lazy("Done by")),
        MomentColumn("begun_at", gettext_lazy("Begun"), sort="begun_at", sm=5),
        MomentColumn("signed_at", gettext_lazy("Signed at")),
    )
    tabs = (
        Tab("open", gettext_lazy("To be signed"), Q(state=HandoverState.OPEN)),
        Tab("in", gettext_lazy("At check-in"), Q(kind=HandoverKind.IN)),
        Tab("out", gettext_lazy("At check-out"), Q(kind=HandoverKind.OUT)),
        Tab("all", gettext_lazy("All")),
    )
    filters = (ChoiceFilter("state", gettext_lazy("State"), HandoverState.choices),)
    detail_template = "console/residency/handover.html"

    def with_related(self, rows: QuerySet[Handover]) -> QuerySet[Handover]:
        return handovers_to_read(rows)

    def detail(self, request: HttpRequest, row: Handover) -> DetailPage:
        stay, parents = row.tenure, []
        if user_of(request).may("leases.view", row.property_id):
            parents.append((stay.number, self.site.consoles["leases"].url("detail", stay.pk)))
        return DetailPage(
            heading=f"{stay.unit.label} {row.get_kind_display()}",
            tags=[(STATE_TONES[HandoverState(row.state)], str(row.get_state_display()))],
            subtitle=f"{stay.resident.name} · {stay.number}",
            parents=parents,
        )

    def detail_actions(self, request: HttpRequest, row: Handover) -> list[Action]:
        if row.is_open():
            return []
        return [
            Action(_("Open the PDF"), reverse("console:handover-pdf", args=[row.pk]), icon="file-text", primary=True)
        ]

    def detail_context(self, request: HttpRequest, row: Handover) -> dict[str, Any]:
        sheet = handover_sheet(row)
        sees_tasks = user_of(request).may("tasks.view", row.property_id)
        task: Task | None = (
            handover_tasks(row).select_related("assignee").order_by("-pk").first() if sees_tasks else None
        )
        return {
            "sheet": sheet,
            "is_out": row.before_id is not None,
            "task": task,
            "task_tone": TONES[task.state] if task is not None else "",
            # Only whole numbers stand in it (`yuju.kit.strokes`).
            "signature": mark_safe(strokes_svg(row.signature, ink="currentColor")) if row.signature else "",  # noqa: S308
            "as_signed": not row.is_open() and is_as_signed(sheet),
        }

    def history_rows(self, request: HttpRequest, row: Handover) -> list[Model]:
        return [row]


@dataclass(frozen=True)
class Line:
    """A handover on the page of its lease: the one that was begun, or that it may be."""

    kind: str
    label: str
    handover: Handover | None
    tone: str
    may_begin: bool


def handovers_card(request: HttpRequest, tenure: Tenure) -> list[Line]:
    """The handovers of a lease; nothing for those who may not see them."""
    user = user_of(request)
    if not user.may(VIEW, tenure.property_id):
        return []
    present, lines = begun(tenure), []
    for kind in HandoverKind:
        found = present.get(kind)
        can = {
            HandoverKind.IN: tenure.state in (TenureState.RESERVED, TenureState.SIGNED, TenureState.LIVING),
            HandoverKind.OUT: tenure.state in (TenureState.LIVING, TenureState.ENDED),
        }[kind]
        if found is not None or can:
            tone = STATE_TONES[HandoverState(found.state)] if found is not None else ""
            lines.append(Line(kind.value, str(kind.label), found, tone, can and user.may(EDIT, tenure.property_id)))
    return lines


@console_site.page(
    "handover-begin", title="", permission=EDIT, route="leases/<int:pk>/handovers/<str:kind>", in_navigation=False
)
@require_POST
def begin_page(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """Prepares a handover of a lease and asks the front desk for it."""
    if kind not in HandoverKind.values:
        raise Http404
    rows = Tenure.objects.visible_to(user_of(request), EDIT).select_related("property", "unit", "resident")
    tenure: Tenure = get_object_or_404(rows, pk=pk)
    try:
        made = handover_begin(tenure=tenure, kind=HandoverKind(kind), by=user_of(request), at=timezone.now())
    except Refused as refusal:
        toast_add(request, refusal, kind="bad")
        return redirect("console:leases-detail", tenure.pk)
    toast_add(request, _("The front desk was asked: it is on their phones now."))
    return redirect("console:handovers-detail", made.pk)


@console_site.page("handover-pdf", title="", permission=VIEW, route="handovers/<int:pk>/pdf", in_navigation=False)
@require_GET
def pdf_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A signed handover on paper."""
    found: Handover = get_object_or_404(handovers_to_read(_seen(request)), pk=pk, state=HandoverState.SIGNED)
    try:
        made = handover_pdf(handover_sheet(found))
    except Refused as refusal:
        toast_add(request, refusal, kind="bad")
        return redirect("console:handovers-detail", pk)
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{found.tenure.number}-{found.kind}.pdf"'
    return response


@console_site.page(
    "handover-photo", title="", permission=VIEW, route="handovers/<int:pk>/photos/<int:photo>", in_navigation=False
)
@require_GET
def photo_page(request: HttpRequest, pk: int, photo: int) -> HttpResponseBase:
    """A photo of a handover; `?small` for its small copy."""
    found: HandoverPhoto = get_object_or_404(HandoverPhoto, pk=photo, handover=get_object_or_404(_seen(request), pk=pk))
    return picture_answer(found.thumbnail if "small" in request.GET else found.path, str(found.pk), request)


def _seen(request: HttpRequest) -> QuerySet[Handover]:
    rows: QuerySet[Handover] = Handover.objects.visible_to(user_of(request), VIEW)
    return rows
