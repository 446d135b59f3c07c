"""Signing in with a telephone number and a code, signing out, and the language."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from yuju.identity.addresses import caller_address
from yuju.identity.operators import operator_for
from yuju.kit.errors import Refused
from yuju.kit.identity_numbers import mask_phone
from yuju.kit.tenancy import operator_context
from yuju.portal.people import for_person, resident_acting, session_person
from yuju.residency.ports import code_channels, codes_are_shown
from yuju.residency.selectors import Person
from yuju.residency.services.portal_codes import portal_code_request, portal_sign_in
from yuju.residency.services.portal_session import SESSION_OPERATOR, portal_session_close, portal_session_open

YEAR = 365 * 24 * 3600


class PhoneForm(forms.Form):
    """The number a code is wanted for."""

    phone = forms.CharField(
        label=gettext_lazy("Phone number"),
        max_length=30,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel", "autofocus": True}),
    )


class CodeForm(forms.Form):
    """The code, for the number that was typed before."""

    phone = forms.CharField(max_length=30, widget=forms.HiddenInput())
    code = forms.CharField(
        label=gettext_lazy("Verification code"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}),
    )


class OperatorForm(forms.Form):
    """Whose resident one is, where the address does not tell."""

    operator = forms.SlugField(label=gettext_lazy("Operator code"), max_length=40)


@never_cache
@require_http_methods(["GET", "POST"])
def sign_in_page(request: HttpRequest, code: str | None = None) -> HttpResponseBase:
    """GET asks for the number. POST has a code made for it, and asks for the code whether or not the number is known."""
    if _signed_in(request):
        return redirect("portal:home")
    operator = operator_for(host=request.get_host().partition(":")[0], code=code)
    if operator is None:
        return _which_operator(request, code)
    if request.method == "GET":
        return _phone_form(request, PhoneForm(), code)
    form = PhoneForm(request.POST)
    if not form.is_valid():
        return _phone_form(request, form, code)
    with operator_context(operator.id):
        try:
            shown = portal_code_request(
                phone=form.cleaned_data["phone"],
                address=caller_address(request),
                channels=code_channels(),
                show=codes_are_shown(),
                at=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(refusal.field, str(refusal.message))
            return _phone_form(request, form, code)
    return _code_form(request, CodeForm(initial={"phone": form.cleaned_data["phone"]}), code, shown=shown)


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def code_page(request: HttpRequest, code: str | None = None) -> HttpResponseBase:
    """Takes the code."""
    start = _address("sign-in", code)
    operator = operator_for(host=request.get_host().partition(":")[0], code=code)
    if request.method == "GET" or operator is None or _signed_in(request):
        return redirect(start)
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _code_form(request, form, code, status=422)
    with resident_acting(operator.id):
        try:
            person = portal_sign_in(
                phone=form.cleaned_data["phone"],
                code=form.cleaned_data["code"],
                address=caller_address(request),
                at=timezone.now(),
            )
        except Refused as refusal:
            form.add_error("code", str(refusal.message))
            return _code_form(request, form, code, status=429 if refusal.code == "throttled" else 422)
        portal_session_open(request=request, person=person)
    return redirect("portal:home")


@require_POST
@for_person
def sign_out_page(request: HttpRequest, person: Person) -> HttpResponseBase:
    """Ends the session on this browser."""
    portal_session_close(request=request, person=person, at=timezone.now())
    return redirect("portal:sign-in")


@require_POST
def language_page(request: HttpRequest) -> HttpResponseBase:
    """Switches the language of this browser."""
    wanted = request.POST.get("language", "")
    if wanted not in dict(settings.LANGUAGES):
        raise Http404
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ) and back.startswith("/my/")
    response = HttpResponseRedirect(back if safe else reverse("portal:home"))
    translation.activate(wanted)
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, wanted, max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )
    return response


def _signed_in(request: HttpRequest) -> bool:
    operator_id = request.session.get(SESSION_OPERATOR)
    if operator_id is None:
        return False
    with operator_context(operator_id):
        return session_person(request) is not None


def _address(name: str, code: str | None) -> str:
    return reverse(f"portal:operator-{name}", args=[code]) if code else reverse(f"portal:{name}")


def _phone_form(request: HttpRequest, form: PhoneForm, code: str | None) -> HttpResponse:
    context = {"form": form, "action": _address("sign-in", code), "sends": bool(code_channels()) or codes_are_shown()}
    return render(request, "portal/sign_in.html", context, status=422 if form.errors else 200)


def _code_form(
    request: HttpRequest, form: CodeForm, code: str | None, *, shown: str = "", status: int = 200
) -> HttpResponse:
    phone = form["phone"].value() or ""
    context: dict[str, Any] = {
        "form": form,
        "masked": mask_phone("".join(phone.split())),
        "action": _address("code", code),
        "again": _address("sign-in", code),
        "phone": phone,
        "shown": shown,
        "too_many": codes_are_shown() and not shown and not form.is_bound,
        "sends": bool(code_channels()) or codes_are_shown(),
    }
    return render(request, "portal/code.html", context, status=status)


def _which_operator(request: HttpRequest, code: str | None) -> HttpResponseBase:
    """Several operators live here and the address names none: ask for the code."""
    form = OperatorForm({"operator": code} if code else request.POST or None)
    if code is None and form.is_bound and form.is_valid():
        return redirect("portal:operator-sign-in", code=form.cleaned_data["operator"])
    if code is not None:
        form.add_error("operator", _("There is no operator with this code. Ask the front desk for the right address."))
    return render(request, "portal/which_operator.html", {"form": form}, status=404 if code else 200)
