"""What the pages of signing in share: whoever gave the password and still owes the second factor, and letting in."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from yuju.identity.browsers import is_handheld
from yuju.identity.choices import SignInMeans
from yuju.identity.models import User
from yuju.identity.services.passkeys import Asked, Site
from yuju.journeys.staff_sign_in import staff_let_in
from yuju.kit.toasts import toast_add
from yuju.workforce.selectors import DO

YEAR = 365 * 24 * 3600
DEVICE_COOKIE = "yuju_device"
HELD_FOR = timedelta(minutes=10)
ASKED_FOR = timedelta(minutes=5)
_HELD, _ASKED = "factor_owed", "passkey_asked"


@dataclass(frozen=True)
class Held:
    """Somebody whose password was right and whose second factor is still to come."""

    operator_id: int
    user_id: int
    stamp: str
    to: str

    def user(self) -> User | None:
        """Who it is, in the context of their operator; None when the password was changed meanwhile, or the user locked."""
        user = User.objects.filter(pk=self.user_id, is_active=True).first()
        return user if user is not None and user.get_session_auth_hash() == self.stamp else None


def hold_for_factor(request: HttpRequest, user: User, to: str) -> None:
    """Remembers on this browser, for ten minutes, that the password was right; nobody is signed in by it."""
    request.session.flush()
    held = {"operator_id": user.operator_id, "user_id": user.pk, "stamp": user.get_session_auth_hash(), "to": to}
    request.session[_HELD] = {**held, "at": timezone.now().timestamp()}


def held_for_factor(request: HttpRequest) -> Held | None:
    """Who gave the password on this browser a moment ago."""
    kept: dict[str, Any] = request.session.get(_HELD) or {}
    if not kept or not 0 <= timezone.now().timestamp() - kept["at"] < HELD_FOR.total_seconds():
        return None
    return Held(kept["operator_id"], kept["user_id"], kept["stamp"], kept["to"])


def let_in(request: HttpRequest, user: User, means: SignInMeans, to: str) -> HttpResponseBase:
    """Signs in and leads to a page, or to setting up what is owed. Inside the context of the user's operator."""
    device = request.COOKIES.get(DEVICE_COOKIE) or secrets.token_urlsafe(18)
    outcome = staff_let_in(request=request, user=user, means=means, device=device, at=timezone.now())
    if outcome.owed_by is not None:
        toast_add(
            request,
            _("Your role needs two-step sign-in by %(day)s.") % {"day": _day(outcome.owed_by)},
            action_label=_("Set up"),
            action_url=reverse("console:factor-choice"),
        )
    if to == reverse("console:home") and _on_their_feet(request, user):
        to = reverse("field:home")
    response = HttpResponseRedirect(reverse("console:factor-choice") if outcome.must_set_up else to)
    response.set_cookie(
        DEVICE_COOKIE, device, max_age=YEAR, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )
    if user.language:
        keep_language(response, user.language)
    return response


def _on_their_feet(request: HttpRequest, user: User) -> bool:
    """Whether somebody does tasks and oversees none, and holds a phone: the field face is where they begin."""
    return is_handheld(request.headers.get("User-Agent", "")) and user.may(DO) and not user.may("tasks.view")


def keep_language(response: HttpResponseBase, language: str) -> None:
    """Keeps a language on this browser."""
    translation.activate(language)
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, language, max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )


def page_after(request: HttpRequest) -> str:
    """The page of ours that was asked for before (`next`), or home."""
    return safe_page(request, request.POST.get("next") or request.GET.get("next") or "") or reverse("console:home")


def safe_page(request: HttpRequest, wanted: str) -> str:
    """An address if it is one of ours, else nothing."""
    ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if ours else ""


def passkey_site(request: HttpRequest) -> Site:
    """The site that passkeys made by this request's browser belong to."""
    host = request.get_host()
    return Site(host=_without_port(host), origin=f"{request.scheme}://{host}")


def passkeys_work(request: HttpRequest) -> bool:
    """Whether browsers make passkeys for this address: it has a name, and is encrypted or on this machine."""
    host = _without_port(request.get_host())
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return request.is_secure() or host == "localhost" or host.endswith(".localhost")
    return False


def passkey_keep(request: HttpRequest, asked: Asked) -> str:
    """Remembers what the browser was asked, for one answer; returns the options as JSON."""
    request.session[_ASKED] = {"challenge": asked.challenge, "at": timezone.now().timestamp()}
    return asked.options


def passkey_challenge(request: HttpRequest) -> str:
    """What the browser was asked last, once; empty when that was more than five minutes ago."""
    kept: dict[str, Any] = request.session.pop(_ASKED, None) or {}
    fresh = bool(kept) and 0 <= timezone.now().timestamp() - kept["at"] < ASKED_FOR.total_seconds()
    return str(kept["challenge"]) if fresh else ""


def _without_port(host: str) -> str:
    return host if host.endswith("]") else host.rpartition(":")[0] or host


def _day(moment: datetime) -> str:
    return f"{timezone.localdate(moment):%Y-%m-%d}"
