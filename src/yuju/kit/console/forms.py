"""Forms of the console: their look, their words, their groups of fields, and a short word for what somebody saw."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.db.models.fields import BLANK_CHOICE_DASH
from django.forms.models import construct_instance
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from yuju.kit.console.wordings import say_what_is_expected

DASHES = BLANK_CHOICE_DASH[0][1]
"""What Django writes where nothing is chosen."""


@dataclass(frozen=True)
class Fieldset:
    """Fields that belong together, two in a row beside their title."""

    title: Any
    fields: Sequence[str]
    hint: Any = ""


class ConsoleFormMixin:
    """Gives a form the request and the console's look.

    Override `narrow_choices` to offer only what the user may use.
    """

    request: HttpRequest
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        self.request = request
        super().__init__(*args, **kwargs)
        self.narrow_choices()
        for field in self.fields.values():
            _dress(field)

    def narrow_choices(self) -> None:
        """Narrows the choices of the form's fields to the user's scope."""


class ConsoleForm(ConsoleFormMixin, forms.Form):
    """A form of its own fields."""


class ConsoleModelForm(ConsoleFormMixin, forms.ModelForm):  # type: ignore[type-arg]
    """A form that takes labels, hints and the checks of single fields from the model.

    It never saves and asks no constraint: services do, and say in a sentence what the database refuses.
    """

    def _post_clean(self) -> None:
        # Django's own asks every constraint that the fields decide, and would say it by its name in the database.
        exclude = self._get_validation_exclusions()  # type: ignore[attr-defined]
        try:
            self.instance = construct_instance(self, self.instance, self._meta.fields, self._meta.exclude)
            self.instance.full_clean(exclude=exclude, validate_unique=False, validate_constraints=False)
        except ValidationError as error:
            self._update_errors(error)  # type: ignore[attr-defined]


def _dress(field: forms.Field) -> None:
    """Browsers ask for a date in the reader's own way and send ISO; numbers line up; no choice yet is said in words."""
    widget = field.widget
    _name_no_choice(field)
    say_what_is_expected(field)
    if isinstance(field, forms.DateField) and isinstance(widget, forms.DateInput):
        widget.input_type = "date"
        widget.format = "%Y-%m-%d"
    if isinstance(field, forms.IntegerField) and isinstance(widget, forms.NumberInput):
        # Not type=number: browsers drop what they cannot read, and the user would see an empty box.
        mode = "decimal" if isinstance(field, forms.DecimalField) else "numeric"
        field.widget = forms.TextInput(attrs={"inputmode": mode, "class": "form-control num"})


def _name_no_choice(field: forms.Field) -> None:
    nothing = _("Choose") if field.required else _("None")
    if isinstance(field, forms.ModelChoiceField):
        if field.empty_label == DASHES:
            field.empty_label = nothing
    elif isinstance(field, forms.ChoiceField) and not callable(field.choices):
        field.choices = [(value, nothing if label == DASHES else label) for value, label in field.choices]


@dataclass(frozen=True)
class BoundFieldset:
    title: Any
    hint: Any
    fields: list[tuple[forms.BoundField, bool]]
    """Each field, and whether it takes the whole width."""


def bound_fieldsets(form: forms.BaseForm, fieldsets: Sequence[Fieldset]) -> list[BoundFieldset]:
    """The form's visible fields by group; fields no group names come last."""
    named = {name for fieldset in fieldsets for name in fieldset.fields}
    groups = [
        BoundFieldset(part.title, part.hint, _laid_out([form[name] for name in part.fields if name in form.fields]))
        for part in fieldsets
    ]
    rest = [field for field in form.visible_fields() if field.name not in named]
    if rest:
        groups.append(BoundFieldset("", "", _laid_out(rest)))
    return [group for group in groups if group.fields]


def _laid_out(fields: Sequence[forms.BoundField]) -> list[tuple[forms.BoundField, bool]]:
    return [(bound, isinstance(bound.field.widget, forms.Textarea)) for bound in fields]


def fingerprint(values: Mapping[str, Any]) -> str:
    """A short word that changes when any of the values does: what the editor saw when the form was opened."""
    parts = [f"{name}={_plain(values[name])!r}" for name in sorted(values)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


def _plain(value: Any) -> Any:
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, list | tuple | set):
        return sorted(str(_plain(item)) for item in value)
    return None if value is None else str(value)
