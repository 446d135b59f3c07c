"""Where somebody comes from, as far as their document tells, and which registration that asks for."""

from __future__ import annotations

from datetime import date

from yuju.kit.identity_numbers import birth_date
from yuju.residency.choices import FilingKind, IdType

CHINA, HONG_KONG, MACAO, TAIWAN = "CN", "HK", "MO", "TW"
_PERMITS = {"81": HONG_KONG, "82": MACAO, "83": TAIWAN}
"""How numbers of residence permits (港澳台居民居住证) begin, which are built like those of identity cards."""


def nationality_of(id_type: str, id_number: str) -> str:
    """The code of the country that a document is of, by its tidied number; empty where it does not tell, as a passport."""
    if id_type == IdType.ID_CARD or (id_type == IdType.HMT_PERMIT and len(id_number) == 18):
        return _PERMITS.get(id_number[:2], CHINA) if id_number else ""
    if id_type == IdType.HMT_PERMIT and id_number:
        return {"H": HONG_KONG, "M": MACAO}.get(id_number[0], TAIWAN)
    return ""


def arrival_kind(id_type: str, nationality: str) -> FilingKind:
    """Which registration somebody's moving in asks for. Whoever has a passport and no nationality counts as a foreigner."""
    if nationality in (HONG_KONG, MACAO, TAIWAN) or (not nationality and id_type == IdType.HMT_PERMIT):
        return FilingKind.HMT
    if nationality not in ("", CHINA) or (not nationality and id_type == IdType.PASSPORT):
        return FilingKind.FOREIGNER
    return FilingKind.RESIDENCE


def is_card(id_type: str, id_number: str) -> bool:
    """Whether a number tells sex and birthday: that of an identity card, or of a permit built like it."""
    return id_type in (IdType.ID_CARD, IdType.HMT_PERMIT) and len(id_number) == 18


def is_male(id_type: str, id_number: str) -> bool | None:
    """What a card's number says of sex (GB 11643-1999: the 17th digit is odd for men); None where it is no card's."""
    return int(id_number[16]) % 2 == 1 if is_card(id_type, id_number) else None


def born_on(id_type: str, id_number: str) -> date | None:
    """The birthday that a card's number says; None where it is no card's."""
    return birth_date(id_number) if is_card(id_type, id_number) else None
