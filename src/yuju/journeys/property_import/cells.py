"""Reading cells as people write them: full-width digits, dates in every form, amounts with signs, percentages.

Every reader takes what the workbook holds (text, a number, a date, true or false) and gives the value, or raises
`CellFault` with what is wrong and what is expected. Numbers become exact decimals with the fifteen digits Excel
itself shows, never with the noise of binary fractions.
"""

from __future__ import annotations

import datetime
import math
import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from yuju.journeys.property_import.columns import Column, Kind
from yuju.journeys.property_import.messages import Say, Sentence, visible
from yuju.kit import identity_numbers
from yuju.kit.errors import Refused

Raw = str | float | int | bool | datetime.date | datetime.datetime | datetime.time | datetime.timedelta
Value = str | Decimal | int | bool | datetime.date | tuple[str, ...] | None
Reader = Callable[[Raw], Value]

FIRST_YEAR = 1900
LAST_YEAR = 2199
MONEY_HIGH = Decimal("999999999999.99")
NUMBER_HIGH = Decimal("9999999999")

_PLACES = [Decimal(1).scaleb(-places) for places in range(10)]
_FIRST_INEXACT = 10**15
_DAY_ZERO = datetime.date(1899, 12, 30)
_DAYS_TO_1904 = 1462
_WIDE_LETTERS_AND_DIGITS = {
    code: unicodedata.normalize("NFKC", chr(code))
    for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B), 0x3000)
}
_DATE = re.compile(r"(\d{4})\s*([-/.年])\s*(\d{1,2})\s*(?:\2|月)\s*(\d{1,2})日?(?:[T\s]\s*0?0:00(?::00(?:\.0+)?)?)?")
_EIGHT_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})")
_DAY_NUMBER = re.compile(r"\d{4,6}(?:\.0+)?")
_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?")
_CURRENCY = re.compile(r"^([-+]?)(?:¥|rmb|cny|人民币)|(?:元整?|圆整?)$", re.IGNORECASE)
_UNIT_OF_MEASURE = re.compile(r"(?:元|m2|平方米|平米|层|楼|人|天|日|个月|倍|位|度|吨|kwh|m3)$", re.IGNORECASE)
_YES = frozenset(["是", "true", "1", "yes", "y", "t", "√", "✓", "✔", "对"])
_NO = frozenset(["否", "false", "0", "no", "n", "f", "×", "✗", "✘", "不是"])


class CellFault(Exception):  # noqa: N818 - it is a fault of the cell, not an error of the program
    """What a cell holds is not what its column takes."""

    def __init__(self, wrong: Sentence, expected: Sentence, code: str) -> None:
        super().__init__(code)
        self.wrong = wrong
        self.expected = expected
        self.code = code


def shown(raw: Raw) -> str:
    """A raw cell as a person would recognise it, for a fault."""
    if isinstance(raw, bool):
        return "TRUE" if raw else "FALSE"
    if isinstance(raw, datetime.datetime) and raw.time() == datetime.time(0):
        return raw.date().isoformat()
    text = format(_exact(raw), "f") if isinstance(raw, float | int) else visible(str(raw))
    return text if len(text) <= 80 else f"{text[:77]}…"


def is_empty(raw: Raw) -> bool:
    """True for a cell that holds nothing but spaces."""
    return isinstance(raw, str) and not visible(raw).strip()


def reader_for(column: Column, *, dates_from_1904: bool = False) -> Reader:
    """The function that reads the cells of a column; empty cells are not given to it."""
    match column.kind:
        case Kind.TEXT:
            return lambda raw: _within_length(_free_text(raw), column)
        case Kind.CODE:
            return lambda raw: _within_length(read_code(raw), column)
        case Kind.FORMULA:
            # Whoever reads formulas and tiers folds their signs, in its own, stricter way.
            return lambda raw: _within_length(visible(raw).strip() if isinstance(raw, str) else shown(raw), column)
        case Kind.DATE:
            return lambda raw: read_date(raw, dates_from_1904=dates_from_1904)
        case Kind.NUMBER:
            return lambda raw: read_number(raw, column)
        case Kind.MONEY:
            return lambda raw: read_number(raw, column)
        case Kind.PERCENT:
            return lambda raw: read_percent(raw, column)
        case Kind.INTEGER:
            return lambda raw: read_integer(raw, column)
        case Kind.YES_NO:
            return read_yes_no
        case Kind.PHONE:
            return read_phone
        case Kind.TAGS:
            return lambda raw: read_tags(raw, column)
        case Kind.CHOICE:
            return _choice_reader(column)


