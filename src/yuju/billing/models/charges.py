"""Charges (应收明细) and the bills (账单) that present them. Posted rows are never changed or deleted."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yuju.billing.choices import AdjustmentKind, ChargeKind
from yuju.billing.models.collective import CollectiveBill
from yuju.billing.models.recurring import BillingAccount, RecurringCharge
from yuju.billing.models.runs import BillRun
from yuju.billing.models.tariffs import Tariff
from yuju.identity.models import User
from yuju.kit.models import Walled, WalledForeignKey
from yuju.metering.models import Reading
from yuju.premises.models import Property, PropertyScoped


class Bill(Walled):
    """The charges of one account that one run issued with one due date. Numbered when issued.

    Attributes:
        collective: the bill on which a company finds it together with its others; None for a person's, and in a draft.
    """

    property = WalledForeignKey(Property, related_name="bills", held_by_books=True, verbose_name=_("property"))
    run = WalledForeignKey(BillRun, related_name="bills", verbose_name=_("bill run"))
    account = WalledForeignKey(BillingAccount, related_name="bills", verbose_name=_("billing account"))
    collective = WalledForeignKey(
        CollectiveBill,
        null=True,
        blank=True,
        related_name="bills",
        db_index=False,
        verbose_name=_("collective bill"),
    )
    number = models.CharField(_("bill number"), max_length=40, null=True, blank=True)
    due_date = models.DateField(_("due date"))
    # Room for a sum of many of the largest charges: no line stops a run, and neither do all of them.
    total = models.DecimalField(_("total"), max_digits=20, decimal_places=2)
    charge_count = models.PositiveIntegerField(_("charges"))

    objects = PropertyScoped.as_manager()

    class Meta:
        verbose_name = _("bill")
        verbose_name_plural = _("bills")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "property", "number"], name="bill_number_once"),
            models.UniqueConstraint(fields=["operator_id", "run", "account", "due_date"], name="bill_once_a_due_date"),
            models.UniqueConstraint(fields=["operator_id", "id"], name="bill_key"),
        ]
        indexes = [
            # With what a list asks of bills it passes over: they are told from the index alone.
            models.Index(
                fields=["operator_id", "account", "due_date"], include=["id", "run", "property"], name="bill_by_account"
            ),
            models.Index(
                fields=["operator_id", "property", "due_date", "account"],
                include=["id", "run"],
                name="bill_by_due_date",
            ),
            models.Index(
                fields=["operator_id", "collective"], condition=Q(collective__isnull=False), name="bill_by_collective"
            ),
            # The few that are settled from the start, for counting what is open.
            models.Index(fields=["operator_id", "property"], condition=Q(total=0), name="bill_of_nothing"),
        ]

    def __str__(self) -> str:
        return self.number or str(_("draft"))


class Charge(Walled):
    """One amount owed for one period.

    A charge of a run is known by its recurring charge and the nominal start of its period (`period_start`; for
    consumption the date of the earlier reading); `attempt` counts how often that period was voided before.
    `start` and `end` are the billed part, both inclusive (for consumption the dates of the two readings).
    A one-off charge has no run and no recurring charge; `key` keeps it from being asked for twice.
    Amounts are yuan. `derivation` is documented in `yuju.billing.pricing.derivation`.
    Rows are posted with their run: while it is a draft they can go away with it, after that never.
    """

    # Found by its property through charge_by_due_date: an index of the property alone would be one more to write.
    property = WalledForeignKey(
        Property, related_name="+", held_by_books=True, db_index=False, verbose_name=_("property")
    )
    kind = models.CharField(max_length=8, choices=ChargeKind.choices, default=ChargeKind.RUN)
    run = WalledForeignKey(BillRun, null=True, related_name="charges", held_by_books=True, verbose_name=_("bill run"))
    bill = WalledForeignKey(Bill, null=True, related_name="charges", verbose_name=_("bill"))
    account = WalledForeignKey(BillingAccount, related_name="charges", verbose_name=_("billing account"))
    recurring = WalledForeignKey(RecurringCharge, null=True, related_name="charges")
    tariff = WalledForeignKey(Tariff, related_name="charges", held_by_books=True, verbose_name=_("tariff"))
    reading = WalledForeignKey(Reading, null=True, related_name="charges")
    period_start = models.DateField()
    attempt = models.PositiveSmallIntegerField(default=0)
    start = models.DateField(_("start"))
    end = models.DateField(_("end"))
    bill_date = models.DateField(_("bill date"))
    due_date = models.DateField(_("due date"))
    gross = models.DecimalField(_("gross"), max_digits=14, decimal_places=2)
    discount = models.DecimalField(_("discount"), max_digits=14, decimal_places=2)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    derivation: Any = models.JSONField(default=dict)
    posted_at = models.DateTimeField(default=timezone.now)
    key = models.UUIDField(null=True, blank=True, editable=False)

    objects = PropertyScoped.as_manager()

    class Meta:
        verbose_name = _("charge")
        verbose_name_plural = _("charges")
        constraints = [
            models.UniqueConstraint(
                fields=["operator_id", "property", "recurring", "period_start", "attempt"],
                condition=Q(kind=ChargeKind.RUN),
                name="charge_once_a_period",
            ),
            models.UniqueConstraint(
                fields=["operator_id", "account", "tariff", "period_start"],
                condition=Q(kind=ChargeKind.OPENING),
                name="charge_opening_once",
            ),
            models.UniqueConstraint(
                fields=["operator_id", "key"], condition=Q(key__isnull=False), name="charge_asked_once"
            ),
            models.UniqueConstraint(fields=["operator_id", "id"], name="charge_key"),
            models.CheckConstraint(
                condition=Q(amount=models.F("gross") - models.F("discount"), amount__gte=0), name="charge_adds_up"
            ),
        ]
        indexes = [
            models.Index(fields=["operator_id", "bill"], name="charge_by_bill"),
            models.Index(fields=["operator_id", "account", "due_date"], name="charge_by_account"),
            models.Index(
                fields=["operator_id", "property", "due_date", "account", "tariff"], name="charge_by_due_date"
            ),
            models.Index(
                fields=["operator_id", "reading"], condition=Q(reading__isnull=False), name="charge_by_reading"
            ),
            # The few that are on no bill, for counting what is open.
            models.Index(
                fields=["operator_id", "property", "due_date"],
                condition=~Q(kind=ChargeKind.RUN),
                name="charge_outside_runs",
            ),
        ]


class ChargeVoid(Walled):
    """Takes a charge away: the period can be billed again. The charge itself stays as it was."""

    charge = WalledForeignKey(Charge, related_name="voids")
    at = models.DateTimeField(_("time"))
    by = WalledForeignKey(User, null=True, related_name="+", verbose_name=_("user"))
    reason = models.CharField(_("reason"), max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["operator_id", "charge"], name="charge_voided_once")]


class Adjustment(Walled):
    """Changes what a posted charge comes to (调整), in yuan; below 0 where less is owed. Never changed or deleted.

    Attributes:
        kind: priced again because a fact changed, waived, or a deposit that is not asked for any more.
        derivation: how the charge's whole amount came about anew (`yuju.billing.pricing.derivation`); only where it was
            priced again, and empty where nothing of it is left to price.
        key: drawn by whoever asks, so that asking twice adjusts once.
    """

    property = WalledForeignKey(Property, related_name="+", verbose_name=_("property"))
    charge = WalledForeignKey(Charge, related_name="adjustments", verbose_name=_("charge"))
    kind = models.CharField(_("kind"), max_length=8, choices=AdjustmentKind.choices)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    derivation: Any = models.JSONField(default=dict)
    reason = models.CharField(_("reason"), max_length=200)
    key = models.UUIDField(null=True, blank=True, editable=False)
    at = models.DateTimeField(_("time"), default=timezone.now)
    by = WalledForeignKey(User, null=True, related_name="+", verbose_name=_("user"))

    objects = PropertyScoped.as_manager()

    class Meta:
        verbose_name = _("adjustment")
        verbose_name_plural = _("adjustments")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "id"], name="adjustment_key"),
            models.UniqueConstraint(fields=["operator_id", "key"], name="adjustment_asked_once"),
            models.CheckConstraint(condition=~Q(amount=0), name="adjustment_not_nothing"),
        ]
        indexes = [
            models.Index(fields=["operator_id", "charge"], name="adjustment_by_charge"),
            models.Index(fields=["operator_id", "property", "at"], name="adjustment_by_property"),
        ]
