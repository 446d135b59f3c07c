"""Fee items (收费项目) and tariffs (收费标准) with their dated prices."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yuju.billing.choices import Anchor, Basis, FeeCategory, Proration, Rounding, TierScope, Timing
from yuju.kit.history import Tracked
from yuju.kit.models import Walled, WalledForeignKey
from yuju.premises.models import Property, PropertyScoped
from yuju.residency.choices import Category


class FeeItem(Walled):
    """What a charge is for. A lower priority number is paid first among charges due on one day."""

    history = Tracked(shares=("tax_rate",))
    category = models.CharField(_("category"), max_length=12, choices=FeeCategory.choices)
    name = models.CharField(_("name"), max_length=40)
    tax_rate = models.DecimalField(_("tax rate"), max_digits=5, decimal_places=4, default=0)
    revenue_account = models.CharField(_("revenue account"), max_length=40, blank=True, default="")
    priority = models.PositiveSmallIntegerField(_("allocation priority"), default=50)

    class Meta:
        verbose_name = _("fee item")
        verbose_name_plural = _("fee items")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "name"], name="fee_item_name_once"),
            models.UniqueConstraint(fields=["operator_id", "id"], name="fee_item_key"),
        ]

    def __str__(self) -> str:
        return self.name


class Tariff(Walled):
    """How a fee item is priced. What is here holds for every version; versions differ in price only.

    `late_rate` is a share of the charge a day, `late_cap` a share of the charge's amount.
    """

    history = Tracked(shares=("late_rate", "late_cap"))
    property = WalledForeignKey(Property, related_name="tariffs", verbose_name=_("property"))
    code = models.CharField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=100)
    fee_item = WalledForeignKey(FeeItem, related_name="tariffs", verbose_name=_("fee item"))
    basis = models.CharField(_("basis"), max_length=10, choices=Basis.choices)
    tier_scope = models.CharField(_("tiers count"), max_length=8, choices=TierScope.choices, default=TierScope.PERIOD)
    cycle_months = models.PositiveSmallIntegerField(_("cycle (months)"), default=1)
    anchor = models.CharField(_("periods begin with"), max_length=8, choices=Anchor.choices, default=Anchor.CALENDAR)
    timing = models.CharField(_("timing"), max_length=8, choices=Timing.choices, default=Timing.ADVANCE)
    lead_days = models.PositiveSmallIntegerField(_("days ahead"), default=0)
    due_days = models.PositiveSmallIntegerField(_("days to pay"), default=0)
    proration = models.CharField(_("proration"), max_length=8, choices=Proration.choices, default=Proration.ACTUAL)
    rounding = models.CharField(_("rounding"), max_length=5, choices=Rounding.choices, default=Rounding.FEN)
    late_rate = models.DecimalField(_("late fee a day"), max_digits=9, decimal_places=8, null=True, blank=True)
    late_grace = models.PositiveSmallIntegerField(_("days of grace"), null=True, blank=True)
    late_cap = models.DecimalField(_("late fee at most"), max_digits=7, decimal_places=4, null=True, blank=True)

    objects = PropertyScoped.as_manager()

    class Meta:
        verbose_name = _("tariff")
        verbose_name_plural = _("tariffs")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "property", "code"], name="tariff_code_once"),
            models.UniqueConstraint(fields=["operator_id", "id"], name="tariff_key"),
            models.CheckConstraint(condition=Q(cycle_months__in=[1, 2, 3, 6, 12]), name="tariff_cycle_known"),
        ]

    def __str__(self) -> str:
        return self.name


class TariffVersion(Walled):
    """The price from `valid_from` until the next version.

    `rate` is yuan per month, per m² and month, per person and month, or per unit of consumption, as the
    tariff's basis says. `tiers` and `formula` are kept as text in normal form (`yuju.billing.pricing`).
    """

    history = Tracked(part_of="tariff")
    tariff = WalledForeignKey(Tariff, on_delete=models.CASCADE, related_name="versions")
    valid_from = models.DateField(_("valid from"))
    rate = models.DecimalField(_("price"), max_digits=16, decimal_places=6, null=True, blank=True)
    tiers = models.CharField(_("tiers"), max_length=500, blank=True, default="")
    formula = models.CharField(_("formula"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("tariff version")
        verbose_name_plural = _("tariff versions")
        ordering = ["valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "tariff", "valid_from"], name="tariff_version_once_a_day"),
        ]


class StandardTariff(Walled):
    """A tariff that is ticked beforehand when somebody checks in at its property, for stays of a category."""

    history = Tracked(part_of="property")
    property = WalledForeignKey(
        Property, on_delete=models.CASCADE, related_name="standard_tariffs", verbose_name=_("property")
    )
    tariff = WalledForeignKey(Tariff, on_delete=models.CASCADE, related_name="standard_for", verbose_name=_("tariff"))
    category = models.CharField(_("category"), max_length=12, choices=Category.choices)

    class Meta:
        verbose_name = _("standard charge")
        verbose_name_plural = _("standard charges")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "property", "category", "tariff"], name="standard_once"),
        ]
