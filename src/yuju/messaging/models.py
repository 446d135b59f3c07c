"""What the product tells its users inside itself."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from yuju.identity.models import User
from yuju.kit.models import Walled, WalledForeignKey
from yuju.messaging.choices import ResidentNoticeKind


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


class ResidentNotice(Walled):
    """A message to a resident in the portal. What it says is worded when it is read, in the reader's language.

    The resident lives in a room above this one, so the key is a plain number; the wall's checker
    (`yuju.kit.wall.SOFT_KEYS`) makes the database hold it against residency_resident.

    Attributes:
        about_id: of the bill, collective bill or payment it tells of.
        facts: the numbers, amounts (yuan, as text) and days that its sentence needs.
    """

    resident_id = models.BigIntegerField(_("resident"))
    at = models.DateTimeField(_("time"))
    kind = models.CharField(_("kind"), max_length=20, choices=ResidentNoticeKind.choices)
    about_id = models.BigIntegerField()
    facts: Any = models.JSONField(default=dict)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)

    class Meta:
        verbose_name = _("notice to a resident")
        verbose_name_plural = _("notices to residents")
        indexes = [
            models.Index(fields=["operator_id", "resident_id", "-at"], name="resident_notice_by_resident"),
            models.Index(
                fields=["operator_id", "resident_id"], condition=models.Q(read_at=None), name="resident_notice_unread"
            ),
        ]
