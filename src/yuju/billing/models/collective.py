"""Collective bills (企业合并账单): what one run issued to one company, as one bill."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from yuju.billing.models.runs import BillRun
from yuju.kit.models import Walled, WalledForeignKey
from yuju.premises.models import Property, PropertyScoped
from yuju.residency.models import Resident


class CollectiveBill(Walled):
    """The bills that one run issued to one company. Made as they are issued, never changed; amounts in yuan.

    The bills stay what they are, one for each lease: this one only puts them together, under a number of its own.

    Attributes:
        due_date: the earliest of its bills.
    """

    property = WalledForeignKey(Property, related_name="collective_bills", verbose_name=_("property"))
    run = WalledForeignKey(BillRun, related_name="collective_bills", verbose_name=_("bill run"))
    resident = WalledForeignKey(Resident, related_name="collective_bills", verbose_name=_("company"))
    number = models.CharField(_("bill number"), max_length=40)
    due_date = models.DateField(_("due date"))
    total = models.DecimalField(_("total"), max_digits=20, decimal_places=2)
    bill_count = models.PositiveIntegerField(_("bills"))

    objects = PropertyScoped.as_manager()

    class Meta:
        verbose_name = _("collective bill")
        verbose_name_plural = _("collective bills")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "property", "number"], name="collective_bill_number_once"),
            models.UniqueConstraint(fields=["operator_id", "run", "resident"], name="collective_bill_once_a_run"),
            models.UniqueConstraint(fields=["operator_id", "id"], name="collective_bill_key"),
        ]
        indexes = [
            models.Index(fields=["operator_id", "resident", "-due_date"], name="collective_bill_by_company"),
        ]

    def __str__(self) -> str:
        return self.number
