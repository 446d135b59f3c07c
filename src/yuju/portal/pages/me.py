"""One's own data, covered; the stays; the language; and a new telephone number, proved by a code before it counts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yuju.identity.addresses import caller_address
from yuju.kit.errors import Refused
from yuju.kit.identity_numbers import mask_id_number, mask_phone
from yuju.kit.toasts import toast_add
from yuju.portal.days import today_of
from yuju.portal.pages.contracts import TONES
from yuju.portal.pages.session import CodeForm
from yuju.portal.people import for_person, page
from yuju.reporting.person_page import contracts_of, handovers_of
from yuju.residency.choices import CodePurpose, ContractState
from yuju.residency.ports import code_channels, codes_are_shown
from yuju.residency.selectors import Person, tenures_of
from yuju.residency.services.portal_codes import portal_code_request, portal_phone_change
from yuju.residency.services.portal_session import portal_session_open


class NewPhoneForm(forms.Form):
    """The number that is to replace the present one."""

    phone = forms.CharField(
        label=gettext_lazy("New phone number"),
        max_length=30,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )


def _can_send() -> bool:
    return bool(code_channels()) or codes_are_shown()


@require_GET
@for_person
def me_page(request: HttpRequest, person: Person) -> HttpResponseBase:
    """Everything on file that one may see oneself."""
    today = today_of(person)
    latest = person.residents[0]
    context = {
        "phone": mask_phone(person.phone),
        "id_number": mask_id_number(latest.id_number) if latest.id_number else "",
        "emergency": (latest.emergency_name, mask_phone(latest.emergency_phone) if latest.emergency_phone else ""),
        "tenures": [(one, one.end is not None and one.end < today, one.start > today) for one in tenures_of(person)],
        "places": list({one.property_id: one.property for one in person.residents}.values()),
        "handovers": list(handovers_of(person)),
        "contracts": [(one, TONES[ContractState(one.state)]) for one in contracts_of(person)],
        "can_send": _can_send(),
        "languages": settings.LANGUAGES,
    }
    return page(request, person, "portal/me.html", context, here="me")


@require_http_methods(["GET", "POST"])
@for_person
def phone_page(request: HttpRequest, person: Person) -> HttpResponseBase:
    """Asks for the new number, and has a code made for it. Without a way to send one there is no such page."""
    if not _can_send():
        raise Http404
    form = NewPhoneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            shown = portal_code_request(
                phone=form.cleaned_data["phone"],
                purpose=CodePurpose.PHONE,
                bearer=person,
                address=caller_address(request),
                channels=code_channels(),
                show=codes_are_shown(),
                at=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(refusal.field, str(refusal.message))
        else:
            return _code(request, person, CodeForm(initial={"phone": form.cleaned_data["phone"]}), shown=shown)
    status = 422 if form.errors else 200
    context = {"form": form, "now": mask_phone(person.phone)}
    return page(request, person, "portal/phone.html", context, here="me", status=status)


@sensitive_post_parameters("code")
@require_POST
@for_person
def phone_code_page(request: HttpRequest, person: Person) -> HttpResponseBase:
    """Takes the code that was sent to the new number; from here on the new number is the person's."""
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _code(request, person, form, status=422)
    try:
        changed = portal_phone_change(
            person=person,
            phone=form.cleaned_data["phone"],
            code=form.cleaned_data["code"],
            address=caller_address(request),
            at=timezone.now(),
        )
    except Refused as refusal:
        form.add_error("code", str(refusal.message))
        return _code(request, person, form, status=429 if refusal.code == "throttled" else 422)
    portal_session_open(request=request, person=changed)
    toast_add(request, _("Your phone number was changed"))
    return redirect("portal:me")


def _code(request: HttpRequest, person: Person, form: CodeForm, *, shown: str = "", status: int = 200) -> HttpResponse:
    phone = form["phone"].value() or ""
    context: dict[str, Any] = {
        "form": form,
        "masked": mask_phone("".join(phone.split())),
        "shown": shown,
        "too_many": not shown and codes_are_shown() and not form.is_bound,
    }
    return page(request, person, "portal/phone_code.html", context, here="me", status=status)
