"""Recorded changes in words: the record keeps old and new values as plain text, a page says them in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import BooleanField, Field, Model
from django.utils.translation import gettext as _


def changes_words(
    model: type[Model] | None, changes: Mapping[str, Sequence[Any]], label: Callable[[str], str] | None = None
) -> str:
    """Which fields changed and how: `approver — → 沈静澜; drafts by itself no → yes`.

    Args:
        model: whose fields they are; None where it is not known.
        changes: the old and new value by the field's name.
        label: names a field; left out, the model does.
    """
    lines = []
    for name, (old, new) in changes.items():
        field = _field(model, name)
        called = label(name) if label is not None else field_words(model, name)
        lines.append(f"{called} {value_words(field, old)} → {value_words(field, new)}")
    return _("; ").join(lines)


def field_words(model: type[Model] | None, name: str) -> str:
    """What a model calls a field."""
    field = _field(model, name)
    return name if field is None else str(field.verbose_name)


def value_words(field: Field[Any, Any] | None, value: Any) -> str:
    """A recorded value: a choice by its name, yes or no, a dash for nothing."""
    if value is None or value == "":
        return "—"
    text = str(value)
    if isinstance(field, BooleanField):
        return {"True": _("Yes"), "False": _("No")}.get(text, text)
    if field is not None and field.choices:
        return next((str(name) for key, name in field.flatchoices if str(key) == text), text)
    return text


def _field(model: type[Model] | None, name: str) -> Field[Any, Any] | None:
    if model is None:
        return None
    try:
        found = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return found if isinstance(found, Field) else None
