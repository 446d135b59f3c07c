"""Everything a workbook can get wrong: each a fault that names sheet, row, column, value and what is expected."""

from __future__ import annotations

import datetime
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.utils.translation import override

from tests.journeys.property_import.workbooks import Sheets, put, small, within, workbook
from yuju.journeys.property_import.checking import check
from yuju.journeys.property_import.messages import Fault
from yuju.journeys.property_import.opening import open_workbook
from yuju.journeys.property_import.reading import Book, read_workbook
from yuju.journeys.property_import.report import write_report

DATA = Path(__file__).parent.parent.parent / "data"


def checked(sheets: Sheets | bytes | Path, **moved: int) -> Book:
    source = workbook(sheets, **moved) if isinstance(sheets, dict) else sheets
    book = read_workbook(open_workbook(source))
    check(book)
    return book


def saved(book: openpyxl.Workbook) -> bytes:
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def only_fault(sheets: Sheets) -> Fault:
    """The one fault, of which nothing may be missing when it is written out."""
    faults = checked(sheets).findings.faults
    assert len(faults) == 1, [fault.line() for fault in faults]
    for language in ("zh-hans", "en"):
        with override(language):
            line = faults[0].line()
            assert str(faults[0].place) in line
            assert str(faults[0].expected) in line
            assert "\n" not in line
    return faults[0]


def expect(sheets: Sheets, code: str, sheet: str, row: int, column: str, value: str | None) -> Fault:
    fault = only_fault(sheets)
    found = (fault.code, fault.place.sheet, fault.place.row, fault.place.column, fault.value)
    assert found == (code, sheet, row, column, value)
    return fault


@pytest.mark.parametrize("name", ["sunshine.xlsx", "harbour.xlsx"])
def test_the_real_workbooks_have_no_fault(name: str) -> None:
    book = checked(DATA / name)
    assert book.findings.faults == []
    assert {warning.code for warning in book.findings.warnings} == {"backwards"}


def test_the_small_workbook_has_no_fault() -> None:
    findings = checked(small()).findings
    assert (findings.faults, findings.warnings, findings.notes) == ([], [], [])


def test_a_table_may_stand_anywhere() -> None:
    moved = checked(small(), down=4, right=3)
    assert moved.findings.clean
    assert [lease.number for lease in moved.rows.leases] == ["L1", "L2"]
    assert moved.tables["leases"].place(7, "rent").letter == "K"


def test_blank_rows_and_titles_are_passed_over() -> None:
    sheets = small()
    sheets["租约"][1:1] = [[""] * 10, [" "] * 10]
    sheets["租约"].insert(0, ["租约 明细"] + [""] * 9)
    assert [lease.number for lease in checked(sheets).rows.leases] == ["L1", "L2"]


def test_sheets_and_columns_in_english_and_any_order() -> None:
    sheets = small()
    sheets["buildings"] = [["floors", "Name", "BUILDING"], [18, "1号楼", "1号楼"]]
    del sheets["楼栋"]
    book = checked(dict(reversed(list(sheets.items()))))
    assert book.findings.clean
    assert book.rows.buildings[0].floors == 18


def test_an_unknown_column_is_noted_and_left_alone() -> None:
    findings = checked(put(small(), "租约", 2, "备注", "续租意向待定")).findings
    assert findings.clean
    assert (findings.notes[0].place.column, findings.notes[0].place.letter) == ("备注", "K")


def test_an_unknown_sheet_is_noted_and_left_alone() -> None:
    findings = checked({**small(), "说明": [["任何内容"]]}).findings
    assert findings.clean
    assert findings.notes[0].place.sheet == "说明"


def test_a_missing_sheet_that_others_refer_to() -> None:
    sheets = small()
    del sheets["租约"]
    faults = checked(sheets).findings.faults
    assert {(fault.code, fault.place.sheet) for fault in faults} == {
        ("missing-sheet", "计费项"),
        ("missing-sheet", "期初"),
    }
    with override("zh-hans"):
        assert "租约" in faults[0].line()


def test_a_workbook_of_other_sheets() -> None:
    faults = checked({"Sheet1": [["a", "b"]]}).findings.faults
    assert [fault.code for fault in faults] == ["no-sheet"]


