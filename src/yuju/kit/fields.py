"""Model fields that any room may use."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models
from django.db.models.lookups import Lookup

from yuju.kit import crypto


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text encrypted at rest, for the operator in force and this field only.

    In Python it is plain text, opened as rows are read (about 5 µs; `defer` it where thousands of rows don't need it).
    The empty text is stored as it is. A query can ask nothing of it but `isnull`: for equality keep a `keyed_hash`
    beside it.
    """

    description = "encrypted text"

    @property
    def _belongs_to(self) -> str:
        return f"{self.model._meta.label_lower}.{self.name}"

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return crypto.encrypt(str(text), self._belongs_to) if text else text

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return crypto.decrypt(value, self._belongs_to) if value else value

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
