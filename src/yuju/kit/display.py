"""How pages write amounts, numbers and times: one look everywhere.

Negative numbers carry the minus sign U+2212, zero is printed in full and muted, what is missing is a dash.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from yuju.kit.money import round_half_up

MINUS = "\u2212"
MISSING: SafeString = mark_safe('<span class="t3">—</span>')
"""What a page shows for a fact that is not known."""


def amount_text(amount: Decimal | int, *, symbol: bool = False, sign: bool = False) -> str:
    """Yuan with two decimals: `1,234.00`, with `symbol` `¥1,234.00`; `sign` also writes the plus of an increase."""
    rounded = round_half_up(amount)
    lead = MINUS if rounded < 0 else "+" if sign and rounded > 0 else ""
    return f"{lead}{'¥' if symbol else ''}{abs(rounded):,}"


def amount_html(amount: Decimal | int | None, *, symbol: bool = False, sign: bool = False) -> SafeString:
    """An amount of yuan as a cell or sentence shows it; zero is muted, None is a dash."""
    if amount is None:
        return MISSING
    text = amount_text(amount, symbol=symbol, sign=sign)
    return format_html('<span class="money{}">{}</span>', "" if amount else " t3", text)


def amount_large(amount: Decimal | int | None) -> SafeString:
    """An amount as a key figure: the yuan large, the fen small."""
    if amount is None:
        return MISSING
    whole, _dot, fen = amount_text(amount, symbol=True).partition(".")
    return format_html("{}<small>.{}</small>", whole, fen)


def number_text(value: Decimal | float | None, places: int | None = None) -> SafeString | str:
    """A number with thousands separated; `places` decimals, or as many as there are. None is a dash."""
    if value is None:
        return MISSING
    if isinstance(value, Decimal) and places is None:
        value = value.normalize() + Decimal(0)
        shown = f"{value:,f}"
    else:
        shown = f"{value:,}" if places is None else f"{value:,.{places}f}"
    return shown.replace("-", MINUS)


def percent_text(value: Decimal | float | None, *, places: int = 1, sign: bool = False) -> SafeString | str:
    """A share such as 0.931 as `93.1%`; `sign` also writes the plus of an increase."""
    if value is None:
        return MISSING
    shown = f"{value * 100:{'+' if sign else ''}.{places}f}%"
    return shown.replace("-", MINUS)


def day_html(value: date | None) -> SafeString:
    """A date as `2026-11-25`."""
    if value is None:
        return MISSING
    day = local(value)
    return format_html('<time datetime="{0}">{0}</time>', f"{day:%Y-%m-%d}")


def moment_html(value: datetime | date | None) -> SafeString:
    """A moment in the time zone in force as `2026-11-25 14:30`."""
    if value is None:
        return MISSING
    moment = local(value)
    if not isinstance(moment, datetime):
        return day_html(moment)
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(), f"{moment:%Y-%m-%d %H:%M}")


def short_html(value: datetime | date | None) -> SafeString:
    """A moment as `11-25 14:30`, a date as `11-25`; the year is the reader's to know."""
    if value is None:
        return MISSING
    moment = local(value)
    shape = "%m-%d %H:%M" if isinstance(moment, datetime) else "%m-%d"
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(), f"{moment:{shape}}")


def local(value: Any) -> Any:
    """A moment in the time zone in force; a plain date as it is."""
    if isinstance(value, datetime) and timezone.is_aware(value):
        return timezone.localtime(value)
    return value
