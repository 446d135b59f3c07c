"""One's own account: name, language, password, two-step sign-in, and where one is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from yuju.console.pages.premises import user_of
from yuju.console.signing_in import DEVICE_COOKIE, passkeys_work
from yuju.identity.browsers import device_words, is_handheld
from yuju.identity.choices import AuditAction, SignInMeans
from yuju.identity.models import AuditEntry, Passkey, TotpFactor, User, UserSession
from yuju.identity.roles import in_rank
from yuju.identity.selectors import open_sessions
from yuju.identity.services import session_open, sessions_end, user_change_password, user_rename
from yuju.identity.services.rules import needs_factor
from yuju.identity.services.second_factor import recovery_codes_left
from yuju.kit.console import signed_in
from yuju.kit.errors import Refused
from yuju.kit.toasts import toast_add
from yuju.premises.models import Property

SIGN_INS = 8


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


@dataclass(frozen=True)
class SignedIn:
    """A session as a line: where, on what, since when."""

    number: int
    device: str
    handheld: bool
    address: str
    means: str
    since: datetime
    seen: datetime
    is_this: bool


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
            device = request.COOKIES.get(DEVICE_COOKIE, "")
            session_open(request=request, user=user, means=SignInMeans.PASSWORD, device=device, at=timezone.now())
            toast_add(request, _("Your password was changed"))
            return redirect("console:account")
    context = {"form": form, "places": _places(user), "languages": settings.LANGUAGES, **_security(request, user)}
    return render(request, "console/account.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def name_page(request: HttpRequest) -> HttpResponseBase:
    """Changes one's name."""
    try:
        user_rename(user=user_of(request), name=request.POST.get("name", "")[:60])
        toast_add(request, _("Saved"))
    except Refused as refusal:
        toast_add(request, str(refusal), kind="bad")
    return redirect("console:account")


@require_POST
@signed_in
def session_end_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Ends one of one's sessions."""
    session = get_object_or_404(UserSession, pk=pk, user=user_of(request))
    sessions_end(user=user_of(request), by=user_of(request), at=timezone.now(), only=session.pk)
    toast_add(request, _("Signed out there"))
    return redirect("console:account")


@require_POST
@signed_in
def sessions_end_page(request: HttpRequest) -> HttpResponseBase:
    """Ends all of one's sessions but this one."""
    this: Any = request
    user = user_of(request)
    count = sessions_end(user=user, by=user, at=timezone.now(), but=this.user_session.pk)
    text = ngettext("Signed out on %(count)d other browser", "Signed out on %(count)d other browsers", count)
    toast_add(request, text % {"count": count})
    return redirect("console:account")


def signed_in_lines(request: HttpRequest, user: User) -> list[SignedIn]:
    """Where a user is signed in, this browser first."""
    this = getattr(request, "user_session", None)
    lines = [
        SignedIn(
            number=one.pk,
            device=device_words(one.user_agent),
            handheld=is_handheld(one.user_agent),
            address=one.address,
            means=str(SignInMeans(one.means).label),
            since=one.started_at,
            seen=one.seen_at,
            is_this=this is not None and one.pk == this.pk,
        )
        for one in open_sessions(user, timezone.now())
    ]
    return sorted(lines, key=lambda line: not line.is_this)


def _security(request: HttpRequest, user: User) -> dict[str, Any]:
    app = TotpFactor.objects.filter(user=user).first()
    passkeys = list(Passkey.objects.filter(user=user).order_by("added_at", "pk"))
    return {
        "app": app,
        "user_passkeys": passkeys,
        "codes_left": recovery_codes_left(user) if app or passkeys else 0,
        "protected": bool(app or passkeys),
        "needed": needs_factor(user),
        "passkeys_work": passkeys_work(request),
        "sessions": signed_in_lines(request, user),
        "sign_ins": _sign_ins(user),
    }


def _places(user: User) -> list[tuple[Any, list[str]]]:
    names = dict(Property.objects.values_list("pk", "name"))
    return [
        (
            _("All properties") if place is None else names.get(place, "—"),
            [role.label for role in in_rank(roles)],
        )
        for place, roles in user.roles_by_property.items()
    ]


def _sign_ins(user: User) -> list[dict[str, Any]]:
    """The latest sign-ins as the audit has them, with what is known of the device."""
    entries = list(AuditEntry.objects.filter(user=user, action=AuditAction.SIGNED_IN).order_by("-at", "-pk")[:SIGN_INS])
    known = UserSession.objects.in_bulk([entry.detail["session"] for entry in entries if "session" in entry.detail])
    return [_sign_in_line(entry, known.get(entry.detail.get("session", 0))) for entry in entries]


def _sign_in_line(entry: AuditEntry, session: UserSession | None) -> dict[str, Any]:
    means = entry.detail.get("means")
    what = str(SignInMeans(means).label) if means in SignInMeans.values else ""
    return {
        "title": device_words(session.user_agent) if session is not None else entry.get_action_display(),
        "text": " · ".join(filter(None, [what, session.address if session is not None else ""])),
        "when": entry.at,
    }
