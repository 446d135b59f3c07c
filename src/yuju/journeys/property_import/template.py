"""The empty workbook to fill in: every sheet with its headings, what belongs in them, and rows as examples."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

import xlsxwriter
from django.utils.translation import gettext as _

from yuju.journeys.property_import import layout
from yuju.journeys.property_import.columns import Column, Kind, Sheet
from yuju.journeys.property_import.reading import title

LISTED_ROWS = 20_000


def write_template(target: Path | BinaryIO, *, examples: bool = False) -> None:
    """Writes the workbook, headings in the language in force.

    Args:
        target: a path or a file opened for writing bytes.
        examples: also rows as an example, to be replaced.
    """
    book = xlsxwriter.Workbook(str(target) if isinstance(target, Path) else target, {"in_memory": True})
    formats = {
        "heading": book.add_format({"bold": True, "bg_color": "#E6F0EC", "border": 1}),
        "required": book.add_format({"bold": True, "bg_color": "#BFE0D2", "border": 1}),
        "text": book.add_format({"num_format": "@"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        "plain": book.add_format({}),
    }
    for sheet in layout.SHEETS:
        _write_sheet(book, sheet, formats, examples=examples)
    book.close()


def _write_sheet(book: Any, sheet: Sheet, formats: dict[str, Any], *, examples: bool) -> None:
    page = book.add_worksheet(title(sheet))
    page.freeze_panes(1, 0)
    for index, column in enumerate(sheet.columns):
        heading = title(column)
        page.write(0, index, heading, formats["required" if column.required else "heading"])
        page.write_comment(0, index, _explained(column), {"x_scale": 2, "y_scale": 1.5})
        shape = "text" if column.kind in (Kind.CODE, Kind.PHONE) else "date" if column.kind is Kind.DATE else "plain"
        page.set_column(index, index, max(10, 2 * len(heading) + 4), formats[shape])
        if column.options:
            chinese = heading == column.zh
            words = [option.zh if chinese else option.en for option in column.options]
            page.data_validation(
                1, index, LISTED_ROWS, index, {"validate": "list", "source": words, "error_type": "warning"}
            )
    if examples:
        for row, example in enumerate(sheet.examples, start=1):
            for index, cell in enumerate(example):
                if cell != "":
                    page.write(row, index, cell)


def _explained(column: Column) -> str:
    """What belongs in a column, for the comment on its heading."""
    lines = [f"{column.zh} / {column.en}"]
    if column.key:
        lines.append(_("Part of the key: rows are recognised by it."))
    if column.required:
        lines.append(_("Required."))
    if column.note:
        lines.append(str(column.note))
    if column.options:
        lines.append(" / ".join(f"{option.zh} = {option.en}" for option in column.options))
    if column.kind is Kind.DATE:
        lines.append(_("A date such as 2026-03-01 or 20260301."))
    return "\n".join(lines)
