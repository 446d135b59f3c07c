"""How an amount came about, as a resident reads it, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation
from django.utils.translation import trans_real

import yuju
from tests.support.billing_worlds import make_world
from yuju.billing.pricing.sentence import calculation, formula_words, lines, number, sentence
from yuju.kit import texts

V1, V2 = "2020-01-01", "2026-02-01"
QUARTER = {"k": "area", "parts": [{"v": V1, "n": 3, "p": [], "area": "89.5", "rate": "2.8"}]}
CHANGED = {
    "k": "area",
    "parts": [
        {"v": V1, "n": 0, "p": [[16, 31]], "area": "89.5", "rate": "2.8"},
        {"v": V2, "n": 2, "p": [], "area": "89.5", "rate": "3.15"},
    ],
}
FORMULA = {"k": "formula", "parts": [{"v": V1, "n": 6, "p": [], "rent": "4850", "f": "rent * 0.97"}]}
RENT = {"k": "formula", "parts": [{"v": V1, "n": 1, "p": [], "rent": "4850", "f": "rent"}]}
NESTED = {
    "k": "formula",
    "parts": [
        {
            "v": V1,
            "n": 1,
            "p": [[5, 30]],
            "area": "31.22",
            "floor": "1",
            "f": "max(6, round(area * 0.12, 1)) - floor / 3",
        }
    ],
}
HEADS = {"k": "headcount", "parts": [{"v": V1, "n": 0, "p": [[23, 30]], "occupants": "3", "rate": "39.9"}]}
FLAT = {"k": "flat", "d": "15", "parts": [{"v": V1, "n": 1, "p": [[10, 31], [5, 30]], "rate": "380"}]}
SPLIT = {"k": "flat", "parts": [{"v": V1, "n": 1, "p": [], "rate": "300"}, {"v": V2, "n": 2, "p": [], "rate": "300"}]}
YEAR = {
    "k": "metered", "v": V1, "from": "2688", "to": "3000", "x": "1", "q": "312", "s": "2688",
    "tiers": "2880:0.4883;4800:0.5383;*:0.7883",
}  # fmt: skip
WATER = {"k": "metered", "v": V1, "from": "386.4", "to": "404.9", "x": "1", "q": "18.5", "tiers": "15:2.9;25:3.85;*:5"}
NOTHING = {"k": "metered", "v": V1, "from": "7", "to": "7", "x": "1", "q": "0", "tiers": "15:2.9;*:5"}
ROLLED = {"k": "metered", "v": V1, "from": "99810.5", "to": "10.5", "x": "1.5", "w": 5, "q": "300", "rate": "1.12"}


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    """The Chinese catalogue as it is now, not as it was when it was last compiled."""
    texts.compile_texts(Path(yuju.__file__).parent)
    trans_real._translations.clear()  # type: ignore[attr-defined]


@pytest.fixture
def zh() -> Iterator[None]:
    with translation.override("zh-hans"):
        yield


def said(document: dict[str, Any], item: str, gross: str, unit: str = "", discount: str = "0.00") -> str:
    amounts = {"gross": Decimal(gross), "discount": Decimal(discount), "amount": Decimal(gross) - Decimal(discount)}
    return sentence(document, item=item, unit=unit, **amounts)


@pytest.mark.usefixtures("zh")
def test_the_worked_sentences_in_chinese() -> None:
    assert said(QUARTER, "物业费", "751.80") == "物业费 89.50 m² × 2.80 元/m²·月 × 3 个月 = 751.80 元"
    assert (
        said(YEAR, "电费", "158.35", "kWh")
        == "电费 312 kWh：年累计 2,688→3,000，192 × 0.4883 + 120 × 0.5383 = 158.35 元"
    )


@pytest.mark.usefixtures("zh")
@pytest.mark.parametrize(
    ("document", "item", "gross", "unit", "expected"),
    [
        (RENT, "房租", "4850.00", "", "房租 4,850.00 元/月 × 1 个月 = 4,850.00 元"),
        (FORMULA, "房租", "28227.00", "", "房租 4,704.50 元/月（月租 4,850.00 × 0.97） × 6 个月 = 28,227.00 元"),
        (
            NESTED, "清运费", "6.60", "",
            "清运费 ≈ 5.6667 元/月（取大(6, 四舍五入(面积 31.22 × 0.12, 1)) − 楼层 1 ÷ 3） × (1 + 5/30) 个月 = 6.60 元",
        ),
        (HEADS, "网络费", "91.77", "", "网络费 3 人 × 39.90 元/人·月 × 23/30 个月 = 91.77 元"),
        (
            CHANGED, "物业费", "693.17", "",
            "物业费 89.50 m² × 2.80 元/m²·月 × 16/31 个月 + 89.50 m² × 3.15 元/m²·月 × 2 个月 = 693.17 元",
        ),
        (SPLIT, "停车费", "900.00", "", "停车费 300.00 元/月 × 3 个月 = 900.00 元"),
        (WATER, "水费", "56.98", "m³", "水费 18.5 m³：15 × 2.90 + 3.5 × 3.85 = 56.98 元"),
        (NOTHING, "水费", "0.00", "m³", "水费 0 m³ = 0.00 元"),
        (ROLLED, "电费", "336.00", "kWh", "电费 300 kWh × 1.12 元/kWh = 336.00 元"),
    ],
)  # fmt: skip
def test_sentences_in_chinese(document: dict[str, Any], item: str, gross: str, unit: str, expected: str) -> None:
    assert said(document, item, gross, unit) == expected


@pytest.mark.usefixtures("zh")
def test_a_discount_is_said() -> None:
    assert said(FLAT, "停车费", "565.92", discount="84.89") == (
        "停车费 380.00 元/月 × (1 + 10/31 + 5/30) 个月 = 565.92 元，优惠 15% 即 84.89 元，应收 481.03 元"
    )


def test_sentences_in_english() -> None:
    with translation.override("en"):
        assert (
            said(QUARTER, "Property fee", "751.80")
            == "Property fee 89.50 m² × 2.80 yuan/m²·month × 3 months = 751.80 yuan"
        )
        assert (
            said(HEADS, "Network", "91.77") == "Network 3 persons × 39.90 yuan/person·month × 23/30 month = 91.77 yuan"
        )
        assert said(YEAR, "Electricity", "158.35", "kWh") == (
            "Electricity 312 kWh: this year 2,688→3,000; 192 × 0.4883 + 120 × 0.5383 = 158.35 yuan"
        )
        assert said(FLAT, "Parking", "565.92", discount="84.89").endswith(
            "= 565.92 yuan, less 15% discount 84.89 yuan, leaves 481.03 yuan"
        )


@pytest.mark.usefixtures("zh")
def test_the_rows_of_a_bill_in_chinese() -> None:
    assert calculation(WATER, unit="m³") == "读数 386.4 → 404.9，用量 18.5 m³"
    assert lines(WATER, unit="m³") == [
        ("第 1 档 0–15 m³", "15 × 2.90 = 43.50"),
        ("第 2 档 15–25 m³", "3.5 × 3.85 = 13.475"),
    ]
    assert lines(YEAR, unit="kWh") == [
        ("年累计", "2,688 → 3,000 kWh"),
        ("第 1 档 0–2,880 kWh", "192 × 0.4883 = 93.7536"),
        ("第 2 档 2,880–4,800 kWh", "120 × 0.5383 = 64.596"),
    ]
    assert calculation(ROLLED, unit="kWh") == "读数 99,810.5 → 10.5（翻转）× 倍率 1.5，用量 300 kWh"
    assert calculation(FORMULA) == "4,704.50 元/月 × 6 个月"
    assert lines(FORMULA) == [("公式", "月租 4,850.00 × 0.97 = 4,704.50")]
    assert lines(RENT) == []
    assert lines(QUARTER) == []
    assert lines(CHANGED) == [
        ("2020-01-01 起的单价", "89.50 m² × 2.80 元/m²·月 × 16/31 个月"),
        ("2026-02-01 起的单价", "89.50 m² × 3.15 元/m²·月 × 2 个月"),
    ]


def test_a_tier_row_names_the_last_tier_by_its_beginning() -> None:
    with translation.override("en"):
        over = {**WATER, "to": "416.4", "q": "30"}
        assert lines(over, unit="m³")[-1] == ("Tier 3 above 25 m³", "5 × 5.00 = 25.00")


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [("2688", 0, "2,688"), ("89.5", 2, "89.50"), ("0.4883", 2, "0.4883"), ("-1234.50", 0, "-1,234.5")],
)
def test_numbers(value: str, places: int, text: str) -> None:
    assert number(Decimal(value), places) == text


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_line_of_random_properties_can_be_said(language: str) -> None:
    with translation.override(language):
        for seed in range(5):
            for line in make_world(seed).expected()[0]:
                text = sentence(
                    line.derivation, item="X", unit="kWh", gross=line.gross, discount=line.discount, amount=line.amount
                )
                assert "%" not in text.replace("% ", "")
                assert f"{line.gross:,.2f}" in text
                assert calculation(line.derivation, unit="kWh")
                assert all(label and detail for label, detail in lines(line.derivation, unit="kWh"))


@pytest.mark.parametrize(
    ("formula", "zh", "en"),
    [
        ("rent * 0.97", "月租 × 0.97", "rent × 0.97"),
        ("max(6, area / 2) - floor", "取大(6, 面积 ÷ 2) − 楼层", "max(6, area ÷ 2) − floor"),
    ],
)
def test_a_formula_is_told_in_the_readers_language(formula, zh, en):
    with translation.override("zh-hans"):
        assert formula_words(formula) == zh
    with translation.override("en"):
        assert formula_words(formula) == en
