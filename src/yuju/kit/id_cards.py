"""Reading the text of a resident identity card (居民身份证) that was scanned, photographed or copied from a reader.

Text recognition puts spaces and line breaks anywhere, and takes O for 0; the number's own check character tells whether it was
read right.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from yuju.kit.errors import Refused
from yuju.kit.identity_numbers import birth_date, check_resident_id

LONGEST = 2_000
"""Characters that are looked at; both sides of a card have a tenth of it."""

_LABELS = r"姓名|性别|民族|出生日期|出生|住址|地址|公民身份证?号码|身份证号码?|证件号码?|签发机关|有效期限?"
_FIELD = rf"[::]?(.*?)(?=[,,;;]?(?:{_LABELS})|$)"
_NUMBER_LABEL = r"(?:公民身份证?号码|身份证号码?|证件号码?)[::]?"
_MISREAD = str.maketrans(
    {"O": "0", "o": "0", "Q": "0", "I": "1", "l": "1", "|": "1", "Z": "2", "S": "5", "×": "X", "x": "X"}
)
_STOPS = ",;。."
"""What readers write between fields, in the half-width forms."""
_CHINESE = r"[㐀-鿿·]"


@dataclass(frozen=True)
class IdCard:
    """What stands on a card; what could not be read is empty.

    Attributes:
        number: checked, tidied.
        born: as the number says.
    """

    name: str
    sex: str
    nation: str
    born: date
    address: str
    number: str


def read_id_card(text: str) -> IdCard:
    """The fields of a card's text.

    Raises:
        Refused: there is no identity number in it, the number cannot be one, or the date of birth printed is another than the
            number's.
    """
    # The half-width forms; line breaks and spaces mean nothing on a card.
    joined = re.sub(r"\s", "", unicodedata.normalize("NFKC", text[:LONGEST]))
    number = _number(joined)
    born = birth_date(number)
    assert born is not None
    printed = _printed_birth(joined)
    if printed is not None and printed != born:
        raise Refused(
            _(
                "The card’s date of birth, %(printed)s, does not fit its number: one of them was misread. Check the number."
            )
            % {"printed": printed},
            code="id_card",
        )
    nation = _after("民族", joined).removesuffix("族")
    return IdCard(
        name=_name(joined),
        sex=_after("性别", joined)[:1],
        nation=nation,
        born=born,
        address=_after("住址|地址", joined),
        number=number,
    )


def _number(joined: str) -> str:
    labelled = re.search(rf"{_NUMBER_LABEL}([0-9A-Za-z|×]{{17,19}})", joined)
    if labelled is not None:
        return check_resident_id(labelled[1].translate(_MISREAD)[:18])
    plain = re.search(r"(?<![0-9])([0-9]{17}[0-9Xx×])(?![0-9])", joined)
    if plain is None:
        raise Refused(
            _(
                "No identity card number was found in this text. "
                "Paste everything from the name to the number, or type the fields."
            ),
            code="id_card",
        )
    return check_resident_id(plain[1].translate(_MISREAD))


def _name(joined: str) -> str:
    labelled = _after("姓名", joined)
    if labelled or "姓名" in joined:
        return labelled[:60]
    # A reader gives the values alone: 张三,男,汉,…
    first = re.match(rf"{_CHINESE}{{2,20}}(?=[^㐀-鿿·]|$)", joined)
    return first[0] if first is not None and not re.match(_LABELS, first[0]) else ""


def _after(labels: str, joined: str) -> str:
    """What stands behind a label, up to the next one."""
    found = re.search(rf"(?:{labels}){_FIELD}", joined)
    return found[1].rstrip(_STOPS) if found is not None else ""


def _printed_birth(joined: str) -> date | None:
    found = re.search(r"([12][0-9]{3})[年./-]?([01]?[0-9])[月./-]?([0-3]?[0-9])", _after("出生日期|出生", joined))
    if found is None:
        return None
    try:
        return date(*(int(part) for part in found.groups()))
    except ValueError:
        return None
