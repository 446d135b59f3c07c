"""What proves who somebody is beside the password, and what an operator demands of its staff."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from yuju.identity.models.people import User
from yuju.kit.fields import EncryptedTextField
from yuju.kit.models import Walled, WalledForeignKey


class SignInRules(Walled):
    """An operator's rules for signing in: who needs a second factor, and how long a session lasts. One row, or none yet."""

    roles_with_factor: Any = models.JSONField(_("roles that need two-step sign-in"), default=list, blank=True)
    grace_days = models.PositiveSmallIntegerField(_("days to set it up"), default=7)
    idle_minutes = models.PositiveIntegerField(_("signed out after idling"), default=240)
    session_hours = models.PositiveIntegerField(_("signed out in any case after"), default=12)

    class Meta:
        verbose_name = _("sign-in rules")
        verbose_name_plural = _("sign-in rules")
        constraints = [models.UniqueConstraint(fields=["operator_id"], name="sign_in_rules_once")]


class TotpFactor(Walled):
    """The app on a user's phone that shows six digits, another set each half minute (RFC 6238). One for each user.

    `last_step` is the half minute since 1970 whose digits were taken last: neither they nor older ones are taken again.
    """

    user = WalledForeignKey(User, related_name="totp_factors", verbose_name=_("user"))
    secret = EncryptedTextField()
    last_step = models.BigIntegerField(default=0)
    added_at = models.DateTimeField(_("added"))
    used_at = models.DateTimeField(_("last used"), null=True)

    class Meta:
        verbose_name = _("authenticator app")
        verbose_name_plural = _("authenticator apps")
        constraints = [models.UniqueConstraint(fields=["operator_id", "user"], name="totp_once")]


class RecoveryCode(Walled):
    """One of the codes that let a user in once when phone and passkey are lost. Only its keyed hash is kept."""

    user = WalledForeignKey(User, related_name="recovery_codes", verbose_name=_("user"))
    code_hash = models.CharField(max_length=32)
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("recovery code")
        verbose_name_plural = _("recovery codes")
        constraints = [models.UniqueConstraint(fields=["operator_id", "user", "code_hash"], name="recovery_code_once")]


class Passkey(Walled):
    """A passkey (通行密钥) of a user: the public half of a key that the user's device keeps, for this site alone.

    `sign_count` is what the device said at its last use; one that counts backwards is a copy and is refused.
    """

    user = WalledForeignKey(User, related_name="passkeys", verbose_name=_("user"))
    name = models.CharField(_("name"), max_length=60)
    credential_id = models.CharField(max_length=1400)
    public_key = models.TextField()
    sign_count = models.BigIntegerField(default=0)
    added_at = models.DateTimeField(_("added"))
    used_at = models.DateTimeField(_("last used"), null=True)

    class Meta:
        verbose_name = _("passkey")
        verbose_name_plural = _("passkeys")
        constraints = [models.UniqueConstraint(fields=["operator_id", "credential_id"], name="passkey_once")]
        indexes = [models.Index(fields=["operator_id", "user"], name="passkey_by_user")]
