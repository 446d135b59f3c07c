"""What every answer of the console carries: a strict content policy, the property chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from yuju.console.choice import chosen_property, offered_properties
from yuju.identity.sessions import SESSION_FACTOR_DUE

Next = Callable[[HttpRequest], HttpResponseBase]

POLICY = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
"""No inline script or style, no eval, nothing from elsewhere; small pictures inside style sheets are `data:`."""


def content_security_policy(get_response: Next) -> Next:
    """Sets the policy on every answer."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if response.status_code >= 400:
            # What is refused to one is not what another should see.
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return middleware


class FactorMiddleware:
    """Whoever has to set up two-step sign-in first sees nothing but the pages for it.

    Stands after the operator's middleware.
    """

    ALLOWED = frozenset(
        f"console:{name}"
        for name in (
            "factor-choice",
            "factor-app",
            "recovery-codes",
            "passkey-ask",
            "passkey-add",
            "confirm",
            "confirm-passkey",
            "confirm-passkey-ask",
            "sign-out",
            "language",
        )
    )

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:
        """Leads to the set-up whatever was asked for."""
        if SESSION_FACTOR_DUE not in request.session or not request.user.is_authenticated:
            return None
        asked = request.resolver_match
        if asked is not None and asked.view_name in self.ALLOWED:
            return None
        if request.headers.get("HX-Request"):
            return HttpResponse(status=403, headers={"HX-Redirect": reverse("console:factor-choice")})
        return HttpResponseRedirect(reverse("console:factor-choice"))


class PropertyMiddleware:
    """Sets `request.properties` (those the user may see) and `request.property` (the one chosen, or None for all).

    What it answers to somebody signed in no browser or proxy keeps: at a desk that several share, Back after signing out
    shows nobody's page.

    Stands after the operator's middleware, inside its transaction.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        """Looks once the page is known, so that files and unknown addresses cost nothing."""
        known: Any = request
        known.properties = offered_properties(request)
        known.property = chosen_property(request)
