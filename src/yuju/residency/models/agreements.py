"""What the contract of a lease says besides its days and its rent."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yuju.kit.history import Tracked
from yuju.kit.models import Walled, WalledForeignKey
from yuju.residency.choices import PenaltyKind
from yuju.residency.models.tenures import Tenure


class Agreement(Walled):
    """What was agreed about paying, leaving and the deposit (合同约定), one for a lease; without one nothing of it was.

    Attributes:
        deposit_months, pay_months: 押一付三 is 1 and 3.
        penalty: for leaving before the last day agreed: yuan, or how many months' rent, as `penalty_kind` says.
        overstay_rate: yuan a day after the last day, as long as nobody checked out.
        deposit_return_days: within how many days after check-out the deposit goes back.
        notice_days: how long before leaving notice is due.
        agreed_end: the last day as it was agreed first; the lease's own end moves when somebody leaves earlier.
    """

    history = Tracked(part_of="tenure", name=_("agreement"))
    tenure = WalledForeignKey(Tenure, on_delete=models.CASCADE, related_name="agreements")
    deposit_months = models.DecimalField(_("deposit, months' rent"), max_digits=4, decimal_places=1, default=0)
    pay_months = models.PositiveSmallIntegerField(_("months paid at once"), default=1)
    penalty_kind = models.CharField(
        _("penalty on early termination"), max_length=8, choices=PenaltyKind.choices, default=PenaltyKind.NONE
    )
    penalty = models.DecimalField(_("penalty"), max_digits=12, decimal_places=2, default=0)
    overstay_rate = models.DecimalField(_("per day after the end (yuan)"), max_digits=12, decimal_places=2, default=0)
    deposit_return_days = models.PositiveSmallIntegerField(_("deposit returned within (days)"), default=0)
    notice_days = models.PositiveSmallIntegerField(_("notice (days)"), default=0)
    agreed_end = models.DateField(_("last day agreed"))

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "tenure"], name="agreement_once"),
            models.CheckConstraint(
                condition=Q(deposit_months__gte=0, penalty__gte=0, overstay_rate__gte=0, pay_months__gte=1),
                name="agreement_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return str(self.tenure)
