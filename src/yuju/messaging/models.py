"""What the product tells its users inside itself."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from yuju.identity.models import User
from yuju.kit.models import Walled, WalledForeignKey


class Notice(Walled):
    """A message to one member of staff, shown under the bell until it is read."""

    recipient = WalledForeignKey(User, on_delete=models.CASCADE, related_name="notices", verbose_name=_("recipient"))
    at = models.DateTimeField(_("time"))
    title = models.CharField(_("title"), max_length=120)
    body = models.CharField(_("text"), max_length=500, blank=True, default="")
    link = models.CharField(max_length=200, blank=True, default="")
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        indexes = [
            models.Index(fields=["operator_id", "recipient", "-at"], name="notice_by_recipient"),
            models.Index(fields=["operator_id", "recipient"], condition=models.Q(read_at=None), name="notice_unread"),
        ]

    def __str__(self) -> str:
        return self.title
