"""Workbooks for tests: a small property that is right in every cell, to be put wrong in one."""

from __future__ import annotations

import copy
import datetime
import io
import zipfile
from typing import Any

import xlsxwriter

Sheets = dict[str, list[list[Any]]]

# fmt: off
SMALL: Sheets = {
    "项目": [["编码", "名称", "地址", "电话"], ["P01", "阳光里", "上海市闵行区", "021-60000000"]],
    "楼栋": [["楼栋", "名称", "层数"], ["1号楼", "1号楼", 18]],
    "房间": [
        ["楼栋", "房号", "楼层", "户型", "面积"],
        ["1号楼", "0101", 1, "开间", 31.22],
        ["1号楼", "0102", 1, "复式", 62.08],
    ],
    "住户": [
        ["编号", "姓名", "手机", "证件类型", "证件号", "类别", "标签", "紧急联系人", "紧急电话"],
        ["R1", "朱敏娜", "136 9744 4855", "身份证", "11010119451215961X", "长租", "老人、养宠", "叶玲", "19779378296"],
        ["R2", "张芳涵", "15288451869", "身份证", "310104199705028164", "业主", "", "", ""],
    ],
    "租约": [
        ["编号", "楼栋", "房号", "住户", "类别", "起租", "到期", "月租", "押金", "入住人数"],
        ["L1", "1号楼", "0101", "R1", "长租", "2026-01-01", "2026-12-31", 2090, "¥2,090.00", 2],
        ["L2", "1号楼", "0102", "R2", "业主", "2025-05-01", "", "", "", 3],
    ],
    "收费标准": [
        ["编码", "名称", "项目", "计费方式", "单价", "阶梯", "阶梯范围", "公式", "周期", "起点", "时点", "提前天数",
         "付款天数", "折算", "取整", "生效", "违约金日率", "宽限天数", "违约金上限"],
        ["RENT", "房租", "房租", "公式", "", "", "", "rent", 1, "租约", "预收", 7, 5, "按实际天数", "分",
         "2020-01-01", "0.05%", 3, "20%"],
        ["PM", "物业费", "物业费", "面积", 2.8, "", "", "", 3, "自然月", "预收", 0, 20, "按实际天数", "分",
         "2020-01-01", "", "", ""],
        ["ELEC", "电费", "电费", "抄表", "", "180:5.00;260:7.00;*:9.00", "年", "", 1, "自然月", "后付", 0, 10,
         "按实际天数", "分", "2020-01-01", "", "", ""],
        ["PARK", "车位费", "停车费", "固定", 380, "", "", "", 1, "自然月", "预收", 0, 10, "不折算", "分",
         "2020-01-01", "", "", ""],
    ],
    "车位": [["车位", "位置"], ["B1-001", "地下一层"]],
    "计费项": [
        ["租约", "收费标准", "表号", "车位", "开始", "结束", "单价", "优惠", "已收至"],
        ["L1", "RENT", "", "", "", "", "", "", ""],
        ["L1", "PM", "", "", "", "", "", "10%", ""],
        ["L1", "ELEC", "E1", "", "", "", "", "", ""],
        ["L1", "PARK", "", "B1-001", "2026-02-01", "", 300, 0.05, ""],
        ["L2", "PM", "", "", "", "", "", "", ""],
    ],
    "仪表": [["表号", "楼栋", "房号", "类型", "倍率", "位数"], ["E1", "1号楼", "0101", "电", 1, 6]],
    "抄表": [
        ["表号", "日期", "读数", "翻转"],
        ["E1", "2026-01-01", 100, ""],
        ["E1", datetime.date(2026, 2, 1), 250.5, ""],
        ["E1", "20260301", 380.25, ""],
    ],
    "期初": [["租约", "类型", "收费标准", "开始", "结束", "到期日", "金额"], ["L1", "押金", "", "", "", "", 2090]],
}
# fmt: on


def small() -> Sheets:
    """A copy of the small property, to be changed freely."""
    return copy.deepcopy(SMALL)


def put(sheets: Sheets, sheet: str, row: int, heading: str, value: Any) -> Sheets:
    """Puts a value into a cell; `row` is the one Excel shows (the headings are row 1)."""
    page = sheets[sheet]
    if heading not in page[0]:
        for cells in page:
            cells.append("")
        page[0][-1] = heading
    page[row - 1][page[0].index(heading)] = value
    return sheets


def workbook(sheets: Sheets, *, down: int = 0, right: int = 0) -> bytes:
    """The sheets as an .xlsx file, each table moved down and to the right."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"strings_to_formulas": False})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for name, rows in sheets.items():
        page = book.add_worksheet(name)
        for index, cells in enumerate(rows):
            for column, value in enumerate(cells):
                if isinstance(value, datetime.date):
                    page.write_datetime(index + down, column + right, value, day)
                elif isinstance(value, bool):
                    page.write_boolean(index + down, column + right, value)
                elif isinstance(value, int | float):
                    page.write_number(index + down, column + right, value)
                elif value != "":
                    page.write_string(index + down, column + right, str(value))
    book.close()
    return file.getvalue()


def replaced(data: bytes, name: str, content: bytes) -> bytes:
    """A workbook with one file of its archive replaced (or added)."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            if entry.filename != name:
                new.writestr(entry.filename, old.read(entry.filename))
        new.writestr(name, content)
    return made.getvalue()


def within(data: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """A workbook with some bytes of one file of its archive replaced; they must be there."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        content = archive.read(name)
    assert old in content, content[:2000]
    return replaced(data, name, content.replace(old, new))
