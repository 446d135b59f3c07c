"""Links by which a user sets a password of their own."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from yuju.identity.choices import InvitationState
from yuju.identity.models.people import User
from yuju.kit.models import Walled, WalledForeignKey


class Invitation(Walled):
    """A link that a manager hands to a user, who sets a password with it, once: to join, or after forgetting it.

    Only the hash of what stands in the link is kept.
    """

    user = WalledForeignKey(User, related_name="invitations", verbose_name=_("user"))
    token_hash = models.CharField(max_length=64)
    made_at = models.DateTimeField(_("made at"))
    made_by = WalledForeignKey(User, null=True, related_name="+", verbose_name=_("invited by"))
    expires_at = models.DateTimeField(_("valid until"))
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "token_hash"], name="invitation_once"),
            models.UniqueConstraint(
                fields=["operator_id", "user"],
                condition=models.Q(used_at=None, revoked_at=None),
                name="invitation_open_once",
            ),
        ]

    def state(self, at: datetime) -> InvitationState:
        """What has become of the link by a moment."""
        if self.used_at is not None:
            return InvitationState.USED
        if self.revoked_at is not None:
            return InvitationState.REVOKED
        return InvitationState.OPEN if at < self.expires_at else InvitationState.EXPIRED
