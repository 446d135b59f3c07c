"""Shifts (班次): a cashier's time at the desk, from the float counted in to the cash counted out."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yuju.identity.models import User
from yuju.kit.models import Walled, WalledForeignKey
from yuju.premises.models import Property, PropertyScoped


class Shift(Walled):
    """Amounts in yuan. Closed once: what was counted then, and what should have been there, are never changed."""

    property = WalledForeignKey(Property, related_name="shifts", verbose_name=_("property"))
    cashier = WalledForeignKey(User, related_name="shifts", verbose_name=_("cashier"))
    opened_at = models.DateTimeField(_("opened at"))
    opening_float = models.DecimalField(_("opening float"), max_digits=14, decimal_places=2)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = WalledForeignKey(User, null=True, blank=True, related_name="+", verbose_name=_("closed by"))
    expected = models.DecimalField(_("cash expected"), max_digits=14, decimal_places=2, null=True, blank=True)
    counted = models.DecimalField(_("cash counted"), max_digits=14, decimal_places=2, null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True, default="")

    objects = PropertyScoped.as_manager()

    class Meta:
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "id"], name="shift_key"),
            models.UniqueConstraint(
                fields=["operator_id", "property", "cashier"], condition=Q(closed_at=None), name="shift_open_once"
            ),
            models.CheckConstraint(condition=Q(opening_float__gte=0), name="shift_float_not_negative"),
            models.CheckConstraint(
                condition=Q(closed_at=None, expected=None, counted=None)
                | Q(closed_at__isnull=False, expected__isnull=False, counted__gte=0),
                name="shift_closed_with_its_count",
            ),
        ]
        indexes = [models.Index(fields=["operator_id", "property", "opened_at"], name="shift_by_property")]
