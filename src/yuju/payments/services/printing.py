"""Noting that a receipt was printed."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from yuju.identity.models import User
from yuju.payments.choices import ReceiptLayout
from yuju.payments.models import Receipt, ReceiptPrint


@transaction.atomic
def receipt_print(*, receipt: Receipt, layout: ReceiptLayout, by: User | None, at: datetime) -> int:
    """Notes a print and returns how many there were before: any but the first is marked as a reprint."""
    # One after the other: of two at once only one is the first.
    Receipt.objects.select_for_update(no_key=True).get(pk=receipt.pk)
    before = ReceiptPrint.objects.filter(receipt=receipt).count()
    ReceiptPrint.objects.create(receipt=receipt, layout=layout, at=at, by=by)
    return before
