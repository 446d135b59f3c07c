"""Columns: one fact of a row, how it is found, sorted, shown on a page and written to an export.

The same objects make up the cells of a list and the lines of a detail card.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import Model
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from yuju.kit import display
from yuju.kit.templatetags.ui import masked, tag

if TYPE_CHECKING:
    from yuju.kit.console.model_console import ModelConsole

Tone = str
"""The colour of a tag: ok, info, warn, bad, vio, brand, line, or empty for the quiet one."""


@dataclass(frozen=True)
class RowContext:
    """What a cell may need besides its row."""

    request: HttpRequest
    console: ModelConsole[Any]


class Column:
    """A text column, and the base of the others.

    Args:
        name: the attribute of the row, dotted for what it points at (`building.code`); methods without
            arguments are called. Also the column's name in the address and in tests.
        label: the heading.
        sort: the order behind the heading: lookups such as `"building__sort_key"`, several where one does
            not decide. None: the column cannot be sorted. The row's id always decides last.
        link: the cell leads to the row's own page.
        cell: a template that draws the cell instead; it gets `row`, `value`, `column` and `url`.
        value: a function of the row that finds the value, instead of `name`.
        sm: where the cell stands in a narrow screen's two-line row: 1 who, 2 beside it, 3 at the line's end,
            4 the second line, 5 at its end; one column each. 0: not shown there.
        hidden: not shown until somebody chooses it.
        across: shown only while the list spans several properties.
    """

    css = ""

    def __init__(
        self,
        name: str,
        label: Any,
        *,
        sort: str | Sequence[str] | None = None,
        link: bool = False,
        cell: str | None = None,
        value: Callable[[Any], Any] | None = None,
        sm: int = 0,
        hidden: bool = False,
        across: bool = False,
    ) -> None:
        self.name = name
        self.label = label
        self.sort: tuple[str, ...] = (sort,) if isinstance(sort, str) else tuple(sort or ())
        self.link = link
        self.cell = cell
        self.find = value
        self.sm = sm
        self.hidden = hidden
        self.across = across

    def get(self, row: Any) -> Any:
        """The value itself, or None where something on the way to it is missing."""
        if self.find is not None:
            return self.find(row)
        value = row
        for part in self.name.split("."):
            value = getattr(value, part, None)
            if value is None:
                return None
            if callable(value) and not isinstance(value, Model):
                value = value()
        return value

    def show(self, value: Any, row: Any, context: RowContext) -> Any:
        """The value as HTML, without link and template; only called for values that are there."""
        return str(value)

    def html(self, row: Any, context: RowContext) -> Any:
        """The whole cell."""
        value = self.get(row)
        if self.cell is not None:
            url = context.console.detail_url(row)
            given = {"row": row, "value": value, "column": self, "url": url}
            return mark_safe(render_to_string(self.cell, given, request=context.request))  # noqa: S308
        if value is None or value == "":
            return display.MISSING
        shown = self.show(value, row, context)
        url = context.console.detail_url(row) if self.link else ""
        return format_html('<a class="lead" href="{}">{}</a>', url, shown) if url else shown

    def exported(self, row: Any, context: RowContext) -> Any:
        """The value in an export: text, a number, a date, a moment or None."""
        value = self.get(row)
        if value is None or isinstance(value, str | int | Decimal | date | datetime):
            return value
        return str(value)

    @property
    def stays(self) -> bool:
        """Whether the list cannot do without it: it says which row this is, and leads there."""
        return self.link or self.sm == 1

    @property
    def cell_class(self) -> str:
        """The CSS classes of the cell."""
        return f"{self.css} {f'sm-{self.sm}' if self.sm else 'hide-sm'}".strip()


class NumberColumn(Column):
    """A number, right-aligned.

    Args:
        places: decimals shown; None shows as many as there are.
        unit: what is counted, for a narrow screen, where no heading says it.
    """

    css = "r"

    def __init__(self, name: str, label: Any, *, places: int | None = None, unit: Any = "", **kwargs: Any) -> None:
        super().__init__(name, label, **kwargs)
        self.places = places
        self.unit = unit

    def show(self, value: Any, row: Any, context: RowContext) -> Any:
        shown = display.number_text(value, self.places)
        return format_html('<span data-unit="{}">{}</span>', self.unit, shown) if self.unit else shown


class Money(NumberColumn):
    """Yuan with two decimals; the unit stands in the heading, on a narrow screen before the amount. Zero is muted.

    Args:
        warn_over: amounts above this many yuan stand out.
        settled: what a narrow screen says instead of nothing to pay.
    """

    def __init__(
        self, name: str, label: Any, *, warn_over: Decimal | None = None, settled: Any = "", **kwargs: Any
    ) -> None:
        super().__init__(name, label, places=2, **kwargs)
        self.warn_over = warn_over
        self.settled = settled

    def show(self, value: Any, row: Any, context: RowContext) -> Any:
        shown = display.amount_html(value)
        if value == 0 and self.settled:
            words = '<span class="only-wide">{}</span><span class="only-narrow settled">{}</span>'
            return format_html(words, shown, self.settled)
        if value >= 0:
            shown = format_html("<span data-yuan>{}</span>", shown)
        if self.warn_over is not None and value > self.warn_over:
            return format_html('<span class="c-bad b">{}</span>', shown)
        return shown


class DateColumn(Column):
    """A local date of fact."""

    css = "num nowrap"

    def show(self, value: Any, row: Any, context: RowContext) -> Any:
        return display.day_html(value)


class MomentColumn(Column):
    """A moment, in the time zone in force."""

    css = "num nowrap"

    def show(self, value: Any, row: Any, context: RowContext) -> Any:
        return display.moment_html(value)


class BooleanColumn(Column):
    """Yes or no."""

    def show(self, value: Any, row: Any, context: RowContext) -> Any:
        return _("Yes") if value else _("No")

    def exported(self, row: Any, context: RowContext) -> Any:
        value = self.get(row)
        return None if value is None else _("Yes") if value else _("No")


class StateColumn(Column):
    """One of a field's choices, as a tag with a dot.

    Args:
        tones: the tag's colour by value; a value not named is quiet.
    """

    def __init__(self, name: str, label: Any, *, tones: Mapping[str, Tone] | None = None, **kwargs: Any) -> None:
        super().__init__(name, label, **kwargs)
        self.tones = dict(tones or {})

    def text(self, value: Any, row: Any) -> str:
        """The choice's name in the user's language."""
        owner, _dot, last = self.name.rpartition(".")
        holder = Column(owner, "").get(row) if owner else row
        display = getattr(holder, f"get_{last}_display", None)
        return str(display() if display is not None else getattr(value, "label", value))

    def show(self, value: Any, row: Any, context: RowContext) -> Any:
        return tag(self.text(value, row), self.tones.get(value, ""), dot=True)

    def exported(self, row: Any, context: RowContext) -> Any:
        value = self.get(row)
        return None if value is None or value == "" else self.text(value, row)


class Tags(Column):
    """Several short labels. The value is an iterable of texts, or of pairs (tone, text).

    Args:
        dot: the labels are states, marked by more than their colour.
    """

    def __init__(self, name: str, label: Any, *, dot: bool = False, **kwargs: Any) -> None:
        super().__init__(name, label, **kwargs)
        self.dot = dot

    def pairs(self, row: Any) -> list[tuple[Tone, str]]:
        value: Iterable[Any] = self.get(row) or ()
        return [item if isinstance(item, tuple) else ("", str(item)) for item in value]

    def html(self, row: Any, context: RowContext) -> Any:
        pairs = self.pairs(row)
        if not pairs:
            return display.MISSING
        return format_html_join(" ", "{}", [(tag(text, tone, dot=self.dot),) for tone, text in pairs])

    def exported(self, row: Any, context: RowContext) -> Any:
        return _(", ").join(text for _tone, text in self.pairs(row))


class Masked(Column):
    """Personal data, shown covered; one click uncovers one value, and that is written down.

    Args:
        mask: covers a value (`138****6021`).
        permission: who may uncover it.
    """

    css = "mask nowrap num"

    def __init__(
        self, name: str, label: Any, *, mask: Callable[[str], str], permission: str = "", **kwargs: Any
    ) -> None:
        super().__init__(name, label, **kwargs)
        self.mask = mask
        self.permission = permission

    def show(self, value: Any, row: Any, context: RowContext) -> Any:
        if not self.permission or not context.console.may(context.request, self.permission, row):
            return masked(self.mask(str(value)))
        url = context.console.url("reveal", row.pk, self.name)
        return masked(self.mask(str(value)), url=url, what=self.label)

    def exported(self, row: Any, context: RowContext) -> Any:
        value = self.get(row)
        return self.mask(str(value)) if value else None
