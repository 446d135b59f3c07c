"""The page behind a one-time link, where somebody sets a password; and what is said of one while it is typed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from yuju.console.signing_in import hold_for_factor, let_in
from yuju.identity.choices import SignInMeans
from yuju.identity.models import Operator, User
from yuju.identity.operators import operator_for
from yuju.identity.passwords import password_judge
from yuju.identity.services.invitations import invitation_accept, invitation_open
from yuju.identity.services.rules import needs_factor
from yuju.identity.services.second_factor import has_factor
from yuju.kit.errors import Refused
from yuju.kit.tenancy import operator_context


class OwnPasswordForm(forms.Form):
    """A password of one's own, twice."""

    new = forms.CharField(
        label=gettext_lazy("New password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "autofocus": True}),
    )
    again = forms.CharField(
        label=gettext_lazy("New password once more"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> None:
        given = self.cleaned_data
        if "new" in given and "again" in given and given["new"] != given["again"]:
            self.add_error("again", _("The two differ."))


@never_cache
@sensitive_post_parameters("new", "again")
@require_http_methods(["GET", "HEAD", "POST"])
def join_page(request: HttpRequest, code: str, token: str) -> HttpResponseBase:
    """GET only looks, since messengers fetch links to show a preview; POST sets the password and uses the link up."""
    operator = operator_for(host=request.get_host().partition(":")[0], code=code)
    if operator is None:
        return _over(request)
    with operator_context(operator.id):
        invitation = invitation_open(token=token, at=timezone.now())
        if invitation is None:
            return _over(request)
        form = OwnPasswordForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                user = invitation_accept(token=token, password=form.cleaned_data["new"], at=timezone.now())
            except Refused as refusal:
                if refusal.code == "over":
                    return _over(request)
                form.add_error("new", str(refusal.message))
            else:
                return _joined(request, user)
        user = invitation.user
        context: dict[str, Any] = {
            "form": form,
            "person": user,
            "operator": Operator.objects.get(pk=operator.id),
            "joining": not user.has_usable_password(),
            "two_step": needs_factor(user) and not has_factor(user),
            "until": invitation.expires_at,
            "code": code,
            "token": token,
        }
        return _private(render(request, "console/join.html", context, status=422 if form.errors else 200))


@sensitive_post_parameters("new")
@require_POST
def judge_page(request: HttpRequest) -> HttpResponse:
    """What is to be said of a password while it is typed: by somebody signed in, or with an open link (`code`, `token`)."""
    password = request.POST.get("new", "")[:200]
    if isinstance(request.user, User):
        return _judged(request, password, request.user)
    operator = operator_for(host=request.get_host().partition(":")[0], code=request.POST.get("code") or None)
    if operator is None:
        return HttpResponse(status=404)
    with operator_context(operator.id):
        invitation = invitation_open(token=request.POST.get("token", ""), at=timezone.now())
        if invitation is None:
            return HttpResponse(status=404)
        return _judged(request, password, invitation.user)


def _judged(request: HttpRequest, password: str, user: User) -> HttpResponse:
    judgement = password_judge(password, user) if password else None
    return _private(render(request, "console/factors/judgement.html", {"judgement": judgement}))


def _joined(request: HttpRequest, user: User) -> HttpResponseBase:
    """Signs in whoever has no second factor; others still show theirs. Whoever needs one sets it up at once."""
    if has_factor(user):
        hold_for_factor(request, user, "/")
        return redirect("console:sign-in-factor")
    return let_in(request, user, SignInMeans.LINK, "/account/two-step" if needs_factor(user) else "/")


def _over(request: HttpRequest) -> HttpResponse:
    return _private(render(request, "console/join_over.html", status=404))


def _private(response: HttpResponse) -> HttpResponse:
    """The address is a key: nobody keeps the page, no search engine lists it."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Cache-Control"] = "private, no-store"
    return response
