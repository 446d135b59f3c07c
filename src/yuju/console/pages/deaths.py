"""A resident who died: recorded with its document, each frozen stay reviewed, taken back where it was wrong."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yuju.billing.models import RecurringCharge
from yuju.console.days import DayField
from yuju.console.pages.premises import user_of
from yuju.identity.choices import AuditAction
from yuju.identity.models import User
from yuju.identity.services import audit_record
from yuju.journeys import deaths as story
from yuju.kit import files
from yuju.kit.console import ConsoleForm, console_site
from yuju.kit.errors import Refused
from yuju.kit.identity_numbers import mask_id_number, mask_phone
from yuju.kit.toasts import toast_add
from yuju.residency.choices import PERSONAL_ID_TYPES, DeathDocument, HeirBasis, IdType, ResidentKind
from yuju.residency.deaths import death_of, heirs_of, heirs_on_file
from yuju.residency.models import Death, Freeze, Heir, Occupant, Resident
from yuju.residency.selectors import can_be_taken_over, links_of
from yuju.residency.services import heir_add, heir_withdraw

EDIT = "deaths.edit"


class DeathForm(ConsoleForm):
    """When somebody died, and what shows it."""

    died_on = DayField(label=gettext_lazy("Died on"))
    document = forms.ChoiceField(label=gettext_lazy("Document seen"), choices=DeathDocument.choices)
    scan = forms.FileField(
        label=gettext_lazy("Scan or photo of the document"),
        widget=forms.FileInput(
            attrs={
                "accept": ".pdf,.jpg,.jpeg,.png",
                "class": "form-control",
                "data-largest": files.PDF.largest,
                "data-too-large": gettext_lazy("The file has {size} MB; at most 50 MB are taken."),
            }
        ),
        help_text=gettext_lazy("All pages in one PDF; for a single page a photo does (JPEG or PNG)."),
    )
    note = forms.CharField(
        label=gettext_lazy("Note"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class HeirForm(ConsoleForm):
    """Who inherits, and by what."""

    name = forms.CharField(label=pgettext_lazy("of a person", "Name"), max_length=60)
    relation = forms.CharField(label=gettext_lazy("Relation"), max_length=30)
    id_type = forms.ChoiceField(
        label=gettext_lazy("Document"), choices=[(one.value, one.label) for one in PERSONAL_ID_TYPES]
    )
    id_number = forms.CharField(
        label=gettext_lazy("ID number"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=30, required=False)
    share = forms.DecimalField(
        label=gettext_lazy("Share (%)"),
        max_digits=6,
        decimal_places=3,
        required=False,
        help_text=gettext_lazy("Left empty where it is agreed when the money is paid out."),
    )
    basis = forms.ChoiceField(label=gettext_lazy("Inherits by"), choices=HeirBasis.choices)
    basis_number = forms.CharField(label=gettext_lazy("Document number"), max_length=80, required=False)
    scan = forms.FileField(
        label=gettext_lazy("Scan or photo of the document"),
        widget=forms.FileInput(
            attrs={
                "accept": ".pdf,.jpg,.jpeg,.png",
                "class": "form-control",
                "data-largest": files.PDF.largest,
                "data-too-large": gettext_lazy("The file has {size} MB; at most 50 MB are taken."),
            }
        ),
    )


def _resident(request: HttpRequest, pk: int) -> Resident:
    rows = (
        Resident.objects.visible_to(user_of(request), EDIT).filter(kind=ResidentKind.PERSON).select_related("property")
    )
    found: Resident = get_object_or_404(rows, pk=pk)
    return found


def _death(resident: Resident) -> Death:
    found = death_of(resident.pk)
    if found is None:
        raise Http404
    return found


def death_url(resident: Resident) -> str:
    """The page of a resident's death: what is reviewed, or the form that records it."""
    return reverse("console:resident-death", args=[resident.pk])


def death_context(user: User, resident: Resident) -> dict[str, Any]:
    """What the pages of a resident and of their stays say of a death."""
    death = death_of(resident.pk)
    if death is None:
        return {}
    return {
        "death": death,
        "frozen": Freeze.objects.filter(death=death, released_at=None).exists(),
        "may_deaths": user.may(EDIT, resident.property_id),
    }


