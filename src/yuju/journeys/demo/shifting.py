"""The demo property's workbook with its dates moved by whole months, so that its story ends today."""

from __future__ import annotations

import io
from collections import defaultdict
from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import Any

import xlsxwriter

from yuju.journeys.property_import.cells import is_empty, read_code, read_date
from yuju.journeys.property_import.columns import Kind
from yuju.journeys.property_import.opening import open_workbook
from yuju.journeys.property_import.reading import Table, read_workbook
from yuju.kit.dates import add_months

STORY_MONTH = date(2026, 11, 1)
"""The month of the last meter readings in the workbook; it becomes the month of the day the demo is made."""

# The last day of something: it stays the day before the first day of what follows.
_LAST_DAYS = frozenset({"end", "billed_until"})
_DAY = timedelta(days=1)


def months_to(today: date) -> int:
    """By how many months the workbook's dates move for a story that ends on that day."""
    return (today.year - STORY_MONTH.year) * 12 + today.month - STORY_MONTH.month


def moved(day: date, months: int) -> date:
    """A first day, or the day of a reading, moved by months; a day that the month does not have becomes its last."""
    return add_months(day, months)


def moved_last(day: date, months: int) -> date:
    """A last day moved by months: the day before the moved first day of what follows.

    So what was consecutive stays consecutive, and what did not overlap still does not, also where a month is shorter.
    """
    return add_months(day + _DAY, months) - _DAY


def moved_readings(days: list[date], months: int) -> list[date]:
    """The days of one meter's readings, in order, moved by months.

    Two days that fall together in a shorter month are put on consecutive days: the earlier one moves back.
    """
    found: list[date] = []
    for day in reversed(days):
        target = moved(day, months)
        found.append(min(target, found[-1] - _DAY) if found else target)
    return found[::-1]


def shifted_workbook(today: date) -> bytes:
    """The demo's workbook (.xlsx) as of a day: all dates moved, readings that would lie after that day left out."""
    months = months_to(today)
    source = files(__package__).joinpath("sunshine.xlsx").read_bytes()
    tables = read_workbook(open_workbook(source)).tables
    for name, table in tables.items():
        if name == "readings":
            _move_readings(table, months, today)
        else:
            _move_dates(table, months)
    return _written(list(tables.values()))


def _move_dates(table: Table, months: int) -> None:
    for column in table.sheet.columns:
        index = table.columns.get(column.field)
        if column.kind is not Kind.DATE or index is None:
            continue
        move = moved_last if column.field in _LAST_DAYS else moved
        for cells in table.grid[table.heading_row + 1 :]:
            if not is_empty(cells[index]):
                cells[index] = move(read_date(cells[index]), months)


def _move_readings(table: Table, months: int, today: date) -> None:
    at, of = table.columns["date"], table.columns["meter"]
    by_meter: dict[str, list[list[Any]]] = defaultdict(list)
    for cells in table.grid[table.heading_row + 1 :]:
        if not is_empty(cells[at]):
            cells[at] = read_date(cells[at])
            by_meter[read_code(cells[of])].append(cells)
    for rows in by_meter.values():
        rows.sort(key=lambda cells: cells[at])
        for cells, day in zip(rows, moved_readings([cells[at] for cells in rows], months), strict=True):
            cells[at] = day
            if day > today:
                cells[:] = [""] * len(cells)


def _written(tables: list[Table]) -> bytes:
    target = io.BytesIO()
    made = xlsxwriter.Workbook(
        target, {"in_memory": True, "strings_to_formulas": False, "default_date_format": "yyyy-mm-dd"}
    )
    for table in tables:
        page = made.add_worksheet(table.name)
        for row, cells in enumerate(table.grid):
            for column, cell in enumerate(cells):
                if isinstance(cell, datetime | date):
                    page.write_datetime(row, column, cell)
                elif cell != "":
                    page.write(row, column, cell)
    made.close()
    return target.getvalue()
