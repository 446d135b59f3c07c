"""The pieces a workbook's layout is declared with: sheets, columns, the words a cell may hold."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from django.utils.functional import Promise


class Kind(Enum):
    """What a cell holds, and so how it is read and what is expected of it."""

    TEXT = "text"
    CODE = "code"
    DATE = "date"
    NUMBER = "number"
    MONEY = "money"
    PERCENT = "percent"
    INTEGER = "integer"
    YES_NO = "yes_no"
    PHONE = "phone"
    CHOICE = "choice"
    TAGS = "tags"
    FORMULA = "formula"


@dataclass(frozen=True, slots=True)
class Option:
    """One allowed value of a cell: the value the product keeps and the words people write for it."""

    value: str
    zh: str
    en: str
    also: tuple[str, ...] = ()

    def words(self) -> tuple[str, ...]:
        """Every way of writing it."""
        return (self.zh, self.en, self.value, *self.also)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet.

    Args:
        field: the name the value has in the typed row.
        zh: its Chinese heading.
        en: its English heading.
        kind: what its cells hold.
        key: it is part of what a row is known by.
        required: a row without it is a fault.
        options: for `Kind.CHOICE`, what it may hold.
        decimals: for numbers, how many decimals are kept; more are a fault, never rounded away.
        low: the smallest number allowed.
        high: the largest number allowed.
        longest: the most characters a text may have.
        note: what to write in it, for the template and the guide.
        also: other headings people use for it.
    """

    field: str
    zh: str
    en: str
    kind: Kind
    key: bool = False
    required: bool = False
    options: tuple[Option, ...] = ()
    decimals: int = 2
    low: Decimal | None = None
    high: Decimal | None = None
    longest: int = 200
    note: str | Promise = ""
    also: tuple[str, ...] = ()

    def headings(self) -> frozenset[str]:
        """Its headings as they are compared (see `heading_key`)."""
        return frozenset(heading_key(name) for name in (self.zh, self.en, *self.also))


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of the workbook.

    Args:
        name: its English name, by which the rest of the code knows it.
        zh: its Chinese name.
        columns: its columns, in the order of the template.
        note: what it brings, for the template and the guide.
        examples: rows of the template, each cell as a person would write it, in Chinese.
        also: other names people give it.
    """

    name: str
    zh: str
    columns: tuple[Column, ...]
    note: str | Promise
    examples: tuple[tuple[str | int | float, ...], ...]
    also: tuple[str, ...] = ()

    def names(self) -> frozenset[str]:
        """Its names as they are compared (see `heading_key`)."""
        return frozenset(heading_key(name) for name in (self.zh, self.name, *self.also))

    def column(self, field: str) -> Column:
        """The column of that field.

        Raises:
            KeyError: when there is none.
        """
        for column in self.columns:
            if column.field == field:
                return column
        raise KeyError(field)


def heading_key(text: str) -> str:
    """A heading or sheet name as it is compared: half-width, lower case, without spaces, remarks in brackets, stars."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = plain.split("(")[0] if not plain.startswith("(") else plain
    return "".join(character for character in plain if character not in " \t\r\n_*:\u200b\ufeff-")
