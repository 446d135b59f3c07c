"""Word files: what is carried over, what is named as a fault, filling in, and the same bytes for the same text."""

from __future__ import annotations

import io
import zipfile
from itertools import pairwise
from typing import Any

import pytest
from docx.enum.text import WD_BREAK
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Pt
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.support.word_files import put, word
from yuju.kit.errors import Refused
from yuju.kit.word import Paragraph, Table, Text, filled, halves_in, open_word, read_word, variables_in, word_pdf
from yuju.kit.word.numbers import _chinese
from yuju.kit.word.tree import Look, Piece

WRAP = "<w:p>{}</w:p>"
FAULTS = {
    "changes": WRAP.format("<w:ins w:id='1' w:author='x'><w:r><w:t>new</w:t></w:r></w:ins>"),
    "comment": WRAP.format("<w:r><w:commentReference w:id='0'/></w:r>"),
    "hidden": WRAP.format("<w:r><w:rPr><w:vanish/></w:rPr><w:t>psst</w:t></w:r>"),
    "text_box": WRAP.format("<w:r><w:pict><w:txbxContent><w:p/></w:txbxContent></w:pict></w:r>"),
    "floating": WRAP.format("<w:r><w:drawing><wp:anchor/></w:drawing></w:r>"),
    "picture": WRAP.format("<w:r><w:drawing><wp:inline><wp:extent cx='9' cy='9'/></wp:inline></w:drawing></w:r>"),
    "symbol": WRAP.format("<w:r><w:sym w:font='Wingdings' w:char='F0FE'/></w:r>"),
    "object": WRAP.format("<w:r><w:object/></w:r>"),
    "footnote": WRAP.format("<w:r><w:footnoteReference w:id='2'/></w:r>"),
    "altChunk": "<w:altChunk r:id='rId1'></w:altChunk>",
    "contentPart": WRAP.format("<w:contentPart r:id='rId1'/>"),
}
"""By the code of the fault, what provokes it."""


def read(content: bytes) -> Any:
    return read_word(open_word(content))


@pytest.mark.parametrize("code", FAULTS)
def test_what_cannot_be_carried_over_is_named_with_its_place(code: str) -> None:
    reading = read(word("第一段", work=lambda document: put(document, FAULTS[code])))
    assert [fault.code for fault in reading.faults] == [code]
    assert reading.faults[0].place
    assert reading.faults[0].expected


def test_paragraphs_looks_lists_tables_and_page_numbers_are_carried_over() -> None:
    # Given a document as people write them
    def work(document: Any) -> None:
        run = document.add_paragraph("甲方", style="List Number").add_run("重要")
        run.bold, run.underline, run.font.size = True, True, Pt(14)
        document.add_paragraph("乙方", style="List Number")
        table = document.add_table(2, 3)
        table.style = "Table Grid"
        table.cell(0, 0).merge(table.cell(1, 0)).text = "左"
        table.cell(0, 1).merge(table.cell(0, 2)).text = "右"
        document.add_paragraph("前").add_run().add_break(WD_BREAK.PAGE)
        document.paragraphs[-1].add_run("后")
        picture = io.BytesIO()
        Image.new("RGBA", (20, 10), (20, 96, 110, 128)).save(picture, "PNG")
        document.add_picture(picture)
        document.sections[0].footer.paragraphs[0].text = "页脚"

    reading = read(word("开头", work=work))

    # Then all of it is there
    assert reading.faults == []
    first, bold, second, table, before, after, drawn = reading.text.blocks
    assert (bold.number, second.number, first.number) == ("1.", "2.", "")
    assert bold.pieces[1].look.size == 14
    assert (bold.pieces[1].look.bold, bold.pieces[1].look.underline, bold.pieces[0].look.bold) == (True, True, False)
    assert isinstance(table, Table)
    assert table.lines
    assert [[(cell.across, cell.down) for cell in row] for row in table.rows] == [[(1, 2), (2, 1)], [(1, 1), (1, 1)]]
    assert (before.text, before.new_page, after.text, after.new_page) == ("前", False, "后", True)
    assert drawn.pieces[0].image.startswith(b"\xff\xd8")
    assert reading.text.footer[0].text == "页脚"

    # And it prints, the same each time
    printed = word_pdf(reading.text, title="合同", author="青岚")
    assert printed.startswith(b"%PDF-")
    assert printed == word_pdf(reading.text, title="合同", author="青岚")
    assert printed != word_pdf(reading.text, title="合同", author="阳光")


def test_a_header_that_changes_is_a_fault() -> None:
    def first_page(document: Any) -> None:
        document.sections[0].different_first_page_header_footer = True
        document.sections[0].first_page_header.paragraphs[0].text = "封面"

    def second_section(document: Any) -> None:
        footer = document.add_section().footer
        footer.is_linked_to_previous = False
        footer.paragraphs[0].text = "附件"

    for work in (first_page, second_section):
        assert [fault.code for fault in read(word("x", work=work)).faults] == ["headers"]


