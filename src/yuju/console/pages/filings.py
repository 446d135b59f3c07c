"""Filings (备案与登记): what authorities have to be told of stays, until when, and what was filed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods

from yuju.console.bulk.filings import FILING_ACTIONS, FiledForm, NotNeededForm
from yuju.console.pages.premises import user_of
from yuju.journeys.filing import filings_drop, filings_file
from yuju.kit import display, files
from yuju.kit.console import (
    Action,
    ChoiceFilter,
    Column,
    DateColumn,
    DateRangeFilter,
    DetailPage,
    Masked,
    ModelConsole,
    MomentColumn,
    RowContext,
    StateColumn,
    Tab,
    console_site,
)
from yuju.kit.countries import country_name
from yuju.kit.errors import Refused
from yuju.kit.identity_numbers import mask_id_number
from yuju.kit.toasts import toast_add
from yuju.premises.models import Property
from yuju.residency.choices import FilingKind, FilingState
from yuju.residency.models import Filing, Tenure
from yuju.residency.services import proof_keep

VIEW, EDIT, REVEAL = "leases.view", "leases.edit", "residents.reveal"
TONES: dict[str, str] = {
    FilingState.DUE: "warn",
    FilingState.DONE: "ok",
    FilingState.NOT_NEEDED: "",
    FilingState.BEFORE: "info",
}
SOON = timedelta(hours=48)
"""Within so much time the hours are told, not the days."""
PRESSING = timedelta(hours=24)


def deadline_words(row: Filing, at: datetime) -> tuple[str, str]:
    """How much time is left of a filing, with the tone it is told in; two empty texts where none runs."""
    if row.state != FilingState.DUE or row.due_at is None:
        return "", ""
    left = row.due_at - at
    hours = int(abs(left).total_seconds() // 3600)
    if left < timedelta(0):
        if hours < 48:
            return "bad", ngettext("%(count)d hour late", "%(count)d hours late", hours) % {"count": hours}
        days = hours // 24
        return "bad", ngettext("%(count)d day late", "%(count)d days late", days) % {"count": days}
    if left <= SOON:
        words = ngettext("%(count)d hour left", "%(count)d hours left", hours) % {"count": hours}
        return ("bad" if left <= PRESSING else "warn"), words
    days = hours // 24
    return "", ngettext("%(count)d day left", "%(count)d days left", days) % {"count": days}


class DeadlineColumn(MomentColumn):
    """Until when it is to be filed, with the time left: the hours in red where it is a matter of hours."""

    def show(self, value: Any, row: Any, context: RowContext) -> Any:
        shown = display.moment_html(value)
        tone, words = deadline_words(row, timezone.now())
        if not words:
            return shown
        css = {"bad": "c-bad b", "warn": "c-warn"}.get(tone, "t2")
        return format_html('<span class="{}">{}</span> <span class="t2 only-wide">{}</span>', css, words, shown)


def _who(row: Filing) -> str:
    return row.person().name


def _nationality(row: Filing) -> str:
    code = row.person().nationality
    return country_name(code) if code else ""


def places(request: HttpRequest) -> list[tuple[Any, str]]:
    """The division codes of the properties the user sees."""
    rows = Property.objects.visible_to(user_of(request), VIEW).exclude(region="").order_by("region")
    return [(region, region) for region in rows.values_list("region", flat=True).distinct()]


def _due(request: HttpRequest) -> Q:
    return Q(state=FilingState.DUE, due_at__gte=timezone.now())


def _late(request: HttpRequest) -> Q:
    return Q(state=FilingState.DUE, due_at__lt=timezone.now())


@console_site.register
class FilingConsole(ModelConsole[Filing]):
    """What has to be filed, the most pressing first; made by what happens to stays."""

    model = Filing
    slug = "filings"
    title, title_one = gettext_lazy("Filings"), gettext_lazy("Filing")
    icon = "file-certificate"
    in_navigation = False
    view_permission = VIEW
    ordering = ("due_at",)
    search_fields = ("tenure__unit__label", "tenure__resident__name", "occupant__name", "tenure__number", "number")
    search_hint = gettext_lazy("Unit, name, lease, filing number")
    empty_text = gettext_lazy(
        "What a lease, an arrival or a departure has to be filed for stands here by itself, with its deadline."
    )
    tabs = (
        Tab("due", gettext_lazy("To be filed"), _due),
        Tab("late", gettext_lazy("Late"), _late),
        Tab("done", gettext_lazy("Filed"), Q(state=FilingState.DONE)),
        Tab("not_needed", gettext_lazy("Not needed"), Q(state=FilingState.NOT_NEEDED)),
        Tab("before", gettext_lazy("Before Yuju"), Q(state=FilingState.BEFORE)),
        Tab("all", gettext_lazy("All")),
    )
    columns = (
        Column("unit", gettext_lazy("Unit"), value=lambda row: row.tenure.unit.label, link=True, sm=1),
        StateColumn("kind", gettext_lazy("Kind"), sm=4),
        Column("person", gettext_lazy("Person"), value=_who, sm=2),
        Column("nationality", gettext_lazy("Nationality"), value=_nationality),
        Column("tenure", gettext_lazy("Lease")),
        Column("property", gettext_lazy("Property"), across=True),
        StateColumn("state", gettext_lazy("State"), tones=TONES),
        DeadlineColumn("due_at", gettext_lazy("File until"), sort="due_at", sm=3),
        DateColumn("filed_on", gettext_lazy("Filed on"), sm=5),
        Column("number", gettext_lazy("Filing number")),
        Column("dropped_because", gettext_lazy("Not needed because"), hidden=True),
        Masked(
            "id_number",
            gettext_lazy("ID number"),
            mask=mask_id_number,
            hidden=True,
            value=lambda row: row.person().id_number,
            permission=REVEAL,
        ),
        MomentColumn("counted_from", gettext_lazy("Counted from"), hidden=True),
        Column("dealt_by", gettext_lazy("Done by"), hidden=True),
    )
    filters = (
        ChoiceFilter("kind", gettext_lazy("Kind"), FilingKind.choices),
        ChoiceFilter("place", gettext_lazy("Place"), places, lookup="property__region"),
        DateRangeFilter("filed", gettext_lazy("Filed on"), lookup="filed_on"),
    )
    bulk_actions = FILING_ACTIONS

    def with_related(self, rows: QuerySet[Filing]) -> QuerySet[Filing]:
        return rows.select_related("property", "tenure__unit", "tenure__resident", "resident", "occupant", "dealt_by")

    def list_actions(self, request: HttpRequest) -> list[Action]:
        return [Action(_("Registration list (Excel)"), reverse("console:filing-list-export"), icon="table-export")]

    def detail(self, request: HttpRequest, row: Filing) -> DetailPage:
        parents = [(row.tenure.number, self.site.consoles["leases"].url("detail", row.tenure_id))]
        tone, words = deadline_words(row, timezone.now())
        return DetailPage(
            heading=f"{row.get_kind_display()} {row.tenure.unit.label}",
            tags=[(TONES[row.state], str(row.get_state_display())), *([(tone, words)] if words else [])],
            subtitle=f"{_who(row)} · {row.tenure.number}",
            parents=parents,
        )

    def detail_actions(self, request: HttpRequest, row: Filing) -> list[Action]:
        actions = [
            Action(_("Open the lease"), self.site.consoles["leases"].url("detail", row.tenure_id), icon="file-text")
        ]
        if row.proof:
            actions.append(
                Action(_("Proof of filing"), reverse("console:filing-proof", args=[row.pk]), icon="file-text")
            )
        if user_of(request).may(EDIT, row.property_id) and row.state != FilingState.DONE:
            if row.state != FilingState.NOT_NEEDED:
                url = reverse("console:filing-not-needed", args=[row.pk])
                actions.append(Action(_("Not needed"), url, icon="circle-minus"))
            url = reverse("console:filing-done", args=[row.pk])
            actions.append(Action(_("Mark as filed"), url, icon="file-check", primary=True))
        return actions


class ProofForm(FiledForm):
    """When something was filed, under which number, and the receipt of it."""

    proof = forms.FileField(
        label=gettext_lazy("Proof of filing"),
        required=False,
        widget=forms.FileInput(
            attrs={
                "accept": ".pdf,.jpg,.jpeg,.png",
                "class": "form-control",
                "data-largest": files.PDF.largest,
                "data-too-large": gettext_lazy("The file has {size} MB; at most 50 MB are taken."),
            }
        ),
        help_text=gettext_lazy("PDF, JPEG or PNG; it is kept with the filing."),
    )


@console_site.page("filing-done", title="", permission=EDIT, route="filings/<int:pk>/done/", in_navigation=False)
@require_http_methods(["GET", "POST"])
def done_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Notes that one was filed."""
    row = _own(request, pk, EDIT)
    form = ProofForm(request.POST or None, request.FILES or None, request=request)
    if request.method == "POST" and form.is_valid() and _filed(request, row, form):
        toast_add(request, _("Noted as filed"))
        return redirect("console:leases-detail", row.tenure_id)
    return _answer(request, row, form, _("Mark as filed"))


