"""The charges of bill runs in the form that other systems take: CSV or Excel, one row a charge."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import xlsxwriter
from django.db import connection

from yuju.kit.sets import whole_sets

COLUMNS = ("lease", "tariff", "meter", "space", "start", "end", "bill_date", "due_date", "gross", "discount", "amount")
_PORTION = 5000
_EXCEL_ROWS = 1_048_575

_QUERY = """
SELECT n.number, t.code, coalesce(m.serial, ''), coalesce(s.code, ''), c.start, c.end, c.bill_date, c.due_date,
    c.gross, c.discount, c.amount
FROM billing_charge c
JOIN billing_billrun b ON b.id = c.run_id
JOIN billing_billingaccount a ON a.id = c.account_id
JOIN residency_tenure n ON n.id = a.tenure_id
JOIN billing_tariff t ON t.id = c.tariff_id
JOIN billing_recurringcharge r ON r.id = c.recurring_id
LEFT JOIN premises_parkingspace s ON s.id = r.space_id
LEFT JOIN metering_reading x ON x.id = c.reading_id
LEFT JOIN metering_meter m ON m.id = x.meter_id
WHERE c.property_id = %(property)s AND c.kind = 'run' AND (%(run)s::bigint IS NULL OR c.run_id = %(run)s)
    AND NOT EXISTS (SELECT FROM billing_chargevoid v WHERE v.charge_id = c.id)
ORDER BY n.number COLLATE "C", t.code COLLATE "C", coalesce(m.serial, '') COLLATE "C", coalesce(s.code, '') COLLATE "C", c.start
"""


def charge_rows(*, property_id: int, run_id: int | None = None) -> Iterator[tuple[Any, ...]]:
    """The standing charges that a property's runs made (or one run did), sorted by lease, tariff, meter, space and start.

    Amounts are yuan; both ends of a period are inclusive; for consumption they are the dates of the two readings.
    A draft's charges are among them.
    """
    with whole_sets(), connection.chunked_cursor() as cursor:
        cursor.execute(_QUERY, {"property": property_id, "run": run_id})
        while portion := cursor.fetchmany(_PORTION):
            yield from portion


def write_csv(file: TextIO, rows: Iterator[tuple[Any, ...]]) -> int:
    """Writes UTF-8 CSV with LF; returns the number of rows."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    count = 0
    for row in rows:
        writer.writerow([value.isoformat() if hasattr(value, "isoformat") else value for value in row])
        count += 1
    return count


def write_xlsx(path: Path, rows: Iterator[tuple[Any, ...]]) -> int:
    """Writes an Excel file, a further sheet for every million rows; returns the number of rows."""
    count = 0
    with xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_formulas": False}) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        money = book.add_format({"num_format": "#,##0.00"})
        sheet = None
        for row in rows:
            if count % _EXCEL_ROWS == 0:
                sheet = book.add_worksheet()
                sheet.write_row(0, 0, COLUMNS)
            line = count % _EXCEL_ROWS + 1
            assert sheet is not None
            for column, value in enumerate(row):
                if column < 4:
                    sheet.write_string(line, column, value)
                elif column < 8:
                    sheet.write_datetime(line, column, value, day)
                else:
                    sheet.write_number(line, column, value, money)
            count += 1
        if sheet is None:
            book.add_worksheet().write_row(0, 0, COLUMNS)
    return count
