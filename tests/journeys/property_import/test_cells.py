"""Cells as people write them come out as what they mean, exactly."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuju.journeys.property_import import layout
from yuju.journeys.property_import.cells import CellFault, read_date, read_phone, read_tags, read_yes_no, reader_for
from yuju.journeys.property_import.columns import Column, Kind

DAYS = st.dates(datetime.date(1903, 1, 1), datetime.date(2199, 12, 31))
WIDE = str.maketrans("0123456789.,%-/¥", "０１２３４５６７８９．，％－／￥")
MONEY = Column("amount", "金额", "amount", Kind.MONEY, low=Decimal(0))
RATE = layout.TARIFFS.column("rate")
DISCOUNT = layout.RECURRING.column("discount")
AMOUNTS = st.decimals(0, 99_999_999, places=2)


@given(
    DAYS,
    st.sampled_from(["{0:%Y-%m-%d}", "{1}/{2}/{3}", "{1}.{2}.{3}", "{0:%Y%m%d}", "{1}年{2}月{3}日"]),
    st.booleans(),
)
def test_every_written_form_of_a_date_is_that_date(day: datetime.date, form: str, wide: bool) -> None:
    text = form.format(day, f"{day.year:04d}", day.month, day.day)
    assert read_date(text.translate(WIDE) if wide else f" {text} ") == day


@given(DAYS)
def test_a_day_number_of_excel_is_its_date(day: datetime.date) -> None:
    number = (day - datetime.date(1899, 12, 30)).days
    assert read_date(float(number)) == day
    assert read_date(str(number)) == day


@given(DAYS)
def test_a_date_of_excel_is_itself(day: datetime.date) -> None:
    assert read_date(day) == day
    assert read_date(datetime.datetime.combine(day, datetime.time(8, 30))) == day
    assert read_date(float(f"{day:%Y%m%d}")) == day


def test_days_of_workbooks_that_count_from_1904() -> None:
    assert read_date(44616.0, dates_from_1904=True) == read_date(46078.0)


@pytest.mark.parametrize("text", ["2026-02-30", "2026/13/1", "20260230", "2026.4.31"])
def test_a_day_that_is_not_in_the_calendar(text: str) -> None:
    with pytest.raises(CellFault) as caught:
        read_date(text)
    assert caught.value.code == "no-such-day"


@pytest.mark.parametrize("raw", ["26-3-1", "2026-3", "三月", "2026-03/01", 46000.5, -1.0, True, "12", "0999-01-01"])
def test_what_is_not_a_date(raw: object) -> None:
    with pytest.raises(CellFault):
        read_date(raw)  # type: ignore[arg-type]


@given(
    AMOUNTS,
    st.sampled_from(["{0}", "¥{0}", "{0:,}", "¥{0:,}", "{0}元", "￥ {0:,} 元", "RMB {0}"]),
    st.booleans(),
)
def test_every_written_form_of_an_amount_is_that_amount(amount: Decimal, form: str, wide: bool) -> None:
    text = form.format(amount)
    assert reader_for(MONEY)(text.translate(WIDE) if wide else text) == amount


@given(AMOUNTS)
def test_a_number_of_excel_is_the_decimal_it_shows(amount: Decimal) -> None:
    assert reader_for(MONEY)(float(amount)) == amount


def test_noise_of_binary_fractions_is_gone() -> None:
    assert reader_for(MONEY)(0.1 + 0.2) == Decimal("0.3")
    assert reader_for(RATE)(1.1 * 3) == Decimal("3.3")


@pytest.mark.parametrize("raw", ["1,23", "12.345", "abc", "¥", "1.2.3", "--1", "1e5", "-5", float("1e15"), True])
def test_what_is_not_an_amount(raw: object) -> None:
    with pytest.raises(CellFault):
        reader_for(MONEY)(raw)  # type: ignore[arg-type]


@given(st.integers(0, 10_000))
def test_percent_and_fraction_are_the_same_share(share: int) -> None:
    fraction = Decimal(share) / 10_000
    read = reader_for(DISCOUNT)
    assert read(f"{fraction * 100:f}%") == fraction
    assert read(f"{fraction * 100:f}％") == fraction
    assert read(float(fraction)) == fraction
    assert read(str(fraction)) == fraction


@pytest.mark.parametrize("raw", ["101%", 1.01, "-1%", "5 percent"])
def test_what_is_no_share(raw: object) -> None:
    with pytest.raises(CellFault):
        reader_for(DISCOUNT)(raw)  # type: ignore[arg-type]


@pytest.mark.parametrize("raw", ["是", "true", "TRUE", "1", 1.0, True, "Yes", "ｙ"])
def test_yes(raw: object) -> None:
    assert read_yes_no(raw) is True  # type: ignore[arg-type]


@pytest.mark.parametrize("raw", ["否", "false", "0", 0.0, False, "no"])
def test_no(raw: object) -> None:
    assert read_yes_no(raw) is False  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "raw", ["136 9744 4855", "136-9744-4855", "１３６９７４４４８５５", 13697444855.0, "+86 13697444855"]
)
def test_a_phone_however_it_is_spaced(raw: object) -> None:
    assert read_phone(raw) == "13697444855"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("raw", "code"), [("1369744485O", "phone-letter"), ("1369744485", "phone"), ("张三", "phone-letter")]
)
def test_what_is_no_phone(raw: str, code: str) -> None:
    with pytest.raises(CellFault) as caught:
        read_phone(raw)
    assert caught.value.code == code


@pytest.mark.parametrize("text", ["老人、养宠", "老人,养宠", "老人;养宠", "老人，养宠；", " 老人 、养宠、老人"])
def test_tags(text: str) -> None:
    assert read_tags(text, layout.RESIDENTS.column("tags")) == ("老人", "养宠")


@pytest.mark.parametrize(
    ("raw", "meant"),
    [(101.0, "101"), ("０１０２", "0102"), (" Ａ座 ", "A座"), ("1  号楼", "1 号楼"), ("e\u200b1", "e1")],
)
def test_codes_are_half_width_and_without_decimals(raw: object, meant: str) -> None:
    assert reader_for(layout.UNITS.column("unit"))(raw) == meant  # type: ignore[arg-type]


def test_a_code_that_excel_made_a_date_of() -> None:
    with pytest.raises(CellFault) as caught:
        reader_for(layout.UNITS.column("unit"))(datetime.date(2026, 1, 2))
    assert caught.value.code == "turned-into-date"


@pytest.mark.parametrize(("raw", "meant"), [("抄表", "metered"), ("Metered", "metered"), (" 抄 表", "metered")])
def test_choices_in_both_languages(raw: str, meant: str) -> None:
    assert reader_for(layout.TARIFFS.column("basis"))(raw) == meant


@pytest.mark.parametrize(("raw", "months"), [(3.0, 3), ("3", 3), ("季", 3), ("１２", 12)])
def test_cycles(raw: object, months: int) -> None:
    assert reader_for(layout.TARIFFS.column("cycle_months"))(raw) == months  # type: ignore[arg-type]


def test_a_cycle_of_four_months_is_none() -> None:
    with pytest.raises(CellFault):
        reader_for(layout.TARIFFS.column("cycle_months"))(4.0)
