"""A user who has proved who they are is let in: the session, the notice of a new device, the second factor still owed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from yuju.identity.browsers import device_words
from yuju.identity.choices import SignInMeans
from yuju.identity.models import User, UserSession
from yuju.identity.services.second_factor import factor_asked_from
from yuju.identity.services.session import is_new_device, session_hold_for_factor, session_open
from yuju.messaging.services import notice_send


@dataclass(frozen=True)
class LetIn:
    """How somebody was let in: whether only to set up a second factor, and by when it is owed where that is later."""

    must_set_up: bool
    owed_by: datetime | None


def staff_let_in(*, request: HttpRequest, user: User, means: SignInMeans, device: str, at: datetime) -> LetIn:
    """Opens the session of a user on this browser.

    Args:
        device: the unguessable token the browser is known by.
    """
    opened = session_open(request=request, user=user, means=means, device=device, at=at)
    if is_new_device(opened):
        _tell_of_device(user, opened)
    asked_from = factor_asked_from(user=user, at=at)
    due = asked_from is not None and at >= asked_from
    session_hold_for_factor(store=request.session, due=due)
    return LetIn(must_set_up=due, owed_by=None if due else asked_from)


def _tell_of_device(user: User, opened: UserSession) -> None:
    with translation.override(user.language or settings.LANGUAGE_CODE):
        title = _("Signed in on a new device: %(device)s") % {"device": device_words(opened.user_agent)}
        body = _("From %(address)s. Was it not you? End that session and change your password.") % {
            "address": opened.address or "—"
        }
    notice_send(to=[user], title=title, body=body, link=reverse("console:account"), at=opened.started_at)
