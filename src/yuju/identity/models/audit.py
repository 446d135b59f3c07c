"""What was done that must be answered for."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from yuju.identity.choices import AuditAction
from yuju.identity.models.people import User
from yuju.kit.models import Walled, WalledForeignKey


class AuditEntry(Walled):
    """Something done that must be answered for: a sign-in, personal data shown, an export, a decision.

    `origin` says from where, as `yuju.kit.tenancy.current_origin` does.
    """

    at = models.DateTimeField(_("time"))
    user = WalledForeignKey(User, null=True, related_name="+", verbose_name=_("user"))
    origin: Any = models.JSONField(default=dict)
    action = models.CharField(_("action"), max_length=20, choices=AuditAction.choices)
    object_kind = models.CharField(_("object"), max_length=40, blank=True, default="")
    object_id = models.BigIntegerField(null=True)
    property_id = models.BigIntegerField(null=True)
    detail: Any = models.JSONField(_("detail"), default=dict)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        indexes = [
            models.Index(fields=["operator_id", "-at"], name="audit_by_time"),
            models.Index(fields=["operator_id", "object_kind", "object_id"], name="audit_by_object"),
        ]
