"""What the import says about a workbook: faults that stop it and notes that do not.

Every sentence stays a template and its values until it is shown, so that one fault can be read in Chinese
on a page and in English in a log.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Say:
    """A translatable sentence with its values, put together only when it is shown."""

    __slots__ = ("template", "values")

    def __init__(self, template: str | Promise, **values: Any) -> None:
        self.template = template
        self.values = values

    def __str__(self) -> str:
        return str(self.template) % self.values if self.values else str(self.template)

    def __repr__(self) -> str:
        return f"Say({str(self)!r})"


Sentence = str | Promise | Say

KEPT_FAULTS = 5_000


# What a terminal or a page would obey instead of show, and what stands in a text unseen: control characters, marks of
# direction, spaces of no width. Tabs and line ends are no such characters.
_UNSEEN = dict.fromkeys(
    (
        *(code for code in range(0xA0) if not 0x20 <= code < 0x7F and code not in (*range(0x09, 0x0E), 0x85)),
        *(0xAD, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), *range(0xFFF9, 0xFFFC)),
        *(0xFFFE, 0xFFFF),
    )
)


def visible(text: str) -> str:
    """A text without the characters that nobody sees."""
    return text.translate(_UNSEEN)


def one_line(text: str) -> str:
    """A text on one line, without what nobody sees."""
    return " ".join(visible(text).split())


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the workbook something stands. Row numbers and letters are those Excel shows; None: the whole."""

    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    letter: str | None = None

    @property
    def column_label(self) -> str:
        """Letter and heading of the column, as far as there are any."""
        return " ".join(part for part in (self.letter, self.column) if part)

    def __str__(self) -> str:
        parts: list[str] = []
        if self.sheet is not None:
            parts.append(str(Say(_("sheet %(sheet)s"), sheet=self.sheet)))
        if self.row is not None:
            parts.append(str(Say(_("row %(row)d"), row=self.row)))
        if self.column is not None and self.letter is not None:
            parts.append(str(Say(_("column %(letter)s (%(column)s)"), letter=self.letter, column=self.column)))
        elif self.letter is not None:
            parts.append(str(Say(_("column %(letter)s"), letter=self.letter)))
        elif self.column is not None:
            parts.append(str(Say(_("column %(column)s"), column=self.column)))
        return str(pgettext_lazy("between the parts of a place in a workbook", ", ")).join(parts)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that stops the import.

    Args:
        place: sheet, row and column it stands in.
        value: what the cell holds, as written; None where no single cell is at fault.
        wrong: what is wrong, a sentence.
        expected: what is expected instead, a sentence.
        code: a stable word for the rule, e.g. `overlap`.
    """

    place: Place
    value: str | None
    wrong: Sentence
    expected: Sentence
    code: str

    def line(self) -> str:
        """The whole fault on one line, in the language in force."""
        if self.value is None:
            text = Say(
                _("%(place)s: %(wrong)s Expected: %(expected)s"),
                place=self.place,
                wrong=self.wrong,
                expected=self.expected,
            )
        else:
            text = Say(
                _("%(place)s: “%(value)s”: %(wrong)s Expected: %(expected)s"),
                place=self.place,
                value=self.value,
                wrong=self.wrong,
                expected=self.expected,
            )
        return one_line(str(text))


@dataclass(frozen=True, slots=True)
class Note:
    """Something worth knowing that does not stop the import, such as a column nobody reads."""

    place: Place
    text: Sentence

    def line(self) -> str:
        """The whole note on one line, in the language in force."""
        return one_line(str(Say(_("%(place)s: %(text)s"), place=self.place, text=self.text)))


@dataclass(slots=True)
class Findings:
    """The faults, warnings and notes of one workbook, in the order they were found.

    Faults stop the import. Warnings are worded like faults but do not stop it: what they speak of is dealt with
    later, such as a reading that goes backwards, which billing lists as an exception until it is superseded.
    At most `KEPT_FAULTS` of each are kept; `faults_left_out` and `warnings_left_out` count the others.
    """

    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    faults_left_out: int = 0
    warnings_left_out: int = 0

    @property
    def clean(self) -> bool:
        """True when nothing stands in the way of the import."""
        return not self.faults

    def warn(self, warning: Fault) -> None:
        """Keeps a warning, or counts it when there are too many to read."""
        if len(self.warnings) < KEPT_FAULTS:
            self.warnings.append(warning)
        else:
            self.warnings_left_out += 1

    def add(self, fault: Fault) -> None:
        """Keeps a fault, or counts it when there are too many to read."""
        if len(self.faults) < KEPT_FAULTS:
            self.faults.append(fault)
        else:
            self.faults_left_out += 1
