"""What a company that rents is billed under."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from yuju.kit.fields import EncryptedTextField
from yuju.kit.history import Tracked
from yuju.kit.identity_numbers import mask_id_number
from yuju.kit.models import Walled, WalledForeignKey
from yuju.residency.models.people import Resident


class InvoiceTitle(Walled):
    """To whom invoices of a company are made out (发票抬头), one for a company.

    Attributes:
        tax_number: usually the unified social credit code itself.
        address, phone, bank, bank_account: what a special VAT invoice states besides; the account number is encrypted.
    """

    history = Tracked(part_of="resident", name=_("invoice title"))
    resident = WalledForeignKey(Resident, on_delete=models.CASCADE, related_name="invoice_titles")
    title = models.CharField(_("invoice title"), max_length=100)
    tax_number = models.CharField(_("tax number"), max_length=20)
    address = models.CharField(_("registered address"), max_length=120, blank=True, default="")
    phone = models.CharField(_("registered phone"), max_length=30, blank=True, default="")
    bank = models.CharField(_("bank"), max_length=80, blank=True, default="")
    bank_account = EncryptedTextField(_("bank account"), mask=mask_id_number, blank=True, default="")

    class Meta:
        verbose_name = _("invoice title")
        verbose_name_plural = _("invoice titles")
        constraints = [models.UniqueConstraint(fields=["operator_id", "resident"], name="invoice_title_once")]

    def __str__(self) -> str:
        return self.title

    @property
    def covered_account(self) -> str:
        """The number of the bank account with its middle hidden."""
        return mask_id_number(str(self.bank_account))
