"""A settlement on A4, to be read line by line and signed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from yuju.kit.capital import in_words
from yuju.kit.display import amount_text
from yuju.kit.documents import pdf
from yuju.payments.choices import AgreedHow, SettlementState
from yuju.payments.models import Settlement
from yuju.reporting.settlement_page import SettlementSheet, settlement_sheet
from yuju.residency.contracts.document import CHINESE
from yuju.residency.e_signature.printed import signature_page
from yuju.residency.ports import Signature

TEMPLATE = Path(__file__).parent / "documents" / "settlement.typ"


def settlement_name(settlement: Settlement) -> str:
    """What the file is called, without its ending."""
    return "-".join((_("Settlement"), settlement.account.tenure.number, f"{settlement.last_day}"))


def settlement_pdf(sheet: SettlementSheet, *, made_on: date) -> bytes:
    """The settlement in the reader's language, with a place for both signatures.

    Args:
        made_on: the property's day on which it is printed.

    Raises:
        Refused: a name has a character that the fonts cannot print.
    """
    signs = [_("Resident (signature, date)"), _("Landlord (signature, date)")]
    return pdf(TEMPLATE, _data(sheet, made_on) | {"signs": signs})


def settlement_document(settlement: Settlement, signatures: Sequence[Signature] = ()) -> bytes:
    """The document that is signed on screen, in Chinese; with signatures, a page of them follows.

    What was shown gives the same bytes at any time, so that its hash says what was signed.

    Raises:
        Refused: a name has a character that the fonts cannot print.
    """
    zone = ZoneInfo(settlement.property.time_zone)
    assert settlement.shown_at is not None
    with override(CHINESE):
        data = _data(settlement_sheet(settlement), settlement.shown_at.astimezone(zone).date())
        document = pdf(TEMPLATE, data)
        if not signatures:
            return document
        page = signature_page(
            about=_("The resident read the settlement named here and signed it on screen."),
            named=(_("Settlement"), settlement_name(settlement)),
            sha256=sha256(document).hexdigest(),
            signatures=signatures,
            zone=zone,
        )
        return pdf(TEMPLATE, data | {"signed": asdict(page)})


def _data(sheet: SettlementSheet, made_on: date) -> dict[str, Any]:
    chinese = (get_language() or "").startswith("zh")
    settlement, result = sheet.settlement, sheet.result
    place = settlement.property
    amount = settlement.result
    return {
        "lang": "zh" if chinese else "en",
        "region": "cn" if chinese else "us",
        "title": settlement_name(settlement),
        "heading": _("Settlement of the stay"),
        "property": place.name,
        "phone": place.phone,
        "made_on": _("made on %(day)s") % {"day": made_on},
        "last_day": _("up to %(day)s") % {"day": settlement.last_day},
        "facts": [list(pair) for pair in _facts(settlement)],
        "columns": [_("What it is"), _("How it came about"), _("Amount (yuan)")],
        "rows": [_row(one) for one in sheet.lines],
        "result": [result.title, result.text, amount_text(abs(amount), symbol=True)] if result is not None else [],
        "capital": in_words(abs(amount), currency="人民币") if chinese and amount else "",
        "note": _("Above 0 is owed, below 0 is in the resident’s favour. Amounts are in yuan."),
        "draft": _("Not shown to the resident yet") if settlement.state == SettlementState.DRAFT else "",
        "signs": [],
        "signed": None,
    }


def _facts(settlement: Settlement) -> list[tuple[str, str]]:
    tenure = settlement.account.tenure
    on_case = [(_("Settled on"), settlement.agreed_note)] if settlement.agreed_how == AgreedHow.CASE else []
    return [
        (_("Resident"), tenure.resident.name),
        (_("Unit"), tenure.unit.label),
        (_("Lease"), tenure.number),
        (_("From and to"), _("%(start)s to %(end)s") % {"start": tenure.start, "end": settlement.last_day}),
        *on_case,
    ]


def _row(one: Any) -> list[str]:
    said = [_("Objection: %(text)s") % {"text": one.row.objection}] if one.row.objection else []
    said += [_("Answer: %(text)s") % {"text": one.row.answer}] if one.row.answer else []
    return [one.title, one.text, amount_text(one.row.amount), *said]
