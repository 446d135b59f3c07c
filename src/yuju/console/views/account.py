"""One's own account: the password and the language."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from yuju.console.pages.premises import user_of
from yuju.identity.roles import in_rank
from yuju.identity.services import session_open, user_change_password
from yuju.kit.console import signed_in
from yuju.kit.errors import Refused
from yuju.kit.toasts import toast_add
from yuju.premises.models import Property


class PasswordForm(forms.Form):
    """The present password and the new one, twice."""

    old = forms.CharField(
        label=gettext_lazy("Present password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label=gettext_lazy("New password"),
        max_length=200,
        strip=False,
        help_text=gettext_lazy("At least 10 characters."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
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


@sensitive_post_parameters("old", "new", "again")
@require_http_methods(["GET", "POST"])
@signed_in
def account_page(request: HttpRequest) -> HttpResponseBase:
    """Shows the account and changes its password; this browser stays signed in, others do not."""
    user = user_of(request)
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user_change_password(
                user=user, old=form.cleaned_data["old"], new=form.cleaned_data["new"], at=timezone.now()
            )
        except Refused as refusal:
            form.add_error(refusal.field, str(refusal.message))
        else:
            session_open(request=request, user=user)
            toast_add(request, _("Your password was changed"))
            return redirect("console:account")
    names = dict(Property.objects.values_list("pk", "name"))
    places = [
        (
            _("All properties") if place is None else names.get(place, "—"),
            [role.label for role in in_rank(roles)],
        )
        for place, roles in user.roles_by_property.items()
    ]
    context = {"form": form, "places": places, "languages": settings.LANGUAGES}
    return render(request, "console/account.html", context, status=422 if form.errors else 200)
