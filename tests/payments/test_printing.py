"""Prints of a receipt: only one of them is the first, whoever prints at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction

from tests.support.operators import make_operator
from tests.support.receipts import AT, account_of, paid
from yuju.kit.tenancy import operator_context
from yuju.payments.choices import ReceiptLayout
from yuju.payments.models import ReceiptPrint
from yuju.payments.services import receipt_print
from yuju.premises.services import property_create


@pytest.mark.django_db(transaction=True)
def test_of_many_prints_at_once_each_has_its_own_number() -> None:
    # Given a receipt
    operator = make_operator("printing")
    with operator_context(operator.pk), transaction.atomic():
        receipt = paid(account_of(property_create(code="here", name="青岚里公寓", by=None, at=AT), 101)).receipt

    def printed(_number: int) -> int:
        try:
            with operator_context(operator.pk), transaction.atomic():
                return receipt_print(receipt=receipt, layout=ReceiptLayout.MM58, by=None, at=AT)
        finally:
            connections.close_all()

    # When twelve print it at once
    with ThreadPoolExecutor(6) as pool:
        before = list(pool.map(printed, range(12)))

    # Then one is the first, and every other knows how many there were
    assert sorted(before) == list(range(12))
    with operator_context(operator.pk), transaction.atomic():
        assert ReceiptPrint.objects.count() == 12
