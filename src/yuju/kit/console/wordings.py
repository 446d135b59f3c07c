"""What a form says when a field cannot be taken: what is wrong, and what is expected in its place."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core import validators
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

DAY = _("This is no day. Write it as year-month-day, such as 2026-12-31.")
NUMBER = _("This is no number. Write digits, with a point before decimals, such as 1234.50.")
WHOLE = _("This is no whole number. Write digits alone, such as 12.")
NO_CHOICE = _("“%(value)s” is none of the choices. Choose one from the list.")
TOO_SMALL = _("%(show_value)s is too small: at least %(limit_value)s is expected.")
TOO_LARGE = _("%(show_value)s is too large: at most %(limit_value)s is expected.")
TOO_LONG = ngettext_lazy(
    "Too long: at most %(limit_value)d character is taken, and this has %(show_value)d.",
    "Too long: at most %(limit_value)d characters are taken, and this has %(show_value)d.",
    "limit_value",
)
PLACES = ngettext_lazy(
    "Too exact: at most %(max)s digit is taken after the decimal point.",
    "Too exact: at most %(max)s digits are taken after the decimal point.",
    "max",
)
DIGITS = ngettext_lazy(
    "Too large: at most %(max)s digit is taken.", "Too large: at most %(max)s digits are taken.", "max"
)
LIMITS: dict[type[validators.BaseValidator], Any] = {
    validators.MinValueValidator: TOO_SMALL,
    validators.MaxValueValidator: TOO_LARGE,
    validators.MaxLengthValidator: TOO_LONG,
}


def say_what_is_expected(field: forms.Field) -> None:
    """Gives a field messages that say how to mend it, where it has only the usual ones."""
    own = _own_messages(field)
    for code, message in _messages(field).items():
        if code not in own:
            field.error_messages[code] = message
    field.validators = [_worded(one) for one in field.validators]


def _own_messages(field: forms.Field) -> set[str]:
    """What the field's own class says for itself: only Django's words are replaced."""
    usual: dict[str, Any] = {}
    for base in reversed(type(field).__mro__):
        if base.__module__.startswith("django."):
            usual |= getattr(base, "default_error_messages", {})
    return {code for code, message in field.error_messages.items() if message is not usual.get(code, message)}


def _messages(field: forms.Field) -> dict[str, Any]:
    messages: dict[str, Any] = {"required": _required(field)}
    if isinstance(field, forms.DateField):
        messages["invalid"] = DAY
    elif isinstance(field, forms.IntegerField) and not isinstance(field, forms.DecimalField | forms.FloatField):
        messages["invalid"] = WHOLE
    elif isinstance(field, forms.DecimalField):
        messages["invalid"] = NUMBER
    elif isinstance(field, forms.ChoiceField):
        messages["invalid_choice"] = NO_CHOICE
    return messages


def _required(field: forms.Field) -> Any:
    if isinstance(field, forms.MultipleChoiceField | forms.ModelMultipleChoiceField):
        return _("Nothing is ticked. Tick at least one.")
    if isinstance(field, forms.ChoiceField):
        return _("Nothing is chosen. Choose one.")
    if isinstance(field, forms.DateField):
        return _("The day is missing. Write it as year-month-day, such as 2026-12-31.")
    if isinstance(field, forms.BooleanField):
        return _("This has to be ticked.")
    if field.label:
        return format_lazy(_("This is empty: {label} is needed."), label=field.label)
    return _("This is empty: something is needed.")


def _worded(validator: Any) -> Any:
    for kind, message in LIMITS.items():
        if type(validator) is kind:
            return kind(validator.limit_value, message=message)
    if type(validator) is validators.DecimalValidator:
        worded = validators.DecimalValidator(validator.max_digits, validator.decimal_places)
        words: dict[str, Any] = {"max_decimal_places": PLACES, "max_digits": DIGITS, "max_whole_digits": DIGITS}
        worded.messages = {**validator.messages, **words}
        return worded
    return validator
