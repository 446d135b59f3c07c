"""What is not a workbook, or is a dangerous one, is refused with a sentence of its own."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from django.utils.translation import override

from tests.journeys.property_import.workbooks import replaced, small, within, workbook
from yuju.journeys.property_import import opening
from yuju.journeys.property_import.opening import WorkbookRefused, open_workbook

DATA = Path(__file__).parent.parent.parent / "data"


def refusal(source: Path | bytes) -> WorkbookRefused:
    with pytest.raises(WorkbookRefused) as caught:
        open_workbook(source)
    with override("en"):
        assert str(caught.value)
    return caught.value


@pytest.mark.parametrize("name", ["sunshine.xlsx", "harbour.xlsx"])
def test_a_real_workbook_opens(name: str) -> None:
    assert "租约" in open_workbook(DATA / name).book.sheet_names


def test_a_file_of_200_mb_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "large.xlsx"
    with path.open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    with override("en"):
        assert "200 MB" in str(refusal(path))
    assert refusal(path).code == "too-large"


def test_a_zip_bomb_is_refused_by_what_its_directory_says() -> None:
    bomb = replaced(workbook(small()), "xl/media/picture.xml", b"0" * (401 * 1024 * 1024))
    assert len(bomb) < 1024 * 1024
    assert refusal(bomb).code == "bomb"


def test_a_zip_bomb_whose_directory_lies_is_refused_by_what_it_unpacks_to() -> None:
    packed = replaced(workbook(small()), "xl/media/picture.xml", b"0" * (401 * 1024 * 1024))
    lying = packed.replace(struct.pack("<I", 401 * 1024 * 1024), struct.pack("<I", 1024))
    assert refusal(lying).code in ("bomb", "damaged")


def test_many_entries_are_refused() -> None:
    made = io.BytesIO(workbook(small()))
    with zipfile.ZipFile(made, "a") as archive:
        for number in range(opening.MAX_ENTRIES):
            archive.writestr(f"x/{number}", b"")
    assert refusal(made.getvalue()).code == "bomb"


def test_a_sheet_with_one_cell_at_the_end_of_the_world_is_refused() -> None:
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
        b"</sheetData></worksheet>"
    )
    assert refusal(replaced(workbook(small()), "xl/worksheets/sheet1.xml", sheet)).code == "too-wide"


def test_cells_without_addresses_are_counted_too() -> None:
    cells = b"<c><v>1</v></c>" * 16_000
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
        + cells
        + b'</row><row r="1048576"><c><v>1</v></c></row></sheetData></worksheet>'
    )
    assert refusal(replaced(workbook(small()), "xl/worksheets/sheet1.xml", sheet)).code == "too-wide"


MAIN = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
FIRST_SHEET = "xl/worksheets/sheet1.xml"


def sheet_of(rows: bytes) -> bytes:
    return (
        b"<worksheet "
        + MAIN
        + b'><sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
        + rows
        + b"</sheetData></worksheet>"
    )


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (b"<row r='2'><c r='XFD1048576'><v>1</v></c></row>", "too-wide"),
        (b'<row r="2"><c r = "XFD1048576" ><v>1</v></c></row>', "too-wide"),
        (b'<row r="2"><c r="xfd1048576"><v>1</v></c></row>', "too-wide"),
        (b'<row r="2"><c x:r="A2" r="XFD1048576"><v>1</v></c></row>', "too-wide"),
        (b'<row r="2"><c r="A2" r="XFD1048576"><v>1</v></c></row>', "too-wide"),
        (b'<row r="2"><c s="/" r="XFD1048576"><v>1</v></c></row>', "too-wide"),
        (b'<row r="2"><a":c r="XFD1048576"><v>1</v></a":c></row>', "too-wide"),
        (b"<row r='1048576'>" + b"<c/>" * 16_000 + b"<c><v>1</v></c></row>", "too-wide"),
        (b'<row r="2"><c s=">" r="XFD1048576"><v>1</v></c></row>', "damaged"),
        (b'<row r="2"><c r="ZZZZZZ1"><v>1</v></c></row>', "damaged"),
        (b'<row r="2"><c r="A99999999999"><v>1</v></c></row>', "damaged"),
    ],
)
def test_a_far_cell_is_seen_however_it_is_written(row: bytes, code: str) -> None:
    # Read as a table, each of these would take gigabytes.
    assert refusal(replaced(workbook(small()), FIRST_SHEET, sheet_of(row))).code == code


@pytest.mark.parametrize(
    ("target", "file"),
    [
        (b"other/place.xml", "xl/other/place.xml"),
        (b"/elsewhere/place.xml", "elsewhere/place.xml"),
        (b"worksheets/other.xml", "XL/worksheets/Other.xml"),
    ],
)
def test_a_far_cell_is_seen_wherever_its_sheet_is_kept(target: bytes, file: str) -> None:
    far = sheet_of(b'<row r="2"><c r="XFD1048576"><v>1</v></c></row>')
    data = within(workbook(small()), "xl/_rels/workbook.xml.rels", b"worksheets/sheet1.xml", target)
    assert refusal(replaced(data, file, far)).code == "too-wide"


def test_sheets_that_are_too_large_together_are_refused() -> None:
    data = workbook(small())
    for number in range(1, 5):
        far = sheet_of(b'<row r="900000"><c r="J900000"><v>1</v></c></row>')
        data = replaced(data, f"xl/worksheets/sheet{number}.xml", far)
    assert refusal(data).code == "too-wide"


def shared(text: bytes, cells: int) -> bytes:
    rows = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (n, n) for n in range(2, cells + 2))
    data = replaced(workbook(small()), FIRST_SHEET, sheet_of(rows))
    return replaced(data, "xl/sharedStrings.xml", b"<sst " + MAIN + b"><si><t>" + text + b"</t></si></sst>")


@pytest.mark.parametrize(
    "text", [b"a" * 1_000_000, (b"a" * 100 + b"<!--</si>-->") * 10_000, (b"a" * 100 + b"<![CDATA[</si>]]>") * 10_000]
)
def test_a_long_text_that_many_cells_share_is_refused(text: bytes) -> None:
    # A few kilobytes, which as a table would take half a gigabyte and more.
    data = shared(text, 500)
    assert len(data) < 50_000
    assert refusal(data).code == "bomb"


def test_a_long_text_that_few_cells_share_is_read() -> None:
    data = workbook(small())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        texts = archive.read("xl/sharedStrings.xml")
    long = texts.replace(b"</sst>", b"<si><t>" + b"a" * 9_000_000 + b"</t></si></sst>")
    assert open_workbook(replaced(data, "xl/sharedStrings.xml", long)).book.sheet_names


def test_two_files_of_one_name_are_damage() -> None:
    assert refusal(replaced(workbook(small()), "xl/Workbook.xml", b"<x/>")).code == "damaged"


def test_an_encoding_nobody_knows_is_damage() -> None:
    data = within(workbook(small()), "xl/_rels/workbook.xml.rels", b'encoding="UTF-8"', b'encoding="UTF-w"')
    assert refusal(data).code == "damaged"


def test_what_is_no_plain_file_is_read_no_further_than_the_limit() -> None:
    assert refusal(Path("/dev/zero")).code == "too-large"


def test_formats_far_out_are_no_matter() -> None:
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c></row><row r="1048576"><c r="XFD1048576" s="1"/></row>'
        b"</sheetData></worksheet>"
    )
    assert open_workbook(replaced(workbook(small()), "xl/worksheets/sheet1.xml", sheet)).book.sheet_names


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (opening._OLE + b"\0" * 600, "xls"),
        (opening._OLE + b"\0" * 100 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 100, "encrypted"),
        ("编号,姓名\n1,张三\n".encode(), "csv"),
        ("编号,姓名\n1,张三\n".encode("gb18030"), "csv"),
        ("编号\t姓名\n1\t张三\n".encode("utf-16"), "csv"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "html"),
        (b"hello", "text"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "unknown"),
        (b"PK\x03\x04 and then nothing that fits", "damaged"),
    ],
)
def test_other_files_under_the_name_of_a_workbook(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "property.xlsx"
    path.write_bytes(content)
    assert refusal(path).code == code


def test_other_archives() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("some/document.xml", "<x/>")
    assert refusal(made.getvalue()).code == "other-archive"
    with zipfile.ZipFile(made, "a") as archive:
        archive.writestr("word/document.xml", "<x/>")
    assert refusal(made.getvalue()).code == "document"


def test_a_workbook_cut_short_is_damaged() -> None:
    data = workbook(small())
    assert refusal(data[: len(data) // 2]).code == "damaged"


def test_a_workbook_with_a_broken_stream_is_damaged() -> None:
    data = bytearray(workbook(small()))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entry = archive.getinfo("xl/worksheets/sheet1.xml")
    data[entry.header_offset + 60 : entry.header_offset + 90] = zlib.compress(b"x" * 99)[:30].ljust(30, b"\xff")
    assert refusal(bytes(data)).code == "damaged"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "nowhere.xlsx" in str(refusal(tmp_path / "nowhere.xlsx"))
