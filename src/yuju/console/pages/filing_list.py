"""The Excel list for a registration office: which filings, in its columns, with numbers in full for whoever may see them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from yuju.console.days import DayField
from yuju.console.pages.filings import REVEAL, VIEW
from yuju.console.pages.premises import user_of
from yuju.identity.choices import AuditAction
from yuju.identity.services import audit_record
from yuju.kit.console import ConsoleForm, console_site, export
from yuju.reporting.filing_list import lease_headings, lease_rows, person_headings, person_rows
from yuju.residency.choices import ARRIVALS, LEASE_FILINGS, FilingKind, FilingState
from yuju.residency.models import Filing

LEASES, PEOPLE = "leases", "people"
KINDS: dict[str, tuple[Any, tuple[FilingKind, ...]]] = {
    PEOPLE: (gettext_lazy("People: every registration"), (*ARRIVALS, FilingKind.LEAVING)),
    **{
        str(kind): (kind.label, (kind,))
        for kind in (FilingKind.RESIDENCE, FilingKind.HMT, FilingKind.FOREIGNER, FilingKind.LEAVING)
    },
    LEASES: (gettext_lazy("Leases: every filing"), LEASE_FILINGS),
    **{str(kind): (kind.label, (kind,)) for kind in LEASE_FILINGS},
}


class ListForm(ConsoleForm):
    """Which filings the list has."""

    what = forms.ChoiceField(
        label=gettext_lazy("List"), choices=[(name, label) for name, (label, _kinds) in KINDS.items()]
    )
    state = forms.ChoiceField(
        label=gettext_lazy("Which"),
        choices=[
            (FilingState.DUE, gettext_lazy("Still to be filed")),
            (FilingState.BEFORE, FilingState.BEFORE.label),
            (FilingState.DONE, FilingState.DONE.label),
            ("", gettext_lazy("All")),
        ],
        required=False,
    )
    since = DayField(label=gettext_lazy("Counted from, on or after"), required=False)
    until = DayField(label=gettext_lazy("Counted from, on or before"), required=False)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        since, until = values.get("since"), values.get("until")
        if since is not None and until is not None and until < since:
            self.add_error("until", _("The end is before the beginning."))
        return values


@console_site.page("filing-list-export", title="", permission=VIEW, route="filings/list/", in_navigation=False)
@require_http_methods(["GET", "POST"])
def list_page(request: HttpRequest) -> HttpResponseBase:
    """Asks which filings, and gives the file; that personal data was given out is written down first."""
    form = ListForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        return _file(request, form.cleaned_data)
    back = reverse("console:filings-list")
    scope = user_of(request).property_scope(REVEAL)
    full = scope is None or bool(scope)
    context = {
        "form": form,
        "heading": _("Registration list (Excel)"),
        "hint": _("ID numbers and phones stand in it in full; that you took them is written down.")
        if full
        else _("ID numbers and phones are covered: you may not see them in full."),
        "crumbs": [(_("Leases"), reverse("console:leases-list")), (_("Filings"), back), (_("Registration list"), "")],
        "back_url": back,
        "act": _("Download"),
    }
    return render(request, "console/residency/small_form.html", context, status=422 if form.errors else 200)


def _file(request: HttpRequest, given: dict[str, Any]) -> HttpResponseBase:
    user = user_of(request)
    label, kinds = KINDS[given["what"]]
    rows: QuerySet[Filing] = Filing.objects.visible_to(user, VIEW).filter(kind__in=kinds)
    place = getattr(request, "property", None)
    if place is not None:
        rows = rows.filter(property=place)
    if given["state"]:
        rows = rows.filter(state=given["state"])
    if given["since"]:
        rows = rows.filter(counted_from__date__gte=given["since"])
    if given["until"]:
        rows = rows.filter(counted_from__date__lte=given["until"])
    scope = user.property_scope(REVEAL)
    full_at = None if scope is None else list(scope)
    _write_down(request, rows, full_at)
    about_leases = kinds[0] in LEASE_FILINGS
    headings = lease_headings() if about_leases else person_headings()
    made = lease_rows(rows, full_at) if about_leases else person_rows(rows, full_at)
    return export.answer("xlsx", f"{label} {timezone.localdate():%Y-%m-%d}", headings, made)


def _write_down(request: HttpRequest, rows: QuerySet[Filing], full_at: list[int] | None) -> None:
    """The export, and at each property the personal data in it."""
    by, at = user_of(request), timezone.now()
    for place, count in rows.order_by().values_list("property").annotate(count=Count("pk")):
        said: dict[str, Any] = {"by": by, "at": at, "property_id": place, "list": "filings", "rows": count}
        audit_record(action=AuditAction.EXPORTED, format="xlsx", **said)
        if full_at is None or place in full_at:
            audit_record(action=AuditAction.REVEALED, field="id_number", **said)