@console_site.page(
    "filing-not-needed", title="", permission=EDIT, route="filings/<int:pk>/not-needed/", in_navigation=False
)
@require_http_methods(["GET", "POST"])
def not_needed_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Notes that one is not needed, and why."""
    row = _own(request, pk, EDIT)
    form = NotNeededForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        only = Filing.objects.filter(pk=row.pk)
        filings_drop(filings=only, reason=form.cleaned_data["reason"], by=user_of(request), at=timezone.now())
        toast_add(request, _("Saved"))
        return redirect("console:leases-detail", row.tenure_id)
    return _answer(request, row, form, _("Not needed"))


@console_site.page("filing-proof", title="", permission=VIEW, route="filings/<int:pk>/proof", in_navigation=False)
@require_GET
def proof_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The receipt of a filing."""
    row = _own(request, pk, VIEW)
    if not row.proof:
        raise Http404
    try:
        return files.answer(
            row.proof, f"{row.tenure.number}{row.proof[row.proof.rindex('.') :]}", inline=True, request=request
        )
    except FileNotFoundError as error:
        raise Http404 from error


def filings_card(request: HttpRequest, tenure: Tenure) -> dict[str, Any] | None:
    """What a lease's page tells of its filings; None where there are none."""
    rows = Filing.objects.filter(tenure=tenure).select_related("resident", "occupant", "property")
    at, may = timezone.now(), user_of(request).may(EDIT, tenure.property_id)
    lines = []
    for row in rows.order_by("due_at", "pk"):
        row.tenure = tenure
        tone, words = deadline_words(row, at)
        lines.append(
            {
                "filing": row,
                "who": "" if row.resident_id is None and row.occupant_id is None else _who(row),
                "tone": tone or TONES[row.state],
                "words": words or row.get_state_display(),
                "may": may and row.state in (FilingState.DUE, FilingState.BEFORE),
            }
        )
    return {"lines": lines} if lines else None


