"""Model fields that any room may use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.db import models
from django.db.models.lookups import Lookup
from django.db.models.query_utils import DeferredAttribute

from yuju.kit import crypto
from yuju.kit.identity_numbers import mask_phone


class Opened(str):
    """Plain text that was read from an encrypted column; remembers what is stored."""

    __slots__ = ("stored",)
    stored: str


class _KeepsEqual(DeferredAttribute):
    """Setting a field to the text it holds already changes nothing, so that the same text is stored as it was."""

    def __set__(self, instance: models.Model, value: Any) -> None:
        held = instance.__dict__.get(self.field.attname)
        if isinstance(value, Opened) or not isinstance(held, Opened) or held != value:
            instance.__dict__[self.field.attname] = value


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text encrypted at rest, for the operator in force and this field only.

    In Python it is plain text, opened as rows are read (about 5 µs; `defer` it where thousands of rows don't need it).
    The empty text is stored as it is. A query can ask nothing of it but `isnull`: for equality keep a `keyed_hash`
    beside it. Text that did not change is stored again as it was, while its key is the newest: encrypted anew it would look
    changed to the history.

    Args:
        mask: how a page shows it covered; as a telephone number where nothing is said.
    """

    description = "encrypted text"
    descriptor_class = _KeepsEqual

    def __init__(self, *args: Any, mask: Callable[[str], str] = mask_phone, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.mask = mask

    @property
    def _belongs_to(self) -> str:
        return f"{self.model._meta.label_lower}.{self.name}"

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = super().pre_save(model_instance, add)
        stored = self.get_prep_value(value)
        if not stored or not isinstance(value, str):
            return value
        # What is stored now is remembered, so that saving the same row twice stores the same.
        opened = Opened(value)
        opened.stored = stored
        setattr(model_instance, self.attname, opened)
        return opened

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        if isinstance(value, Opened) and crypto.is_current(value.stored, self._belongs_to, value):
            return value.stored
        return crypto.encrypt(str(text), self._belongs_to) if text else text

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        if not value:
            return value
        opened = Opened(self.opened(value))
        opened.stored = value
        return opened

    def opened(self, stored: str) -> str:
        """The plain text of what is stored in a column of the operator in force.

        Raises:
            Undecipherable: when it can't be opened.
        """
        return crypto.decrypt(stored, self._belongs_to)

    def reseal(self, stored: str | None) -> str | None:
        """A stored value under the newest key.

        Raises:
            Undecipherable: when it can't be opened.
        """
        return crypto.reseal(stored, self._belongs_to) if stored else stored

    def get_lookup(self, lookup_name: str) -> type[Lookup[Any]] | None:
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"widget": forms.TextInput, **kwargs})
