"""The field that asks of which country somebody is."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from yuju.kit.countries import countries


def _offered() -> list[tuple[str, object]]:
    return [("", gettext_lazy("As the document says")), *countries()]


def nationality_field() -> forms.ChoiceField:
    """A nationality (ISO 3166); left alone, it is what the document says."""
    return forms.ChoiceField(
        label=gettext_lazy("Nationality"),
        choices=_offered,
        required=False,
        help_text=gettext_lazy("To be said with a passport: foreigners are registered within hours."),
    )
