"""Files for spreadsheets: rows written as Excel or CSV.

They are written to disk first and streamed then: the memory needed does not grow with the rows, and a failure half-way is an
error page, never a file that looks complete. Text that a spreadsheet could take for a formula is made harmless.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, Literal

import xlsxwriter
from django.http import FileResponse
from django.utils import timezone

Format = Literal["xlsx", "csv"]
CHUNK = 1000
ROWS_A_SHEET = 1_048_575
"""What an Excel sheet holds below its heading."""

# Excel takes the wide signs of Chinese keyboards for the narrow ones.
FORMULA_SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
FORMULA_STARTS = (*FORMULA_SIGNS, "\t", "\r", "\n")
# What programs pass over at the beginning of a cell, as they may, before they look for such a sign.
_PASSED_OVER = "".join(map(chr, range(0x21))) + "\x7f\x85\xa0\u200b\u200c\u200d\u2060\u3000\ufeff"
CONTENT_TYPES: dict[Format, str] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}

Cells = Sequence[Any]


def begins_formula(text: str) -> bool:
    """Whether a spreadsheet could run a text as a formula or a call of another program (DDE)."""
    return text.startswith(FORMULA_STARTS) or text.lstrip(_PASSED_OVER).startswith(FORMULA_SIGNS)


def harmless(text: str) -> str:
    """Text for a CSV cell: what a spreadsheet would run as a formula gets a leading apostrophe."""
    return f"'{text}" if begins_formula(text) else text


def chunks(ids: Sequence[int]) -> Iterator[list[int]]:
    """The ids in portions that one statement fetches."""
    for start in range(0, len(ids), CHUNK):
        yield list(ids[start : start + CHUNK])


def written(kind: Format, headings: Sequence[str], rows: Iterable[Cells]) -> IO[bytes]:
    """The rows as an open file without a name, at its beginning; it is gone when it is closed."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - whoever asked closes it
    (_write_xlsx if kind == "xlsx" else _write_csv)(file, headings, rows)
    file.seek(0)
    return file


def answer(kind: Format, name: str, headings: Sequence[str], rows: Iterable[Cells]) -> FileResponse:
    """The file as a download called `name` with the right ending."""
    file = written(kind, headings, rows)
    return FileResponse(file, as_attachment=True, filename=f"{name}.{kind}", content_type=CONTENT_TYPES[kind])


def _write_csv(file: IO[bytes], headings: Sequence[str], rows: Iterable[Cells]) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    # Text in quotes always: where a list is separated by semicolons, one inside a text must not begin a cell.
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow([harmless(heading) for heading in headings])
    for row in rows:
        writer.writerow([csv_cell(value) for value in row])
    text.flush()
    text.detach()


def csv_cell(value: Any) -> Any:
    """A value as a CSV cell holds it."""
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}"
    return "" if value is None else value


def _write_xlsx(file: IO[bytes], headings: Sequence[str], rows: Iterable[Cells]) -> None:
    book = xlsxwriter.Workbook(
        file,
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    bold = book.add_format({"bold": True, "bottom": 1})
    # Excel keeps such a cell as text even when somebody edits it.
    quoted = book.add_format({"quote_prefix": True})
    amount = book.add_format({"num_format": "#,##0.00"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    sheet: Any = None
    line = 0
    for number, row in enumerate(rows):
        if number % ROWS_A_SHEET == 0:
            sheet, line = _sheet(book, headings, bold), 0
        line += 1
        for column, value in enumerate(row):
            if value is None or value == "":
                continue
            if isinstance(value, str):
                sheet.write_string(line, column, value, quoted if begins_formula(value) else None)
            elif isinstance(value, Decimal):
                sheet.write_number(line, column, float(value), amount)
            elif isinstance(value, datetime):
                sheet.write_datetime(line, column, timezone.localtime(value).replace(tzinfo=None), moment)
            elif isinstance(value, date):
                sheet.write_datetime(line, column, datetime(value.year, value.month, value.day), day)  # noqa: DTZ001
            else:
                sheet.write(line, column, value)
    if sheet is None:
        _sheet(book, headings, bold)
    book.close()


def _sheet(book: Any, headings: Sequence[str], bold: Any) -> Any:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    for column, heading in enumerate(headings):
        sheet.set_column(column, column, max(12, min(40, 2 * len(heading) + 4)))
        sheet.write_string(0, column, heading, bold)
    return sheet