def read_date(raw: Raw, *, dates_from_1904: bool = False) -> datetime.date:
    """A date as 2026-03-01, 2026/3/1, 2026.3.1, 2026年3月1日, 20260301, an Excel date or its bare day number.

    Raises:
        CellFault: when it is none of these, there is no such day, or it lies outside the years 1900 to 2199.
    """
    if isinstance(raw, datetime.datetime):
        return _within_years(raw.date())
    if isinstance(raw, datetime.date):
        return _within_years(raw)
    if isinstance(raw, bool | datetime.time | datetime.timedelta):
        raise _no_date()
    if isinstance(raw, float | int):
        if not math.isfinite(raw) or raw != int(raw) or raw < 0:
            raise _no_date()
        text = str(int(raw))
    else:
        text = _half_width(raw)
    written = _DATE.fullmatch(text) or _EIGHT_DIGITS.fullmatch(text)
    if written is not None:
        groups = written.groups()
        year, month, day = int(groups[0]), int(groups[-2]), int(groups[-1])
        try:
            return _within_years(datetime.date(year, month, day))
        except ValueError:
            raise CellFault(_("There is no such day in the calendar."), _DATE_EXPECTED, "no-such-day") from None
    if _DAY_NUMBER.fullmatch(text):
        days = int(text.split(".")[0]) + (_DAYS_TO_1904 if dates_from_1904 else 0)
        # Excel believes that 1900 had a 29 February; before it day numbers mean other days.
        if 61 <= days <= 109_574:
            return _DAY_ZERO + datetime.timedelta(days=days)
    raise _no_date()


def read_number(raw: Raw, column: Column) -> Decimal:
    """A number or amount, with ¥, 元, thousands separators or a unit of measure around it.

    Raises:
        CellFault: when it is no number, has more decimals than the column keeps, or lies outside its bounds.
    """
    return _within_bounds(_decimal(raw, column), column)


def read_integer(raw: Raw, column: Column) -> int:
    """A whole number; 101.0 is one.

    Raises:
        CellFault: when it is no number, not whole, or lies outside the column's bounds.
    """
    number = _decimal(raw, column)
    if number != number.to_integral_value():
        raise CellFault(_("This is not a whole number."), _expected(column), "not-whole")
    return int(_within_bounds(number, column))


def read_percent(raw: Raw, column: Column) -> Decimal:
    """A share written as `5%` or as the fraction 0.05; both give 0.05.

    Raises:
        CellFault: when it is neither, or lies outside the column's bounds.
    """
    if isinstance(raw, str):
        text = _half_width(raw).replace(" ", "")
        for sign, places in (("%", 2), ("‰", 3)):
            if text.endswith(sign):
                return _within_bounds(_decimal(text[:-1], column).scaleb(-places), column)
    return _within_bounds(_decimal(raw, column), column)


def read_yes_no(raw: Raw) -> bool:
    """是 or 否, true or false, 1 or 0.

    Raises:
        CellFault: when it is neither.
    """
    word = (shown(raw) if not isinstance(raw, str) else _half_width(raw)).casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise CellFault(_("This is neither yes nor no."), _("是 or 否 (yes or no)."), "yes-no")


def read_phone(raw: Raw) -> str:
    """A telephone number, tidied; spaces and hyphens in it are no matter.

    Raises:
        CellFault: when it holds a letter or is no mainland mobile or fixed-line or foreign number.
    """
    text = read_code(raw)
    expected = _("11 digits of a mobile, a fixed line with its area code such as 021-60000000, or + and the country.")
    if re.search(r"[^\W\d_]", text):
        raise CellFault(_("There is a letter in this telephone number."), expected, "phone-letter")
    try:
        return identity_numbers.check_phone(text)
    except Refused:
        raise CellFault(_("This is not a telephone number."), expected, "phone") from None


def read_tags(raw: Raw, column: Column) -> tuple[str, ...]:
    """Tags separated by 、 , or ; in the order written, each once.

    Raises:
        CellFault: when one is too long.
    """
    names = (name.strip() for name in re.split(r"[、,，;；\n]", _free_text(raw)))
    return tuple(dict.fromkeys(str(_within_length(name, column)) for name in names if name))


def read_code(raw: Raw) -> str:
    """A number or name that things are known by: half-width, with no spaces at its ends, a number without decimals.

    Raises:
        CellFault: when Excel made a date or time of it, or a number of more digits than it keeps.
    """
    if isinstance(raw, datetime.date | datetime.time | datetime.timedelta):
        raise CellFault(
            _("Excel has turned this into a date or time."),
            _("text; format the column as text and write it again."),
            "turned-into-date",
        )
    if isinstance(raw, str):
        return " ".join(_half_width(raw).split())
    if isinstance(raw, float | int) and not abs(raw) < _FIRST_INEXACT:
        raise CellFault(
            _("Excel keeps only the first 15 digits of a number; the others are lost."),
            _("text; format the column as text and write it again."),
            "digits-lost",
        )
    return shown(raw)


