"""Receipts (收据): what the payer holds, and every time it was printed. Posted rows are never changed or deleted."""

from __future__ import annotations

import secrets
from decimal import Decimal

from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from yuju.identity.models import User
from yuju.kit.models import Walled, WalledForeignKey
from yuju.payments.choices import ReceiptLayout
from yuju.payments.models.money import Payment
from yuju.premises.models import Property, PropertyScoped


def receipt_token() -> str:
    """The unguessable part of a receipt's public address: 128 bits."""
    return secrets.token_urlsafe(16)


class Receipt(Walled):
    """One for each payment that was taken, numbered by property without gaps. Void once its payment is reversed.

    A company's payments that were taken together stand on one, that of the first of them.

    Attributes:
        total: yuan, where it is for several payments together; None where it is for its own payment alone.
    """

    property = WalledForeignKey(Property, related_name="receipts", verbose_name=_("property"))
    payment = WalledForeignKey(Payment, related_name="receipts", verbose_name=_("payment"))
    number = models.CharField(_("receipt number"), max_length=40)
    total = models.DecimalField(_("total"), max_digits=14, decimal_places=2, null=True, blank=True)
    payer = models.CharField(_("payer"), max_length=80)
    token = models.CharField(max_length=32, default=receipt_token, editable=False)
    issued_at = models.DateTimeField(_("written at"), default=timezone.now)
    issued_by = WalledForeignKey(User, null=True, blank=True, related_name="+", verbose_name=_("written by"))

    objects = PropertyScoped.as_manager()

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "id"], name="receipt_key"),
            models.UniqueConstraint(fields=["operator_id", "payment"], name="receipt_once_a_payment"),
            models.UniqueConstraint(fields=["operator_id", "property", "number"], name="receipt_number_once"),
            models.UniqueConstraint(fields=["operator_id", "token"], name="receipt_token_once"),
        ]
        indexes = [
            models.Index(fields=["operator_id", "property", "issued_at"], name="receipt_by_property"),
            models.Index(fields=["operator_id", "issued_at"], name="receipt_by_time"),
            # Whoever scans a receipt says nothing but its token: the operator is found from it.
            models.Index(fields=["token"], name="receipt_by_token"),
        ]

    def __str__(self) -> str:
        return self.number

    @cached_property
    def amount(self) -> Decimal:
        """What it is for, in yuan."""
        found: Decimal = self.payment.amount if self.total is None else self.total
        return found


class ReceiptPrint(Walled):
    """A receipt was printed or fetched. Every one after the first is marked as a reprint."""

    receipt = WalledForeignKey(Receipt, related_name="prints")
    layout = models.CharField(_("paper"), max_length=8, choices=ReceiptLayout.choices)
    at = models.DateTimeField(_("time"))
    by = WalledForeignKey(User, null=True, blank=True, related_name="+", verbose_name=_("user"))

    class Meta:
        verbose_name = _("receipt print")
        verbose_name_plural = _("receipt prints")
        indexes = [models.Index(fields=["operator_id", "receipt"], name="receipt_print_by_receipt")]
