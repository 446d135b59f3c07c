"""Making an operator."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from yuju.identity.models import Operator
from yuju.kit.errors import Refused
from yuju.kit.tenancy import operator_context


def operator_create(*, code: str, name: str, host: str = "", at: datetime) -> Operator:
    """Makes an operator. Enter its context to work for it.

    Args:
        code: short name of letters, digits, `-` and `_`; it names the operator in commands and addresses.
        host: the host name that leads to this operator's pages, where several share an installation.

    Raises:
        Refused: the code or the host is taken, or the code has other signs in it.
    """
    try:
        validate_slug(code)
    except ValidationError as error:
        raise Refused(_("A code has only letters, digits, - and _."), field="code") from error
    # The wall lets a row be made only by the operator it is, so its key is drawn first.
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('identity_operator', 'id'))")
        (key,) = cursor.fetchone()
    try:
        with operator_context(key), transaction.atomic():
            return Operator.objects.create(
                pk=key, code=code, name=name.strip() or code, host=host.strip().lower(), created_at=at
            )
    except IntegrityError as error:
        raise Refused(_("The code “%(code)s” or its host name is taken.") % {"code": code}, field="code") from error
