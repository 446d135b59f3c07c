"""Groups of residents that are told by facts."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yuju.kit.history import Tracked
from yuju.kit.models import Walled, WalledForeignKey
from yuju.premises.models import Property, PropertyScoped


class Segment(Walled):
    """The residents for whom all of some conditions hold (人群). Nobody is kept in it: it is asked for anew each time.

    Attributes:
        property: whose residents; empty for all of the operator's.
        conditions: `yuju.care.conditions` reads and checks them.
    """

    history = Tracked()
    property = WalledForeignKey(Property, null=True, blank=True, related_name="segments", verbose_name=_("property"))
    name = models.CharField(pgettext_lazy("of a segment", "name"), max_length=60)
    conditions: Any = models.JSONField(_("conditions"), default=list)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PropertyScoped.as_manager()

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "name"], name="segment_name_once"),
            models.UniqueConstraint(fields=["operator_id", "id"], name="segment_key"),
        ]

    def __str__(self) -> str:
        return self.name
