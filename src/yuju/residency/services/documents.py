"""Documents of people: their kind, their number, the country they are of, and scans that are kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.files.base import ContentFile, File
from django.utils.translation import gettext as _

from yuju.kit import files, identity_numbers
from yuju.kit.countries import country_name
from yuju.kit.errors import Refused
from yuju.kit.pictures import redrawn
from yuju.residency.choices import IdType
from yuju.residency.nationality import nationality_of

SCANS = (files.PDF, *files.IMAGES)
SIDE = 2400
"""The longer side of a photo of a document that is kept, in pixels: enough to read it."""


@contextmanager
def scan_kept(scan: File[bytes], *, folder: str, field: str = "scan") -> Iterator[files.Stored]:
    """The scan of a document, kept for what is written about it inside; where that fails, it is forgotten again. A photo is
    drawn anew, so that it is a picture and nothing else.

    Raises:
        Refused: it is no PDF, JPEG or PNG, or too large.
    """
    kept: File[bytes] = scan
    if files.check(scan, SCANS, field=field) in files.IMAGES:
        kept = ContentFile(redrawn(scan, side=SIDE, field=field), "scan.jpg")
    stored = files.keep(kept, SCANS, folder=folder, field=field)
    try:
        yield stored
    except BaseException:
        files.forget(stored.path)
        raise


def id_number_check(*, id_type: str, id_number: str, field: str | None = "id_number") -> tuple[str, str]:
    """The kind of a document and its number, tidied; two empty texts where there is none.

    An empty kind stands for an ID card (GB 11643-1999, with its checksum).

    Raises:
        Refused: the number cannot be one of that kind.
    """
    number = identity_numbers.tidy(id_number)
    if not number:
        return "", ""
    kind = id_type or IdType.ID_CARD
    check = {
        IdType.ID_CARD: identity_numbers.check_resident_id,
        IdType.PASSPORT: identity_numbers.check_passport,
        IdType.HMT_PERMIT: identity_numbers.check_travel_permit,
        IdType.CREDIT_CODE: identity_numbers.check_credit_code,
    }[IdType(kind)]
    return str(kind), check(number, field=field)


def document_guess(id_number: str) -> str:
    """The kind of document that a number looks like: 18 characters are an ID card's, what else is no travel permit's is a
    passport's. Empty where there is no number."""
    number = identity_numbers.tidy(id_number)
    if not number:
        return ""
    if len(number) == 18:
        return IdType.ID_CARD
    return IdType.HMT_PERMIT if re.fullmatch(r"[HM][0-9]{8}(?:[0-9]{2})?|[0-9]{8}", number) else IdType.PASSPORT


def nationality_check(nationality: str, id_type: str, id_number: str) -> str:
    """The nationality as it is kept: what was said, or what the document says.

    Args:
        nationality: the code of a country (ISO 3166); empty for what the document says.
        id_type, id_number: tidied.

    Raises:
        Refused: there is no such country, or the document is another one's.
    """
    said, told = nationality.strip().upper(), nationality_of(id_type, id_number)
    if said and country_name(said) == said:
        raise Refused(_("Choose a country from the list."), field="nationality")
    if said and told and said != told:
        raise Refused(
            _("The document is one of %(country)s: correct the document or the nationality.")
            % {"country": country_name(told)},
            field="nationality",
        )
    return said or told
