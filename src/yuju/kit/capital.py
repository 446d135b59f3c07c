"""Amounts in words (人民币大写), by the rules for filling in bills and settlement vouchers.

The source is 正确填写票据和结算凭证的基本规定, annex 1 of 支付结算办法 (People's Bank of China, 银发〔1997〕393号):
整 follows an amount that ends at 元, and is left out after 角 and 分; 零 stands once for zeros in the middle, and must
stand after 元 when there are fen but no jiao. Where the rule leaves 零 to the writer it is left out.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("仟", "佰", "拾", "")


def in_words(amount: Decimal, *, currency: str = "") -> str:
    """An amount of yuan in words: 1409.50 is 壹仟肆佰零玖元伍角, -0.04 is 负肆分.

    Args:
        amount: yuan, below 10¹⁶; rounded half up to fen.
        currency: what stands in front, `人民币` on a receipt.

    Raises:
        ValueError: when the amount is too large to be written.
    """
    fen = int((abs(amount) * 100).quantize(Decimal(1), ROUND_HALF_UP))
    yuan, rest = divmod(fen, 100)
    if yuan >= 10**16:
        raise ValueError("amounts in words go up to 9999 万亿")
    jiao, cents = divmod(rest, 10)
    words = ""
    if yuan or not rest:
        words = (_integer(yuan) or "零") + "元"
        if not rest:
            words += "整"
    if jiao:
        words += _DIGITS[jiao] + "角"
    elif cents and yuan:
        words += "零"
    if cents:
        words += _DIGITS[cents] + "分"
    return currency + ("负" if amount < 0 and fen else "") + words


def _integer(number: int) -> str:
    """The words of a whole number, empty for zero."""
    for size, name in ((10**8, "亿"), (10**4, "万")):
        if number >= size:
            high, low = divmod(number, size)
            zero = "零" if 0 < low < size // 10 else ""
            return _integer(high) + name + zero + _integer(low)
    words, gap = "", False
    for place, digit in zip(_PLACES, f"{number:04d}", strict=True):
        if digit == "0":
            gap = bool(words)
            continue
        words += ("零" if gap else "") + _DIGITS[int(digit)] + place
        gap = False
    return words
