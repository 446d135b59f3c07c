"""Exports: harmless text, exact values."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuju.kit.console import export

ROW = ["林晓彤", Decimal("-20.00"), date(2026, 11, 25), datetime(2026, 11, 25, 6, 30, tzinfo=UTC), None, 3]


def body(kind: export.Format, rows: list[list[Any]]) -> bytes:
    return export.answer(kind, "住户 2026-11-25", ["甲", "乙"], rows).getvalue()


def csv_rows(rows: list[list[Any]]) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body("csv", rows).decode("utf-8-sig"))))[1:]


def test_csv_tells_values_exactly() -> None:
    assert csv_rows([ROW]) == [["林晓彤", "-20.00", "2026-11-25", "2026-11-25 14:30:00", "", "3"]]


def test_excel_keeps_numbers_and_dates_as_such() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(body("xlsx", [ROW]))).active
    assert sheet is not None
    found = [cell.value for cell in sheet[2]]
    assert found == ["林晓彤", -20, datetime(2026, 11, 25), datetime(2026, 11, 25, 14, 30), None, 3]


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+86 138",
        "-5",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "＝1+1",
        "－5",
        " =1",
        "\u3000＝1",
        "\xa0+1",
        "=cmd|' /C calc'!A0",
    ],
)
def test_text_that_looks_like_a_formula_is_harmless(text: str) -> None:
    # In CSV it is guarded by an apostrophe
    assert csv_rows([[text]]) == [[f"'{text}"]]
    # In Excel it is text, and stays text when it is edited
    sheet = openpyxl.load_workbook(io.BytesIO(body("xlsx", [[text]]))).active
    assert sheet is not None
    assert sheet["A2"].data_type == "s"
    assert sheet["A2"].quotePrefix


@given(st.text(max_size=40))
def test_no_csv_cell_begins_a_formula(text: str) -> None:
    guarded = export.harmless(text)
    assert not export.begins_formula(guarded)
    # and what is harmless stays as it was
    assert guarded.removeprefix("'") == text.removeprefix("'")


def test_a_semicolon_begins_no_cell() -> None:
    # Where a list is separated by semicolons, a text in quotes still is one cell
    assert '"甲;=1+1"' in body("csv", [["甲;=1+1"]]).decode("utf-8-sig")


def test_the_file_is_named_after_the_list() -> None:
    answer = export.answer("csv", "住户 2026-11-25", ["甲"], [])
    assert "%E4%BD%8F%E6%88%B7%202026-11-25.csv" in answer["Content-Disposition"]


def test_rows_beyond_a_sheet_go_on_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "ROWS_A_SHEET", 2)
    book = openpyxl.load_workbook(io.BytesIO(body("xlsx", [[str(number)] for number in range(5)])))
    sheets = [[row[0].value for row in sheet.iter_rows(min_row=2)] for sheet in book.worksheets]
    assert sheets == [["0", "1"], ["2", "3"], ["4"]]