def test_a_row_with_fewer_columns_takes_none_of_the_next() -> None:
    def work(document: Any) -> None:
        cell = "<w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc>"
        late = "<w:trPr><w:gridBefore w:val='1'/></w:trPr>"
        rows = ("甲", "乙", "丙"), ("丁",), ("戊",)
        made = [f"<w:tr>{late if name == ('戊',) else ''}{''.join(map(cell.format, name))}</w:tr>" for name in rows]
        put(document, f"<w:tbl><w:tblPr/><w:tblGrid/>{''.join(made)}</w:tbl>")

    reading = read(word(work=work))
    (table,) = [one for one in reading.text.blocks if isinstance(one, Table)]
    assert [[cell.across for cell in row] for row in table.rows] == [[1, 1, 1], [1, 2], [1, 1, 1]]
    assert [row[1].blocks[0].text for row in table.rows if row[1].blocks] == ["乙", "戊"]  # type: ignore[union-attr]
    assert word_pdf(reading.text, title="表", author="青岚")


def test_lists_count_as_chinese_contracts_do() -> None:
    assert [_chinese(number) for number in (1, 10, 12, 20, 21, 101, 110)] == [
        "一", "十", "十二", "二十", "二十一", "一百零一", "一百一十",
    ]  # fmt: skip


def test_the_numbers_of_lists_are_those_word_shows() -> None:
    # Given a list such as contracts have: 第一条 with （一） below it
    def work(document: Any) -> None:
        numbering = document.part.numbering_part.element
        levels = "".join(
            f"<w:lvl w:ilvl='{depth}'><w:start w:val='1'/><w:numFmt w:val='chineseCounting'/><w:lvlText w:val='{text}'/></w:lvl>"
            for depth, text in enumerate(("第%1条", "（%2）", "%1.%3"))
        )
        draft = f"<w:abstractNum {nsdecls('w')} w:abstractNumId='90'>{levels}</w:abstractNum>"
        numbering.insert(0, parse_xml(draft))
        numbering.append(parse_xml(f"<w:num {nsdecls('w')} w:numId='90'><w:abstractNumId w:val='90'/></w:num>"))
        for depth, text in ((0, "租赁房屋"), (1, "坐落"), (1, "面积"), (0, "租期"), (1, "起止"), (2, "首日")):
            number = f"<w:numPr><w:ilvl w:val='{depth}'/><w:numId w:val='90'/></w:numPr>"
            put(document, f"<w:p><w:pPr>{number}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>")

    # Then each has its number
    reading = read(word(work=work))
    assert [f"{one.number}{one.text}" for one in reading.text.paragraphs()] == [
        "第一条租赁房屋",
        "（一）坐落",
        "（二）面积",
        "第二条租期",
        "（一）起止",
        "二.一首日",
    ]
    assert reading.faults == []


@given(st.lists(st.integers(1, 40), max_size=12), st.text("甲乙丙 ", max_size=9), st.text("甲乙{ \n", max_size=9))
def test_variables_are_found_and_filled_wherever_word_cut_them(cuts: list[int], before: str, value: str) -> None:
    # Given a sentence with variables, cut into runs anywhere
    whole = f"{before}{{{{承租方}}}}，{{{{ 月租金 }}}}元{{{{承租方}}}}"
    places = sorted({min(cut, len(whole)) for cut in cuts} | {0, len(whole)})
    pieces = tuple(Piece(whole[a:b], Look(bold=index % 2 == 1)) for index, (a, b) in enumerate(pairwise(places)))
    text = Text((Paragraph(pieces),))

    # Then they are found, and filled in with nothing else changed
    assert [one.name for one in variables_in(text)] == ["承租方", "月租金", "承租方"]
    assert not list(halves_in(text))
    made = filled(text, {"承租方": value, "月租金": "4,780.00"})
    assert made.blocks[0].text == f"{before}{value}，4,780.00元{value}"  # type: ignore[union-attr]


def test_what_is_no_document_or_more_than_one_is_refused() -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * 64 * 1024 * 1024)
    macro = io.BytesIO(word("x"))
    with zipfile.ZipFile(macro, "a") as archive:
        archive.writestr("word/vbaProject.bin", b"x")
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("xl/workbook.xml", b"<x/>")
    entity = io.BytesIO(word("x"))
    with zipfile.ZipFile(entity) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    evil = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
    parts["word/document.xml"] = evil + parts["word/document.xml"].split(b"?>", 1)[1].replace(b">x<", b">&a;<")
    rebuilt = io.BytesIO()
    with zipfile.ZipFile(rebuilt, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)

    for made, code in ((bomb, "bomb"), (macro, "macro"), (other, "kind"), (io.BytesIO(b"PK\x03\x04 no"), "kind")):
        with pytest.raises(Refused) as refused:
            open_word(made.getvalue())
        assert refused.value.code == code
    # What the file says of outside is not fetched
    text = read(rebuilt.getvalue()).text
    assert "".join(one.text for one in text.paragraphs()) == ""


def test_pages_of_several_kinds_and_columns_are_faults() -> None:
    def work(document: Any) -> None:
        section = document.add_section()
        section.page_width, section.page_height = section.page_height, section.page_width
        put(document, "<w:p><w:r><w:t>x</w:t></w:r></w:p>")

    assert {fault.code for fault in read(word("x", work=work)).faults} == {"sizes"}
