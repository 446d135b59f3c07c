"""Saving a row so that a refusal of the database becomes a sentence, and what changed can be told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Model

from yuju.kit.errors import Refused


def save_row(row: Model, refusals: Mapping[str, tuple[str, str]]) -> None:
    """Saves a row.

    Args:
        refusals: for each constraint that may refuse it, the field at fault and the sentence.

    Raises:
        Refused: one of those constraints refuses.
    """
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        diagnosis: Any = getattr(error.__cause__, "diag", None)
        known = refusals.get(getattr(diagnosis, "constraint_name", None) or "")
        if known is None:
            raise
        field, sentence = known
        raise Refused(sentence, field=field, code="taken") from error


def set_fields(row: Model, values: Mapping[str, Any]) -> dict[str, list[str | None]]:
    """Sets fields and tells which changed: the old and new value of each, as text for the record."""
    changes: dict[str, list[str | None]] = {}
    for name, value in values.items():
        before = getattr(row, name)
        if before != value:
            changes[name] = [None if before is None else str(before), None if value is None else str(value)]
            setattr(row, name, value)
    return changes