def test_a_missing_column() -> None:
    sheets = small()
    for cells in sheets["住户"]:
        del cells[1]
    assert [(f.code, f.place.sheet, f.place.row) for f in checked(sheets).findings.faults] == [("no-column", "住户", 1)]


def test_a_sheet_without_headings() -> None:
    sheets = small()
    sheets["车位"] = [["x", "y"], ["B1-001", "地下"]]
    assert "no-headings" in {fault.code for fault in checked(sheets).findings.faults}


def test_merged_cells_count_for_each_row() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(small())))
    page = book["房间"]
    page["A3"] = None
    page.merge_cells("A2:A3")
    assert [unit.building for unit in checked(saved(book)).rows.units] == ["1号楼", "1号楼"]


def test_an_excel_error_and_a_formula_without_a_result() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(small())))
    book["租约"]["H2"] = "#REF!"
    book["房间"]["E2"] = "=1+1"
    faults = checked(saved(book)).findings.faults
    assert {(f.code, f.place.sheet, f.place.letter) for f in faults} == {
        ("excel-error", "租约", "H"),
        ("excel-error", "房间", "E"),
    }


def test_merged_cells_beside_the_table_are_no_matter() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(small())))
    book["房间"].merge_cells("H2:I3")
    book["房间"].merge_cells("A90:E200")
    assert checked(saved(book)).findings.clean


def test_merged_cells_that_overlap_are_damage() -> None:
    merged = b'<mergeCells count="90">' + b'<mergeCell ref="A2:E3"/>' * 90 + b"</mergeCells>"
    data = within(workbook(small()), "xl/worksheets/sheet3.xml", b"</sheetData>", b"</sheetData>" + merged)
    assert [(f.code, f.place.sheet) for f in checked(data).findings.faults] == [("damaged-sheet", "房间")]


def test_an_error_that_cannot_be_read_is_named_by_its_cell_alone() -> None:
    # Given a cell with an error of a newer Excel, for which the sheet cannot be read at all
    cell = b'<c r="H2"><v>2090</v></c>'
    data = within(workbook(small()), "xl/worksheets/sheet5.xml", cell, b'<c r="H2" t="e"><v>#SPILL!</v></c>')
    # Then that cell is the fault, and none of the rows that refer to the sheet
    (fault,) = checked(data).findings.faults
    assert (fault.code, fault.place.sheet, fault.place.row, fault.place.letter) == ("excel-error", "租约", 2, "H")
    with override("zh-hans"):
        assert "第 2 行，H 列：" in fault.line()


@pytest.mark.parametrize("heading", ["楼栋", "房号"])
def test_a_sheet_without_its_key_is_one_fault_and_not_one_for_each_row_that_refers_to_it(heading: str) -> None:
    sheets = put(small(), "房间", 1, heading, "别的")
    assert [(f.code, f.place.sheet, f.place.row) for f in checked(sheets).findings.faults] == [("no-column", "房间", 1)]


@pytest.mark.parametrize("number", [b"1e999", b"-1e999", b"NaN"])
@pytest.mark.parametrize(
    ("sheet", "heading", "code"),
    [
        ("租约", "起租", "date"),
        ("租约", "月租", "number"),
        ("租约", "入住人数", "number"),
        ("租约", "编号", "digits-lost"),
        ("住户", "手机", "digits-lost"),
        ("计费项", "优惠", "number"),
        ("抄表", "翻转", "yes-no"),
    ],
)
def test_a_number_without_end_is_a_fault_and_can_be_reported(
    sheet: str, heading: str, code: str, number: bytes
) -> None:
    sheets = put(small(), sheet, 2, heading, 7_654_321)
    file = f"xl/worksheets/sheet{list(sheets).index(sheet) + 1}.xml"
    book = checked(within(workbook(sheets), file, b"<v>7654321</v>", b"<v>" + number + b"</v>"))
    assert code in {fault.code for fault in book.findings.faults if fault.place.column == heading}
    made = io.BytesIO()
    write_report(book, made)
    assert openpyxl.load_workbook(io.BytesIO(made.getvalue()))


