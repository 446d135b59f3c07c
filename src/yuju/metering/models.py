"""Meters, where they are or were installed, and what was read off them."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yuju.identity.models import User
from yuju.kit.history import Tracked
from yuju.kit.models import Walled, WalledForeignKey
from yuju.kit.ranges import OVERLAPS, days, same
from yuju.metering.choices import MeterKind, ReadingSource
from yuju.premises.models import Property, PropertyScoped, Unit
from yuju.residency.models import Handover


class MeteringPoint(Walled):
    """A place where something is measured (计量点). Meters come and go; charges, and a year's tiers, go on."""

    history = Tracked()
    property = WalledForeignKey(Property, related_name="metering_points", verbose_name=_("property"))
    unit = WalledForeignKey(Unit, null=True, blank=True, related_name="metering_points", verbose_name=_("unit"))
    kind = models.CharField(_("kind"), max_length=12, choices=MeterKind.choices)

    objects = PropertyScoped.as_manager()

    class Meta:
        verbose_name = _("metering point")
        verbose_name_plural = _("metering points")
        constraints = [models.UniqueConstraint(fields=["operator_id", "id"], name="metering_point_key")]
        indexes = [
            models.Index(fields=["operator_id", "unit"], name="metering_point_by_unit"),
            models.Index(fields=["operator_id", "property", "kind"], name="metering_point_by_property"),
        ]


class Meter(Walled):
    """A meter (仪表): a device that counts up to `digits` whole digits, each count worth `multiplier` units."""

    history = Tracked()
    property = WalledForeignKey(Property, related_name="meters", verbose_name=_("property"))
    serial = models.CharField(_("serial number"), max_length=60)
    kind = models.CharField(_("kind"), max_length=12, choices=MeterKind.choices)
    multiplier = models.DecimalField(_("multiplier"), max_digits=12, decimal_places=4, default=1)
    digits = models.PositiveSmallIntegerField(_("digits"), default=6)

    objects = PropertyScoped.as_manager()

    class Meta:
        verbose_name = _("meter")
        verbose_name_plural = _("meters")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "property", "serial"], name="meter_serial_once"),
            models.UniqueConstraint(fields=["operator_id", "id"], name="meter_key"),
            models.CheckConstraint(condition=Q(multiplier__gt=0), name="meter_multiplier_positive"),
            models.CheckConstraint(condition=Q(digits__gte=1, digits__lte=12), name="meter_digits_sensible"),
        ]
        indexes = [
            models.Index(fields=["operator_id", "property", "serial"], name="meter_by_serial"),
            models.Index(fields=["operator_id", "serial"], name="meter_by_serial_of_all"),
        ]

    def __str__(self) -> str:
        return self.serial


class Installation(Walled):
    """A meter at a point from `start` until before `end`. An empty start means since before the records."""

    history = Tracked(part_of="meter")
    meter = WalledForeignKey(Meter, on_delete=models.CASCADE, related_name="installations")
    point = WalledForeignKey(MeteringPoint, on_delete=models.CASCADE, related_name="installations")
    start = models.DateField(_("installed on"), null=True, blank=True)
    end = models.DateField(_("removed on"), null=True, blank=True)

    class Meta:
        verbose_name = _("installation")
        verbose_name_plural = _("installations")
        constraints = [
            ExclusionConstraint(
                name="installation_point_one_meter",
                expressions=[(same("point_id"), OVERLAPS), (days("start", "end", "[)"), OVERLAPS)],
            ),
            ExclusionConstraint(
                name="installation_meter_one_place",
                expressions=[(same("meter_id"), OVERLAPS), (days("start", "end", "[)"), OVERLAPS)],
            ),
        ]
        indexes = [
            models.Index(fields=["operator_id", "meter"], name="installation_by_meter"),
            models.Index(fields=["operator_id", "point", "start"], name="installation_by_point"),
        ]


class Reading(Walled):
    """What a meter showed at the end of a local day. Never edited: a wrong one is superseded.

    `is_rollover` marks that the counter passed its highest number since the reading before.
    A row with `is_void` only takes away the one it supersedes. The standing readings of a meter are those neither
    superseded nor void; there is at most one a day.
    """

    property = WalledForeignKey(Property, related_name="readings", verbose_name=_("property"))
    meter = WalledForeignKey(Meter, related_name="readings", verbose_name=_("meter"))
    date = models.DateField(_("date"))
    value = models.DecimalField(_("reading"), max_digits=18, decimal_places=4)
    is_rollover = models.BooleanField(_("rolled over"), default=False)
    is_void = models.BooleanField(default=False, editable=False)
    superseded_by = WalledForeignKey("self", null=True, blank=True, related_name="supersedes", editable=False)
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    source = models.CharField(_("source"), max_length=10, choices=ReadingSource.choices)
    read_by = WalledForeignKey(User, null=True, blank=True, related_name="+", verbose_name=_("read by"))
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PropertyScoped.as_manager()

    class Meta:
        verbose_name = _("reading")
        verbose_name_plural = _("readings")
        constraints = [
            models.UniqueConstraint(
                fields=["operator_id", "meter", "date"],
                condition=Q(superseded_by=None, is_void=False),
                name="reading_once_a_day",
            ),
            models.UniqueConstraint(fields=["operator_id", "id"], name="reading_key"),
            models.CheckConstraint(condition=Q(value__gte=0), name="reading_not_negative"),
        ]
        indexes = [
            models.Index(fields=["operator_id", "property", "date", "meter"], name="reading_by_property"),
            models.Index(fields=["operator_id", "date", "meter"], name="reading_by_date"),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.value.normalize():f}"


class HandoverReading(Walled):
    """What a meter showed when its unit was handed over. It becomes a reading when the handover is signed.

    Attributes:
        reading: the one it became, or the one of that day it agrees with.
    """

    handover = WalledForeignKey(Handover, on_delete=models.CASCADE, related_name="readings")
    meter = WalledForeignKey(Meter, related_name="+", verbose_name=_("meter"))
    date = models.DateField(_("date"))
    value = models.DecimalField(_("reading"), max_digits=18, decimal_places=4)
    is_rollover = models.BooleanField(_("rolled over"), default=False)
    reading = WalledForeignKey(Reading, null=True, blank=True, related_name="+", editable=False)

    class Meta:
        verbose_name = _("reading of a handover")
        verbose_name_plural = _("readings of a handover")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "handover", "meter"], name="handover_reading_once"),
            models.CheckConstraint(condition=Q(value__gte=0), name="handover_reading_not_negative"),
        ]
