"""How a member of staff signs in, as a manager sees it: the one-time link, two-step sign-in, open sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yuju.console.pages.premises import user_of
from yuju.console.qr import qr_svg
from yuju.console.secrets_once import secret_keep, secret_take
from yuju.identity.addresses import public_address
from yuju.identity.browsers import device_words, is_handheld
from yuju.identity.choices import InvitationState
from yuju.identity.models import Invitation, Operator, Passkey, TotpFactor, User
from yuju.identity.selectors import open_sessions
from yuju.identity.services.invitations import VALID_FOR, invitation_make
from yuju.identity.services.rules import needs_factor

STATE_TONES = {
    InvitationState.OPEN: "info",
    InvitationState.EXPIRED: "warn",
    InvitationState.USED: "ok",
    InvitationState.REVOKED: "",
}


def link_make(request: HttpRequest, user: User) -> None:
    """Makes a one-time link for a user, shown once on the user's page.

    Raises:
        Refused: the user is locked, or may not be changed by this one.
    """
    token = invitation_make(user=user, by=user_of(request), at=timezone.now())
    operator = Operator.objects.get(pk=user.operator_id)
    address = public_address(request, reverse("console:join", args=[operator.code, token]))
    secret_keep(request, f"link-{user.pk}", address)


def how_they_sign_in(request: HttpRequest, user: User) -> dict[str, Any]:
    """What the page of a user says of signing in."""
    at = timezone.now()
    link = secret_take(request, f"link-{user.pk}")
    latest = Invitation.objects.filter(user=user).order_by("-made_at", "-pk").first()
    return {
        "link": link,
        "link_qr": qr_svg(link) if link else "",
        "link_hours": int(VALID_FOR.total_seconds() // 3600),
        "invitation": latest,
        "invitation_tag": _state_tag(latest, at),
        "link_open": latest is not None and latest.state(at) == InvitationState.OPEN,
        "joined": user.has_usable_password(),
        "factors": _factors(user),
        "factor_needed": needs_factor(user),
        "sessions": [
            {
                "device": device_words(one.user_agent),
                "handheld": is_handheld(one.user_agent),
                "address": one.address,
                "seen": one.seen_at,
                "since": one.started_at,
            }
            for one in open_sessions(user, at)
        ],
    }


def _state_tag(invitation: Invitation | None, at: datetime) -> tuple[str, str] | None:
    if invitation is None:
        return None
    state = invitation.state(at)
    return STATE_TONES[state], str(state.label)


def _factors(user: User) -> list[str]:
    app = [_("Authenticator app")] if TotpFactor.objects.filter(user=user).exists() else []
    count = Passkey.objects.filter(user=user).count()
    return [*app, *([_("Passkeys: %(count)d") % {"count": count}] if count else [])]