def test_a_number_of_more_digits_than_excel_keeps_is_no_code() -> None:
    fault = expect(
        put(small(), "住户", 3, "证件号", 310104199705028164.0),
        "digits-lost",
        "住户",
        3,
        "证件号",
        "310104199705028000",
    )
    assert "15" in str(fault.wrong)


def test_a_huge_number_is_cut_where_it_is_shown() -> None:
    fault = only_fault(put(small(), "租约", 2, "月租", 1e300))
    assert fault.value is not None
    assert len(fault.value) < 90


def test_what_nobody_sees_is_no_part_of_a_cell() -> None:
    sheets = put(put(small(), "住户", 2, "姓名", "朱\x00敏\x1b娜"), "住户", 2, "手机", "\u202d13697444855\u202c")
    book = checked(sheets)
    assert book.findings.clean
    assert (book.rows.residents[0].name, book.rows.residents[0].phone) == ("朱敏娜", "13697444855")


@pytest.mark.parametrize(("value", "limit"), [(-1, "0"), (99_999_999_999, "99,999,999")])
def test_a_number_out_of_bounds_says_the_bound(value: int, limit: str) -> None:
    fault = only_fault(put(small(), "仪表", 2, "倍率", value))
    with override("en"):
        assert str(fault.expected).endswith(f"{limit}.")


def test_a_duplicate_key() -> None:
    sheets = small()
    sheets["房间"].append(["1号楼", "０１０２", 1, "复式", 62.08])
    fault = expect(sheets, "duplicate", "房间", 4, "房号", "０１０２")
    assert "楼栋 + 房号" in str(fault.expected)


def test_a_required_cell_that_is_empty() -> None:
    expect(put(small(), "租约", 2, "住户", ""), "empty", "租约", 2, "住户", None)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("310104199705028165", "id-checksum"),
        ("310104199702308165", "id-birth-date"),
        ("31010419970502816", "id-form"),
        ("111111111111111111", "id-birth-date"),
    ],
)
def test_an_identity_number_that_cannot_be(number: str, code: str) -> None:
    expect(put(small(), "住户", 3, "证件号", number), code, "住户", 3, "证件号", number)


def test_an_identity_number_is_tidied() -> None:
    book = checked(put(small(), "住户", 2, "证件号", " 110101 19451215 961x "))
    assert book.findings.clean
    assert book.rows.residents[0].id_number == "11010119451215961X"


@pytest.mark.parametrize(
    ("kind", "number", "right"),
    [
        ("护照", "E12345678", True),
        ("护照", "护照12", False),
        ("港澳台", "H12345678", True),
        ("港澳台", "12345678", True),
        ("港澳台", "12", False),
        ("", "E12345678", False),
    ],
)
def test_other_documents(kind: str, number: str, right: bool) -> None:
    sheets = put(put(small(), "住户", 3, "证件类型", kind), "住户", 3, "证件号", number)
    assert checked(sheets).findings.clean is right


def test_a_phone_with_a_letter() -> None:
    expect(put(small(), "住户", 2, "手机", "1369744485O"), "phone-letter", "住户", 2, "手机", "1369744485O")


def test_an_end_before_the_start() -> None:
    expect(put(small(), "租约", 2, "到期", "2025-12-31"), "end-before-start", "租约", 2, "到期", "2025-12-31")


def test_a_lease_without_an_end() -> None:
    expect(put(small(), "租约", 2, "到期", ""), "no-end", "租约", 2, "到期", None)


def test_overlapping_leases() -> None:
    sheets = small()
    sheets["租约"].append(["L3", "1号楼", "0101", "R1", "短租", "2026-12-31", "2027-01-30", 2000, "", 1])
    fault = expect(sheets, "overlap", "租约", 4, "起租", "2026-12-31")
    assert "L1" in fault.line()


def test_leases_that_follow_each_other_and_a_lease_in_an_owned_unit() -> None:
    sheets = small()
    sheets["租约"].append(["L3", "1号楼", "0101", "R1", "短租", "2027-01-01", "2027-01-30", 2000, "", 1])
    sheets["租约"].append(["L4", "1号楼", "0102", "R1", "长租", "2027-01-01", "2027-12-31", 2000, "", 1])
    assert checked(sheets).findings.clean


