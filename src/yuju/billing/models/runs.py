"""Bill runs (出账): drafted, reviewed, issued or dropped; with what did not fit."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yuju.billing.choices import Cause, Decision, RunSource, RunState, Severity
from yuju.billing.models.recurring import BillingAccount, RecurringCharge
from yuju.identity.models import User
from yuju.kit.models import Walled, WalledForeignKey
from yuju.metering.models import MeteringPoint, Reading
from yuju.premises.models import Property, PropertyScoped


class BillRun(Walled):
    """One run for a property as of a day. A property has at most one draft. Totals are those of its charges.

    Attributes:
        account: the one account it bills, at the beginning or the end of a stay; None for the whole property.
    """

    property = WalledForeignKey(Property, related_name="bill_runs", verbose_name=_("property"))
    account = WalledForeignKey(
        BillingAccount, null=True, blank=True, related_name="own_runs", verbose_name=_("billing account")
    )
    number = models.PositiveIntegerField(_("number"))
    as_of = models.DateField(_("as of"))
    state = models.CharField(_("state"), max_length=8, choices=RunState.choices, default=RunState.DRAFT)
    source = models.CharField(_("made by"), max_length=10, choices=RunSource.choices)
    bill_count = models.PositiveIntegerField(_("bills"), default=0)
    charge_count = models.PositiveIntegerField(_("charges"), default=0)
    total = models.DecimalField(_("total"), max_digits=24, decimal_places=2, default=0)
    drafted_at = models.DateTimeField(_("drafted at"))
    drafted_by = WalledForeignKey(User, null=True, blank=True, related_name="+", verbose_name=_("drafted by"))
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    approved_by = WalledForeignKey(User, null=True, blank=True, related_name="+", verbose_name=_("approved by"))
    issued_at = models.DateTimeField(_("issued at"), null=True, blank=True)
    issued_by = WalledForeignKey(User, null=True, blank=True, related_name="+", verbose_name=_("issued by"))
    dropped_at = models.DateTimeField(_("dropped at"), null=True, blank=True)
    dropped_by = WalledForeignKey(User, null=True, blank=True, related_name="+", verbose_name=_("dropped by"))

    objects = PropertyScoped.as_manager()

    class Meta:
        verbose_name = _("bill run")
        verbose_name_plural = _("bill runs")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "property", "number"], name="bill_run_number_once"),
            models.UniqueConstraint(fields=["operator_id", "id"], name="bill_run_key"),
            models.UniqueConstraint(
                fields=["operator_id", "property"],
                condition=Q(state=RunState.DRAFT, account=None),
                name="bill_run_one_draft",
            ),
        ]


class RunException(Walled):
    """Something a run could not bill (blocked), or billed but finds unusual (review).

    `identity` names the fact itself, so that what was confirmed in an issued run is not asked again in the next.
    """

    run = WalledForeignKey(BillRun, on_delete=models.CASCADE, related_name="exceptions")
    cause = models.CharField(_("cause"), max_length=20, choices=Cause.choices)
    severity = models.CharField(_("severity"), max_length=8, choices=Severity.choices)
    identity = models.CharField(max_length=80)
    recurring = WalledForeignKey(RecurringCharge, null=True, on_delete=models.CASCADE, related_name="run_exceptions")
    point = WalledForeignKey(MeteringPoint, null=True, on_delete=models.CASCADE, related_name="run_exceptions")
    reading = WalledForeignKey(Reading, null=True, related_name="run_exceptions")
    start = models.DateField(_("start"), null=True)
    end = models.DateField(_("end"), null=True)
    detail: Any = models.JSONField(default=dict)
    decision = models.CharField(_("decision"), max_length=10, choices=Decision.choices, default=Decision.OPEN)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = WalledForeignKey(User, null=True, blank=True, related_name="+", verbose_name=_("decided by"))

    class Meta:
        verbose_name = _("exception")
        verbose_name_plural = _("exceptions")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "run", "identity"], name="run_exception_once"),
        ]
        indexes = [
            models.Index(fields=["operator_id", "identity"], name="run_exception_by_identity"),
            models.Index(fields=["operator_id", "run", "decision", "cause"], name="run_exception_by_run"),
        ]
