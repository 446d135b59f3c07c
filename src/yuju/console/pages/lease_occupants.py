"""Somebody who lives in a unit with the resident: what is known of them, covered, and correcting it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from yuju.console.countries import nationality_field
from yuju.console.lease_forms import id_types
from yuju.console.pages.premises import user_of
from yuju.journeys.occupants import occupant_correct
from yuju.kit.console import ConsoleForm, console_site
from yuju.kit.console.covered import AS_FIELD, CoveredInput, is_for_field, uncovered
from yuju.kit.countries import country_name
from yuju.kit.errors import Refused
from yuju.kit.toasts import toast_add
from yuju.residency.models import Occupant, Tenure
from yuju.residency.services import occupant_reveal
from yuju.residency.services.residents import COVERED

EDIT, REVEAL = "leases.edit", "residents.reveal"


class OccupantForm(ConsoleForm):
    """What is known of somebody who lives there too; their numbers are shown covered."""

    name = forms.CharField(label=pgettext_lazy("of a person", "Name"), max_length=60)
    relation = forms.CharField(label=gettext_lazy("Relation"), max_length=30, required=False)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=30, required=False)
    id_type = forms.ChoiceField(label=gettext_lazy("ID type"), choices=id_types, required=False)
    id_number = forms.CharField(label=gettext_lazy("ID number"), max_length=40, required=False)
    nationality = nationality_field()

    def narrow_choices(self) -> None:
        for name in ("phone", "id_number"):
            kept, url = str(self.initial.get(name) or ""), self.initial["_reveal_urls"].get(name, "")
            self.fields[name].widget = CoveredInput(kept, COVERED[name], url)


@console_site.page(
    "occupant-edit",
    title="",
    permission=EDIT,
    route="leases/<int:pk>/occupants/<int:occupant>/",
    in_navigation=False,
)
@require_http_methods(["GET", "POST"])
def occupant_page(request: HttpRequest, pk: int, occupant: int) -> HttpResponseBase:
    """Corrects what is known of somebody."""
    row = _own(request, pk, occupant, EDIT)
    names = ("name", "relation", "phone", "id_type", "id_number", "nationality")
    initial = {name: getattr(row, name) for name in names} | {"_reveal_urls": _reveal_urls(request, row)}
    form = OccupantForm(request.POST or None, request=request, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            occupant_correct(occupant=row, by=user_of(request), at=timezone.now(), **form.cleaned_data)
            toast_add(request, _("Saved"))
            return redirect("console:leases-detail", row.tenure_id)
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
    back = reverse("console:leases-detail", args=[row.tenure_id])
    context = {
        "form": form,
        "heading": row.name,
        "hint": _("Stored encrypted and shown covered; who looks at it is written down."),
        "crumbs": [(_("Leases"), reverse("console:leases-list")), (row.tenure.number, back), (row.name, "")],
        "back_url": back,
        "sub": f"{row.tenure.unit.label} · {row.tenure.resident.name}",
    }
    return render(request, "console/residency/small_form.html", context, status=422 if form.errors else 200)


@console_site.page(
    "occupant-reveal",
    title="",
    permission=REVEAL,
    route="leases/<int:pk>/occupants/<int:occupant>/<str:field>",
    in_navigation=False,
)
@require_POST
def reveal_page(request: HttpRequest, pk: int, occupant: int, field: str) -> HttpResponseBase:
    """One value of somebody in full; that it was shown is written down."""
    row = _own(request, pk, occupant, REVEAL)
    if field not in COVERED or not hasattr(row, field):
        return HttpResponse(status=404)
    value = occupant_reveal(occupant=row, field=field, by=user_of(request), at=timezone.now())
    if is_for_field(request):
        return uncovered(field, value)
    return HttpResponse(format_html('<span class="mask">{}</span>', value), headers={"Cache-Control": "no-store"})


def _reveal_urls(request: HttpRequest, row: Occupant) -> dict[str, str]:
    """Where each number is uncovered for a form; nothing for whoever may not see them."""
    if not user_of(request).may(REVEAL, row.tenure.property_id):
        return {}
    return {
        name: reverse("console:occupant-reveal", args=[row.tenure_id, row.pk, name]) + AS_FIELD
        for name in ("phone", "id_number")
    }


def occupants_card(request: HttpRequest, tenure: Tenure) -> list[dict[str, Any]]:
    """Who lives there too, as the page of the lease shows them."""
    may = user_of(request).may(REVEAL, tenure.property_id)
    return [
        {
            "row": one,
            "country": country_name(one.nationality) if one.nationality else "",
            "id_number": COVERED["id_number"](str(one.id_number)) if one.id_number else "",
            "url": reverse("console:occupant-reveal", args=[tenure.pk, one.pk, "id_number"]) if may else "",
        }
        for one in Occupant.objects.filter(tenure=tenure).order_by("until", "pk")
    ]


def _own(request: HttpRequest, pk: int, occupant: int, permission: str) -> Occupant:
    tenures = Tenure.objects.visible_to(user_of(request), permission)
    rows = Occupant.objects.select_related("tenure__unit", "tenure__resident", "tenure__property")
    row: Occupant = get_object_or_404(rows, pk=occupant, tenure=get_object_or_404(tenures, pk=pk))
    return row