def test_two_owners_of_one_unit() -> None:
    sheets = small()
    sheets["租约"].append(["L3", "1号楼", "0102", "R1", "业主", "2026-12-31", "", "", "", 1])
    expect(sheets, "overlap", "租约", 4, "起租", "2026-12-31")


def test_a_lease_for_an_unknown_room() -> None:
    expect(put(small(), "租约", 2, "房号", "0999"), "unknown", "租约", 2, "房号", "0999")


def test_a_room_written_a_little_differently_is_hinted_at() -> None:
    fault = expect(put(small(), "租约", 2, "房号", 101), "unknown", "租约", 2, "房号", "101")
    assert "0101" in str(fault.expected)


@pytest.mark.parametrize(
    ("formula", "found"),
    [
        ("sqrt(area)", "sqrt"),
        ("__import__('os')", "__import__"),
        ("area / 0", "0"),
        ("area / (2 - 2)", "("),
        ("rent * price", "price"),
        ("rent +", ""),
        ("area²", "²"),
    ],
)
def test_a_formula_that_cannot_be(formula: str, found: str) -> None:
    fault = expect(put(small(), "收费标准", 2, "公式", formula), "formula", "收费标准", 2, "公式", formula)
    assert found in str(fault.wrong)


@pytest.mark.parametrize(
    "tiers", ["260:7;180:5;*:9", "180:5;260:7", "180:5;*:7;260:9", "180-5", "180:5;180:6;*:7", "*:-1"]
)
def test_tiers_that_cannot_be(tiers: str) -> None:
    expect(put(small(), "收费标准", 4, "阶梯", tiers), "tiers", "收费标准", 4, "阶梯", tiers)


@pytest.mark.parametrize(
    ("row", "heading", "value", "code"),
    [
        (2, "公式", "", "no-price"),
        (3, "单价", "", "no-price"),
        (4, "阶梯", "", "no-price"),
        (4, "单价", 1.12, "price-twice"),
        (3, "公式", "area * 3", "price-not-taken"),
        (3, "周期", "", "empty"),
        (3, "单价", -2.8, "too-small"),
        (3, "计费方式", "随便", "choice"),
        (3, "周期", 4, "choice"),
    ],
)
def test_a_tariff_that_lacks_or_has_what_its_basis_does_not(row: int, heading: str, value: Any, code: str) -> None:
    faults = checked(put(small(), "收费标准", row, heading, value)).findings.faults
    assert {(fault.code, fault.place.row) for fault in faults} == {(code, row)}


def test_a_tariff_without_a_rate_where_everybody_has_their_own() -> None:
    sheets = put(small(), "收费标准", 5, "单价", "")
    assert checked(sheets).findings.clean


def version(sheets: Sheets, **differs: Any) -> Sheets:
    sheets["收费标准"].append([*sheets["收费标准"][2]])
    put(sheets, "收费标准", 6, "生效", "2026-02-01")
    put(sheets, "收费标准", 6, "单价", 3.15)
    for heading, value in differs.items():
        put(sheets, "收费标准", 6, heading, value)
    return sheets


def test_versions_that_differ_in_price() -> None:
    assert checked(version(small())).findings.clean


@pytest.mark.parametrize(
    ("heading", "value"), [("周期", 1), ("付款天数", 30), ("取整", "角"), ("名称", "物业"), ("违约金日率", 0.001)]
)
def test_versions_that_differ_in_anything_else(heading: str, value: Any) -> None:
    fault = only_fault(version(small(), **{heading: value}))
    assert (fault.code, fault.place.row, fault.place.column) == ("versions-differ", 6, heading)


def test_a_version_twice() -> None:
    expect(version(small(), 生效="2020.1.1"), "duplicate", "收费标准", 6, "生效", "2020.1.1")


def test_a_reading_that_goes_backwards_is_a_warning_that_says_everything() -> None:
    # Billing holds such an interval back until the reading is superseded; the workbook may bring it as it was read.
    book = checked(put(small(), "抄表", 4, "读数", 240))
    assert book.findings.clean
    (warning,) = book.findings.warnings
    assert (warning.code, warning.place.sheet, warning.place.row, warning.place.letter) == ("backwards", "抄表", 4, "C")
    assert warning.value == "240"
    assert "250.5" in warning.line()


