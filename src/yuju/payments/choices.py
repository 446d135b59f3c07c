"""The words of payments."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class PaymentChannel(models.TextChoices):
    OPENING = "opening", _("Opening balance")


class DepositKind(models.TextChoices):
    OPENING = "opening", _("Opening balance")
