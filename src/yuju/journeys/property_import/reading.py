"""From an opened workbook to typed rows: sheets and columns found by name wherever they stand."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from python_calamine import CalamineError, CalamineSheet, SheetTypeEnum

from yuju.journeys.property_import import layout
from yuju.journeys.property_import.cells import CellFault, Raw, Reader, Value, is_empty, reader_for, shown
from yuju.journeys.property_import.columns import Column, Sheet, heading_key
from yuju.journeys.property_import.messages import Fault, Findings, Note, Place, Say, Sentence
from yuju.journeys.property_import.opening import Opened
from yuju.journeys.property_import.outline import column_letters
from yuju.journeys.property_import.rows import ROW_TYPES, Rows

HEADING_SEARCH_ROWS = 200
SHOWN_BROKEN = 20

_EXCEL_ERROR = _("The cell shows an Excel error, or its formula was never calculated.")
_PLAIN_VALUE = _("a plain value; paste the column as values.")


@dataclass(slots=True)
class Table:
    """A sheet's table as it stands in the workbook.

    Args:
        sheet: what it is declared as.
        name: its name in the workbook.
        heading_row: the row of its headings, from 0.
        columns: by field, where the column stands (from 0).
        headings: by field, the heading as written.
        grid: every cell of the sheet from A1 on.
        faulty: row number (from 1) and field of the cells whose fault was already reported.
        unread: its rows, or what they are known by, can't be told; a fault says why.
    """

    sheet: Sheet
    name: str
    heading_row: int = 0
    columns: dict[str, int] = field(default_factory=dict)
    headings: dict[str, str] = field(default_factory=dict)
    grid: list[list[Raw]] = field(default_factory=list)
    faulty: set[tuple[int, str]] = field(default_factory=set)
    unread: bool = False

    def place(self, row: int | None, column: str | None) -> Place:
        """Where the cell of a row (from 1) and field is, by the names and letters of this workbook."""
        if column is None:
            return Place(self.name, row)
        index = self.columns.get(column)
        if index is None:
            return Place(self.name, row, title(self.sheet.column(column)))
        return Place(self.name, row, self.headings[column], column_letters(index))

    def raw(self, row: int, column: str) -> Raw:
        """What the cell of a row (from 1) and field holds; "" where the sheet has no such column."""
        index = self.columns.get(column)
        return "" if index is None else self.grid[row - 1][index]


@dataclass(slots=True)
class Book:
    """A workbook read: its tables, its typed rows, and what was found on the way."""

    tables: dict[str, Table] = field(default_factory=dict)
    rows: Rows = field(default_factory=Rows)
    findings: Findings = field(default_factory=Findings)

    def has(self, sheet: str) -> bool:
        """True when the workbook has that sheet (by its English name)."""
        return sheet in self.tables

    def has_column(self, sheet: str, column: str) -> bool:
        """True when the workbook has that sheet with that column."""
        return sheet in self.tables and column in self.tables[sheet].columns

    def fault(
        self, sheet: str, row: int | None, column: str | None, wrong: Sentence, expected: Sentence, code: str
    ) -> None:
        """Reports a fault of a cell (or of a row, without a column), once for each cell and rule."""
        table = self.tables[sheet]
        value: str | None = None
        if row is not None and column is not None:
            raw = table.raw(row, column)
            value = None if is_empty(raw) else shown(raw)
            table.faulty.add((row, column))
        self.findings.add(Fault(table.place(row, column), value, wrong, expected, code))

    def warn(self, sheet: str, row: int, column: str, wrong: Sentence, expected: Sentence, code: str) -> None:
        """Reports something odd about a cell that does not stop the import."""
        table = self.tables[sheet]
        self.findings.warn(Fault(table.place(row, column), shown(table.raw(row, column)), wrong, expected, code))

    def is_faulty(self, sheet: str, row: int, column: str) -> bool:
        """True when a fault of that cell was already reported."""
        return (row, column) in self.tables[sheet].faulty


def read_workbook(opened: Opened) -> Book:
    """Reads every sheet that is known; reports what is missing, unknown or unreadable."""
    book = Book()
    for metadata in opened.book.sheets_metadata:
        if metadata.typ is not SheetTypeEnum.WorkSheet:
            continue
        sheet = layout.sheet_called(metadata.name)
        if sheet is None:
            book.findings.notes.append(Note(Place(metadata.name), _("This sheet is not known and was left alone.")))
        elif book.has(sheet.name):
            book.findings.add(
                Fault(
                    Place(metadata.name),
                    None,
                    Say(_("The sheet “%(other)s” is the same one."), other=book.tables[sheet.name].name),
                    _("each sheet once."),
                    "sheet-twice",
                )
            )
        else:
            table = Table(sheet, metadata.name)
            book.tables[sheet.name] = table
            _read_sheet(book, table, opened)
    if not book.tables:
        book.findings.add(
            Fault(
                Place(),
                None,
                _("None of the workbook's sheets is known."),
                Say(_("sheets such as %(names)s."), names=Joined(title(sheet) for sheet in layout.SHEETS)),
                "no-sheet",
            )
        )
    _note_missing(book)
    return book


def title(thing: Sheet | Column) -> str:
    """The name of a sheet or heading of a column in the language in force."""
    if (get_language() or "zh-hans").startswith("zh"):
        return thing.zh
    return thing.name if isinstance(thing, Sheet) else thing.en


def title_of_sheet(name: str) -> str:
    """The name of a sheet, known by its English one, in the language in force."""
    return title(next(sheet for sheet in layout.SHEETS if sheet.name == name))


class Joined:
    """Words put one after another when they are shown."""

    def __init__(self, words: Any) -> None:
        self._words = list(words)

    def __str__(self) -> str:
        return str(_(", ")).join(str(word) for word in self._words)


def _note_missing(book: Book) -> None:
    for sheet in layout.SHEETS:
        if book.tables and not book.has(sheet.name):
            book.findings.notes.append(
                Note(
                    Place(title(sheet)),
                    _("The workbook has no such sheet; what it would bring is expected to be there already."),
                )
            )


def _read_sheet(book: Book, table: Table, opened: Opened) -> None:
    try:
        source = opened.book.get_sheet_by_name(table.name)
        table.grid = source.to_python(skip_empty_area=False)
    except CalamineError:
        _report_damaged(book, table, opened)
        return
    if not any(not is_empty(cell) for row in table.grid for cell in row):
        return
    heading_row = _heading_row(table.sheet, table.grid)
    if heading_row is None:
        table.unread = True
        book.findings.add(
            Fault(
                Place(table.name),
                None,
                _("No row of headings was found."),
                Say(_("a row with the headings %(names)s."), names=Joined(title(c) for c in table.sheet.columns)),
                "no-headings",
            )
        )
        return
    table.heading_row = heading_row
    _find_columns(book, table)
    if not _fill_merged(table, source):
        _report_damaged(book, table, opened)
        return
    _read_rows(book, table, opened)


def _report_damaged(book: Book, table: Table, opened: Opened) -> None:
    table.unread = True
    broken = sorted(opened.broken_cells.get(table.name, ()))
    for row, column in broken[:SHOWN_BROKEN]:
        # Not every error that newer programs write can be read: then the whole sheet can't, but these are its cells.
        place = Place(table.name, row + 1, None, column_letters(column))
        book.findings.add(Fault(place, None, _EXCEL_ERROR, _PLAIN_VALUE, "excel-error"))
    if not broken:
        book.findings.add(
            Fault(
                Place(table.name),
                None,
                _("This sheet is damaged and cannot be read."),
                _("a sheet that Excel opens; copy it into a new workbook."),
                "damaged-sheet",
            )
        )


def _heading_row(sheet: Sheet, grid: list[list[Raw]]) -> int | None:
    """The row with most of the sheet's headings, the first of equals; None when there is none."""
    headings = frozenset[str]().union(*(column.headings() for column in sheet.columns))
    best: tuple[int, int] | None = None
    looked_at = 0
    for index, row in enumerate(grid):
        texts = [cell for cell in row if isinstance(cell, str) and not is_empty(cell)]
        if not texts:
            continue
        looked_at += 1
        if looked_at > HEADING_SEARCH_ROWS:
            break
        hits = len({heading_key(text) for text in texts if len(text) <= 60} & headings)
        if hits and (best is None or hits > best[0]):
            best = (hits, index)
    return None if best is None else best[1]


