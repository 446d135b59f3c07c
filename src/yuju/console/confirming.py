"""Sensitive acts ask once more who is there, unless that was proved within the last ten minutes."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import quote, urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yuju.console.pages.premises import user_of
from yuju.console.signing_in import passkey_challenge, passkey_site, passkeys_work, safe_page
from yuju.identity.addresses import caller_address
from yuju.identity.models import Passkey
from yuju.identity.services import password_confirm
from yuju.identity.services.passkeys import passkey_check
from yuju.identity.services.session import session_confirm
from yuju.identity.sessions import recently_confirmed
from yuju.kit.errors import Refused

View = Callable[..., HttpResponseBase]


def confirmed(view: View) -> View:
    """A page or act for those who have just proved who they are; others do so first, and come back to where they were."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if recently_confirmed(request.session, timezone.now()):
            return view(request, *args, **kwargs)
        url = f"{reverse('console:confirm')}?next={quote(_where(request))}"
        # A script that asks by itself cannot follow to a page.
        if request.headers.get("Accept", "").startswith("application/json"):
            return HttpResponse(status=403, headers={"X-Confirm": url})
        return HttpResponseRedirect(url)

    return guarded


def is_confirmed(request: HttpRequest) -> bool:
    """Whether this browser's user has just proved who they are."""
    return recently_confirmed(request.session, timezone.now())


def proof_asked(request: HttpRequest) -> dict[str, Any]:
    """What `console/factors/prove.html` shows within a form that asks who is there: nothing once that was proved."""
    asks = not is_confirmed(request)
    passkeys = asks and passkeys_work(request) and Passkey.objects.filter(user=user_of(request)).exists()
    return {"asks": asks, "prove_by_passkey": passkeys}


def prove(request: HttpRequest) -> None:
    """Takes the passkey or the password sent along with a form, unless who is there was just proved.

    Raises:
        Refused: neither is right (code `confirm`).
    """
    if is_confirmed(request):
        return
    if credential := request.POST.get("credential", ""):
        _passkey_prove(request, credential)
    else:
        password_prove(request, request.POST.get("confirm", "")[:200])


def _passkey_prove(request: HttpRequest, credential: str) -> None:
    at = timezone.now()
    try:
        passkey_check(
            credential=credential,
            challenge=passkey_challenge(request),
            site=passkey_site(request),
            user=user_of(request),
            address=caller_address(request),
            at=at,
        )
    except Refused as refusal:
        raise Refused(str(refusal), field="confirm", code="confirm") from refusal
    session_confirm(store=request.session, at=at)


def password_prove(request: HttpRequest, password: str) -> None:
    """Proves by the password that the user is still there; remembered, like every proof, for ten minutes.

    Raises:
        Refused: it is not the password, or there is none (code `confirm`).
    """
    if not password:
        # A field left empty is no try.
        raise Refused(_("Enter your password."), field="confirm", code="confirm")
    at = timezone.now()
    try:
        password_confirm(user=user_of(request), password=password, address=caller_address(request), at=at)
    except Refused as refusal:
        raise Refused(str(refusal), field="confirm", code="confirm") from refusal
    session_confirm(store=request.session, at=at)


def _where(request: HttpRequest) -> str:
    """The page to come back to: this one, or for an act the page its button stands on."""
    if request.method == "GET":
        return request.get_full_path()
    came_from = request.headers.get("Referer", "")
    page = urlsplit(came_from)
    return (safe_page(request, came_from) and f"{page.path}?{page.query}".rstrip("?")) or reverse("console:account")
