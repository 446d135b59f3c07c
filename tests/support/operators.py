"""Making operators in tests, as the application does."""

import itertools

from django.utils import timezone

from yuju.identity.models import Operator
from yuju.identity.services.operators import operator_create

_numbers = itertools.count(1)


def make_operator(code: str | None = None, name: str = "阳光公寓运营") -> Operator:
    """A new operator, not yet in force."""
    return operator_create(code=code or f"operator-{next(_numbers)}", name=name, at=timezone.now())
