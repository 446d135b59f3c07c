"""Money received: payments, what they settled, and deposits held. Posted rows are never changed or deleted."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yuju.billing.models import BillingAccount, Charge
from yuju.identity.models import User
from yuju.kit.fields import EncryptedTextField
from yuju.kit.models import Walled, WalledForeignKey
from yuju.payments.choices import DepositKind, PaymentChannel, RefundChannel
from yuju.payments.models.shifts import Shift
from yuju.premises.models import Property, PropertyScoped
from yuju.residency.models import Heir


class Payment(Walled):
    """Money received for an account, in yuan. What no allocation takes is its credit (预存).

    A reversal (冲红) is a payment of the same amount below zero that points to the one it takes back.

    Attributes:
        tendered: the cash that was handed over; the change is what it exceeds the amount by.
        reference: the number of the voucher (card, transfer).
        together_with: the payment whose receipt it shares: a company's money, taken as one and divided over its accounts.
        key: drawn by whoever asks, so that asking twice pays once.
    """

    property = WalledForeignKey(Property, related_name="payments", verbose_name=_("property"))
    account = WalledForeignKey(BillingAccount, related_name="payments", verbose_name=_("billing account"))
    channel = models.CharField(_("channel"), max_length=12, choices=PaymentChannel.choices)
    received_on = models.DateField(_("received on"))
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    tendered = models.DecimalField(_("cash handed over"), max_digits=14, decimal_places=2, null=True, blank=True)
    reference = models.CharField(_("voucher number"), max_length=40, blank=True, default="")
    key = models.UUIDField(null=True, blank=True, editable=False)
    shift = WalledForeignKey(Shift, null=True, blank=True, related_name="payments", verbose_name=_("shift"))
    reverses = WalledForeignKey("self", null=True, blank=True, related_name="reversals", verbose_name=_("reverses"))
    together_with = WalledForeignKey(
        "self", null=True, blank=True, related_name="together", db_index=False, verbose_name=_("taken together with")
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
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
                condition=Q(channel=PaymentChannel.OPENING, reverses=None),
                name="payment_opening_once",
            ),
            models.UniqueConstraint(fields=["operator_id", "key"], name="payment_asked_once"),
            models.UniqueConstraint(
                fields=["operator_id", "reverses"], condition=Q(reverses__isnull=False), name="payment_reversed_once"
            ),
            models.CheckConstraint(
                condition=Q(reverses=None, amount__gt=0) | Q(reverses__isnull=False, amount__lt=0),
                name="payment_positive",
            ),
            models.CheckConstraint(
                condition=Q(tendered=None) | Q(channel=PaymentChannel.CASH, tendered__gte=F("amount")),
                name="payment_tendered_enough",
            ),
        ]
        indexes = [
            models.Index(fields=["operator_id", "account", "received_on"], name="payment_by_account"),
            models.Index(fields=["operator_id", "property", "posted_at"], name="payment_by_property"),
            models.Index(fields=["operator_id", "posted_at"], name="payment_by_time"),
            models.Index(fields=["operator_id", "shift"], name="payment_by_shift"),
            models.Index(fields=["operator_id", "reference"], condition=~Q(reference=""), name="payment_by_voucher"),
            models.Index(
                fields=["operator_id", "together_with"],
                condition=Q(together_with__isnull=False),
                name="payment_taken_together",
            ),
        ]


class Allocation(Walled):
    """The part of a payment that settles (part of) a charge (核销).

    What is released again is an allocation below zero that points to the one it takes back.
    """

    payment = WalledForeignKey(Payment, related_name="allocations")
    charge = WalledForeignKey(Charge, related_name="allocations")
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    releases = WalledForeignKey("self", null=True, blank=True, related_name="released_by")
    at = models.DateTimeField(_("time"), default=timezone.now)
    by = WalledForeignKey(User, null=True, blank=True, related_name="+", verbose_name=_("user"))

    class Meta:
        verbose_name = _("allocation")
        verbose_name_plural = _("allocations")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "id"], name="allocation_key"),
            models.CheckConstraint(
                condition=Q(releases=None, amount__gt=0) | Q(releases__isnull=False, amount__lt=0),
                name="allocation_positive",
            ),
        ]
        indexes = [
            models.Index(fields=["operator_id", "charge"], name="allocation_by_charge"),
            models.Index(fields=["operator_id", "payment"], name="allocation_by_payment"),
        ]


class Refund(Walled):
    """Money of a payment that goes out again (退款), in yuan. Never changed or deleted.

    Attributes:
        payee, payee_account: who gets it, and the number of the bank account.
        heir: where the resident died, who of the heirs gets it.
        reference: the bank's number of the transfer.
        shift: the cash drawer it is given out from.
        moved_to: the payment it becomes on another account, for a transfer.
        key: drawn by whoever asks, so that asking twice pays once.
    """

    property = WalledForeignKey(Property, related_name="refunds", verbose_name=_("property"))
    account = WalledForeignKey(BillingAccount, related_name="refunds", verbose_name=_("billing account"))
    payment = WalledForeignKey(Payment, related_name="refunds", verbose_name=_("payment"))
    channel = models.CharField(_("channel"), max_length=12, choices=RefundChannel.choices)
    paid_on = models.DateField(_("paid out on"))
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    payee = models.CharField(_("payee"), max_length=80, blank=True, default="")
    heir = WalledForeignKey(Heir, null=True, blank=True, related_name="refunds", verbose_name=_("heir"))
    payee_account = EncryptedTextField(_("bank account"), blank=True, default="")
    reference = models.CharField(_("voucher number"), max_length=40, blank=True, default="")
    reason = models.CharField(_("reason"), max_length=200)
    shift = WalledForeignKey(Shift, null=True, blank=True, related_name="refunds", verbose_name=_("shift"))
    moved_to = WalledForeignKey(Payment, null=True, blank=True, related_name="moved_from", verbose_name=_("became"))
    key = models.UUIDField(editable=False)
    posted_at = models.DateTimeField(default=timezone.now, editable=False)
    posted_by = WalledForeignKey(User, null=True, blank=True, related_name="+", verbose_name=_("user"))

    objects = PropertyScoped.as_manager()

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "id"], name="refund_key"),
            models.UniqueConstraint(fields=["operator_id", "key", "payment"], name="refund_asked_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_positive"),
            models.CheckConstraint(
                condition=Q(channel=RefundChannel.TRANSFER, moved_to__isnull=False)
                | (~Q(channel=RefundChannel.TRANSFER) & Q(moved_to=None)),
                name="refund_transfer_has_its_payment",
            ),
        ]
        indexes = [
            models.Index(fields=["operator_id", "account"], name="refund_by_account"),
            models.Index(fields=["operator_id", "payment"], name="refund_by_payment"),
            models.Index(fields=["operator_id", "property", "posted_at"], name="refund_by_property"),
            models.Index(fields=["operator_id", "shift"], name="refund_by_shift"),
        ]


class DepositEntry(Walled):
    """A deposit carried over from the old books (positive), and what was given up of it since (negative).

    A deposit asked for here is a charge of the deposit category and held as long as it is settled and not adjusted:
    `yuju.payments.selectors.deposits_held` adds both up. It is a liability and never income.
    """

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
            models.CheckConstraint(
                condition=Q(kind=DepositKind.OPENING, amount__gt=0) | Q(kind=DepositKind.RELEASED, amount__lt=0),
                name="deposit_entry_sign",
            ),
        ]
        indexes = [models.Index(fields=["operator_id", "account"], name="deposit_by_account")]
