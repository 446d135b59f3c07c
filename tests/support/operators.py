"""Making operators in tests, as the application does."""

import itertools

from django.db import connection, transaction

from yuju.identity.models import Operator
from yuju.kit.tenancy import operator_context

_numbers = itertools.count(1)


def make_operator(code: str | None = None, name: str = "阳光公寓运营") -> Operator:
    """A new operator. The wall lets a row be made only by the operator it is, so its key is drawn first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('identity_operator', 'id'))")
        (key,) = cursor.fetchone()
    with operator_context(key), transaction.atomic():
        return Operator.objects.create(pk=key, code=code or f"op{next(_numbers)}-{key}", name=name)
