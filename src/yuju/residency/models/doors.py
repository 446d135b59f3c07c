"""Doors that are to be closed to those whose stay is over."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yuju.kit.history import Tracked
from yuju.kit.models import Walled, WalledForeignKey
from yuju.residency.models.tenures import Tenure


class DoorClosing(Walled):
    """One door system that takes the rights of a stay away (关闭门禁).

    It is written in the transaction of the keys' return, and stays until the system has done it: whatever fails in
    between, nothing is forgotten.

    Attributes:
        system: the code of the driver (`yuju.residency.ports.DoorAccess`).
        tries, failed: how often it was asked in vain, and why the last time.
        next_at: when it is asked again.
        by_hand: somebody did it, where the system did not answer.
    """

    history = Tracked(part_of="tenure", name=_("closing of doors"), left_out=("tries", "failed", "next_at"))
    tenure = WalledForeignKey(Tenure, related_name="door_closings", verbose_name=_("lease"))
    system = models.CharField(_("door system"), max_length=20)
    asked_at = models.DateTimeField(_("asked at"))
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    failed = models.CharField(_("why it failed"), max_length=300, blank=True, default="")
    next_at = models.DateTimeField(_("asked again at"))
    closed_at = models.DateTimeField(_("doors closed at"), null=True, blank=True)
    by_hand = models.BooleanField(_("closed by hand"), default=False)

    class Meta:
        verbose_name = _("closing of doors")
        verbose_name_plural = _("closings of doors")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "id"], name="door_closing_key"),
            models.UniqueConstraint(fields=["operator_id", "tenure", "system"], name="door_closing_once"),
        ]
        indexes = [
            models.Index(fields=["operator_id", "next_at"], condition=Q(closed_at=None), name="door_closing_open"),
        ]

    def __str__(self) -> str:
        return f"{self.tenure} {self.system}"
