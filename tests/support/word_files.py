"""Word files for tests, written as Word writes them."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

LEASE = (
    "出租方：{{出租方}}，承租方：{{承租方}}（{{承租方电话}}）",
    "坐落：{{房屋坐落}}，不动产权证号：{{不动产权证号}}",
    "租期自 {{租期开始}} 至 {{租期结束}}，月租金 {{月租金}} 元",
    "押金 {{押金}} 元，退房后 {{押金返还天数}} 日内返还。可以扣减押金的情形：欠付的租金和费用。",
)
"""A lease that states what it has to."""


def word(*lines: str, work: Callable[[Any], None] | None = None) -> bytes:
    """A document of some paragraphs; `work` does what else is to be done with it."""
    document = Document()
    for line in lines:
        document.add_paragraph(line)
    if work is not None:
        work(document)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def put(document: Any, xml: str) -> None:
    """Puts WordprocessingML at the end of the document, in the namespace `w`."""
    element = parse_xml(xml.replace(">", f" {nsdecls('w', 'wp', 'a', 'r')}>", 1))
    document.element.body.insert_element_before(element, "w:sectPr")
