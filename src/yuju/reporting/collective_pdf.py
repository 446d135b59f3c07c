"""A collective bill on paper: by unit, line by line, with the sum of each unit and of all."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yuju.kit.capital import in_words
from yuju.kit.dates import local_date
from yuju.kit.display import amount_text
from yuju.kit.documents import pdf
from yuju.reporting.bill_sheets import BillSheet
from yuju.reporting.collective_bills import CollectiveSheet, collective_bill_sheets

TEMPLATE = Path(__file__).parent / "documents" / "collective.typ"


def collective_pdf(sheet: CollectiveSheet) -> bytes:
    """A collective bill as PDF in the reader's language.

    Raises:
        Refused: a name has a character that the fonts cannot print.
    """
    chinese = (get_language() or "").startswith("zh")
    data = {
        "lang": "zh" if chinese else "en",
        "region": "cn" if chinese else "us",
        "words": _words(),
        "bill": _document(sheet),
        "units": [_unit(one) for one in collective_bill_sheets(sheet.bill)],
    }
    return pdf(TEMPLATE, data)


def _words() -> dict[str, str]:
    return {
        "to_pay": _("To pay"),
        "payer": _("Payer"),
        "code": _("Unified social credit code"),
        "title": _("Invoice title"),
        "tax_number": _("Tax number"),
        "number": _("Bill number"),
        "issued": _("Issued on"),
        "due": _("Pay by"),
        "item": _("Fee item"),
        "period": _("Period"),
        "calculation": _("How it came about"),
        "amount": _("Amount (yuan)"),
        "to": _("to"),
        "total": _("Total"),
        "in_words": _("In words"),
        "note": _("Both ends of a period are included. Each line is rounded to the fen, then added up."),
    }


def _document(sheet: CollectiveSheet) -> dict[str, Any]:
    bill, line = sheet.bill, sheet.line
    issued, month = bill.run.issued_at, {"year": f"{bill.run.as_of:%Y}", "month": f"{bill.run.as_of:%m}"}
    sums = [[_("Total of %(count)s units") % {"count": len(_unit_ids(sheet))}, amount_text(line.comes_to, symbol=True)]]
    if line.settled:
        sums.append([_("Paid"), amount_text(-line.settled, symbol=True)])
    return {
        "property": bill.property.name,
        "phone": bill.property.phone,
        "heading": _("Collective bill of %(year)s-%(month)s") % month,
        "number": bill.number,
        "payer": bill.resident.name,
        "code": str(bill.resident.id_number),
        "title": sheet.title.title if sheet.title is not None else bill.resident.name,
        "tax_number": sheet.title.tax_number if sheet.title is not None else str(bill.resident.id_number),
        "issued": f"{local_date(issued, bill.property.time_zone)}" if issued else "—",
        "due": f"{bill.due_date}",
        "open": amount_text(line.open, symbol=True),
        "capital": in_words(max(line.open, Decimal(0)), currency="人民币"),
        "sums": sums,
    }


def _unit_ids(sheet: CollectiveSheet) -> set[int]:
    return {one.bill.account.tenure.unit_id for one in sheet.bills}


def _unit(sheet: BillSheet) -> dict[str, Any]:
    return {
        "unit": sheet.unit,
        "about": f"{sheet.bill.account.tenure.number} · {sheet.bill.number} · {_('due %(day)s') % {'day': sheet.bill.due_date}}",
        "total": amount_text(sheet.comes_to),
        "lines": [
            {
                "item": line.item,
                "start": f"{line.start}",
                "end": f"{line.end}",
                "calculation": line.calculation,
                "amount": amount_text(line.comes_to),
            }
            for line in sheet.lines
            if not line.is_void
        ],
    }
