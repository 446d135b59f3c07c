"""Money received: payments, what they settled, and deposits held. Posted rows are never changed or deleted."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yuju.billing.models import BillingAccount, Charge
from yuju.identity.models import User
from yuju.kit.models import Walled, WalledForeignKey
from yuju.payments.choices import DepositKind, PaymentChannel
from yuju.premises.models import Property, PropertyScoped


class Payment(Walled):
    """Money received for an account, in yuan. What no allocation takes is its credit (预存)."""

    property = WalledForeignKey(Property, related_name="payments", verbose_name=_("property"))
    account = WalledForeignKey(BillingAccount, related_name="payments", verbose_name=_("billing account"))
    channel = models.CharField(_("channel"), max_length=12, choices=PaymentChannel.choices)
    received_on = models.DateField(_("received on"))
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    posted_at = models.DateTimeField(default=timezone.now, editable=False)
    posted_by = WalledForeignKey(User, null=True, blank=True, related_name="+", verbose_name=_("user"))

    objects = PropertyScoped.as_manager()

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "id"], name="payment_key"),
            models.UniqueConstraint(
                fields=["operator_id", "account"],
                condition=models.Q(channel=PaymentChannel.OPENING),
                name="payment_opening_once",
            ),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="payment_positive"),
        ]
        indexes = [models.Index(fields=["operator_id", "account", "received_on"], name="payment_by_account")]


class Allocation(Walled):
    """The part of a payment that settles (part of) a charge (核销)."""

    payment = WalledForeignKey(Payment, related_name="allocations")
    charge = WalledForeignKey(Charge, related_name="allocations")
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    at = models.DateTimeField(_("time"), default=timezone.now)

    class Meta:
        verbose_name = _("allocation")
        verbose_name_plural = _("allocations")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "id"], name="allocation_key"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="allocation_positive"),
        ]
        indexes = [
            models.Index(fields=["operator_id", "charge"], name="allocation_by_charge"),
            models.Index(fields=["operator_id", "payment"], name="allocation_by_payment"),
        ]


class DepositEntry(Walled):
    """Deposit money taken (positive) for an account: held for the resident, never income."""

    property = WalledForeignKey(Property, related_name="deposit_entries", verbose_name=_("property"))
    account = WalledForeignKey(BillingAccount, related_name="deposit_entries", verbose_name=_("billing account"))
    kind = models.CharField(_("kind"), max_length=12, choices=DepositKind.choices)
    day = models.DateField(_("date"))
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    posted_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PropertyScoped.as_manager()

    class Meta:
        verbose_name = _("deposit entry")
        verbose_name_plural = _("deposit entries")
        constraints = [
            models.UniqueConstraint(
                fields=["operator_id", "account"],
                condition=models.Q(kind=DepositKind.OPENING),
                name="deposit_opening_once",
            ),
        ]
        indexes = [models.Index(fields=["operator_id", "account"], name="deposit_by_account")]
