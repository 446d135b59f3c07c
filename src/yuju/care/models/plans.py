"""What is done for a segment again and again."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yuju.care.choices import Rhythm
from yuju.care.models.segments import Segment
from yuju.kit.history import Tracked
from yuju.kit.models import Walled, WalledForeignKey
from yuju.premises.models import Property, PropertyScoped


class CarePlan(Walled):
    """What is done every so often for each resident of a segment who lives here (关怀计划). A job makes the tasks.

    Attributes:
        property: where it holds; empty for everywhere the segment reaches.
        steps: a line for each; one that ends with `*` needs a photo.
        group: the code of the role that does it; empty for everybody who does tasks.
        lead_days: how many days before it is due a task appears.
        spread: the visits of all are spread over the interval, so that they do not all fall on one day.
        served_first: its tasks come before others.
        asked_on: up to which local day the job has made tasks; empty makes it look again.
        failed_at, failure: when its tasks could last not be made, and why as far as it can be said; empty while all is well.
    """

    history = Tracked()
    property = WalledForeignKey(Property, null=True, blank=True, related_name="care_plans", verbose_name=_("property"))
    segment = WalledForeignKey(Segment, related_name="plans", verbose_name=_("segment"))
    title = models.CharField(_("what to do"), max_length=60)
    details = models.TextField(_("details"), max_length=2000, blank=True, default="")
    every = models.PositiveSmallIntegerField(_("every"), default=14)
    rhythm = models.CharField(_("counted in"), max_length=6, choices=Rhythm.choices, default=Rhythm.DAYS)
    lead_days = models.PositiveSmallIntegerField(_("shown before it is due (days)"), default=3)
    spread = models.BooleanField(_("spread over the interval"), default=True)
    steps = models.TextField(_("steps"), max_length=20_000, blank=True, default="")
    group = models.CharField(_("done by"), max_length=20, blank=True, default="")
    served_first = models.BooleanField(_("served first"), default=False)
    starts_on = models.DateField(_("from"))
    until = models.DateField(_("until"), null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    asked_on = models.DateField(null=True, blank=True, editable=False)
    failed_at = models.DateTimeField(null=True, blank=True, editable=False)
    failure = models.CharField(max_length=300, blank=True, default="", editable=False)

    objects = PropertyScoped.as_manager()

    class Meta:
        verbose_name = _("care plan")
        verbose_name_plural = _("care plans")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "id"], name="care_plan_key"),
            models.UniqueConstraint(fields=["operator_id", "title"], name="care_plan_title_once"),
            models.CheckConstraint(condition=Q(every__gte=1), name="care_plan_recurs"),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("starts_on")), name="care_plan_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return self.title
