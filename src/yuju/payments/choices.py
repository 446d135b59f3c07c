"""The words of payments."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class PaymentChannel(models.TextChoices):
    OPENING = "opening", _("Opening balance")
    CASH = "cash", _("Cash")
    CARD = "card", _("Card")
    DEPOSIT = "deposit", _("Deposit given up")
    TRANSFER = "transfer", _("From another account")


DESK_CHANNELS = (PaymentChannel.CASH, PaymentChannel.CARD)
"""What a cashier takes at the desk."""


class ReceiptLayout(models.TextChoices):
    """Paper of a receipt: a sheet, or the roll of a thermal printer by its width."""

    A5 = "a5", _("A5 sheet")
    MM80 = "mm80", _("80 mm roll")
    MM58 = "mm58", _("58 mm roll")


class RefundChannel(models.TextChoices):
    """How money that was received goes out again."""

    CASH = "cash", _("Cash")
    BANK = "bank", _("Bank transfer")
    TRANSFER = "transfer", _("To another account")


PAID_OUT = (RefundChannel.CASH, RefundChannel.BANK)
"""Refunds by which somebody gets money; a transfer moves it between accounts only."""


class DepositKind(models.TextChoices):
    OPENING = "opening", _("Opening balance")
    RELEASED = "released", _("Given up")


class BillState(models.TextChoices):
    """Where a bill stands; worked out from what is open on it, never stored."""

    DRAFT = "draft", _("Draft")
    DUE = "due", _("To pay")
    PART_PAID = "part_paid", _("Part paid")
    OVERDUE = "overdue", _("Overdue")
    PAID = "paid", _("Paid")


class SettlementState(models.TextChoices):
    """How far a settlement has come."""

    DRAFT = "draft", _("Draft")
    SHOWN = "shown", _("Shown to the resident")
    AGREED = "agreed", _("Agreed to")
    CLOSED = "closed", _("Settled")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class LineKind(models.TextChoices):
    """What a line of a settlement is, in the order in which the lines stand."""

    OPEN = "open", _("Open before")
    PRICE = "price", _("Priced to the last day")
    CHARGE = "charge", _("Billed to the last day")
    DAMAGE = "damage", _("Damages")
    PENALTY = "penalty", _("Penalty")
    CREDIT = "credit", _("Credit there")
    DEPOSIT = "deposit", _("Deposit held")
    RESULT = "result", _("Result")


class ExtraKind(models.TextChoices):
    """What is charged at the end of a stay besides what runs anyway."""

    DAMAGE = "damage", _("Damages")
    PENALTY = "penalty", _("Penalty")


class AgreedHow(models.TextChoices):
    """How a resident agreed to a settlement."""

    PHONE = "phone", _("On their phone")
    SCREEN = "screen", _("Signed on our screen")
    PAPER = "paper", _("Signed on paper")
    WITHOUT = "without", _("Without the resident")
    CASE = "case", _("On the record of the abandoned room")
