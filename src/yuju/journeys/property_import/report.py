"""The fault report: a copy of the workbook with its bad cells coloured, a comment on each, and a list of all in front."""

from __future__ import annotations

import datetime
import math
from pathlib import Path
from typing import Any, BinaryIO

import xlsxwriter
from django.utils.translation import gettext as _
from xlsxwriter.exceptions import XlsxWriterException

from yuju.journeys.property_import.messages import Fault
from yuju.journeys.property_import.outline import column_letters
from yuju.journeys.property_import.reading import Book, Table

LISTED = 5_000
COMMENTED = 2_000
# Excel refuses control characters and longer texts in a cell.
_LONGEST = 32_000


def write_report(book: Book, target: Path | BinaryIO) -> None:
    """Writes the report in the language in force.

    Args:
        book: a workbook that was read and checked.
        target: a path or a file opened for writing bytes.
    """
    made = xlsxwriter.Workbook(
        str(target) if isinstance(target, Path) else target,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "default_date_format": "yyyy-mm-dd",
        },
    )
    formats = {
        "heading": made.add_format({"bold": True, "bg_color": "#EDEFEE", "border": 1}),
        "fault": made.add_format({"bg_color": "#F8C9C4", "font_color": "#8A1C12"}),
        "fault_date": made.add_format({"bg_color": "#F8C9C4", "font_color": "#8A1C12", "num_format": "yyyy-mm-dd"}),
        "warning": made.add_format({"bg_color": "#FBE5B6", "font_color": "#6E4A00"}),
        "warning_date": made.add_format({"bg_color": "#FBE5B6", "font_color": "#6E4A00", "num_format": "yyyy-mm-dd"}),
        "wrap": made.add_format({"text_wrap": True, "valign": "top"}),
    }
    _write_list(made.add_worksheet(_("Faults")), book, formats)
    by_sheet: dict[str, dict[tuple[int, str], list[tuple[str, Fault]]]] = {}
    for kind, found in (("fault", book.findings.faults), ("warning", book.findings.warnings)):
        for fault in found:
            place = fault.place
            if place.sheet is not None and place.row is not None and place.letter is not None:
                cells = by_sheet.setdefault(place.sheet, {})
                cells.setdefault((place.row, place.letter), []).append((kind, fault))
    for table in book.tables.values():
        _copy_sheet(_add_sheet(made, table), table, by_sheet.get(table.name, {}), formats)
    made.close()


def _add_sheet(made: Any, table: Table) -> Any:
    """A sheet of the same name; of the declared one where Excel would not take it."""
    try:
        return made.add_worksheet(table.name)
    except XlsxWriterException:
        return made.add_worksheet(table.sheet.name)


def _write_list(page: Any, book: Book, formats: dict[str, Any]) -> None:
    headings = (_("Sheet"), _("Row"), _("Column"), _("Value"), _("What is wrong"), _("What is expected"))
    page.freeze_panes(1, 0)
    for index, (heading, width) in enumerate(zip(headings, (12, 8, 16, 24, 60, 60), strict=True)):
        page.write(0, index, heading, formats["heading"])
        page.set_column(index, index, width)
    row = 1
    for kind, found in (("fault", book.findings.faults), ("warning", book.findings.warnings)):
        for fault in found[: LISTED - row + 1]:
            place = fault.place
            cells = (
                place.sheet or "",
                place.row or "",
                place.column_label,
                fault.value or "",
                str(fault.wrong),
                str(fault.expected),
            )
            for index, cell in enumerate(cells):
                page.write(row, index, cell, formats[kind] if index < 3 else formats["wrap"])
            row += 1
    all_of = book.findings
    kept, beyond = len(all_of.faults) + len(all_of.warnings), all_of.faults_left_out + all_of.warnings_left_out
    left_out = kept + beyond - (row - 1)
    if left_out > 0:
        page.write(row, 0, _("and %(count)d more") % {"count": left_out})


def _copy_sheet(
    page: Any, table: Table, bad: dict[tuple[int, str], list[tuple[str, Fault]]], formats: dict[str, Any]
) -> None:
    commented = 0
    for index, cells in enumerate(table.grid):
        for column, cell in enumerate(cells):
            found = bad.get((index + 1, column_letters(column))) if bad else None
            if found is None:
                if cell != "":
                    _write_cell(page, index, column, cell, None)
                continue
            kind = "fault" if any(k == "fault" for k, _fault in found) else "warning"
            is_date = isinstance(cell, datetime.date)
            _write_cell(page, index, column, cell, formats[f"{kind}_date" if is_date else kind])
            if commented < COMMENTED:
                commented += 1
                text = "\n".join(f"{fault.wrong} {_('Expected:')} {fault.expected}" for _kind, fault in found)
                page.write_comment(index, column, text, {"x_scale": 2.5, "y_scale": 2})


def _write_cell(page: Any, row: int, column: int, cell: Any, style: Any) -> None:
    if isinstance(cell, bool):
        page.write_boolean(row, column, cell, style)
    elif isinstance(cell, datetime.timedelta):
        page.write_string(row, column, str(cell), style)
    elif isinstance(cell, datetime.date | datetime.time):
        page.write_datetime(row, column, cell, style)
    elif isinstance(cell, float | int) and math.isfinite(cell):
        page.write_number(row, column, cell, style)
    elif cell == "":
        page.write_blank(row, column, None, style)
    else:
        text = "".join(c for c in str(cell) if c.isprintable() or c in "\n\t")
        page.write_string(row, column, text[:_LONGEST], style)
