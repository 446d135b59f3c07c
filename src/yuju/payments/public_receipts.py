"""What anybody may know of a receipt who holds it: found by the unguessable part of its public address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection

from yuju.kit.identity_numbers import mask_name
from yuju.kit.tenancy import operator_context
from yuju.payments.models import Payment, Receipt

TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
"""What `receipt_token` draws: 128 bits in 22 signs."""


@dataclass(frozen=True)
class PublicReceipt:
    """All that the public page shows; the amount in yuan, the payer's name covered."""

    number: str
    amount: Decimal
    received_on: date
    property: str
    payer: str
    is_void: bool


def public_receipt(token: str) -> PublicReceipt | None:
    """The receipt of a token, whichever operator's it is; None where there is none."""
    if not TOKEN.fullmatch(token):
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT yuju_operator_of_receipt(%s)", [token])
        operator_id: int | None = cursor.fetchone()[0]
    if operator_id is None:
        return None
    with operator_context(operator_id):
        receipt = Receipt.objects.select_related("payment", "property").get(token=token)
        return PublicReceipt(
            number=receipt.number,
            amount=receipt.amount,
            received_on=receipt.payment.received_on,
            property=receipt.property.name,
            payer=mask_name(receipt.payer),
            is_void=Payment.objects.filter(reverses=receipt.payment).exists(),
        )
