"""Where users are signed in."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from yuju.identity.choices import SignInMeans
from yuju.identity.models.people import User
from yuju.kit.models import Walled, WalledForeignKey


class UserSession(Walled):
    """A user signed in on a browser, from the sign-in on. It holds until the first of `ended_at`, `idle_until`, `ends_at`.

    How long it may idle is the span from `seen_at` to `idle_until`; both move on together.
    """

    user = WalledForeignKey(User, related_name="sessions", verbose_name=_("user"))
    means = models.CharField(_("signed in with"), max_length=20, choices=SignInMeans.choices)
    started_at = models.DateTimeField(_("signed in at"))
    seen_at = models.DateTimeField(_("last seen"))
    idle_until = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    address = models.CharField(_("address"), max_length=45, blank=True, default="")
    user_agent = models.CharField(max_length=300, blank=True, default="")
    device_hash = models.CharField(max_length=32, blank=True, default="")

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        indexes = [models.Index(fields=["operator_id", "user", "-started_at"], name="session_by_user")]
