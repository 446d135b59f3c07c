"""Saving a row that has no rules of its own: as the form says it, with the refusals of the database put into words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Model, UniqueConstraint
from django.utils.translation import gettext as _

from yuju.kit.errors import Refused

M = TypeVar("M", bound=Model)


def row_save(row: M, values: dict[str, Any]) -> M:
    """Writes a new or changed row.

    Raises:
        Refused: a value that has to be there once is taken; the refusal stands at its field.
    """
    for name, value in values.items():
        setattr(row, name, value)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise _in_words(row, error, values) from error
    return row


def _in_words(row: Model, error: IntegrityError, typed: Iterable[str]) -> Exception:
    """The refusal of a constraint the user can do something about; else the error itself."""
    broken = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    for constraint in row._meta.constraints:
        if isinstance(constraint, UniqueConstraint) and constraint.name == broken:
            field = next((name for name in reversed(constraint.fields) if name in typed), None)
            if field is not None:
                what = row._meta.get_field(field).verbose_name  # type: ignore[union-attr]
                return Refused(_("This %(what)s is taken. Enter another one.") % {"what": what}, field=field)
    return error
