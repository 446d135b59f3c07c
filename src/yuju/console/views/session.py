"""Signing in and out, the language, and the property chosen."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from yuju.console.choice import choose_property
from yuju.console.signing_in import hold_for_factor, keep_language, let_in, page_after, passkeys_work
from yuju.identity.addresses import caller_address
from yuju.identity.choices import SignInMeans
from yuju.identity.models import User
from yuju.identity.operators import operator_for
from yuju.identity.services.second_factor import has_factor
from yuju.identity.services.session import session_close
from yuju.identity.services.sign_in import sign_in
from yuju.kit.console.pages import signed_in
from yuju.kit.errors import Refused
from yuju.kit.tenancy import operator_context


class SignInForm(forms.Form):
    """User name and password."""

    username = forms.CharField(
        label=gettext_lazy("User name"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}),
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class OperatorForm(forms.Form):
    """Which operator's staff one belongs to, where the address does not tell."""

    operator = forms.SlugField(label=gettext_lazy("Operator code"), max_length=40)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in_page(request: HttpRequest, code: str | None = None) -> HttpResponseBase:
    """The sign-in page of the operator named by the address, the host name, or being the only one."""
    if isinstance(request.user, User):
        return HttpResponseRedirect(page_after(request))
    operator = operator_for(host=request.get_host().partition(":")[0], code=code)
    if operator is None:
        return _which_operator(request, code)
    if request.method == "GET":
        return sign_in_form(request, SignInForm(), code)
    form = SignInForm(request.POST)
    if not form.is_valid():
        return sign_in_form(request, form, code, 422)
    with operator_context(operator.id):
        try:
            user = sign_in(
                username=form.cleaned_data["username"],
                password=form.cleaned_data["password"],
                address=caller_address(request),
                at=timezone.now(),
            )
        except Refused as refusal:
            form.add_error(refusal.field, str(refusal.message))
            return sign_in_form(request, form, code, 429 if refusal.code == "throttled" else 422)
        if has_factor(user):
            hold_for_factor(request, user, page_after(request))
            return redirect("console:sign-in-factor")
        return let_in(request, user, SignInMeans.PASSWORD, page_after(request))


def sign_in_form(request: HttpRequest, form: forms.Form, code: str | None, status: int = 200) -> HttpResponse:
    """The page that asks for name and password, or a passkey."""
    context: dict[str, Any] = {
        "form": form,
        "code": code,
        "next": request.POST.get("next") or request.GET.get("next", ""),
        "passkeys": passkeys_work(request),
        "passkey_action": _address("sign-in-passkey", code),
        "passkey_ask": _address("sign-in-passkey-ask", code),
    }
    return render(request, "console/sign_in.html", context, status=status)


def _address(name: str, code: str | None) -> str:
    return reverse(f"console:operator-{name}", args=[code]) if code else reverse(f"console:{name}")


def _which_operator(request: HttpRequest, code: str | None) -> HttpResponseBase:
    """Several operators live here and the address names none: ask for the code."""
    form = OperatorForm({"operator": code} if code else request.POST or None)
    if code is None and form.is_bound and form.is_valid():
        return redirect("console:operator-sign-in", code=form.cleaned_data["operator"])
    if code is not None:
        form.add_error("operator", _("There is no operator with this code. Ask your manager for the right address."))
    return render(request, "console/which_operator.html", {"form": form}, status=404 if code else 200)


@require_POST
def sign_out_page(request: HttpRequest) -> HttpResponseBase:
    """Ends the session on this browser."""
    session_close(request=request, at=timezone.now())
    return redirect("console:sign-in")


@require_POST
def language_page(request: HttpRequest) -> HttpResponseBase:
    """Switches the language of this browser and, for a user, of the next sign-ins."""
    wanted = request.POST.get("language", "")
    if wanted not in dict(settings.LANGUAGES):
        raise Http404
    if isinstance(request.user, User):
        request.user.language = wanted
        request.user.save(update_fields=["language"])
    response = HttpResponseRedirect(page_after(request))
    keep_language(response, wanted)
    return response


@require_POST
@signed_in
def property_page(request: HttpRequest) -> HttpResponseBase:
    """Chooses the property the pages are about; without a number, all of them."""
    wanted = request.POST.get("property", "")
    if wanted and not (wanted.isascii() and wanted.isdigit() and len(wanted) < 19):
        raise Http404
    if not choose_property(request, int(wanted) if wanted else None):
        raise Http404
    return HttpResponseRedirect(page_after(request))
