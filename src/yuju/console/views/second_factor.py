"""The second step of signing in, and signing in with a passkey alone."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from yuju.console.signing_in import (
    Held,
    held_for_factor,
    let_in,
    page_after,
    passkey_challenge,
    passkey_keep,
    passkey_site,
    passkeys_work,
)
from yuju.console.views.session import SignInForm, sign_in_form
from yuju.identity.addresses import caller_address
from yuju.identity.choices import SignInMeans
from yuju.identity.models import Passkey, TotpFactor, User
from yuju.identity.operators import operator_for
from yuju.identity.services.passkeys import passkey_ask, passkey_check
from yuju.identity.services.second_factor import factor_check, recovery_codes_left
from yuju.kit.errors import Refused
from yuju.kit.tenancy import operator_context
from yuju.kit.toasts import toast_add


class CodeForm(forms.Form):
    """The digits of the app, or a recovery code."""

    code = forms.CharField(
        label=gettext_lazy("6-digit code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}),
    )


class RecoveryForm(forms.Form):
    """A recovery code."""

    code = forms.CharField(
        label=gettext_lazy("Recovery code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "autofocus": True}),
    )


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def factor_page(request: HttpRequest) -> HttpResponseBase:
    """Takes the code of whoever has just given the password; `?use=recovery` asks for a recovery code."""
    held = held_for_factor(request)
    if held is None:
        return redirect("console:sign-in")
    with operator_context(held.operator_id):
        user = held.user()
        if user is None:
            return redirect("console:sign-in")
        recovery = "recovery" in (request.GET.get("use"), request.POST.get("use"))
        form = (RecoveryForm if recovery else CodeForm)(request.POST or None)
        status = 200
        if request.method == "POST":
            status = 422
            if form.is_valid():
                try:
                    means = factor_check(
                        user=user, code=form.cleaned_data["code"], address=caller_address(request), at=timezone.now()
                    )
                    return _in_with_code(request, user, means, held.to)
                except Refused as refusal:
                    form.add_error("code", str(refusal.message))
                    status = 429 if refusal.code == "throttled" else 422
        return _factor_form(request, form, user, recovery, status)


@require_POST
def passkey_ask_page(request: HttpRequest, code: str | None = None) -> HttpResponse:
    """What the browser needs to prove a passkey, as JSON: of whoever has just given the password, or of anybody."""
    held = held_for_factor(request)
    asked = None
    if held is not None:
        with operator_context(held.operator_id):
            asked = passkey_ask(user=held.user(), site=passkey_site(request))
    asked = asked or passkey_ask(user=None, site=passkey_site(request))
    return HttpResponse(passkey_keep(request, asked), content_type="application/json")


@never_cache
@sensitive_post_parameters("credential")
@require_POST
def passkey_page(request: HttpRequest, code: str | None = None) -> HttpResponseBase:
    """Signs in with the passkey the browser has proved."""
    challenge = passkey_challenge(request)
    held = held_for_factor(request)
    operator = operator_for(host=request.get_host().partition(":")[0], code=code)
    operator_id = held.operator_id if held is not None else operator.id if operator is not None else None
    if operator_id is None:
        return redirect("console:sign-in")
    with operator_context(operator_id):
        expected = held.user() if held is not None else None
        if held is not None and expected is None:
            return redirect("console:sign-in")
        try:
            user = passkey_check(
                credential=request.POST.get("credential", ""),
                challenge=challenge,
                site=passkey_site(request),
                user=expected,
                address=caller_address(request),
                at=timezone.now(),
            )
        except Refused as refusal:
            return _refused(request, str(refusal.message), expected, code, refusal.code == "throttled")
        means = SignInMeans.PASSKEY if held is None else SignInMeans.PASSWORD_PASSKEY
        return let_in(request, user, means, _page_asked_for(request, held))


def _page_asked_for(request: HttpRequest, held: Held | None) -> str:
    return held.to if held is not None else page_after(request)


def _in_with_code(request: HttpRequest, user: User, means: SignInMeans, to: str) -> HttpResponseBase:
    response = let_in(request, user, means, to)
    if means == SignInMeans.RECOVERY_CODE:
        left = recovery_codes_left(user)
        text = ngettext("%(count)d recovery code is left", "%(count)d recovery codes are left", left) % {"count": left}
        toast_add(request, text, action_label=gettext_lazy("My account"), action_url=reverse("console:account"))
    return response


def _factor_form(request: HttpRequest, form: forms.Form, user: User, recovery: bool, status: int) -> HttpResponse:
    has_totp = TotpFactor.objects.filter(user=user).exists()
    has_passkey = Passkey.objects.filter(user=user).exists()
    context = {
        "form": form,
        "name": user.name,
        "recovery": recovery,
        "has_totp": has_totp,
        "has_codes": recovery_codes_left(user) > 0,
        "has_passkey": has_passkey,
        "passkeys": has_passkey and passkeys_work(request),
        "passkey_action": reverse("console:sign-in-passkey"),
        "passkey_ask": reverse("console:sign-in-passkey-ask"),
    }
    return render(request, "console/sign_in_factor.html", context, status=status)


def _refused(request: HttpRequest, why: str, user: User | None, code: str | None, throttled: bool) -> HttpResponseBase:
    """The page the proof came from, with what was wrong; what it asks for besides is not at fault."""
    form: forms.Form = CodeForm({}) if user is not None else SignInForm({})
    form.errors.clear()
    form.add_error(None, why)
    status = 429 if throttled else 422
    return (
        _factor_form(request, form, user, False, status)
        if user is not None
        else sign_in_form(request, form, code, status)
    )


@require_POST
def another_page(request: HttpRequest) -> HttpResponseBase:
    """Forgets whose password was given, so that somebody else can sign in."""
    request.session.flush()
    return redirect("console:sign-in")