def _find_columns(book: Book, table: Table) -> None:
    by_heading = {heading: column for column in table.sheet.columns for heading in column.headings()}
    for index, cell in enumerate(table.grid[table.heading_row]):
        if is_empty(cell):
            continue
        written = shown(cell).strip()
        column = by_heading.get(heading_key(written))
        place = Place(table.name, table.heading_row + 1, written, column_letters(index))
        if column is None:
            book.findings.notes.append(Note(place, _("This column is not known and was left alone.")))
        elif column.field in table.columns:
            book.findings.add(
                Fault(
                    place,
                    written,
                    Say(_("Column %(letter)s is the same one."), letter=column_letters(table.columns[column.field])),
                    _("each column once."),
                    "column-twice",
                )
            )
        else:
            table.columns[column.field] = index
            table.headings[column.field] = written
    for column in table.sheet.columns:
        if column.required and column.field not in table.columns:
            table.unread = table.unread or column.key
            book.findings.add(
                Fault(
                    Place(table.name, table.heading_row + 1, title(column)),
                    None,
                    _("This column is missing."),
                    Say(_("a column with the heading %(zh)s or %(en)s."), zh=column.zh, en=column.en),
                    "no-column",
                )
            )


def _fill_merged(table: Table, source: CalamineSheet) -> bool:
    """Gives every cell of a merged range below the headings what Excel shows for it.

    Ranges may reach beyond what is filled in. They never overlap in a sound sheet: False where they hold more cells
    than there are.
    """
    wanted = sorted(table.columns.values())
    width = max(map(len, table.grid))
    left_to_fill = len(table.grid) * len(wanted)
    for (top, left), (bottom, right) in source.merged_cell_ranges or ():
        if not table.heading_row < top < len(table.grid) or left >= width:
            continue
        value = table.grid[top][left]
        rows = range(top, min(bottom + 1, len(table.grid)))
        for index in wanted:
            if not left <= index <= right:
                continue
            left_to_fill -= len(rows)
            if left_to_fill < 0:
                return False
            for row in rows:
                table.grid[row][index] = value
    return True


