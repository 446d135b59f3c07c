"""The fault report and the empty workbook."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.utils.translation import override

from tests.journeys.property_import.workbooks import put, small, within, workbook
from yuju.journeys.property_import import messages
from yuju.journeys.property_import.checking import check
from yuju.journeys.property_import.messages import Fault, Place
from yuju.journeys.property_import.opening import open_workbook
from yuju.journeys.property_import.reading import read_workbook
from yuju.journeys.property_import.report import write_report
from yuju.journeys.property_import.template import write_template


def test_the_report_is_the_workbook_with_its_bad_cells_coloured_and_explained() -> None:
    # Given a workbook with two faults and a warning
    sheets = put(put(put(small(), "租约", 2, "到期", "2026-02-30"), "住户", 2, "手机", "x"), "抄表", 4, "读数", 240)
    book = read_workbook(open_workbook(workbook(sheets, down=2, right=1)))
    check(book)
    # When the report is written
    made = io.BytesIO()
    with override("en"):
        write_report(book, made)
    # Then its cells are those of the workbook, and the bad ones say why
    report = openpyxl.load_workbook(io.BytesIO(made.getvalue()))
    assert report.sheetnames == ["Faults", *sheets]
    bad = report["租约"]["H4"]
    assert bad.value == "2026-02-30"
    assert bad.fill.fgColor.rgb.endswith("F8C9C4")
    assert "no such day" in bad.comment.text
    assert report["抄表"]["D6"].fill.fgColor.rgb.endswith("FBE5B6")
    assert report["租约"]["G4"].value == "2026-01-01"
    assert report["租约"]["G4"].comment is None
    listed = [[cell.value for cell in row][:4] for row in report["Faults"].iter_rows(min_row=2)]
    assert ["租约", 4, "H 到期", "2026-02-30"] in listed
    assert len(listed) == 3


def test_text_that_looks_like_a_formula_stays_text_in_the_report() -> None:
    sheets = put(put(small(), "住户", 2, "姓名", "=1+1"), "住户", 2, "手机", "x")
    book = read_workbook(open_workbook(workbook(sheets)))
    made = io.BytesIO()
    write_report(book, made)
    cell = openpyxl.load_workbook(io.BytesIO(made.getvalue()))["住户"]["B2"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


def test_a_sheet_whose_name_excel_would_not_take_is_reported_under_its_own() -> None:
    sheets = put(small(), "租约", 2, "到期", "2026-02-30")
    long = f'name="租约（{"很" * 40}）"'
    data = within(workbook(sheets), "xl/workbook.xml", 'name="租约"'.encode(), long.encode())
    book = read_workbook(open_workbook(data))
    check(book)
    made = io.BytesIO()
    write_report(book, made)
    assert openpyxl.load_workbook(io.BytesIO(made.getvalue()))["leases"]["G2"].comment is not None


def test_the_empty_workbook_can_be_read_in_both_languages() -> None:
    for language in ("zh-hans", "en"):
        made = io.BytesIO()
        with override(language):
            write_template(made)
        book = read_workbook(open_workbook(made.getvalue()))
        assert len(book.tables) == 11
        assert (book.findings.faults, book.findings.notes) == ([], [])


def test_the_examples_of_the_empty_workbook_are_right() -> None:
    made = io.BytesIO()
    write_template(made, examples=True)
    book = read_workbook(open_workbook(made.getvalue()))
    check(book)
    assert book.findings.faults == []
    assert all(getattr(book.rows, name) for name in book.tables)


def test_faults_and_warnings_beyond_those_kept_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a workbook with more faults and warnings than are kept
    monkeypatch.setattr(messages, "KEPT_FAULTS", 1)
    sheets = put(put(put(small(), "租约", 2, "到期", "2026-02-30"), "住户", 2, "手机", "x"), "抄表", 4, "读数", 240)
    book = read_workbook(open_workbook(workbook(sheets)))
    check(book)
    warning = Fault(Place(), None, "again", "", "again")
    for _number in range(3):
        book.findings.warn(warning)
    kept = (len(book.findings.faults), len(book.findings.warnings))
    # When the report is written
    made = io.BytesIO()
    with override("en"):
        write_report(book, made)
    # Then its last line says how many are not in it
    assert kept == (1, 1)
    left_out = book.findings.faults_left_out + book.findings.warnings_left_out
    assert left_out >= 4
    last = [row[0].value for row in openpyxl.load_workbook(io.BytesIO(made.getvalue()))["Faults"].iter_rows()][-1]
    assert last == f"and {left_out} more"
