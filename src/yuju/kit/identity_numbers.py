"""Numbers of identity documents and telephones: how they are read, checked and masked; and how names are masked."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from django.utils.translation import gettext_lazy as _

from yuju.kit.errors import Refused

# GB 11643-1999 (ISO 7064, MOD 11-2).
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"

# GB 32100-2015 (MOD 31, 3): digits and capitals but for I, O, S, V and Z, which are mistaken for others.
_CREDIT_CODE_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"

# The first two digits: provinces and the like of GB/T 2260; 81 to 83 are residence permits of Hong Kong, Macao, Taiwan.
_REGIONS = frozenset(
    str(code)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
    for code in range(first, last + 1)
)


def tidy(number: str) -> str:
    """A number as it is stored: half-width, upper case, without spaces and hyphens."""
    return re.sub(r"[\s\-‐–—·]", "", unicodedata.normalize("NFKC", number)).upper()


def check_character(first_17: str) -> str:
    """The last character of a resident identity number, from the seventeen digits before it."""
    total = sum(int(digit) * weight for digit, weight in zip(first_17, _WEIGHTS, strict=True))
    return _CHECK_CHARACTERS[total % 11]


def check_resident_id(number: str, *, field: str | None = None) -> str:
    """A resident identity number (居民身份证), tidied.

    Raises:
        Refused: when it isn't 17 digits and a digit or X, its region or birth date can't be, or its last character
            is wrong.
    """
    typed = tidy(number)
    if not re.fullmatch(r"[0-9]{17}[0-9X]", typed):
        raise Refused(
            _("An identity card number has 18 characters: 17 digits and a last digit or X."),
            field=field,
            code="id_number",
        )
    if typed[:2] not in _REGIONS:
        raise Refused(
            _("The identity card number begins with %(region)s, which is no region.") % {"region": typed[:2]},
            field=field,
            code="id_number",
        )
    if birth_date(typed) is None:
        raise Refused(
            _("The identity card number has %(date)s as date of birth, which is no date.") % {"date": typed[6:14]},
            field=field,
            code="id_number",
        )
    if check_character(typed[:17]) != typed[17]:
        raise Refused(
            _("The last character of the identity card number does not fit the others: one of them is mistyped."),
            field=field,
            code="id_number",
        )
    return typed


def birth_date(resident_id: str) -> date | None:
    """The date of birth in a resident identity number of 18 characters, or None when it holds no date since 1900."""
    try:
        born = date(int(resident_id[6:10]), int(resident_id[10:12]), int(resident_id[12:14]))
    except ValueError:
        return None
    return born if born.year >= 1900 else None


def credit_code_check_character(first_17: str) -> str:
    """The last character of a unified social credit code, from the seventeen before it (GB 32100-2015)."""
    size = len(_CREDIT_CODE_CHARACTERS)
    total = sum(
        _CREDIT_CODE_CHARACTERS.index(character) * pow(3, place, size) for place, character in enumerate(first_17)
    )
    return _CREDIT_CODE_CHARACTERS[-total % size]


def check_credit_code(number: str, *, field: str | None = None) -> str:
    """A unified social credit code (统一社会信用代码) of an organisation, tidied.

    Raises:
        Refused: when it is an identity card number, isn't 18 characters of the code's alphabet with a region of six digits,
            or its last character is wrong.
    """
    typed = tidy(number)
    if not re.fullmatch(rf"[{_CREDIT_CODE_CHARACTERS}]{{2}}[0-9]{{6}}[{_CREDIT_CODE_CHARACTERS}]{{10}}", typed):
        raise Refused(
            _(
                "A unified social credit code has 18 characters: digits and capital letters other than I, O, S, V and Z."
            ),
            field=field,
            code="id_number",
        )
    if credit_code_check_character(typed[:17]) != typed[17]:
        if _is_resident_id(typed):
            raise Refused(
                _("This is the identity card number of a person. A company has a unified social credit code."),
                field=field,
                code="id_number",
            )
        raise Refused(
            _("The last character of the credit code does not fit the others: one of them is mistyped."),
            field=field,
            code="id_number",
        )
    return typed


def _is_resident_id(typed: str) -> bool:
    try:
        check_resident_id(typed)
    except Refused:
        return False
    return True


def check_passport(number: str, *, field: str | None = None) -> str:
    """A passport number of any country, tidied.

    Raises:
        Refused: when it isn't 5 to 20 letters and digits with a digit among them.
    """
    typed = tidy(number)
    if not re.fullmatch(r"(?=.*[0-9])[A-Z0-9]{5,20}", typed):
        raise Refused(_("A passport number has 5 to 20 letters and digits."), field=field, code="id_number")
    return typed


def check_travel_permit(number: str, *, field: str | None = None) -> str:
    """A document of a resident of Hong Kong, Macao or Taiwan, tidied: a travel permit (H or M and 8 or 10 digits; 8 or
    10 digits and perhaps a letter for Taiwan) or a residence permit, which is built like an identity card number.

    Raises:
        Refused: when it is none of these.
    """
    typed = tidy(number)
    if re.fullmatch(r"8[123][0-9]{15}[0-9X]", typed):
        return check_resident_id(typed, field=field)
    if not re.fullmatch(r"[HM](?:[0-9]{8}|[0-9]{10})|[0-9]{8}|[0-9]{10}[A-Z]?", typed):
        raise Refused(
            _("A travel permit number is H or M and 8 digits, or 8 digits for Taiwan."), field=field, code="id_number"
        )
    return typed


def check_phone(number: str, *, field: str | None = None) -> str:
    """A telephone number, tidied: mainland numbers without +86, others with + and their country.

    Raises:
        Refused: when it is no mainland mobile or fixed line, nor + and 7 to 15 digits (ITU-T E.164).
    """
    typed = re.sub(r"[()]", "", tidy(number))
    typed = re.sub(r"^(?:\+|00)86(?=[0-9]{10,12}$)", "", typed)
    typed = re.sub(r"^00(?=[1-9][0-9]{6,14}$)", "+", typed)
    mainland = re.fullmatch(r"1[3-9][0-9]{9}|0[1-9][0-9]{8,10}|[48]00[0-9]{7}", typed)
    if mainland is None and not re.fullmatch(r"\+[1-9][0-9]{6,14}", typed):
        raise Refused(
            _("“%(value)s” is not a telephone number: 11 digits are expected, or an area code and number.")
            % {"value": number},
            field=field,
            code="phone",
        )
    return typed


def mask_id_number(number: str) -> str:
    """A document number with its middle hidden: 3301**********2846; short ones keep the first and the last two."""
    if len(number) >= 15:
        return number[:4] + "*" * (len(number) - 8) + number[-4:]
    if len(number) < 5:
        return "*" * len(number)
    return number[0] + "*" * (len(number) - 3) + number[-2:]


def mask_phone(number: str) -> str:
    """A telephone number with its middle hidden: 138****6021."""
    if len(number) < 8:
        return "*" * max(len(number) - 2, 0) + number[-2:]
    return number[:-8] + "****" + number[-4:]


def mask_name(name: str) -> str:
    """A person's name but for its first character: 张**, J***. How long it is stays hidden too, beyond two characters."""
    name = name.strip()
    if not name:
        return ""
    if name[0].isascii():
        return name[0] + "***"
    return name[0] + "*" * min(max(len(name) - 1, 1), 2)
