"""What stands in a form, field by field, as a browser sends it: the common measure of what was opened, typed and saved."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core import signing
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.translation import gettext as _

from yuju.kit.console.covered import CoveredInput
from yuju.kit.display import MISSING

Sent = dict[str, list[str]]
"""The values of each field as text, in an order that does not matter."""

SALT = "yuju.form"
SECRET_WIDGETS = (forms.PasswordInput, forms.FileInput)
SECRET_HINTS = {"one-time-code", "new-password", "current-password"}


def untouched(form: forms.BaseForm) -> Sent:
    """What a browser would send if nobody touched the form."""
    return {bound.name: _first_sent(bound) for bound in form}


def sent(form: forms.BaseForm) -> Sent:
    """What was sent for each field of a bound form; a disabled field keeps what it has."""
    return {bound.name: _first_sent(bound) if bound.field.disabled else _now_sent(bound) for bound in form}


def _first_sent(bound: forms.BoundField) -> list[str]:
    value = bound.field.prepare_value(bound.initial)
    widget = bound.field.widget
    if isinstance(widget, forms.CheckboxInput):
        return _listed(bound, widget.check_test(value))
    return _listed(bound, widget.format_value(value))


def _now_sent(bound: forms.BoundField) -> list[str]:
    widget, value = bound.field.widget, bound.data
    # What was sent back covered is compared with what was shown covered.
    return _listed(bound, widget.format_value(value) if isinstance(widget, CoveredInput) else value)


def _listed(bound: forms.BoundField, value: Any) -> list[str]:
    widget = bound.field.widget
    if isinstance(widget, forms.CheckboxInput):
        return ["on"] if value else []
    if isinstance(value, list | tuple):
        return sorted(_text(item) for item in value)
    if value is None and getattr(widget, "allow_multiple_selected", False):
        return []
    return [_text(value)]


def _text(value: Any) -> str:
    return "" if value is None else str(value).replace("\r\n", "\n")


def pack(values: Sent) -> str:
    """What a form showed when it was opened, signed, to go along hidden in it."""
    return signing.dumps(values, salt=SALT, compress=True)


def unpack(text: str) -> Sent:
    """What `pack` packed; nothing where it was altered or is missing."""
    try:
        found: Sent = signing.loads(text, salt=SALT)
    except signing.BadSignature:
        return {}
    return found


def quietly(form: forms.BaseForm) -> forms.BaseForm:
    """The bound form unchecked: it shows what was typed and finds no fault with it yet."""
    form._errors = ErrorDict()  # type: ignore[attr-defined]
    return form


def data_of(values: Sent) -> QueryDict:
    """The values as a form takes them."""
    data = QueryDict(mutable=True)
    for name, listed in values.items():
        data.setlist(name, list(listed))
    return data


def with_taken(data: QueryDict, values: Sent, names: Collection[str]) -> QueryDict:
    """What was typed, with the values of some fields in its place."""
    merged = data.copy()
    for name in names:
        if name in values:
            merged.pop(f"{name}_typed", None)
            merged.setlist(name, list(values[name]))
    return merged


def draft_of(form: forms.BaseForm, data: QueryDict) -> dict[str, list[str]]:
    """What may be kept of what was typed: the form's own fields, never a password, a file or a one-time code."""
    kept: dict[str, list[str]] = {}
    for bound in form:
        if _is_secret(bound):
            continue
        if getattr(bound.field.widget, "gathers", False):
            kept[bound.html_name] = [bound.data]
            continue
        for key in (bound.html_name, f"{bound.html_name}_typed"):
            if key in data:
                kept[key] = data.getlist(key)
    return kept


def _is_secret(bound: forms.BoundField) -> bool:
    widget = bound.field.widget
    return isinstance(widget, SECRET_WIDGETS) or widget.attrs.get("autocomplete") in SECRET_HINTS


def in_words(bound: forms.BoundField, values: list[str] | None) -> str:
    """A field's values as somebody reads them: choices by their names, a dash for nothing."""
    field: Any = bound.field
    if values is None:
        return MISSING
    if isinstance(field.widget, forms.CheckboxInput):
        return _("Yes") if values else _("No")
    if hasattr(field, "words_of"):
        words = [field.words_of(value) for value in values]
    elif hasattr(field, "choices"):
        names = dict(_flat(field.choices))
        words = [names.get(value, value) if value else "" for value in values]
    else:
        words = values
    return _(", ").join(word for word in words if word) or MISSING


def _flat(choices: Any) -> list[tuple[str, str]]:
    flat = []
    for key, label in choices:
        flat += _flat(label) if isinstance(label, list | tuple) else [(str(key), str(label))]
    return flat


@dataclass(frozen=True)
class Difference:
    """A field in which what was typed and what was saved meanwhile differ.

    Attributes:
        opened, theirs, mine: what stood there when the form was opened, what was saved since, what was typed; in words.
        take_mine: whether what was typed is suggested: wherever it was changed.
        both: whether both changed it.
    """

    name: str
    label: Any
    opened: str
    theirs: str
    mine: str
    take_mine: bool
    both: bool


def differences(form: forms.BaseForm, opened: Mapping[str, list[str]], theirs: Sent) -> list[Difference]:
    """Where a bound form and what was saved since it was opened differ, in the order of the form."""
    typed, found = sent(form), []
    for bound in form:
        base, saved, mine = opened.get(bound.name), theirs.get(bound.name, []), typed[bound.name]
        if saved == mine or _is_secret(bound):
            continue
        changed = mine != base
        was, now, typed_words = (in_words(bound, values) for values in (base, saved, mine))
        both = changed and saved != base
        found.append(Difference(bound.name, bound.label, was, now, typed_words, take_mine=changed, both=both))
    return found