def _choice_reader(column: Column) -> Reader:
    words = {_word(word): option.value for option in column.options for word in option.words()}
    whole = all(option.value.isdigit() for option in column.options)
    expected = Say(_("one of %(options)s."), options=_Options(column))

    def read(raw: Raw) -> Value:
        found = words.get(_word(read_code(raw)))
        if found is None:
            raise CellFault(_("This is not one of the allowed values."), expected, "choice")
        return int(found) if whole else found

    return read


class _Options:
    """The allowed values of a column as a list to read: Chinese and, where it differs, English."""

    def __init__(self, column: Column) -> None:
        self._column = column

    def __str__(self) -> str:
        return " / ".join(
            option.zh if option.zh == option.en else f"{option.zh} ({option.en})" for option in self._column.options
        )


def _word(text: str) -> str:
    return re.sub(r"[\s_-]", "", text).casefold()


def _half_width(raw: Raw) -> str:
    text = raw if isinstance(raw, str) else read_code(raw)
    if text.isascii() and text.isprintable():
        return text.strip()
    return visible(unicodedata.normalize("NFKC", text)).strip()


def _free_text(raw: Raw) -> str:
    """Text with half-width letters and digits; its punctuation stays as written."""
    text = raw if isinstance(raw, str) else shown(raw)
    return " ".join(visible(text.translate(_WIDE_LETTERS_AND_DIGITS)).split())


def _exact(number: float) -> Decimal:
    # Fifteen significant digits are what Excel computes and shows with; the rest is noise of binary fractions.
    return Decimal(format(number, ".15g")) if isinstance(number, float) else Decimal(number)


def _decimal(raw: Raw, column: Column) -> Decimal:
    if isinstance(raw, bool | datetime.date | datetime.time | datetime.timedelta):
        raise CellFault(_("This is not a number."), _expected(column), "number")
    if isinstance(raw, float | int):
        number = _exact(raw)
    else:
        text = _CURRENCY.sub(r"\1", _half_width(raw).replace(" ", ""))
        text = _UNIT_OF_MEASURE.sub("", text)
        if not any(character.isdigit() for character in text) or not _NUMBER.fullmatch(text):
            raise CellFault(_("This is not a number."), _expected(column), "number")
        number = Decimal(text.replace(",", ""))
    if not number.is_finite():
        raise CellFault(_("This is not a number."), _expected(column), "number")
    return number


def _within_bounds(number: Decimal, column: Column) -> Decimal:
    high = column.high if column.high is not None else MONEY_HIGH if column.kind is Kind.MONEY else NUMBER_HIGH
    plain = column.kind in (Kind.NUMBER, Kind.MONEY)
    if column.low is not None and number < column.low:
        expected = Say(_("a number of at least %(low)s."), low=f"{column.low:,}") if plain else _expected(column)
        raise CellFault(_("This is too small."), expected, "too-small")
    if number > high or number < -high:
        expected = Say(_("a number of at most %(high)s."), high=f"{high:,}") if plain else _expected(column)
        raise CellFault(_("This is too large."), expected, "too-large")
    if column.kind is not Kind.INTEGER and number != number.quantize(_PLACES[column.decimals]):
        raise CellFault(_("This has too many decimals; nothing is rounded silently."), _expected(column), "decimals")
    return number


def _expected(column: Column) -> Sentence:
    """What a column of numbers takes, as a sentence."""
    if column.kind is Kind.PERCENT:
        high = column.high if column.high is not None else Decimal(1)
        return Say(_("a percentage from 0%% to %(high)d%%, as 5%% or as 0.05."), high=int(high * 100))
    if column.kind is Kind.INTEGER:
        if column.low is not None and column.high is not None:
            return Say(_("a whole number from %(low)s to %(high)s."), low=column.low, high=column.high)
        return _("a whole number.")
    if column.kind is Kind.MONEY:
        return _("an amount in yuan with at most two decimals, such as 3200 or ¥3,200.00.")
    return Say(_("a number of at least 0 with at most %(decimals)d decimals."), decimals=column.decimals)


def _within_length(text: str, column: Column) -> str:
    if len(text) > column.longest:
        raise CellFault(
            Say(_("This has %(length)d characters."), length=len(text)),
            Say(_("at most %(longest)d characters."), longest=column.longest),
            "too-long",
        )
    return text


def _within_years(day: datetime.date) -> datetime.date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise CellFault(
            Say(_("The year %(year)d cannot be meant."), year=day.year),
            Say(_("a date between %(first)d and %(last)d."), first=FIRST_YEAR, last=LAST_YEAR),
            "year",
        )
    return day


_DATE_EXPECTED = _("a date such as 2026-03-01, 2026/3/1, 2026.3.1 or 20260301.")


def _no_date() -> CellFault:
    return CellFault(_("This is not a date."), _DATE_EXPECTED, "date")
