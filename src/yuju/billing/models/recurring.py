"""Who owes (billing accounts 收费账户) and what is billed again and again (recurring charges 计费项)."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yuju.billing.models.tariffs import FeeItem, Tariff
from yuju.kit.history import Tracked
from yuju.kit.models import Walled, WalledForeignKey
from yuju.kit.ranges import OVERLAPS, days, same
from yuju.metering.models import MeteringPoint
from yuju.premises.models import ParkingSpace, Property, PropertyScoped, Unit
from yuju.residency.models import Tenure


class BillingAccount(Walled):
    """Who owes: one for each lease, one for each ownership of a unit. Its number is the tenure's."""

    history = Tracked(part_of="tenure")
    property = WalledForeignKey(Property, related_name="accounts", verbose_name=_("property"))
    tenure = WalledForeignKey(Tenure, related_name="accounts", verbose_name=_("lease or ownership"))
    uses_credit = models.BooleanField(_("credit pays new bills"), default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PropertyScoped.as_manager()

    class Meta:
        verbose_name = _("billing account")
        verbose_name_plural = _("billing accounts")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "tenure"], name="account_once_a_tenure"),
            models.UniqueConstraint(fields=["operator_id", "id"], name="account_key"),
        ]
        indexes = [models.Index(fields=["operator_id", "property"], name="account_by_property")]


class FreeSpan(Walled):
    """Days of a stay on which a fee item is not billed (免租期), both ends inclusive.

    They are taken out of the days of each month (billing rules, "Changes").
    """

    history = Tracked(part_of="tenure")
    tenure = WalledForeignKey(Tenure, related_name="free_spans", verbose_name=_("lease or ownership"))
    fee_item = WalledForeignKey(FeeItem, related_name="free_spans", verbose_name=_("fee item"))
    start = models.DateField(_("start"))
    end = models.DateField(_("end"))
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("rent-free span")
        verbose_name_plural = _("rent-free spans")
        constraints = [
            models.CheckConstraint(condition=Q(end__gte=models.F("start")), name="free_span_ends_after_start"),
            ExclusionConstraint(
                name="free_span_once_a_day",
                expressions=[
                    (same("tenure_id"), OVERLAPS),
                    (same("fee_item_id"), OVERLAPS),
                    (days("start", "end"), OVERLAPS),
                ],
            ),
        ]
        indexes = [models.Index(fields=["operator_id", "tenure", "fee_item"], name="free_span_by_tenure")]


class RecurringCharge(Walled):
    """A tariff bound to an account, from `start` to `end` (both inclusive; an empty end is open).

    One that ends on the day before it starts never came into force.
    `unit` is the tenure's unit, whose area and floor count. `rate` stands in for the tariff's price.
    `discount` is a share, 0 to 1. Nothing up to `billed_until` is billed here.
    """

    history = Tracked(shares=("discount",))
    property = WalledForeignKey(Property, related_name="recurring_charges", verbose_name=_("property"))
    account = WalledForeignKey(BillingAccount, related_name="recurring_charges", verbose_name=_("billing account"))
    tariff = WalledForeignKey(Tariff, related_name="recurring_charges", verbose_name=_("tariff"))
    unit = WalledForeignKey(Unit, related_name="recurring_charges", verbose_name=_("unit"))
    point = WalledForeignKey(
        MeteringPoint, null=True, blank=True, related_name="recurring_charges", verbose_name=_("metering point")
    )
    space = WalledForeignKey(
        ParkingSpace, null=True, blank=True, related_name="recurring_charges", verbose_name=_("parking space")
    )
    start = models.DateField(_("start"))
    end = models.DateField(_("end"), null=True, blank=True)
    rate = models.DecimalField(_("own price"), max_digits=16, decimal_places=6, null=True, blank=True)
    discount = models.DecimalField(_("discount"), max_digits=7, decimal_places=6, default=0)
    billed_until = models.DateField(_("paid through"), null=True, blank=True)

    objects = PropertyScoped.as_manager()

    class Meta:
        verbose_name = _("recurring charge")
        verbose_name_plural = _("recurring charges")
        constraints = [
            models.UniqueConstraint(
                fields=["operator_id", "account", "tariff", "point", "space", "start"],
                nulls_distinct=False,
                name="recurring_charge_once",
            ),
            models.UniqueConstraint(fields=["operator_id", "id"], name="recurring_charge_key"),
            models.CheckConstraint(
                # The day before its start: it never came into force, though it may have been billed ahead.
                condition=Q(end=None)
                | Q(end__gte=models.F("start"))
                | Q(point=None, end__gte=models.F("start") - timedelta(days=1)),
                name="recurring_ends_after_start",
            ),
            models.CheckConstraint(condition=Q(discount__gte=0, discount__lte=1), name="recurring_discount_a_share"),
            ExclusionConstraint(
                name="recurring_point_once_a_day",
                expressions=[(same("point_id"), OVERLAPS), (days("start", "end"), OVERLAPS)],
                condition=Q(point__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["operator_id", "property", "account"], name="recurring_by_property"),
            models.Index(fields=["operator_id", "account"], name="recurring_by_account"),
            models.Index(fields=["operator_id", "tariff"], name="recurring_by_tariff"),
            models.Index(fields=["operator_id", "point", "start"], name="recurring_by_point"),
        ]
