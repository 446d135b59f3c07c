"""Bills on paper: one as a PDF, or all of a run in one file."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yuju.kit.capital import in_words
from yuju.kit.dates import local_date
from yuju.kit.display import amount_text
from yuju.kit.documents import pdf
from yuju.reporting.bill_sheets import BillSheet, Line

TEMPLATE = Path(__file__).parent / "documents" / "bill.typ"


def bills_pdf(sheets: Iterable[BillSheet]) -> bytes:
    """The bills as one PDF in the reader's language, each beginning on a page of its own.

    Raises:
        Refused: a name has a character that the fonts cannot print.
    """
    bills = [_document(sheet) for sheet in sheets]
    chinese = (get_language() or "").startswith("zh")
    data = {
        "lang": "zh" if chinese else "en",
        "region": "cn" if chinese else "us",
        "title": bills[0]["number"] if len(bills) == 1 else _("Bills"),
        "author": bills[0]["property"] if bills else "",
        "words": _words(),
        "bills": bills,
    }
    return pdf(TEMPLATE, data)


def _words() -> dict[str, str]:
    return {
        "to_pay": _("To pay"),
        "unit": _("Unit"),
        "payer": _("Payer"),
        "lease": _("Lease"),
        "number": _("Bill number"),
        "issued": _("Issued on"),
        "due": _("Pay by"),
        "item": _("Fee item"),
        "period": _("Period"),
        "calculation": _("How it came about"),
        "amount": _("Amount (yuan)"),
        "to": _("to"),
        "void": _("Void"),
        "in_words": _("In words"),
        "note": _("Both ends of a period are included. Each line is rounded to the fen, then added up."),
    }


def _document(sheet: BillSheet) -> dict[str, Any]:
    bill = sheet.bill
    issued = bill.run.issued_at
    sums = [[_("Total"), amount_text(sheet.gross, symbol=True)]]
    if sheet.discount:
        sums.append([_("Discount"), amount_text(-sheet.discount, symbol=True)])
    if sheet.adjusted:
        sums.append([_("Adjusted"), amount_text(sheet.adjusted, symbol=True)])
    if sheet.settled:
        sums.append([_("Paid"), amount_text(-sheet.settled, symbol=True)])
    return {
        "property": bill.property.name,
        "phone": bill.property.phone,
        "heading": _("Bill of %(year)s-%(month)s") % {"year": f"{bill.run.as_of:%Y}", "month": f"{bill.run.as_of:%m}"},
        "number": bill.number or _("Draft"),
        "unit": sheet.unit,
        "resident": sheet.resident,
        "lease": bill.account.tenure.number,
        "issued": f"{local_date(issued, bill.property.time_zone)}" if issued else "—",
        "due": f"{bill.due_date}",
        "open": amount_text(sheet.open, symbol=True),
        "capital": in_words(max(sheet.open, Decimal(0)), currency="人民币"),
        "sums": sums,
        "lines": [_line(line) for line in sheet.lines],
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "item": line.item,
        "about": line.about,
        "start": f"{line.start}",
        "end": f"{line.end}",
        "calculation": line.calculation,
        "parts": [
            *(list(part) for part in line.parts),
            *([one.reason, amount_text(one.amount)] for one in line.adjustments),
        ],
        "discount": line.discount,
        "amount": amount_text(line.comes_to),
        "void": line.is_void,
    }
