"""Printed documents: our own fonts, and never a box for a character."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from yuju.kit import documents
from yuju.kit.errors import Refused


@pytest.fixture
def template(tmp_path):
    path = tmp_path / "plain.typ"
    path.write_text(
        '#let data = json(bytes(sys.inputs.data))\n#set text(font: ("Inter", "Noto Sans SC"))\n#data.text *#data.text*'
    )
    return path


def test_chinese_latin_and_signs_are_printed(template):
    made = documents.pdf(template, {"text": "账单 ¥1,234.00 m² m³ kWh × → ÷ − 壹贰叁肆伍陆柒捌玖拾佰仟万元角分整"})
    assert made.startswith(b"%PDF-")
    assert b"NotoSansSC" in made
    assert b"Inter" in made


def test_a_character_without_a_glyph_is_a_fault_that_names_it(template):
    assert documents.missing_characters({"a": ["好", {"b": "\U0001f600"}], "c": "好\U000323af"}) == [
        "\U0001f600",
        "\U000323af",
    ]
    with pytest.raises(Refused, match=r"U\+1F600"):
        documents.pdf(template, {"text": "笑 \U0001f600"})


def test_every_character_said_to_be_there_is_printed_by_our_fonts_alone(template, tmp_path):
    # Names in the wild: rare surnames and given names of GB 2312 and beyond.
    text = "亓郄仇覃佘隗睢乜逯郗妫芈禤翀昀喆彧玥珺晞旻"
    assert documents.missing_characters(text) == []
    assert documents.pdf(template, {"text": text}).startswith(b"%PDF-")


def test_pages_print_from_several_threads(template):
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda number: documents.pdf(template, {"text": f"账单 {number}"}), range(8)))
    assert all(one.startswith(b"%PDF-") for one in made)


def test_the_list_of_characters_is_in_order():
    ranges = json.loads((documents.FONTS / "coverage.json").read_text())["ranges"]
    flat = [bound for pair in ranges for bound in pair]
    assert flat == sorted(flat)
