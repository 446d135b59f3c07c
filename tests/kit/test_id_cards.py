"""Reading the text of an identity card."""

from datetime import date

import pytest

from yuju.kit.errors import Refused
from yuju.kit.id_cards import read_id_card

CARD = """姓名 赵欣然
性别 女 民族 汉
出生 1949 年 12 月 31 日
住址 北京市朝阳区建国路 88 号
公民身份号码 11010519491231002X"""

# As a photo of a worn card gives it: spaces within words, breaks within lines, letters for digits, full-width colons.
WORN = """ 姓 名:赵 欣
然 性 别:女 民 族:汉
出 生:1949年12月
31日 住 址:北京市朝阳区
建国路88号
公 民 身 份 号 码:1I0105 19491231 OO2x"""


@pytest.mark.parametrize(
    "text",
    [CARD, WORN, "赵欣然,女,汉,1949-12-31,北京市朝阳区建国路88号,11010519491231002X"],
)
def test_a_card_is_read_however_it_was_scanned(text: str) -> None:
    card = read_id_card(text)
    assert (card.name, card.number, card.born) == ("赵欣然", "11010519491231002X", date(1949, 12, 31))
    if "住" in text:
        assert (card.sex, card.nation, card.address) == ("女", "汉", "北京市朝阳区建国路88号")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("姓名 赵欣然 性别 女", "id_card"),
        (CARD.replace("002X", "0021"), "id_number"),
        (CARD.replace("12 月 31", "12 月 30"), "id_card"),
    ],
)
def test_what_does_not_read_says_so(text: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        read_id_card(text)
    assert refused.value.code == code
