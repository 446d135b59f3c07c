"""What people edited: written by triggers alone (`identity/sql/schema/history.sql`, `yuju.kit.history`)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from yuju.identity.choices import ChangeAct
from yuju.identity.models.people import User
from yuju.kit.models import Walled, WalledForeignKey


class Change(Walled):
    """One row that was made, changed or removed. The application may only read it.

    Attributes:
        user: who did it; None for what nobody signed in did, and for what was done past the application.
        origin: from where, as `yuju.kit.tenancy.current_origin` says it; empty for what was done past the application.
        kind, row_id: the table and the row. Where many rows were made at once they are those from `row_id` to `last_id`;
            else both are the same.
        subject, subject_id: the table and row on whose page it is told: the row itself, or what it is a part of.
        changes: by column what was there before and after, of those that differ. Encrypted values stay so.
    """

    at = models.DateTimeField(_("time"))
    user = WalledForeignKey(User, null=True, db_index=False, related_name="+", verbose_name=_("user"))
    origin: Any = models.JSONField(default=dict)
    kind = models.CharField(_("object"), max_length=63)
    row_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    subject = models.CharField(max_length=63)
    subject_id = models.BigIntegerField()
    property_id = models.BigIntegerField(null=True)
    act = models.CharField(_("act"), max_length=8, choices=ChangeAct.choices)
    changes: Any = models.JSONField(_("changes"), default=dict)

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        indexes = [
            models.Index(fields=["operator_id", "subject", "subject_id", "at"], name="change_by_subject"),
            models.Index(fields=["operator_id", "at"], name="change_by_time"),
            # The few that stand for many rows.
            models.Index(
                fields=["operator_id", "kind", "row_id"], condition=Q(last_id__gt=F("row_id")), name="change_of_many"
            ),
        ]
