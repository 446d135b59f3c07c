"""A desk in a process of its own: `yuju shell -c "from tests.support.desk_process import …"`, killed at any moment.

What it asks and what was acknowledged stands in a file, a line each, as a browser and the receipts in people's hands would
keep it: begun again, it first asks anew, with the same key, what was not acknowledged.
"""

from __future__ import annotations

import os
import random
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID, uuid4

from tests.support.billing_small import AT, issued, lease_of
from yuju.billing.models import BillingAccount
from yuju.kit.commands import operator_named
from yuju.kit.tenancy import operator_context
from yuju.payments.choices import PaymentChannel
from yuju.payments.models import Receipt
from yuju.payments.services import payment_take
from yuju.premises.services import property_create

LEASES = 8
ASKED, PAID = "asked", "paid"


def prepare() -> None:
    """A property with leases and bills of two months, for the only operator."""
    from django.db import transaction

    with operator_context(operator_named(None)), transaction.atomic():
        here = property_create(code="here", name="青岚里公寓", by=None, at=AT)
        for number in range(LEASES):
            lease_of(here, 101 + number)
        issued(here, date(2026, 2, 1))


def take(file: str, count: int) -> None:
    """Takes payments until so many are acknowledged in the file."""
    from django.db import transaction

    with open(file, "a", buffering=1) as book, operator_context(operator_named(None)):
        with transaction.atomic():
            accounts = {account.pk: account for account in BillingAccount.objects.all()}
        pending, paid = read(Path(file))
        chance = random.Random()
        while len(paid) < count:
            if pending is None:
                amount = chance.choice(("10.00", "95.50", "4000.00"))
                pending = (uuid4(), chance.choice(list(accounts)), Decimal(amount))
                book.write(f"{ASKED} {pending[0]} {pending[1]} {pending[2]}\n")
            key, account, amount = pending
            taken = payment_take(
                account=accounts[account],
                amount=amount,
                channel=PaymentChannel.CASH,
                key=key,
                on=date(2026, 2, 5),
                by=None,
                at=AT,
            )
            book.write(f"{PAID} {key} {taken.receipt.number}\n")
            paid[key] = taken.receipt.number
            pending = None


def read(file: Path) -> tuple[tuple[UUID, int, Decimal] | None, dict[UUID, str]]:
    """What was asked last and not acknowledged, and the receipts that were acknowledged, by key."""
    pending, paid = None, {}
    for line in file.read_text().splitlines() if file.exists() else ():
        what, key, *rest = line.split()
        if what == ASKED:
            pending = (UUID(key), int(rest[0]), Decimal(rest[1]))
        else:
            pending = None
            paid[UUID(key)] = rest[0]
    return pending, paid


def tell() -> None:
    """Prints every receipt there is: the key of its payment, its number, the payment's id."""
    from django.db import transaction

    with operator_context(operator_named(None)), transaction.atomic():
        for key, number, payment in Receipt.objects.values_list("payment__key", "number", "payment"):
            os.write(1, f"receipt {key} {number} {payment}\n".encode())
