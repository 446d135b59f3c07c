"""The sample we bring along: a lease of a flat in Chinese with every clause 住房租赁条例 asks for, as a Word file to work on."""

from __future__ import annotations

import io
from datetime import datetime
from functools import cache
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

NAME = "住房租赁合同（示范文本）.docx"
FONT = "宋体"

PARTIES = (
    ("出租方（甲方）", "{{出租方}}"),
    ("统一社会信用代码", "{{出租方信用代码}}"),
    ("联系电话", "{{出租方电话}}"),
    ("承租方（乙方）", "{{承租方}}"),
    ("证件类型及号码", "{{承租方证件类型}} {{承租方证件号码}}"),
    ("联系电话", "{{承租方电话}}"),
)

OPENING = (
    "根据《中华人民共和国民法典》《住房租赁条例》等有关法律、法规，甲、乙双方在平等、自愿、协商一致的基础上，"
    "就租赁房屋有关事宜订立本合同。"
)

CLAUSES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "第一条　租赁房屋",
        (
            "房屋坐落：{{房屋坐落}}（{{项目名称}}）。不动产权证号：{{不动产权证号}}。",
            "房屋面积 {{面积}} 平方米，户型 {{户型}}，所在楼层 {{所在楼层}} 层。房屋用途：居住。",
            "甲方保证有权出租该房屋，房屋符合建筑、消防、燃气、室内装饰装修等方面的标准，不危及人身安全和健康，并已向乙方出示身份证件（营业执照）、"
            "不动产权属证书或者其他证明其合法权利的材料。",
            "房屋交付时，双方查验房屋及附属设施设备，抄录水、电、燃气表读数并签署交接单。交接单为本合同附件。",
        ),
    ),
    (
        "第二条　租赁期限",
        (
            "租赁期限自 {{租期开始}} 起至 {{租期结束}} 止，共 {{租期}}，首尾两日均计算在内。",
            "租赁期满，乙方需要继续承租的，应当在期满前 30 日内提出；双方协商一致的，另行签订书面合同。",
        ),
    ),
    (
        "第三条　租金及支付",
        (
            "租金为每月人民币 {{月租金}} 元（大写：{{月租金大写}}）。租金调整：{{租金调整}}。租赁期限内，甲方不得单方提高租金。",
            "租金每 {{付款月数}} 个月支付一次，先付后住，乙方按账单载明的日期支付。",
            "租金以外由乙方承担的费用：{{其他费用}}，标准以甲方公示的收费标准及账单为准。",
        ),
    ),
    (
        "第四条　押金",
        (
            "乙方向甲方支付押金人民币 {{押金}} 元（大写：{{押金大写}}）。",
            "返还时间：租赁关系终止、乙方交还房屋并结清费用之日起 {{押金返还天数}} 日内，甲方将押金余额返还乙方。",
            "扣减情形：{{押金扣减情形}}",
            "除前款约定的情形外，甲方不得扣减押金。扣减的，甲方应当列明项目、金额并说明依据。",
        ),
    ),
    (
        "第五条　居住和使用",
        (
            "同住人：{{同住人}}。增加同住人的，乙方应当事先告知甲方并办理登记；人均居住面积应当符合所在地人民政府规定的标准。",
            "乙方应当安全、合理使用房屋，不得擅自改变承重结构和房屋用途，不得将厨房、卫生间、阳台和地下储藏室等非居住空间用于居住，未经甲方书面同意不得转租。",
            "甲方不得擅自进入房屋；因维修、安全检查确需进入的，应当提前与乙方约定时间，遇紧急情况除外。",
        ),
    ),
    (
        "第六条　维修",
        (
            "房屋及附属设施设备自然损耗或者非因乙方原因损坏的，由甲方负责维修。甲方应当在接到乙方通知后及时维修；甲方未维修的，乙方可以自行维修，费用由甲方负担。",
            "因乙方使用不当造成损坏的，由乙方负责维修或者赔偿。",
        ),
    ),
    (
        "第七条　合同的解除和违约责任",
        (
            "经双方协商一致，可以解除本合同。"
            "乙方提前退租的，应当提前 {{提前通知天数}} 日通知甲方，并支付违约金：{{提前退租违约金}}。",
            "甲方不得以暴力、威胁、断水断电等方式迫使乙方解除合同或者提前腾退房屋；甲方提前收回房屋的，应当向乙方支付同等数额的违约金，并退还剩余租金和押金。",
            "租赁期满或者合同解除后，乙方逾期不交还房屋的，按每日人民币 {{逾期占用费}} 元支付占用费。",
        ),
    ),
    (
        "第八条　退房和结算",
        ("退房时双方查验房屋，抄录水、电、燃气表读数，签署结算单。多付的租金和费用按日退还，欠付的由乙方补足。",),
    ),
    (
        "第九条　备案和登记",
        (
            "甲方依照规定通过住房租赁管理服务平台等方式向房屋所在地房产管理部门备案本合同，乙方予以配合。乙方及同住人依照规定办理居住登记。",
        ),
    ),
    (
        "第十条　其他",
        (
            "双方对收集的对方个人信息负有保密义务，仅用于履行本合同和依法办理备案、登记。",
            "本合同未尽事宜，双方另行签订补充协议。发生争议的，协商解决；协商不成的，向房屋所在地人民法院起诉。",
            "本合同自双方签字（盖章）或者以可靠的电子签名签署之日起生效。纸质合同一式两份，双方各执一份。",
        ),
    ),
)

