"""A field whose kept value is personal data: it is shown covered, and uncovered one value at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from yuju.kit.templatetags.ui import svg


class CoveredInput(forms.TextInput):
    """A text field that shows `138****6021` for what is kept. Sent back as it was shown, the kept value stays.

    Args:
        kept: the value that is kept; empty for none, which leaves a plain field.
        mask: covers a value.
        url: where the eye asks for this one value, which has to write that down and answers with `uncovered`; empty
            for whoever may not see it.
    """

    def __init__(self, kept: str, mask: Callable[[str], str], url: str = "", attrs: Mapping[str, Any] | None = None):
        super().__init__({"autocomplete": "off", **(attrs or {})})
        self.kept, self.mask, self.url = kept, mask, url
        self.is_typed = False

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """What was sent; the kept value where it was sent back covered."""
        value = super().value_from_datadict(data, files, name)
        if self.kept and value == self.mask(self.kept):
            return self.kept
        # Whoever typed it themselves, or uncovered it, sees what they sent.
        self.is_typed = value == self.kept
        return value

    def format_value(self, value: Any) -> str | None:
        """The value covered, where it is the kept one and was not typed just now."""
        return self.mask(self.kept) if self.kept and value == self.kept and not self.is_typed else value

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        """The field, with an eye beside a covered value."""
        field = super().render(name, value, attrs, renderer)
        if not self.url or not self.kept or self.format_value(value) == value:
            return field
        words = _("Show it in full (it is written down)")
        return format_html(
            '<span class="covered">{}<button type="button" hx-post="{}" hx-target="previous input" hx-swap="outerHTML"'
            ' hx-params="none" aria-label="{}" title="{}">{}</button></span>',
            field,
            self.url,
            words,
            words,
            svg("eye"),
        )


AS_FIELD = "?as=field"
"""Goes at the end of an address that shows a value in full elsewhere as well: the answer is for a form then."""


def is_for_field(request: HttpRequest) -> bool:
    """Whether a value in full is asked for by the eye of a form."""
    return request.GET.get("as") == "field"


def uncovered(name: str, value: str) -> HttpResponse:
    """The answer to the eye: the field with its value in full, kept by no browser."""
    field = forms.TextInput({"id": f"id_{name}", "class": "form-control", "autocomplete": "off"}).render(name, value)
    return HttpResponse(field, headers={"Cache-Control": "no-store"})