def test_a_rollover_is_no_step_backwards() -> None:
    sheets = put(put(small(), "抄表", 4, "读数", 12), "抄表", 4, "翻转", "是")
    assert checked(sheets).findings.warnings == []


def test_a_rollover_that_is_none_is_a_warning() -> None:
    (warning,) = checked(put(small(), "抄表", 4, "翻转", "是")).findings.warnings
    assert (warning.code, warning.place.column) == ("rollover-not-below", "翻转")


def test_a_reading_beyond_the_digits_of_its_meter() -> None:
    expect(put(small(), "抄表", 4, "读数", 1_000_000), "beyond-digits", "抄表", 4, "读数", "1000000")


def test_two_readings_on_one_day() -> None:
    expect(put(small(), "抄表", 4, "日期", "2026.2.1"), "two-readings-a-day", "抄表", 4, "日期", "2026.2.1")


@pytest.mark.parametrize(
    ("sheet", "row", "heading"),
    [("租约", 2, "起租"), ("抄表", 3, "日期"), ("收费标准", 2, "生效"), ("计费项", 5, "开始")],
)
def test_a_day_that_is_not_in_the_calendar(sheet: str, row: int, heading: str) -> None:
    expect(put(small(), sheet, row, heading, "2026-02-30"), "no-such-day", sheet, row, heading, "2026-02-30")


@pytest.mark.parametrize(
    ("row", "day", "near"),
    [
        (2, "2026-03-15", ("2026-02-28", "2026-03-31")),
        (3, "2026-05-31", ("2026-03-31", "2026-06-30")),
        (4, "2026-02-15", ("2026-02-01", "2026-03-01")),
        (4, "2026-04-15", ("2026-02-01", "2026-03-01")),
        (4, "2025-12-15", ("2026-01-01", "2026-02-01")),
        (5, "2026-01-15", ("2026-01-31", "2026-02-28")),
        (6, "2026-04-01", ("2026-03-31", "2026-06-30")),
        (2, "2029-03-15", ("2026-11-30", "2026-12-31")),
        (2, "2019-03-15", ("2025-12-31", "2026-01-31")),
    ],
)
def test_a_paid_through_date_inside_a_period_names_the_nearest_two(row: int, day: str, near: tuple[str, ...]) -> None:
    fault = expect(put(small(), "计费项", row, "已收至", day), "billed-until", "计费项", row, "已收至", day)
    for other in near:
        assert other in str(fault.expected)


@pytest.mark.parametrize(
    ("start", "day", "near"),
    [
        ("2026-01-15", "2026-03-10", ("2026-02-14", "2026-03-14")),
        ("2026-01-15", "2026-03-20", ("2026-03-14", "2026-04-14")),
        ("2026-01-31", "2026-03-01", ("2026-02-27", "2026-03-30")),
        ("2026-01-31", "2026-01-31", ("2026-01-30", "2026-02-27")),
        ("2024-02-29", "2026-02-28", ("2026-02-27", "2026-03-28")),
    ],
)
def test_the_nearest_two_of_periods_that_begin_with_the_lease(start: str, day: str, near: tuple[str, ...]) -> None:
    sheets = put(put(small(), "收费标准", 2, "起点", "租约"), "计费项", 2, "已收至", day)
    fault = only_fault(put(put(sheets, "租约", 2, "起租", start), "收费标准", 2, "周期", 1))
    assert fault.code == "billed-until"
    for other in near:
        assert other in str(fault.expected)


@pytest.mark.parametrize(
    ("row", "day"),
    [
        (2, "2026-03-31"),
        (2, "2026-12-31"),
        (3, "2026-06-30"),
        (4, "2026-02-01"),
        (4, datetime.date(2026, 3, 1)),
        (5, "2026-02-28"),
        (5, "2026-01-31"),
        (6, "2027-03-31"),
    ],
)
def test_a_paid_through_date_at_the_end_of_a_period(row: int, day: Any) -> None:
    assert checked(put(small(), "计费项", row, "已收至", day)).findings.clean


