"""How somebody proves to have a telephone number."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from yuju.identity.models import User
from yuju.kit.models import Walled, WalledForeignKey
from yuju.residency.choices import CodePurpose


class PortalCode(Walled):
    """A code with which somebody proves to have a telephone number: sent to it, or handed over at the desk.

    It is good once, until it expires or was mistyped too often. Neither the number nor the code is stored in the clear.

    Attributes:
        bearer_hash: of the number that is to be replaced, where the code is for a new one; of the document, where it signs one.
        made_by: who printed the slip.
    """

    purpose = models.CharField(max_length=10, choices=CodePurpose.choices)
    phone_hash = models.CharField(max_length=64)
    bearer_hash = models.CharField(max_length=64, blank=True, default="")
    code_hash = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    made_by = WalledForeignKey(User, null=True, blank=True, related_name="+")
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("portal code")
        verbose_name_plural = _("portal codes")
        indexes = [
            models.Index(fields=["operator_id", "phone_hash", "expires_at"], name="portal_code_by_phone"),
            models.Index(fields=["operator_id", "expires_at"], name="portal_code_by_end"),
        ]
