"""Which lease goes on where another ends."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from yuju.identity.models import User
from yuju.kit.models import Walled, WalledForeignKey
from yuju.residency.choices import LinkKind
from yuju.residency.models.tenures import Tenure


class TenureLink(Walled):
    """One lease follows another (承接): the stay goes on renewed, in another room, or with another tenant.

    Both leases stay on record with everything that was billed and paid. Never changed.

    Attributes:
        reason: why, where somebody said so.
        key: drawn by whoever asks, so that asking twice makes one lease.
    """

    before = WalledForeignKey(Tenure, related_name="followers", verbose_name=_("earlier lease"))
    after = WalledForeignKey(Tenure, related_name="predecessors", verbose_name=_("later lease"))
    kind = models.CharField(_("kind"), max_length=8, choices=LinkKind.choices)
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    key = models.UUIDField(editable=False)
    at = models.DateTimeField(_("time"))
    by = WalledForeignKey(User, null=True, blank=True, related_name="+", verbose_name=_("user"))

    class Meta:
        verbose_name = _("link between leases")
        verbose_name_plural = _("links between leases")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "after"], name="tenure_link_once"),
            models.UniqueConstraint(fields=["operator_id", "key"], name="tenure_link_asked_once"),
            models.CheckConstraint(condition=~Q(before=F("after")), name="tenure_link_of_two"),
        ]
        indexes = [models.Index(fields=["operator_id", "before"], name="tenure_link_by_earlier")]