def _own(request: HttpRequest, pk: int, permission: str) -> Filing:
    rows = Filing.objects.visible_to(user_of(request), permission)
    row: Filing = get_object_or_404(
        rows.select_related("property", "tenure__unit", "tenure__resident", "resident", "occupant"), pk=pk
    )
    return row


def _filed(request: HttpRequest, row: Filing, form: ProofForm) -> bool:
    given, proof = form.cleaned_data, ""
    try:
        proof = proof_keep(given["proof"])
        filings_file(
            filings=Filing.objects.filter(pk=row.pk),
            filed_on=given["filed_on"],
            number=given["number"],
            proof=proof,
            by=user_of(request),
            at=timezone.now(),
        )
        return True
    except Refused as refusal:
        if proof:
            files.forget(proof)
        form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        return False


def _answer(request: HttpRequest, row: Filing, form: Any, heading: str) -> HttpResponseBase:
    back = reverse("console:leases-detail", args=[row.tenure_id])
    context = {
        "form": form,
        "heading": f"{row.get_kind_display()} · {heading}",
        "crumbs": [
            (_("Leases"), reverse("console:leases-list")),
            (row.tenure.number, back),
            (str(row.get_kind_display()), ""),
        ],
        "back_url": back,
        "sub": f"{row.tenure.unit.label} · {_who(row)}",
    }
    return render(request, "console/residency/small_form.html", context, status=422 if form.errors else 200)
