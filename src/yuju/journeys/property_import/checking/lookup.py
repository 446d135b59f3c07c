"""What rows may refer to: the workbook's own rows first, then what the product knows already."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from django.utils.translation import gettext_lazy as _

from yuju.journeys.property_import import layout
from yuju.journeys.property_import.cells import shown
from yuju.journeys.property_import.known import Known, KnownLease
from yuju.journeys.property_import.messages import Fault, Say, Sentence
from yuju.journeys.property_import.reading import Book, title
from yuju.journeys.property_import.rows import LeaseRow, MeterRow, TariffRow, UnitRow, unit_name

T = TypeVar("T")
FAR = date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class TariffFacts:
    """What a recurring charge needs to know of its tariff."""

    category: str | None
    basis: str | None
    cycle_months: int | None
    anchor: str | None
    has_price: bool


@dataclass(slots=True)
class _Missing:
    sheet: str
    row: int
    column: str
    count: int = 0


class Lookup:
    """The rows of a workbook by their keys, with what the product knows behind them."""

    def __init__(self, book: Book, known: Known) -> None:
        self.book = book
        self.known = known
        rows = book.rows
        self.buildings = {row.building for row in rows.buildings if row.building is not None}
        self.units: dict[Any, UnitRow] = {row.key: row for row in rows.units if row.key is not None}
        self.residents = {row.ref: row for row in rows.residents if row.ref is not None}
        self.leases: dict[str, LeaseRow] = {row.number: row for row in rows.leases if row.number is not None}
        self.spaces = {row.space for row in rows.spaces if row.space is not None}
        self.meters: dict[str, MeterRow] = {row.serial: row for row in rows.meters if row.serial is not None}
        self.tariffs: dict[str, list[TariffRow]] = {}
        for row in rows.tariffs:
            if row.code is not None:
                self.tariffs.setdefault(row.code, []).append(row)
        self._missing: dict[tuple[str, str], _Missing] = {}
        self._plain: dict[str, dict[tuple[str, ...], str]] = {}

    def fault(self, sheet: str, row: int, column: str | None, wrong: Sentence, expected: Sentence, code: str) -> None:
        """Reports a fault of a cell, or of a whole row."""
        self.book.fault(sheet, row, column, wrong, expected, code)

    def duplicates(
        self,
        sheet: str,
        rows: Iterable[T],
        key: Callable[[T], Hashable | None],
        column: str,
        code: str = "duplicate",
        *,
        parts: Callable[[T], Collection[str]] | None = None,
    ) -> None:
        """Reports every row whose key an earlier row has; rows without a key (None) are passed over.

        Args:
            parts: the fields that make up a row's key, where they are not simply the sheet's key columns.
        """
        first: dict[Hashable, int] = {}
        for row in rows:
            found = key(row)
            if found is None:
                continue
            number: int = row.row  # type: ignore[attr-defined]
            if found in first:
                self.fault(
                    sheet,
                    number,
                    column,
                    Say(_("Row %(row)d is the same one."), row=first[found]),
                    Say(
                        _("each %(key)s once in the sheet."), key=_Key(self.book, sheet, parts(row) if parts else None)
                    ),
                    code,
                )
            else:
                first[found] = number

    def refer(
        self,
        sheet: str,
        row: int,
        column: str,
        key: Any,
        target: str,
        here: Mapping[Any, Any] | set[Any],
        there: Mapping[Any, Any] | set[Any],
    ) -> bool:
        """True when a key is in the workbook or known; else reports it, once for all rows where its sheet is missing."""
        if key in here or key in there:
            return True
        if not self.book.has(target):
            missing = self._missing.setdefault((sheet, target), _Missing(sheet, row, column))
            missing.count += 1
            self.book.tables[sheet].faulty.add((row, column))
            return False
        if self.book.tables[target].unread:
            # What that sheet holds can't be told; its own fault says so, once.
            self.book.tables[sheet].faulty.add((row, column))
            return False
        label = unit_name(key) if isinstance(key, tuple) else str(key)
        near = self._near(target, key, here)
        name = _Title(target)
        expected: Sentence = (
            Say(_("one that is in the sheet %(sheet)s; it has “%(near)s”."), sheet=name, near=near)
            if near is not None
            else Say(_("one that is in the sheet %(sheet)s."), sheet=name)
        )
        self.fault(
            sheet,
            row,
            column,
            Say(_("“%(key)s” is not in the sheet %(sheet)s."), key=label, sheet=name),
            expected,
            "unknown",
        )
        return False

    def report_missing_sheets(self) -> None:
        """One fault for each sheet that rows refer to and that is neither in the workbook nor known already."""
        for (sheet, target), missing in self._missing.items():
            table = self.book.tables[sheet]
            self.book.findings.add(
                Fault(
                    table.place(missing.row, missing.column),
                    shown(table.raw(missing.row, missing.column)),
                    Say(
                        _(
                            "The workbook has no sheet %(sheet)s, and what this refers to is not there yet (rows: %(count)d)."
                        ),
                        sheet=_Title(target),
                        count=missing.count,
                    ),
                    Say(_("the sheet %(sheet)s in the workbook."), sheet=_Title(target)),
                    "missing-sheet",
                )
            )

    def lease(self, number: str | None) -> KnownLease | None:
        """The lease of that number from the workbook or the product; None where it is unknown or incomplete."""
        if number is None:
            return None
        row = self.leases.get(number)
        if row is None:
            return self.known.leases.get(number)
        if row.start is None or row.key is None or (row.end is not None and row.end < row.start):
            return None
        if self.book.is_faulty("leases", row.row, "end"):
            return None
        return KnownLease(row.key, self.owned(row), row.start, row.end)

    def owned(self, row: LeaseRow) -> bool:
        """True for an ownership: its category says so, or that of its resident where it has none."""
        return self.category(row) == "owner"

    def category(self, row: LeaseRow) -> str:
        """The category of a lease: its own, else its resident's, else long-term."""
        if row.category is not None:
            return row.category
        resident = self.residents.get(row.resident or "")
        if resident is not None and resident.category is not None:
            return resident.category
        return self.known.residents.get(row.resident or "") or "long_term"

    def tariff(self, code: str | None) -> TariffFacts | None:
        """What is known of a tariff, from the workbook or the product."""
        if code is None:
            return None
        rows = self.tariffs.get(code)
        if rows:
            first = rows[0]
            priced = all(row.rate is not None or row.tiers is not None or row.formula is not None for row in rows)
            return TariffFacts(first.category, first.basis, first.cycle_months, first.anchor, priced)
        known = self.known.tariffs.get(code)
        if known is None:
            return None
        return TariffFacts(known.category, known.basis, known.cycle_months, known.anchor, known.has_price)

    def digits(self, serial: str) -> int | None:
        """How many whole digits a meter has, or None where nobody says."""
        row = self.meters.get(serial)
        if row is not None and (row.digits is not None or serial not in self.known.meters):
            return row.digits
        return self.known.meters.get(serial)

    def _near(self, target: str, key: Any, here: Mapping[Any, Any] | set[Any]) -> str | None:
        """A key of the sheet that is written a little differently: another case, a zero in front, a space."""
        if target not in self._plain:
            self._plain[target] = {
                _plainly(name): unit_name(name) if isinstance(name, tuple) else str(name) for name in here
            }
        return self._plain[target].get(_plainly(key))


class _Key:
    """The headings, as written, of the columns that a sheet's rows are known by."""

    def __init__(self, book: Book, sheet: str, parts: Collection[str] | None) -> None:
        table = book.tables[sheet]
        if parts is None:
            parts = [column.field for column in table.sheet.columns if column.key]
        self._names = [table.headings[part] for part in parts if part in table.headings]

    def __str__(self) -> str:
        return " + ".join(self._names)


class _Title:
    """The name of a sheet in the language in force when shown."""

    def __init__(self, name: str) -> None:
        self._sheet = next(sheet for sheet in layout.SHEETS if sheet.name == name)

    def __str__(self) -> str:
        return title(self._sheet)


def _plainly(key: Any) -> tuple[str, ...]:
    parts = key if isinstance(key, tuple) else (str(key),)
    return tuple(part.casefold().replace(" ", "").lstrip("0") for part in parts)
