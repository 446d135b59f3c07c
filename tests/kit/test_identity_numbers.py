"""Document and telephone numbers."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from yuju.kit.errors import Refused
from yuju.kit.identity_numbers import (
    birth_date,
    check_character,
    check_credit_code,
    check_passport,
    check_phone,
    check_resident_id,
    check_travel_permit,
    credit_code_check_character,
    mask_id_number,
    mask_name,
    mask_phone,
)


@pytest.mark.parametrize("number", ["11010519491231002X", "110105 19491231 002x"])
def test_the_standards_own_example_is_accepted(number: str) -> None:
    assert check_resident_id(number) == "11010519491231002X"


def test_a_birth_before_1900_is_refused() -> None:
    with pytest.raises(Refused):
        check_resident_id("44052418800101001" + check_character("44052418800101001"))


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.integers(0, 999), st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(born: date, serial: int, place: int, change: int) -> None:
    first = f"330106{born:%Y%m%d}{serial:03d}"
    number = first + check_character(first)
    assert check_resident_id(number) == number
    assert birth_date(number) == born
    digit = number[place]
    wrong = str((int(digit) + change) % 10) if digit != "X" else str(change)
    with pytest.raises(Refused):
        check_resident_id(number[:place] + wrong + number[place + 1 :])


@pytest.mark.parametrize(
    "number", ["", "11010519491231002", "110105194912310020", "11010519490230001X", "99010519491231002X"]
)
def test_numbers_that_can_not_be_are_refused(number: str) -> None:
    with pytest.raises(Refused):
        check_resident_id(number, field="id_number")


CODE = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@pytest.mark.parametrize("number", ["91350100M000100Y43", "9135 0100 m000 100y43", "９１３５０１００M000100Y43"])
def test_the_example_of_the_credit_codes_standard_is_accepted(number: str) -> None:
    assert check_credit_code(number) == "91350100M000100Y43"


@given(st.text(CODE, min_size=9, max_size=9), st.integers(0, 17), st.integers(1, 30))
def test_one_wrong_character_of_a_credit_code_is_always_noticed(body: str, place: int, change: int) -> None:
    first = f"91330106{body}"
    number = first + credit_code_check_character(first)
    assert check_credit_code(number) == number
    wrong = CODE[(CODE.index(number[place]) + change) % len(CODE)]
    with pytest.raises(Refused):
        check_credit_code(number[:place] + wrong + number[place + 1 :])


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("91350100M000100Y4", "18 characters"),
        ("91350100I000100Y43", "18 characters"),
        ("91350100M000100Y42", "mistyped"),
        ("11010519491231002X", "of a person"),
    ],
)
def test_what_is_no_credit_code_is_refused_with_what_it_is(number: str, words: str) -> None:
    with translation.override("en"), pytest.raises(Refused, match=words):
        check_credit_code(number)


def test_other_documents() -> None:
    assert check_passport(" e12345678 ") == "E12345678"
    assert check_travel_permit("H12345678") == "H12345678"
    assert check_travel_permit("12345678") == "12345678"
    for check, bad in ((check_passport, "ABCDE"), (check_passport, "E1"), (check_travel_permit, "Z12345678")):
        with pytest.raises(Refused):
            check(bad)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("138 0013 6021", "13800136021"),
        ("+86 138-0013-6021", "13800136021"),
        ("13800136021", "13800136021"),
        ("0571-8888 6666", "057188886666"),
        ("+1 415 555 2671", "+14155552671"),
    ],
)
def test_phones_are_read_as_people_write_them(typed: str, stored: str) -> None:
    assert check_phone(typed) == stored


@pytest.mark.parametrize("typed", ["1380013602a", "1380013602", "23800136021", "", "138001360211"])
def test_phones_that_can_not_be_are_refused(typed: str) -> None:
    with pytest.raises(Refused):
        check_phone(typed)


def test_masks() -> None:
    assert mask_id_number("330106199001012846") == "3301**********2846"
    assert mask_id_number("E12345678") == "E******78"
    assert mask_phone("13800136021") == "138****6021"
    assert mask_phone("110") == "*10"


@pytest.mark.parametrize(
    ("name", "shown"),
    [("张三", "张*"), ("王建业", "王**"), ("欧阳娜娜", "欧**"), ("张", "张*"), ("John Smith", "J***"), ("", "")],
)
def test_a_name_shows_its_first_character_alone(name: str, shown: str) -> None:
    assert mask_name(name) == shown
