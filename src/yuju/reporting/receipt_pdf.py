"""Receipts on paper: an A5 sheet, or the 80 or 58 mm roll of a thermal printer."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import segno
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yuju.kit.capital import in_words
from yuju.kit.display import amount_text
from yuju.kit.documents import pdf
from yuju.payments.choices import PaymentChannel, ReceiptLayout
from yuju.reporting.receipts import ReceiptLine, ReceiptSheet

TEMPLATE = Path(__file__).parent / "documents" / "receipt.typ"


def receipt_pdf(sheet: ReceiptSheet, *, layout: ReceiptLayout, address: str, before: int) -> bytes:
    """A receipt as PDF in the reader's language. Rolls are as long as the receipt is.

    Args:
        address: the absolute address of its public page, for the QR code.
        before: how often it was printed before; any but the first print is marked.

    Raises:
        Refused: a name has a character that the fonts cannot print.
    """
    chinese = (get_language() or "").startswith("zh")
    data = {
        "lang": "zh" if chinese else "en",
        "region": "cn" if chinese else "us",
        "layout": str(layout),
        "words": _words(),
        "receipt": _document(sheet),
        "reprint": _("Reprint, printed %(count)s times") % {"count": before + 1} if before else "",
        "qr": qr_code(address),
    }
    return pdf(TEMPLATE, data)


def qr_code(text: str) -> str:
    """A QR code as SVG, black on white, without the quiet zone; a sixth of it may be lost (level M)."""
    made = BytesIO()
    segno.make(text, error="m", micro=False).save(made, kind="svg", border=0, xmldecl=False, light="#fff")
    return made.getvalue().decode()


def _words() -> dict[str, str]:
    return {
        "title": _("Payment receipt"),
        "number": _("Receipt number"),
        "payer": _("Payer"),
        "unit": _("Unit"),
        "time": _("Received at"),
        "channel": _("Paid by"),
        "item": _("Fee item"),
        "period": _("Period"),
        "amount": _("Amount (yuan)"),
        "to": _("to"),
        "credit": _("Kept as credit"),
        "credit_note": _("Pays the next bills"),
        "total": _("Received in total"),
        "in_words": _("In words"),
        "taken_by": _("Taken by"),
        "stamp": _("Received by (stamp)"),
        "phone": _("Phone"),
        "check": _("Scan to check that this receipt is genuine"),
        "void": _("Void"),
    }


def _document(sheet: ReceiptSheet) -> dict[str, Any]:
    receipt, payment, place = sheet.receipt, sheet.receipt.payment, sheet.receipt.property
    channel = str(PaymentChannel(payment.channel).label)
    cash = []
    if payment.tendered is not None:
        cash = [
            [_("Cash handed over"), amount_text(payment.tendered, symbol=True)],
            [_("Change given"), amount_text(sheet.change, symbol=True)],
        ]
    void = ""
    if sheet.reversal is not None:
        void = _("The payment was reversed on %(day)s. This receipt no longer counts.") % {
            "day": sheet.reversal.received_on
        }
    return {
        "operator": sheet.operator if sheet.operator != place.name else "",
        "property": place.name,
        "phone": place.phone,
        "number": receipt.number,
        "payer": receipt.payer,
        "unit": sheet.unit,
        "time": f"{payment.posted_at.astimezone(ZoneInfo(place.time_zone)):%Y-%m-%d %H:%M}",
        "channel": f"{channel} {payment.reference}".strip(),
        "lines": [_line(line) for line in sheet.lines],
        "credit": amount_text(sheet.credit) if sheet.credit else "",
        "total": amount_text(receipt.amount, symbol=True),
        "capital": in_words(receipt.amount, currency="人民币"),
        "cash": cash,
        "taken_by": str(receipt.issued_by) if receipt.issued_by else "—",
        "void": void,
    }


def _line(line: ReceiptLine) -> dict[str, str]:
    whole = _("part of %(amount)s") % {"amount": amount_text(line.whole)} if line.whole is not None else ""
    return {
        "item": f"{line.unit} {line.item}".strip(),
        "start": f"{line.start}",
        "end": f"{line.end}",
        "amount": amount_text(line.amount),
        "whole": whole,
    }
