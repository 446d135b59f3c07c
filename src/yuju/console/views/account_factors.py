"""Setting up two-step sign-in: the app, passkeys, recovery codes; and proving once more who one is."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from yuju.console.confirming import confirmed
from yuju.console.pages.premises import user_of
from yuju.console.qr import qr_svg
from yuju.console.secrets_once import secret_keep, secret_take
from yuju.console.signing_in import page_after, passkey_challenge, passkey_keep, passkey_site, passkeys_work
from yuju.console.views.second_factor import CodeForm
from yuju.identity.addresses import caller_address
from yuju.identity.browsers import device_words
from yuju.identity.models import Operator, Passkey, TotpFactor
from yuju.identity.services.passkeys import (
    passkey_add,
    passkey_add_options,
    passkey_ask,
    passkey_check,
    passkey_remove,
    passkey_rename,
)
from yuju.identity.services.second_factor import (
    recovery_codes_make,
    totp_add,
    totp_address,
    totp_remove,
    totp_secret_make,
)
from yuju.identity.services.session import session_confirm, session_hold_for_factor
from yuju.identity.services.sign_in import password_confirm
from yuju.identity.sessions import SESSION_FACTOR_DUE
from yuju.kit.console import signed_in
from yuju.kit.errors import Refused
from yuju.kit.toasts import toast_add

SECRET, CODES = "totp", "recovery-codes"


class ConfirmForm(forms.Form):
    """The password, once more."""

    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )


@require_GET
@signed_in
def choice_page(request: HttpRequest) -> HttpResponseBase:
    """The ways of two-step sign-in; whoever has to have one and has none comes here and no further."""
    user = user_of(request)
    context = {
        "must": SESSION_FACTOR_DUE in request.session,
        "has_app": TotpFactor.objects.filter(user=user).exists(),
        "passkeys": passkeys_work(request),
    }
    return render(request, "console/factors/choice.html", context)


# The app


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
@signed_in
@confirmed
def app_page(request: HttpRequest) -> HttpResponseBase:
    """Shows the QR code for an app, and takes the first digits it shows. The secret is kept only once they are right."""
    user = user_of(request)
    if TotpFactor.objects.filter(user=user).exists():
        return redirect("console:account")
    secret = secret_take(request, SECRET) or totp_secret_make()
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            codes = totp_add(user=user, secret=secret, code=form.cleaned_data["code"], at=timezone.now())
        except Refused as refusal:
            form.add_error(refusal.field, str(refusal.message))
        else:
            return _set_up(request, codes, _("Two-step sign-in is on"))
    secret_keep(request, SECRET, secret)
    spaced = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    context = {"form": form, "qr": qr_svg(totp_address(user=user, secret=secret)), "secret": spaced}
    return render(request, "console/factors/app.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
@confirmed
def app_remove_page(request: HttpRequest) -> HttpResponseBase:
    """Removes the app."""
    return _done(request, lambda: totp_remove(user=user_of(request), at=timezone.now()), _("The app was removed"))


# Recovery codes


@never_cache
@require_http_methods(["GET", "POST"])
@signed_in
def recovery_page(request: HttpRequest) -> HttpResponseBase:
    """Shows new recovery codes, once. POST makes them."""
    if request.method == "POST":
        return _codes_anew(request)
    codes = secret_take(request, CODES).split()
    if not codes:
        return redirect("console:account")
    user = user_of(request)
    operator = Operator.objects.get(pk=user.operator_id)
    context = {"codes": codes, "operator": operator.name, "made": timezone.now()}
    return render(request, "console/factors/recovery_codes.html", context)


@confirmed
def _codes_anew(request: HttpRequest) -> HttpResponseBase:
    try:
        codes = recovery_codes_make(user=user_of(request), at=timezone.now())
    except Refused as refusal:
        toast_add(request, str(refusal), kind="bad")
        return redirect("console:account")
    secret_keep(request, CODES, " ".join(codes))
    return redirect("console:recovery-codes")


# Passkeys


@require_POST
@signed_in
@confirmed
def passkey_ask_page(request: HttpRequest) -> HttpResponseBase:
    """What the browser needs to make a passkey, as JSON."""
    asked = passkey_add_options(user=user_of(request), site=passkey_site(request))
    return HttpResponse(passkey_keep(request, asked), content_type="application/json")


@require_POST
@signed_in
def passkey_add_page(request: HttpRequest) -> HttpResponseBase:
    """Keeps the passkey the browser made, named after the browser."""
    try:
        _passkey, codes = passkey_add(
            user=user_of(request),
            name=device_words(request.headers.get("User-Agent", "")),
            credential=request.POST.get("credential", ""),
            challenge=passkey_challenge(request),
            site=passkey_site(request),
            at=timezone.now(),
        )
    except Refused as refusal:
        toast_add(request, str(refusal), kind="bad")
        return redirect("console:factor-choice" if SESSION_FACTOR_DUE in request.session else "console:account")
    return _set_up(request, codes, _("The passkey was added"))


@require_POST
@signed_in
def passkey_rename_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Renames a passkey."""
    passkey = get_object_or_404(Passkey, pk=pk, user=user_of(request))
    return _done(request, lambda: passkey_rename(passkey=passkey, name=request.POST.get("name", "")), _("Saved"))


