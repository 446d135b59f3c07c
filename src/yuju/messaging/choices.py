"""What the product tells of."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ResidentNoticeKind(models.TextChoices):
    BILL_ISSUED = "bill_issued", _("New bill")
    PAYMENT_RECEIVED = "payment_received", _("Payment received")
    PAYMENT_REVERSED = "payment_reversed", _("Payment taken back")
    REFUND_PAID = "refund_paid", _("Refund paid out")
    SETTLEMENT_SHOWN = "settlement_shown", _("Settlement to look at")
    SETTLEMENT_ANSWERED = "settlement_answered", _("Objection answered")
    CONTRACT_SENT = "contract_sent", _("Contract to sign")
    SETTLED_MEANWHILE = "settled_meanwhile", _("Paid already, kept as credit")
    LEASE_ENDS = "lease_ends", _("Lease ends soon")
    ACTIVITY_INVITED = "activity_invited", _("Invitation to an activity")
    ACTIVITY_SEAT = "activity_seat", _("A seat at an activity")
    ACTIVITY_MOVED = "activity_moved", _("Activity moved")
    ACTIVITY_CANCELLED = "activity_cancelled", _("Activity called off")