def _given(request: HttpRequest) -> dict[str, Any]:
    return {"by": user_of(request), "at": timezone.now()}


@console_site.page("resident-death", title="", permission=EDIT, route="residents/<int:pk>/death/", in_navigation=False)
@require_http_methods(["GET", "POST"])
def death_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Records that a resident died; once recorded, what waits for a review."""
    resident = _resident(request, pk)
    if request.method == "GET" and death_of(pk) is not None:
        return render(request, "console/residency/death.html", _review(user_of(request), resident, _death(resident)))
    form = DeathForm(request.POST or None, request.FILES or None, request=request)
    if request.method == "POST" and form.is_valid():
        try:
            values = {**form.cleaned_data, "document": DeathDocument(form.cleaned_data["document"])}
            story.death_record(resident=resident, **values, **_given(request))
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            toast_add(request, _("Recorded. The stays are frozen until they are reviewed."))
            return redirect(death_url(resident))
    back = reverse("console:residents-detail", args=[pk])
    context = {
        "form": form,
        "heading": _("Record a death"),
        "sub": resident.name,
        "crumbs": [(_("Residents"), reverse("console:residents-list")), (resident.name, back), (_("Death"), "")],
        "back_url": back,
        "hint": _(
            "From now on nothing is billed for the stays of this resident, and the resident is told nothing, "
            "until somebody has reviewed each stay."
        ),
    }
    return render(request, "console/residency/small_form.html", context, status=422 if form.errors else 200)


def _review(user: User, resident: Resident, death: Death) -> dict[str, Any]:
    may_change = user.may("leases.edit", resident.property_id)
    freezes = Freeze.objects.filter(death=death).select_related("tenure__unit", "released_by").order_by("pk")
    stays = []
    for freeze in freezes:
        charges = RecurringCharge.objects.filter(account__tenure=freeze.tenure_id).select_related("tariff")
        stays.append(
            {
                "freeze": freeze,
                "tenure": freeze.tenure,
                "charges": list(charges.order_by("tariff__fee_item__priority", "pk")),
                "people": list(Occupant.objects.filter(tenure=freeze.tenure_id, until=None).order_by("pk")),
                "can_go_on": may_change and can_be_taken_over(freeze.tenure),
                "goes_on": [one.after for one in links_of(freeze.tenure)[1]],
            }
        )
    found = heirs_of(resident.pk)
    heirs = [(one, mask_id_number(one.id_number), mask_phone(one.phone)) for one in found]
    on_file = heirs_on_file(resident.property_id, found)
    return {
        "resident": resident,
        "death": death,
        "stays": stays,
        "heirs": heirs,
        "dialogs": [(one, f"heir-{one.pk}") for one in found],
        "takers": [(one, on_file.get(one.pk)) for one in found],
        "may_register": user.may("residents.edit", resident.property_id),
    }


@console_site.page(
    "resident-death-release",
    title="",
    permission=EDIT,
    route="residents/<int:pk>/death/release/<int:freeze>",
    in_navigation=False,
)
@require_POST
def release_page(request: HttpRequest, pk: int, freeze: int) -> HttpResponseBase:
    """Releases a stay: what has a last day ends, the rest goes on."""
    resident = _resident(request, pk)
    rows = Freeze.objects.filter(death__resident=resident).select_related("tenure__property")
    held = get_object_or_404(rows, pk=freeze)
    try:
        story.stay_release(freeze=held, ends=_ends(request, held), **_given(request))
        toast_add(request, _("Released: what was held is in the next bill run"))
    except Refused as refusal:
        toast_add(request, refusal, kind="bad")
    return redirect(death_url(resident))


def _ends(request: HttpRequest, freeze: Freeze) -> dict[RecurringCharge, date]:
    """The charges that were given a last day."""
    charges = RecurringCharge.objects.filter(account__tenure=freeze.tenure_id).select_related("account__tenure")
    found = {}
    for charge in charges.select_related("tariff", "account__tenure"):
        typed = request.POST.get(f"end_{charge.pk}", "").strip()
        if not typed:
            continue
        try:
            found[charge] = DayField().clean(typed)
        except forms.ValidationError:
            raise Refused(_("“%(value)s” is not a day.") % {"value": typed[:20]}) from None
    return found


@console_site.page(
    "resident-death-withdraw",
    title="",
    permission=EDIT,
    route="residents/<int:pk>/death/withdraw",
    in_navigation=False,
)
@require_POST
def withdraw_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Takes back a death that was recorded wrongly."""
    resident = _resident(request, pk)
    reason = request.POST.get("reason", "").replace("\x00", "").strip()
    try:
        story.death_withdraw(death=_death(resident), reason=reason, **_given(request))
    except Refused as refusal:
        toast_add(request, refusal, kind="bad")
        return redirect(death_url(resident))
    toast_add(request, _("Taken back; the stays go on"))
    return redirect(reverse("console:residents-detail", args=[pk]))