@dataclass(slots=True)
class _Plan:
    """How one column of a table is read."""

    position: int
    index: int
    column: Column
    read: Reader
    remembered: dict[Raw, Value]


def _read_rows(book: Book, table: Table, opened: Opened) -> None:
    row_type = ROW_TYPES[table.sheet.name]
    into: list[Any] = getattr(book.rows, table.sheet.name)
    plans = [
        _Plan(
            position,
            table.columns[column.field],
            column,
            reader_for(column, dates_from_1904=opened.dates_from_1904),
            {},
        )
        for position, column in enumerate(table.sheet.columns, start=1)
        if column.field in table.columns
    ]
    broken = opened.broken_cells.get(table.name, frozenset())
    broken_rows = {row for row, _column in broken}
    required = [plan for plan in plans if plan.column.required]
    width = len(dataclasses.fields(row_type))
    for index in range(table.heading_row + 1, len(table.grid)):
        cells = table.grid[index]
        if not any(cells[plan.index] != "" for plan in plans) and index not in broken_rows:
            continue
        number = index + 1
        values: list[Any] = [None] * width
        values[0] = number
        filled = _read_row(book, table, plans, cells, values, number)
        if index in broken_rows:
            filled |= _report_broken(book, table, plans, broken, number)
        if not filled:
            continue
        for plan in required:
            if values[plan.position] is None and (number, plan.column.field) not in table.faulty:
                book.fault(
                    table.sheet.name, number, plan.column.field, _("This cell is empty."), _what(plan.column), "empty"
                )
        into.append(row_type(*values))


def _read_row(
    book: Book, table: Table, plans: Sequence[_Plan], cells: list[Raw], values: list[Any], number: int
) -> bool:
    """Reads the cells of one row into `values`; tells whether any of them holds something."""
    filled = False
    for plan in plans:
        raw = cells[plan.index]
        if raw == "":
            continue
        # What was read once is known; a float stands for itself, unlike True, which equals 1.
        known = type(raw) is str or type(raw) is float
        if known and raw in plan.remembered:
            values[plan.position] = plan.remembered[raw]
            filled = True
            continue
        if is_empty(raw):
            continue
        filled = True
        try:
            value = plan.read(raw)
        except CellFault as fault:
            book.fault(table.sheet.name, number, plan.column.field, fault.wrong, fault.expected, fault.code)
            continue
        if value in ("", ()):
            value = None
        values[plan.position] = value
        if known:
            plan.remembered[raw] = value
    return filled


def _report_broken(
    book: Book, table: Table, plans: Sequence[_Plan], broken: frozenset[tuple[int, int]], number: int
) -> bool:
    found = False
    for plan in plans:
        if (number - 1, plan.index) in broken:
            found = True
            book.fault(
                table.sheet.name,
                number,
                plan.column.field,
                _EXCEL_ERROR,
                _PLAIN_VALUE,
                "excel-error",
            )
    return found


def _what(column: Column) -> Sentence:
    """What an empty required cell should hold."""
    return Say(_("a value; every row needs its %(name)s."), name=_Title(column))


class _Title:
    """A column's heading in the language in force when shown."""

    def __init__(self, column: Column) -> None:
        self._column = column

    def __str__(self) -> str:
        return title(self._column)
