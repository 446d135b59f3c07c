"""Readings of names and places."""

from __future__ import annotations

import pytest

from yuju.kit.pinyin import initials, pinyin, sort_key, syllables


@pytest.mark.parametrize(
    ("name", "reading", "letters"),
    [
        ("张三", "zhangsan", "zs"),
        ("曾强", "zengqiang", "zq"),
        ("单田芳", "shantianfang", "stf"),
        ("解晓东", "xiexiaodong", "xxd"),
        ("仇英", "qiuying", "qy"),
        ("区志强", "ouzhiqiang", "ozq"),
        ("朴树", "piaoshu", "ps"),
        ("尉迟恭", "yuchigong", "ycg"),
        ("欧阳修", "ouyangxiu", "oyx"),
        ("吕布", "lvbu", "lb"),
        ("Anna 李", "annali", "al"),
        ("Jo2", "jo2", "j2"),
        ("", "", ""),
    ],
)
def test_names(name: str, reading: str, letters: str) -> None:
    assert (pinyin(name), initials(name)) == (reading, letters)


def test_places_have_no_surname() -> None:
    assert syllables("重庆路1号", name=False) == ("chong", "qing", "lu", "1", "hao")
    assert pinyin("单元", name=False) == "danyuan"


def test_numbers_sort_by_their_value_and_names_by_syllable() -> None:
    assert sorted(["12栋", "3栋", "3栋1602", "3栋201"], key=sort_key) == ["3栋", "3栋201", "3栋1602", "12栋"]
    assert sorted(["李四", "曾强", "张三丰", "张三", "阿明"], key=sort_key) == [
        "阿明",
        "李四",
        "曾强",
        "张三",
        "张三丰",
    ]
