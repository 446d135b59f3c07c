"""Numbers without gaps: bill 202612-0001, 202612-0002, …"""

from __future__ import annotations

from django.db import connection
from django.db.transaction import TransactionManagementError

from yuju.kit.tenancy import require_operator_id

_TAKE = """
INSERT INTO kit_numberseries AS n (operator_id, property_id, series, period, last)
VALUES (%(operator)s, %(property)s, %(series)s, %(period)s, %(count)s)
ON CONFLICT (operator_id, series, property_id, period) DO UPDATE SET last = n.last + excluded.last
RETURNING last
"""


def take(series: str, property_id: int | None = None, period: str = "", *, count: int = 1) -> range:
    """Takes the next `count` numbers of a series; the first ever is 1.

    The series stays locked until the transaction ends, so that numbers follow one another without a gap: those of a
    transaction that is rolled back are given out again. Take them late in the transaction.

    Args:
        series: what is numbered, such as `bill`.
        property_id: the property that counts for itself; None where the operator counts as a whole.
        period: what starts the count anew, such as `202612`; empty for never.

    Raises:
        ValueError: when `count` is below 1.
        TransactionManagementError: outside a transaction, where a number could be lost.
    """
    if count < 1:
        raise ValueError("at least one number is taken")
    if not connection.in_atomic_block:
        raise TransactionManagementError("numbers are taken inside a transaction")
    arguments = {
        "operator": require_operator_id(),
        "property": property_id,
        "series": series,
        "period": period,
        "count": count,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, arguments)
        (last,) = cursor.fetchone()
    return range(last - count + 1, last + 1)