def test_the_end_of_a_recurring_charge_ends_its_last_period() -> None:
    sheets = put(put(small(), "计费项", 3, "结束", "2026-05-10"), "计费项", 3, "已收至", "2026-05-10")
    assert checked(sheets).findings.clean


@pytest.mark.parametrize(
    ("row", "heading", "value", "code"),
    [
        (2, "租约", "L9", "unknown"),
        (2, "收费标准", "RENT-9", "unknown"),
        (4, "表号", "E9", "unknown"),
        (5, "车位", "B9", "unknown"),
        (4, "表号", "", "no-meter"),
        (2, "表号", "E1", "meter-not-taken"),
        (3, "车位", "B1-001", "space-not-taken"),
        (5, "结束", "2026-01-15", "end-before-start"),
        (3, "优惠", "110%", "too-large"),
        (3, "优惠", -0.1, "too-small"),
    ],
)
def test_recurring_charges_that_cannot_be(row: int, heading: str, value: Any, code: str) -> None:
    faults = checked(put(small(), "计费项", row, heading, value)).findings.faults
    assert (code, row, heading) in {(fault.code, fault.place.row, fault.place.column) for fault in faults}


def test_a_recurring_charge_twice() -> None:
    sheets = small()
    sheets["计费项"].append(["L1", "PM", "", "", "2026-01-01", "", "", "", ""])
    expect(sheets, "duplicate", "计费项", 7, "收费标准", "PM")


def test_a_meter_billed_to_two_on_one_day() -> None:
    sheets = small()
    sheets["计费项"].append(["L2", "ELEC", "E1", "", "2026-12-31", "", "", "", ""])
    fault = expect(sheets, "meter-overlap", "计费项", 7, "表号", "E1")
    assert "L1" in fault.line()


def test_a_meter_handed_on_the_day_after() -> None:
    sheets = small()
    sheets["计费项"].append(["L2", "ELEC", "E1", "", "2027-01-01", "", "", "", ""])
    assert checked(sheets).findings.clean


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        (["L1", "欠费", "PM", "2026-01-01", "2026-03-31", "", 100], "empty", "到期日"),
        (["L1", "欠费", "", "2026-01-01", "2026-03-31", "2026-01-21", 100], "empty", "收费标准"),
        (["L1", "欠费", "PM", "2026-03-31", "2026-01-01", "2026-01-21", 100], "end-before-start", "结束"),
        (["L9", "预存", "", "", "", "", 100], "unknown", "租约"),
        (["L1", "押金", "", "", "", "", 100], "duplicate", "类型"),
        (["L1", "预存", "", "", "", "", -100], "too-small", "金额"),
        (["L1", "预存", "", "", "", "", "100.005"], "decimals", "金额"),
        (["L1", "其他", "", "", "", "", 100], "choice", "类型"),
    ],
)
def test_openings_that_cannot_be(row: list[Any], code: str, column: str) -> None:
    sheets = small()
    sheets["期初"].append(row)
    fault = only_fault(sheets)
    assert (fault.code, fault.place.column) == (code, column)


def test_two_properties_in_one_workbook() -> None:
    sheets = small()
    sheets["项目"].append(["P02", "别处", "", ""])
    expect(sheets, "property-twice", "项目", 3, "编码", "P02")


def test_several_faults_of_one_row_are_all_told() -> None:
    sheets = put(put(small(), "住户", 2, "手机", "x"), "住户", 2, "证件号", "1")
    assert {fault.code for fault in checked(sheets).findings.faults} == {"phone-letter", "id-form"}


def test_units_with_entrances() -> None:
    sheets = small()
    sheets["房间"] = [
        ["楼栋", "单元", "房号", "面积"],
        ["1号楼", "1", "0101", 31],
        ["1号楼", 2, "0101", 62],
        ["1号楼", "2", "0102", 62],
    ]
    for sheet in ("租约", "仪表"):
        for index, cells in enumerate(sheets[sheet]):
            cells.append("单元" if index == 0 else "2")
    book = checked(sheets)
    assert book.findings.clean, [fault.line() for fault in book.findings.faults]
    assert book.rows.leases[0].key == ("1号楼", "2", "0101")
