"""Tiers: read, refused with their place, and laid over a consumption."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuju.billing.pricing.tiers import Tier, Tiers, TiersError, parse_tiers

STATE = "180:5.00;260:7.00;*:9.00"


def test_tiers_are_read_and_written_in_normal_form() -> None:
    assert parse_tiers(STATE).text() == "180:5;260:7;*:9"
    assert parse_tiers(" １８０：５．００； 260 : 7.0 ;＊：9; ").text() == "180:5;260:7;*:9"
    assert parse_tiers("*:1.12").text() == "*:1.12"


@pytest.mark.parametrize(
    ("text", "position", "found"),
    [
        ("", 1, ""),
        ("180", 1, "180"),
        ("180:5;260", 7, "260"),
        ("180:5;;*:9", 7, ""),
        ("180:5;170:7;*:9", 7, "170"),
        ("180:5;180:7;*:9", 7, "180"),
        ("0:5;*:9", 1, "0"),
        ("180:5;260:7", 7, "260"),
        ("*:5;260:7", 1, "*"),
        ("180:5;*:", 9, ""),
        ("180:x;*:9", 5, "x"),
        ("180: -5;*:9", 6, "-5"),
        ("a:5;*:9", 1, "a"),
        ("180:1e3;*:9", 5, "1e3"),
        ("180:5,260:7;*:9", 5, "5,260:7"),
        ("1:1;2:1;3:1;4:1;5:1;6:1;7:1;8:1;9:1;10:1;*:1", 42, ""),
    ],
)
def test_a_fault_names_its_place(text: str, position: int, found: str) -> None:
    with pytest.raises(TiersError) as caught:
        parse_tiers(text)
    assert (caught.value.position, caught.value.found) == (position, found)
    assert caught.value.field == "tiers"


@pytest.mark.parametrize(
    ("quantity", "standing", "price"),
    [
        ("0", "0", "0"),
        ("180", "0", "900"),
        ("180.01", "0", "900.07"),
        ("260", "0", "1460"),
        ("300", "0", "1820"),
        ("10", "175", "60"),
        ("10", "180", "70"),
        ("10", "260", "90"),
        ("100", "1000", "900"),
    ],
)
def test_up_to_and_including_a_bound(quantity: str, standing: str, price: str) -> None:
    assert parse_tiers(STATE).price(Decimal(quantity), Decimal(standing)) == Fraction(price)


def test_a_year_is_priced_from_where_it_stood() -> None:
    # Given the electricity tiers of a year that stood at 2,688 kWh.
    parts = parse_tiers("2880:0.4883;4800:0.5383;*:0.7883").split(Decimal(312), Decimal(2688))
    # When 312 kWh more are consumed, then 192 of them still cost the first price.
    assert [(part.number, part.above, part.upto, part.quantity) for part in parts] == [
        (1, Decimal(0), Decimal(2880), Decimal(192)),
        (2, Decimal(2880), Decimal(4800), Decimal(120)),
    ]
    assert sum(part.amount for part in parts) == Fraction("158.3496")


@st.composite
def _tiers(draw: st.DrawFn) -> Tiers:
    bounds = sorted(draw(st.sets(st.decimals(min_value="0.01", max_value=5000, places=2), max_size=5)))
    prices = draw(
        st.lists(st.decimals(min_value=0, max_value=20, places=4), min_size=len(bounds) + 1, max_size=len(bounds) + 1)
    )
    return Tiers(tuple(Tier(bound, price) for bound, price in zip([*bounds, None], prices, strict=True)))


_quantities = st.decimals(min_value=0, max_value=9000, places=3)


@given(_tiers(), _quantities, _quantities, _quantities)
def test_a_consumption_in_two_goes_costs_the_same(
    tiers: Tiers, standing: Decimal, first: Decimal, second: Decimal
) -> None:
    whole = tiers.price(first + second, standing)
    assert tiers.price(first, standing) + tiers.price(second, standing + first) == whole


@given(_tiers(), _quantities, _quantities)
def test_the_parts_are_the_quantity(tiers: Tiers, standing: Decimal, quantity: Decimal) -> None:
    parts = tiers.split(quantity, standing)
    assert sum(part.quantity for part in parts) == quantity
    assert all(part.quantity > 0 for part in parts)
    assert [part.number for part in parts] == sorted({part.number for part in parts})


@given(_tiers())
def test_the_normal_form_reads_back(tiers: Tiers) -> None:
    assert parse_tiers(tiers.text()) == tiers