@require_POST
@signed_in
@confirmed
def passkey_remove_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Removes a passkey."""
    passkey = get_object_or_404(Passkey, pk=pk, user=user_of(request))
    return _done(request, lambda: passkey_remove(passkey=passkey, at=timezone.now()), _("The passkey was removed"))


# Proving once more who one is


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
@signed_in
def confirm_page(request: HttpRequest) -> HttpResponseBase:
    """Asks for the password or a passkey, and leads back."""
    form = ConfirmForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            password_confirm(
                user=user_of(request),
                password=form.cleaned_data["password"],
                address=caller_address(request),
                at=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(refusal.field, str(refusal.message))
        else:
            session_confirm(store=request.session, at=timezone.now())
            return redirect(page_after(request))
    return _confirm_form(request, form, 422 if form.errors else 200)


@require_POST
@signed_in
def confirm_ask_page(request: HttpRequest) -> HttpResponse:
    """What the browser needs to prove one of one's passkeys, as JSON."""
    asked = passkey_ask(user=user_of(request), site=passkey_site(request))
    return HttpResponse(passkey_keep(request, asked), content_type="application/json")


@sensitive_post_parameters("credential")
@require_POST
@signed_in
def confirm_passkey_page(request: HttpRequest) -> HttpResponseBase:
    """Takes the proof of a passkey in place of the password."""
    try:
        passkey_check(
            credential=request.POST.get("credential", ""),
            challenge=passkey_challenge(request),
            site=passkey_site(request),
            user=user_of(request),
            address=caller_address(request),
            at=timezone.now(),
        )
    except Refused as refusal:
        form = ConfirmForm({})
        form.errors.clear()
        form.add_error(None, str(refusal.message))
        return _confirm_form(request, form, 422)
    session_confirm(store=request.session, at=timezone.now())
    return redirect(page_after(request))


def _confirm_form(request: HttpRequest, form: ConfirmForm, status: int) -> HttpResponse:
    context = {
        "form": form,
        "next": page_after(request),
        "passkeys": passkeys_work(request) and Passkey.objects.filter(user=user_of(request)).exists(),
        "passkey_action": reverse("console:confirm-passkey"),
        "passkey_ask": reverse("console:confirm-passkey-ask"),
    }
    return render(request, "console/factors/confirm.html", context, status=status)


def _set_up(request: HttpRequest, codes: list[str], said: str) -> HttpResponseBase:
    """A factor is there: nothing more is owed, and the recovery codes, if new, are shown."""
    session_hold_for_factor(store=request.session, due=False)
    toast_add(request, said)
    if codes:
        secret_keep(request, CODES, " ".join(codes))
        return redirect("console:recovery-codes")
    return redirect("console:account")


def _done(request: HttpRequest, act: Any, said: str) -> HttpResponseBase:
    """Does something and says so, or says why not, on the account's page."""
    try:
        act()
        toast_add(request, said)
    except Refused as refusal:
        toast_add(request, str(refusal), kind="bad")
    return redirect("console:account")
