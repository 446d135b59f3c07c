"""What deposits come to, account by account. Triggers keep it, `yuju books verify` proves it (ADR 0029)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yuju.billing.models import BillingAccount
from yuju.kit.models import Walled, WalledForeignKey
from yuju.premises.models import Property, PropertyScoped


class DepositStanding(Walled):
    """The deposit of an account that has one, in yuan: a liability and never income.

    Attributes:
        asked: what is to be held: asked for here and not given up, and what is left of what was carried over.
        held: what of it is there.
        since: the local day of the first money that is part of it; none while nothing is held.
        left_on: the last day of the stay, once its resident has checked out.
        to_refund: what a settlement left to be paid out: the deposit was given up by then, and the money is not back yet.
        return_by: until when it has to be returned, where the contract says so: counted from the settlement, or the last day.
    """

    property = WalledForeignKey(Property, related_name="+", verbose_name=_("property"))
    account = WalledForeignKey(BillingAccount, related_name="deposit_standings", verbose_name=_("billing account"))
    asked = models.DecimalField(_("deposit asked"), max_digits=14, decimal_places=2)
    held = models.DecimalField(_("deposit held"), max_digits=14, decimal_places=2)
    since = models.DateField(_("held since"), null=True, blank=True)

    to_refund = models.DecimalField(_("to pay out"), max_digits=14, decimal_places=2, default=0)
    left_on = models.DateField(_("checked out on"), null=True, blank=True)
    return_by = models.DateField(_("to return by"), null=True, blank=True)

    objects = PropertyScoped.as_manager()

    class Meta:
        verbose_name = _("deposit")
        verbose_name_plural = _("deposits")
        constraints = [models.UniqueConstraint(fields=["operator_id", "account"], name="deposit_standing_once")]
        indexes = [
            # What a list and its totals ask of all of them is told from the index alone.
            models.Index(
                fields=["operator_id", "property", "since"],
                include=["id", "account", "asked", "held"],
                name="deposit_standing_by_day",
            ),
            models.Index(fields=["operator_id", "since"], include=["id"], name="deposit_standing_of_all"),
            # The few whose resident has left.
            models.Index(
                fields=["operator_id", "property", "return_by"],
                include=["id", "held", "to_refund"],
                condition=Q(left_on__isnull=False),
                name="deposit_to_return",
            ),
        ]