@console_site.page(
    "resident-death-document",
    title="",
    permission=EDIT,
    route="residents/<int:pk>/death/document",
    in_navigation=False,
)
@require_GET
def document_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The document that shows it."""
    death = _death(_resident(request, pk))
    return _scan(request, death.resident, death.path, str(death.died_on))


def _scan(request: HttpRequest, resident: Resident, path: str, name: str) -> HttpResponseBase:
    """A scan that belongs to a death; that it was looked at is written down."""
    audit_record(
        action=AuditAction.REVEALED,
        about=resident,
        property_id=resident.property_id,
        field="document",
        **_given(request),
    )
    return files.answer(path, f"{name}{path[path.rindex('.') :]}", inline=True, request=request)


@console_site.page(
    "resident-heir", title="", permission=EDIT, route="residents/<int:pk>/death/heirs/new/", in_navigation=False
)
@require_http_methods(["GET", "POST"])
def heir_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Documents an heir."""
    resident = _resident(request, pk)
    death = _death(resident)
    form = HeirForm(request.POST or None, request.FILES or None, request=request)
    if request.method == "POST" and form.is_valid():
        values = {
            **form.cleaned_data,
            "id_type": IdType(form.cleaned_data["id_type"]),
            "basis": HeirBasis(form.cleaned_data["basis"]),
        }
        try:
            heir_add(death=death, **values, **_given(request))
        except Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            toast_add(request, _("Saved"))
            return redirect(death_url(resident))
    context = {
        "form": form,
        "heading": _("Document an heir"),
        "sub": resident.name,
        "crumbs": [
            (_("Residents"), reverse("console:residents-list")),
            (resident.name, reverse("console:residents-detail", args=[pk])),
            (_("Death"), death_url(resident)),
            (_("Document an heir"), ""),
        ],
        "back_url": death_url(resident),
        "hint": _("What a settled stay has left, the deposit included, is paid out to heirs who are documented here."),
    }
    return render(request, "console/residency/small_form.html", context, status=422 if form.errors else 200)


@console_site.page(
    "resident-heir-withdraw",
    title="",
    permission=EDIT,
    route="residents/<int:pk>/death/heirs/<int:heir>/withdraw",
    in_navigation=False,
)
@require_POST
def heir_withdraw_page(request: HttpRequest, pk: int, heir: int) -> HttpResponseBase:
    """Takes back an heir who was entered wrongly."""
    resident = _resident(request, pk)
    row = get_object_or_404(Heir, pk=heir, resident=resident)
    try:
        heir_withdraw(heir=row, reason=request.POST.get("reason", "").replace("\x00", ""), **_given(request))
        toast_add(request, _("Saved"))
    except Refused as refusal:
        toast_add(request, refusal, kind="bad")
    return redirect(death_url(resident))


@console_site.page(
    "resident-heir-document",
    title="",
    permission=EDIT,
    route="residents/<int:pk>/death/heirs/<int:heir>/document",
    in_navigation=False,
)
@require_GET
def heir_document_page(request: HttpRequest, pk: int, heir: int) -> HttpResponseBase:
    """The document that shows that somebody inherits."""
    resident = _resident(request, pk)
    row = get_object_or_404(Heir, pk=heir, resident=resident)
    return _scan(request, resident, row.path, row.name)
