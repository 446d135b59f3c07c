"""Amounts: reading, rounding, dividing, and writing in words."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuju.kit.capital import in_words
from yuju.kit.errors import Refused
from yuju.kit.money import FEN, JIAO, YUAN, allocate, format_money, parse_money, round_half_up

amounts = st.decimals(min_value="-999999999999.99", max_value="999999999999.99", places=2)


@pytest.mark.parametrize(
    ("typed", "yuan"),
    [
        ("1680.5", "1680.50"),
        ("¥1,680.50", "1680.50"),
        ("¥ 1,680.50 元", "1680.50"),
        ("1680.50", "1680.50"),
        ("-12", "-12.00"),
        ("(12.30)", "-12.30"),
        (".5", "0.50"),
        ("人民币300元整", "300.00"),
        (0.1 + 0.2, "0.30"),
        (3, "3.00"),
        (Decimal("2.500"), "2.50"),
    ],
)
def test_amounts_are_read_as_people_write_them(typed: str | float | Decimal, yuan: str) -> None:
    assert str(parse_money(typed)) == yuan


@pytest.mark.parametrize(
    "typed", ["", "abc", "1,68", "1.2.3", "1.005", "12a", "1e5", "1000000000000", "-", float("nan"), True]
)
def test_what_is_no_amount_is_refused(typed: str | float) -> None:
    with pytest.raises(Refused) as refusal:
        parse_money(typed, field="rent")
    assert refusal.value.field == "rent"


@given(amounts)
def test_what_is_shown_is_read_back(amount: Decimal) -> None:
    assert parse_money(format_money(amount, symbol=True)) == amount


@given(st.fractions(max_denominator=377580, min_value=-(10**9), max_value=10**9), st.sampled_from([FEN, JIAO, YUAN]))
def test_rounding_is_to_the_nearest_and_halves_go_away_from_zero(value: Fraction, unit: Decimal) -> None:
    rounded = round_half_up(value, unit)
    distance = abs(Fraction(rounded) - value)
    assert Fraction(rounded) % Fraction(unit) == 0
    assert distance <= Fraction(unit) / 2
    if distance == Fraction(unit) / 2:
        assert abs(Fraction(rounded)) > abs(value)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [("0.005", FEN, "0.01"), ("-0.005", FEN, "-0.01"), ("1.25", JIAO, "1.30"), ("2.5", YUAN, "3.00")],
)
def test_halves(value: str, unit: Decimal, expected: str) -> None:
    assert str(round_half_up(Decimal(value), unit)) == expected


@given(
    amounts,
    st.lists(st.fractions(min_value=0, max_value=1000, max_denominator=1000), min_size=1, max_size=12).filter(any),
)
def test_parts_add_up_and_are_within_a_fen_of_their_share(total: Decimal, weights: list[Fraction]) -> None:
    parts = allocate(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(Fraction(part) - Fraction(total) * weight / sum(weights)) < Fraction(1, 100)


def test_the_odd_fen_goes_to_the_earlier_of_equals() -> None:
    assert allocate(Decimal("0.10"), [1, 1, 1]) == [Decimal("0.04"), Decimal("0.03"), Decimal("0.03")]


def test_weights_of_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="above zero"):
        allocate(Decimal("1.00"), [0, 0])


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "零元整"),
        ("0.04", "肆分"),
        ("0.50", "伍角"),
        ("10", "壹拾元整"),
        ("1409.50", "壹仟肆佰零玖元伍角"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
        ("107000.53", "壹拾万柒仟元伍角叁分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("100000001", "壹亿零壹元整"),
        ("10010000", "壹仟零壹万元整"),
        ("100100000", "壹亿零壹拾万元整"),
        ("1000000000000", "壹万亿元整"),
        ("-5.20", "负伍元贰角"),
    ],
)
def test_amounts_in_words(amount: str, words: str) -> None:
    assert in_words(Decimal(amount)) == words


def test_the_currency_stands_before_the_sign() -> None:
    assert in_words(Decimal(-1), currency="人民币") == "人民币负壹元整"


def read_back(words: str) -> Decimal:
    """A reader of its own: it knows places and digits, and nothing of where zeros go."""
    sign = -1 if words.startswith("负") else 1
    words = words.removeprefix("负").removesuffix("整")
    yuan, _, rest = words.rpartition("元")
    total, section, high, digit = 0, 0, 0, 0
    for character in yuan:
        if character in "零壹贰叁肆伍陆柒捌玖":
            digit = "零壹贰叁肆伍陆柒捌玖".index(character)
        elif character in "拾佰仟":
            section, digit = section + digit * 10 ** ("拾佰仟".index(character) + 1), 0
        elif character == "万":
            total, section, digit = total + (section + digit) * 10**4, 0, 0
        elif character == "亿":
            high, total, section, digit = (total + section + digit) * 10**8, 0, 0, 0
    fen = 0
    for character, unit in zip(rest.replace("零", "")[::2], rest.replace("零", "")[1::2], strict=True):
        fen += "零壹贰叁肆伍陆柒捌玖".index(character) * {"角": 10, "分": 1}[unit]
    return sign * (Decimal(high + total + section + digit) + Decimal(fen) / 100)


@given(amounts)
def test_words_read_back_to_the_amount(amount: Decimal) -> None:
    words = in_words(amount)
    assert read_back(words) == amount
    assert "零零" not in words
    assert ("整" in words) == (amount == amount.to_integral_value())
