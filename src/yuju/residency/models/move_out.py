"""Leaving: that somebody said they go, and how long the unit then takes until it can be let again."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from yuju.kit.history import Tracked
from yuju.kit.models import Walled, WalledForeignKey
from yuju.premises.models import Property, PropertyScoped, Unit
from yuju.residency.models.tenures import Tenure


class MoveOutNotice(Walled):
    """Somebody said that a stay ends (退租通知); one that holds for a stay at a time.

    Attributes:
        given_on: the local day on which it was said.
        last_day: the last local day they want to stay; the lease's own end moves when it is settled.
        withdrawn_at: when they thought better of it.
    """

    history = Tracked(part_of="tenure", name=_("notice to leave"))
    tenure = WalledForeignKey(Tenure, related_name="move_out_notices", verbose_name=_("lease"))
    given_on = models.DateField(_("notice given on"))
    last_day = models.DateField(_("last day of the stay"))
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    class Meta:
        verbose_name = _("notice to leave")
        verbose_name_plural = _("notices to leave")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "id"], name="move_out_notice_key"),
            models.UniqueConstraint(
                fields=["operator_id", "tenure"], condition=Q(withdrawn_at=None), name="move_out_notice_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["operator_id", "last_day"], condition=Q(withdrawn_at=None), name="move_out_notice_by_day"
            )
        ]

    def __str__(self) -> str:
        return str(self.tenure)


class Turnover(Walled):
    """A unit between two stays (周转): from the keys coming back until it can be let again, measured in hours."""

    history = Tracked(part_of="tenure", name=_("turnover"))
    property = WalledForeignKey(Property, related_name="turnovers", verbose_name=_("property"))
    unit = WalledForeignKey(Unit, related_name="turnovers", verbose_name=_("unit"))
    tenure = WalledForeignKey(Tenure, related_name="turnovers", verbose_name=_("lease"))
    vacated_at = models.DateTimeField(_("keys back at"))
    ready_at = models.DateTimeField(_("ready at"), null=True, blank=True)

    objects = PropertyScoped.as_manager()

    class Meta:
        verbose_name = _("turnover")
        verbose_name_plural = _("turnovers")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "id"], name="turnover_key"),
            models.UniqueConstraint(fields=["operator_id", "tenure"], name="turnover_once_a_tenure"),
            models.CheckConstraint(
                condition=Q(ready_at=None) | Q(ready_at__gte=F("vacated_at")), name="turnover_ends_after_start"
            ),
        ]
        indexes = [
            models.Index(fields=["operator_id", "property", "vacated_at"], name="turnover_by_property"),
            # The board asks which units are not ready yet: few rows, whatever the years have left behind.
            models.Index(fields=["operator_id", "unit"], condition=Q(ready_at=None), name="turnover_under_way"),
        ]

    def __str__(self) -> str:
        return str(self.unit)

    def hours(self) -> float | None:
        """How long it took, in hours; None while the unit is not ready."""
        return None if self.ready_at is None else (self.ready_at - self.vacated_at).total_seconds() / 3600
