"""Numbers without gaps."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from tests.support.operators import make_operator
from yuju.kit.numbering import take
from yuju.kit.tenancy import operator_context


def test_numbers_follow_one_another_per_series_property_and_period(operator: Any) -> None:
    assert list(take("bill", 1, "202612", count=3)) == [1, 2, 3]
    assert list(take("bill", 1, "202612")) == [4]
    assert list(take("bill", 1, "202701")) == [1]
    assert list(take("bill", 2, "202612")) == [1]
    assert list(take("bill", None, "202612")) == [1]
    assert list(take("bill", None, "202612")) == [2]
    assert list(take("receipt", 1, "202612")) == [1]


def test_operators_count_for_themselves(operator: Any) -> None:
    take("bill", count=5)
    with operator_context(make_operator().pk):
        assert list(take("bill")) == [1]


def test_fewer_than_one_is_refused(operator: Any) -> None:
    with pytest.raises(ValueError, match="at least one"):
        take("bill", count=0)


@pytest.mark.django_db(transaction=True)
def test_numbers_are_taken_inside_a_transaction() -> None:
    with operator_context(make_operator().pk), pytest.raises(TransactionManagementError):
        take("bill")


@pytest.mark.django_db(transaction=True)
def test_numbers_of_a_transaction_rolled_back_are_given_again() -> None:
    with operator_context(make_operator().pk):
        with transaction.atomic():
            take("bill", count=10)
            transaction.set_rollback(True)
        with transaction.atomic():
            assert list(take("bill")) == [1]


@pytest.mark.django_db(transaction=True)
def test_transactions_at_once_leave_no_gap_and_no_double() -> None:
    operator = make_operator()
    taken: list[int] = []

    def work() -> None:
        try:
            with operator_context(operator.pk):
                for _ in range(10):
                    with transaction.atomic():
                        taken.extend(take("bill", count=2))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(taken) == list(range(1, 81))
