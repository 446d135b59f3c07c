"""An account's statement to hand over: as PDF, and as Excel."""

from __future__ import annotations

import io
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yuju.kit.console.export import FORMULA_STARTS
from yuju.kit.display import amount_text
from yuju.kit.documents import pdf
from yuju.reporting.statement import Entry, Statement

TEMPLATE = Path(__file__).parent / "documents" / "statement.typ"


def statement_name(statement: Statement) -> str:
    """What the file is called, without its ending."""
    period = f"{statement.start or ''}_{statement.until or ''}".strip("_")
    return "-".join(part for part in (_("Statement"), statement.account.tenure.number, period) if part)


def period_text(statement: Statement) -> str:
    """The period in words."""
    start, until = statement.start, statement.until
    if start and until:
        return _("%(start)s to %(end)s") % {"start": start, "end": until}
    if start:
        return _("from %(start)s") % {"start": start}
    return _("until %(end)s") % {"end": until} if until else _("From the beginning")


def statement_pdf(statement: Statement, *, made_on: date) -> bytes:
    """The statement on A4 in the reader's language.

    Args:
        made_on: the property's day on which it is handed over.

    Raises:
        Refused: a name has a character that the fonts cannot print.
    """
    chinese = (get_language() or "").startswith("zh")
    data = {
        "lang": "zh" if chinese else "en",
        "region": "cn" if chinese else "us",
        "title": statement_name(statement),
        "heading": _("Statement of account"),
        "property": statement.account.property.name,
        "phone": statement.account.property.phone,
        "period": period_text(statement),
        "made_on": _("made on %(day)s") % {"day": made_on},
        "facts": [list(pair) for pair in _facts(statement)],
        "figures": [[label, amount_text(amount, symbol=True)] for label, amount in _figures(statement)],
        "columns": _columns(),
        "opening": [_("Brought forward"), amount_text(statement.opening)],
        "rows": [_printed(entry) for entry in statement.entries],
        "totals": [
            _("Total of the period"),
            amount_text(statement.charged),
            amount_text(statement.received),
            amount_text(statement.closing),
        ],
        "sums": [[label, amount_text(amount, symbol=True)] for label, amount in _standing(statement)],
        "note": _note(),
    }
    return pdf(TEMPLATE, data)


def statement_xlsx(statement: Statement) -> bytes:
    """The statement as an Excel file; amounts are numbers, and no text is taken for a formula."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(
        target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    sheet = book.add_worksheet(_("Statement"))
    shape = _Shape(book, sheet)
    for column, width in enumerate((12, 30, 40, 18, 14, 14, 14)):
        sheet.set_column(column, column, width)
    shape.text(0, 0, _("Statement of account"), shape.bold)
    line = 1
    for label, value in (*_facts(statement), (_("Period covered"), period_text(statement))):
        shape.text(line, 0, label)
        shape.text(line, 1, value)
        line += 1
    line += 1
    for column, heading in enumerate(_columns()):
        shape.text(line, column, heading, shape.bold)
    sheet.freeze_panes(line + 1, 0)
    line += 1
    shape.text(line, 1, _("Brought forward"))
    shape.amount(line, 6, statement.opening)
    for entry in statement.entries:
        line += 1
        sheet.write_datetime(line, 0, datetime(entry.day.year, entry.day.month, entry.day.day), shape.day)  # noqa: DTZ001
        shape.text(line, 1, entry.title)
        shape.text(line, 2, entry.about)
        shape.text(line, 3, entry.number)
        shape.amount(line, 4, entry.charged)
        shape.amount(line, 5, entry.received)
        shape.amount(line, 6, entry.balance)
    line += 1
    shape.text(line, 1, _("Total of the period"), shape.bold)
    for column, amount in enumerate((statement.charged, statement.received, statement.closing), start=4):
        shape.amount(line, column, amount)
    line += 1
    for label, amount in _standing(statement):
        line += 1
        shape.text(line, 1, label)
        shape.amount(line, 6, amount)
    shape.text(line + 2, 1, _note())
    book.close()
    return target.getvalue()


class _Shape:
    """Writes cells of a sheet in its formats."""

    def __init__(self, book: Any, sheet: Any) -> None:
        self._sheet = sheet
        self.bold = book.add_format({"bold": True})
        self.day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        self._money = book.add_format({"num_format": "#,##0.00"})
        # Excel keeps such a cell as text even when somebody edits it.
        self._quoted = book.add_format({"quote_prefix": True})

    def text(self, line: int, column: int, text: str, shape: Any = None) -> None:
        if text:
            self._sheet.write_string(line, column, text, self._quoted if text.startswith(FORMULA_STARTS) else shape)

    def amount(self, line: int, column: int, amount: Decimal | None) -> None:
        if amount is not None:
            self._sheet.write_number(line, column, float(amount), self._money)


def _facts(statement: Statement) -> list[tuple[str, str]]:
    tenure = statement.account.tenure
    return [
        (_("Property"), statement.account.property.name),
        (_("Unit"), tenure.unit.label),
        (_("Payer"), tenure.resident.name),
        (_("Lease"), tenure.number),
    ]


def _figures(statement: Statement) -> list[tuple[str, Decimal]]:
    return [
        (_("Brought forward"), statement.opening),
        (_("Charged"), statement.charged),
        (_("Received"), statement.received),
        (_("Balance at the end"), statement.closing),
    ]


def _standing(statement: Statement) -> list[tuple[str, Decimal]]:
    found = [(_("To pay"), statement.open)]
    if statement.overdue:
        found.append((_("of it overdue"), statement.overdue))
    return [*found, (_("Credit"), statement.credit)]


def _columns() -> list[str]:
    return [
        _("Date"),
        _("What it is"),
        _("Details"),
        _("Bill or receipt"),
        _("Charged"),
        _("Received"),
        _("Balance"),
    ]


def _note() -> str:
    return _("The balance is what was owed after each line; below 0 is credit. Amounts are in yuan.")


def _printed(entry: Entry) -> list[str]:
    def cell(amount: Decimal | None) -> str:
        return "" if amount is None else amount_text(amount)

    return [
        f"{entry.day}",
        entry.title,
        entry.about,
        entry.number,
        cell(entry.charged),
        cell(entry.received),
        amount_text(entry.balance),
    ]