SIGNED = (("甲方（盖章）：", "乙方（签字）："), ("日期：　　　　年　　月　　日", "日期：　　　　年　　月　　日"))


@cache
def sample_lease() -> bytes:
    """The sample as a .docx file."""
    document = Document()
    _page(document)
    title = document.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title.paragraph_format.space_after = Pt(4)
    _run(title, "住房租赁合同", size=18, bold=True)
    number = document.add_paragraph()
    number.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    number.paragraph_format.space_after = Pt(6)
    _run(number, "合同编号：{{合同编号}}")
    _parties(document)
    _clause(document, OPENING, before=10)
    for heading, clauses in CLAUSES:
        head = document.add_paragraph()
        head.paragraph_format.space_before = Pt(8)
        head.paragraph_format.keep_with_next = True
        _run(head, heading, size=11.5, bold=True)
        for place, clause in enumerate(clauses, start=1):
            _clause(document, f"{place}. {clause}" if len(clauses) > 1 else clause)
    _signatures(document)
    document.core_properties.title = "住房租赁合同"
    document.core_properties.author = ""
    document.core_properties.created = document.core_properties.modified = datetime(2026, 1, 1)  # noqa: DTZ001 - Word's are bare
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def _page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.6)
    section.top_margin = section.bottom_margin = Cm(2)
    usual = document.styles["Normal"]
    usual.font.name, usual.font.size = FONT, Pt(10.5)
    usual.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    usual.paragraph_format.line_spacing = 1.1
    usual.paragraph_format.space_after = Pt(2)
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(foot, "第 ", size=9)
    _page_number(foot, "PAGE")
    _run(foot, " 页，共 ", size=9)
    _page_number(foot, "NUMPAGES")
    _run(foot, " 页", size=9)


def _parties(document: Any) -> None:
    table = document.add_table(rows=0, cols=2)
    table.style = "Table Grid"
    for label, value in PARTIES:
        cells = table.add_row().cells
        for cell, text, width in zip(cells, (label, value), (Cm(4), Cm(11.8)), strict=True):
            cell.width = width
            _run(cell.paragraphs[0], text)
    for column, width in zip(table.columns, (Cm(4), Cm(11.8)), strict=True):
        column.width = width


def _clause(document: Any, text: str, before: float = 0) -> None:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.first_line_indent = Pt(21)
    paragraph.paragraph_format.space_before = Pt(before)
    paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    _run(paragraph, text)


def _signatures(document: Any) -> None:
    table = document.add_table(rows=0, cols=2)
    for line in SIGNED:
        for cell, text in zip(table.add_row().cells, line, strict=True):
            cell.paragraphs[0].paragraph_format.space_before = Pt(18)
            _run(cell.paragraphs[0], text)


def _run(paragraph: Any, text: str, *, size: float | None = None, bold: bool = False) -> None:
    run = paragraph.add_run(text)
    run.bold = bold or None
    if size is not None:
        run.font.size = Pt(size)


def _page_number(paragraph: Any, instruction: str) -> None:
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), instruction)
    run = OxmlElement("w:r")
    text = OxmlElement("w:t")
    text.text = "1"
    properties = OxmlElement("w:rPr")
    size = OxmlElement("w:sz")
    size.set(qn("w:val"), "18")
    properties.append(size)
    run.extend((properties, text))
    field.append(run)
    paragraph._p.append(field)
