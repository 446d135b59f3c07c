"""Choosing one of many rows in a form: type a few letters, pick from what is found.

A drop-down of all the units or residents would be megabytes. Without scripts the typed text counts when
exactly one row answers to it.
"""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from yuju.kit.console.listing import LONGEST_SEARCH
from yuju.kit.console.site import ConsoleSite, console_site

TYPED = "?"
"""Marks a value that was typed and not picked."""


class PickWidget(forms.Widget):
    """A search box over one console's rows; the id picked goes along hidden."""

    template_name = "kit/console/pick.html"

    def __init__(self, slug: str, site: ConsoleSite) -> None:
        super().__init__()
        self.slug = slug
        self.site = site
        self.field: PickField | None = None

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        text = str(value).removeprefix(TYPED) if isinstance(value, str) and value.startswith(TYPED) else ""
        picked = self.field.row_of(value) if self.field is not None and value and not text else None
        console = self.site.consoles[self.slug]
        context["widget"] |= {
            "picked": picked.pk if picked is not None else "",
            "text": console.pick_label(picked) if picked is not None else text,
            "url": console.url("pick"),
            "placeholder": console.search_hint,
        }
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        typed = str(data.get(f"{name}_typed", "")).replace("\x00", "").strip()[:LONGEST_SEARCH]
        return data.get(name) or (f"{TYPED}{typed}" if typed else None)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data and f"{name}_typed" not in data


class PickField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One row of a console's model.

    Args:
        slug: the console that lists and searches the rows.
        queryset: the rows that may be picked; narrow it in the form's `narrow_choices`.
    """

    default_error_messages = {
        "typed": _("Choose one from the list: “%(text)s” is none of them, or more than one."),
    }

    def __init__(self, queryset: QuerySet[Any], *, slug: str, site: ConsoleSite = console_site, **kwargs: Any) -> None:
        super().__init__(queryset, widget=PickWidget(slug, site), **kwargs)
        self.slug = slug
        self.site = site
        self._link()

    def __deepcopy__(self, memo: dict[int, Any]) -> PickField:
        copied = super().__deepcopy__(memo)
        copied._link()
        return copied

    def _link(self) -> None:
        cast(PickWidget, self.widget).field = self

    def row_of(self, value: Any) -> Model | None:
        """The row of an id, if it may be picked."""
        try:
            return cast("Model | None", super().to_python(value))
        except ValidationError:
            return None

    def words_of(self, value: str) -> str:
        """What was picked, or typed, as somebody reads it."""
        row = self.row_of(value) if value and not value.startswith(TYPED) else None
        return value.removeprefix(TYPED) if row is None else self.site.consoles[self.slug].pick_label(row)

    def to_python(self, value: Any) -> Any:
        if not isinstance(value, str) or not value.startswith(TYPED):
            return super().to_python(value)
        text = value.removeprefix(TYPED)
        assert self.queryset is not None
        found = list(self.site.consoles[self.slug].search(self.queryset.all(), text)[:2])
        if len(found) != 1:
            raise ValidationError(self.error_messages["typed"], code="typed", params={"text": text})
        return found[0]
