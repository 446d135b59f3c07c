"""`yuju import` with bad input: one line for each fault, exit 1, not one row in any table."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils.translation import override

from tests.journeys.property_import.workbooks import Sheets, put, small, workbook

pytestmark = pytest.mark.django_db


def rows_of_every_table() -> dict[str, int]:
    return {model._meta.db_table: model._base_manager.count() for model in apps.get_models()}


def yuju_import(path: Path, *options: str) -> tuple[int, str, str]:
    """How `yuju import` ended, and what it said on standard output and standard error."""
    said, told = io.StringIO(), io.StringIO()
    try:
        call_command("import", str(path), *options, stdout=said, stderr=told)
    except SystemExit as end:
        return int(str(end.code)), said.getvalue(), told.getvalue()
    return 0, said.getvalue(), told.getvalue()


def without(sheets: Sheets, name: str) -> Sheets:
    del sheets[name]
    return sheets


def more(sheets: Sheets, name: str, row: list[Any]) -> Sheets:
    sheets[name].append(row)
    return sheets


# fmt: off
BAD_CELLS: dict[str, tuple[Callable[[], Sheets], str, int, str, str, str]] = {
    "missing sheet": (lambda: without(small(), "房间"), "租约", 2, "C", "0101", "“房间”表"),
    "duplicate key": (
        lambda: more(small(), "房间", ["1号楼", "0102", 1, "复式", 62]), "房间", 4, "B", "0102", "“楼栋 + 房号”",
    ),
    "broken ID checksum": (
        lambda: put(small(), "住户", 3, "证件号", "310104199705028165"),
        "住户", 3, "E", "310104199705028165", "18 位号码",
    ),
    "phone with a letter": (
        lambda: put(small(), "住户", 2, "手机", "1369744485O"), "住户", 2, "C", "1369744485O", "11 位手机号",
    ),
    "end before start": (
        lambda: put(small(), "租约", 2, "到期", "2025-12-31"), "租约", 2, "G", "2025-12-31", "2026-01-01 或之后",
    ),
    "overlapping leases": (
        lambda: more(
            small(), "租约", ["L3", "1号楼", "0101", "R1", "短租", "2026-12-31", "2027-01-30", 2000, "", 1]
        ),
        "租约", 4, "F", "2026-12-31", "没有租给别人",
    ),
    "lease for an unknown room": (
        lambda: put(small(), "租约", 2, "房号", "0999"), "租约", 2, "C", "0999", "“房间”表中已有的一项",
    ),
    "formula that calls a function": (
        lambda: put(small(), "收费标准", 2, "公式", "sqrt(area)"), "收费标准", 2, "H", "sqrt(area)", "min、max、round",
    ),
    "formula that divides by zero": (
        lambda: put(small(), "收费标准", 2, "公式", "rent / 0"), "收费标准", 2, "H", "rent / 0", "公式",
    ),
    "formula with an unknown name": (
        lambda: put(small(), "收费标准", 2, "公式", "rent * price"), "收费标准", 2, "H", "rent * price", "occupants",
    ),
    "tiers out of order": (
        lambda: put(small(), "收费标准", 4, "阶梯", "260:7;180:5;*:9"),
        "收费标准", 4, "F", "260:7;180:5;*:9", "由低到高",
    ),
    "last tier is not *": (
        lambda: put(small(), "收费标准", 4, "阶梯", "180:5;260:7"), "收费标准", 4, "F", "180:5;260:7", "最后一档为 *",
    ),
    "a day that does not exist": (
        lambda: put(small(), "租约", 2, "起租", "2026-02-30"), "租约", 2, "F", "2026-02-30", "2026-03-01",
    ),
    "paid through inside a period": (
        lambda: put(small(), "计费项", 2, "已收至", "2026-03-15"),
        "计费项", 2, "I", "2026-03-15", "2026-02-28 和 2026-03-31",
    ),
    "paid through without a reading": (
        lambda: put(small(), "计费项", 4, "已收至", "2026-02-15"),
        "计费项", 4, "I", "2026-02-15", "2026-02-01 和 2026-03-01",
    ),
}
# fmt: on


@pytest.mark.parametrize("check", [False, True], ids=["import", "check"])
@pytest.mark.parametrize("case", BAD_CELLS)
def test_a_bad_cell_is_one_line_that_says_everything(operator: Any, tmp_path: Path, case: str, check: bool) -> None:
    # Given a workbook with one bad cell
    make, sheet, row, letter, value, expected = BAD_CELLS[case]
    path, report = tmp_path / "property.xlsx", tmp_path / "faults.xlsx"
    path.write_bytes(workbook(make()))
    before = rows_of_every_table()
    # When it is imported, or checked
    code, said, _told = yuju_import(path, "--report", str(report), *(["--check"] if check else []))
    # Then a line says where, what and what instead, nothing is written, and the cell is coloured
    assert code == 1
    line = next(line for line in said.splitlines() if line.startswith(f"“{sheet}”表，第 {row} 行，{letter} 列（"))
    assert f"“{value}”" in line
    assert expected in line.split("应为：")[1]
    assert rows_of_every_table() == before
    cell = openpyxl.load_workbook(report)[sheet][f"{letter}{row}"]
    assert cell.fill.fgColor.rgb.endswith("F8C9C4")
    assert cell.comment is not None


def test_an_unknown_column_is_reported_and_left_alone(operator: Any, tmp_path: Path) -> None:
    path = tmp_path / "property.xlsx"
    path.write_bytes(workbook(put(small(), "租约", 2, "备注", "续租意向待定")))
    code, _said, told = yuju_import(path)
    assert code == 0
    assert "“租约”表，第 1 行，K 列（备注）" in told


def test_a_reading_that_goes_backwards_is_warned_of_and_imported(operator: Any, tmp_path: Path) -> None:
    path = tmp_path / "property.xlsx"
    path.write_bytes(workbook(put(small(), "抄表", 4, "读数", 240)))
    code, _said, told = yuju_import(path)
    assert code == 0
    assert "“抄表”表，第 4 行，C 列（读数）：“240”" in told
    assert "不小于 250.5" in told


def archive_of(name: str, content: bytes) -> bytes:
    made = io.BytesIO(workbook(small()))
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, ".xls"),
        (lambda: "编号,姓名\n1,张三\n".encode("gb18030"), "CSV"),
        (lambda: b"", "空"),
        (lambda: workbook(small())[:2000], "损坏"),
        (lambda: archive_of("xl/media/picture.xml", b"0" * (401 * 1024 * 1024)), "400 MB"),
        (lambda: archive_of("word/document.xml", b"<x/>"), "Word"),
    ],
    ids=["xls", "csv", "empty", "cut short", "bomb", "word"],
)
def test_a_file_that_is_no_workbook_is_one_line(
    operator: Any, tmp_path: Path, content: Callable[[], bytes], word: str
) -> None:
    path = tmp_path / "property.xlsx"
    path.write_bytes(content())
    before = rows_of_every_table()
    code, said, _told = yuju_import(path)
    assert code == 1
    assert said.startswith("property.xlsx: ")
    assert word in said
    assert len(said.splitlines()) == 1
    assert rows_of_every_table() == before


def test_a_file_of_200_mb_is_one_line(operator: Any, tmp_path: Path) -> None:
    path = tmp_path / "property.xlsx"
    with path.open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    code, said, _told = yuju_import(path)
    assert (code, len(said.splitlines())) == (1, 1)
    assert "200 MB" in said


def test_a_line_tells_no_terminal_what_to_do(operator: Any, tmp_path: Path) -> None:
    path = tmp_path / "property.xlsx"
    path.write_bytes(workbook(put(small(), "住户", 2, "手机", "1\x1b[31m\n9\u202e7")))
    code, said, _told = yuju_import(path)
    assert code == 1
    assert said.count("\n") == 1
    assert said.rstrip("\n").isprintable()


def test_a_first_operator_stays_only_with_its_property(tmp_path: Path) -> None:
    def operators() -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT code FROM yuju_operators()")
            return [code for (code,) in cursor.fetchall()]

    # Given an installation without an operator, a workbook with a fault and one without
    assert operators() == []
    bad, good = tmp_path / "bad.xlsx", tmp_path / "good.xlsx"
    bad.write_bytes(workbook(put(small(), "租约", 2, "到期", "2026-02-30")))
    good.write_bytes(workbook(small()))
    # When the one with a fault is imported, or any is checked, then no operator is left
    for path, options, ended in ((bad, (), 1), (bad, ("--check",), 1), (good, ("--check",), 0)):
        code, said, _told = yuju_import(path, *options)
        assert (code, operators()) == (ended, [])
        assert "main" not in said
    # When the one without a fault is imported, then one is
    code, said, _told = yuju_import(good)
    assert (code, operators()) == (0, ["main"])
    assert "main" in said


def test_a_report_that_cannot_be_written_hides_no_fault(operator: Any, tmp_path: Path) -> None:
    path = tmp_path / "property.xlsx"
    path.write_bytes(workbook(put(small(), "租约", 2, "到期", "2026-02-30")))
    said = io.StringIO()
    nowhere = tmp_path / "nowhere" / "faults.xlsx"
    with override("en"), pytest.raises(CommandError, match=r"faults\.xlsx cannot be written"):
        call_command("import", str(path), "--report", str(nowhere), stdout=said, stderr=io.StringIO())
    assert "2026-02-30" in said.getvalue()


def test_a_report_never_overwrites_its_workbook(operator: Any, tmp_path: Path) -> None:
    path = tmp_path / "property.xlsx"
    path.write_bytes(data := workbook(put(small(), "租约", 2, "到期", "2026-02-30")))
    with pytest.raises(CommandError):
        call_command("import", str(path), "--report", str(tmp_path / "." / "property.xlsx"))
    assert path.read_bytes() == data
