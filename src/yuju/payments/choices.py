"""The words of payments."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class PaymentChannel(models.TextChoices):
    OPENING = "opening", _("Opening balance")


class DepositKind(models.TextChoices):
    OPENING = "opening", _("Opening balance")


class BillState(models.TextChoices):
    """Where a bill stands; worked out from what is open on it, never stored."""

    DRAFT = "draft", _("Draft")
    DUE = "due", _("To pay")
    PART_PAID = "part_paid", _("Part paid")
    OVERDUE = "overdue", _("Overdue")
    PAID = "paid", _("Paid")
