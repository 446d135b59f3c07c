"""How amounts, numbers and times are written."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuju.kit import display


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        ("1234", "1,234.00"),
        ("-20", "−20.00"),
        ("0", "0.00"),
        ("0.005", "0.01"),
        ("-0.004", "0.00"),
        ("12846.2", "12,846.20"),
    ],
)
def test_an_amount_has_two_decimals_and_a_real_minus(amount: str, written: str) -> None:
    assert display.amount_text(Decimal(amount)) == written


def test_the_minus_stands_before_the_sign_of_money() -> None:
    assert display.amount_text(Decimal("-20"), symbol=True) == "−¥20.00"


def test_a_difference_shows_its_plus_but_none_for_zero() -> None:
    assert display.amount_text(Decimal("14420"), sign=True) == "+14,420.00"
    assert display.amount_text(Decimal(0), sign=True) == "0.00"


def test_zero_is_muted_and_the_unknown_is_a_dash() -> None:
    assert display.amount_html(Decimal(0)) == '<span class="money t3">0.00</span>'
    assert display.amount_html(None) == display.MISSING


def test_a_key_figure_has_small_fen() -> None:
    assert display.amount_large(Decimal("3312768.45")) == "¥3,312,768<small>.45</small>"


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_every_amount_reads_back_as_itself(amount: Decimal) -> None:
    written = display.amount_text(amount)
    assert Decimal(written.replace(",", "").replace("−", "-")) == amount


@pytest.mark.parametrize(
    ("value", "places", "written"),
    [
        (1482, None, "1,482"),
        (Decimal("100"), None, "100"),
        (Decimal("62.50"), None, "62.5"),
        (Decimal("62.5"), 2, "62.50"),
        (-3, None, "−3"),
    ],
)
def test_a_number_shows_the_decimals_it_has(value: Decimal, places: int | None, written: str) -> None:
    assert display.number_text(value, places) == written


def test_a_share_is_a_percentage() -> None:
    assert display.percent_text(Decimal("0.931")) == "93.1%"
    assert display.percent_text(Decimal("-0.106"), sign=True) == "−10.6%"
    assert display.percent_text(Decimal("0.005"), sign=True) == "+0.5%"


def test_a_moment_is_told_in_the_time_zone_in_force() -> None:
    # Given half past three in the morning in Greenwich, which is half past eleven in Shanghai
    moment = datetime(2026, 11, 25, 3, 31, tzinfo=UTC)

    # Then
    assert "2026-11-25 11:31" in display.moment_html(moment)
    assert ">11-25 11:31<" in display.short_html(moment)
    assert ">11-25<" in display.short_html(date(2026, 11, 25))
    assert ">2026-11-25<" in display.day_html(date(2026, 11, 25))
    # Late in the evening in Greenwich it is the next day already
    assert ">2026-11-26<" in display.day_html(datetime(2026, 11, 25, 20, 0, tzinfo=UTC))
