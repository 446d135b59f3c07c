"""The rules of the sheet 住户."""

from __future__ import annotations

import re

from django.utils.translation import gettext_lazy as _

from yuju.journeys.property_import.checking.lookup import Lookup
from yuju.journeys.property_import.messages import Say
from yuju.journeys.property_import.rows import ResidentRow
from yuju.kit import identity_numbers
from yuju.kit.errors import Refused


def check_residents(lookup: Lookup) -> None:
    """Each person once, and no company; numbers of documents that can be."""
    rows = lookup.book.rows.residents
    lookup.duplicates("residents", rows, lambda row: row.ref, "ref")
    for row in rows:
        if row.ref in lookup.known.companies:
            # A row of persons would put a person's document over its credit code.
            lookup.fault(
                "residents",
                row.row,
                "ref",
                _("This is a company: what is known of it stands on its page and is changed there."),
                _("people alone on this sheet; a lease may name a company all the same."),
                "company",
            )
        elif row.id_number is not None:
            row.id_number = _document(lookup, row, row.id_number)


def _document(lookup: Lookup, row: ResidentRow, written: str) -> str | None:
    """The tidied number of a document, and its type where the cell beside it is empty; None when it is at fault."""
    number = identity_numbers.tidy(written)
    if row.id_type is None:
        if not re.fullmatch(r"\d{17}[\dX]", number):
            if not lookup.book.is_faulty("residents", row.row, "id_type"):
                lookup.fault(
                    "residents",
                    row.row,
                    "id_number",
                    _("It is not said which document this is the number of."),
                    _("身份证, 护照 or 港澳台 in the column of the document's type."),
                    "id-type",
                )
            return None
        row.id_type = "id_card"
    if row.id_type == "id_card":
        return number if _resident_id_is_right(lookup, row, number) else None
    checks = {"passport": identity_numbers.check_passport, "hmt_permit": identity_numbers.check_travel_permit}
    try:
        return checks[row.id_type](number)
    except Refused:
        if row.id_type == "passport":
            expected = _("5 to 20 letters and digits.")
        else:
            expected = _("H or M and 8 digits, 8 digits for Taiwan, or a residence permit of 18 characters.")
        lookup.fault(
            "residents", row.row, "id_number", _("This is no number of such a document."), expected, "id-number"
        )
        return None


def _resident_id_is_right(lookup: Lookup, row: ResidentRow, number: str) -> bool:
    """Checks an 18-character identity number by GB 11643-1999: its form, birth date and last character."""
    expected = _("the 18 characters on the card, or an empty cell where it is unknown.")
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        wrong = Say(
            _("An identity card number has 17 digits and a last digit or X; this has %(length)d characters."),
            length=len(number),
        )
        lookup.fault("residents", row.row, "id_number", wrong, expected, "id-form")
        return False
    if identity_numbers.birth_date(number) is None:
        wrong = Say(_("The birth date in it, %(digits)s, is no date."), digits=number[6:14])
        lookup.fault("residents", row.row, "id_number", wrong, expected, "id-birth-date")
        return False
    if identity_numbers.check_character(number[:17]) != number[17]:
        wrong = Say(
            _("Its last character does not fit the others (it would be %(right)s): one of them is mistyped."),
            right=identity_numbers.check_character(number[:17]),
        )
        lookup.fault("residents", row.row, "id_number", wrong, expected, "id-checksum")
        return False
    try:
        identity_numbers.check_resident_id(number)
    except Refused:
        wrong = Say(_("It begins with %(region)s, which is no region."), region=number[:2])
        lookup.fault("residents", row.row, "id_number", wrong, expected, "id-region")
        return False
    return True
