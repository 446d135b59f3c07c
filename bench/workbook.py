"""How long a large property takes to come in from its workbook, against reading the file and copying the same rows.

The limit is what no import can do without: reading every cell of the workbook once, and COPY of every row that the import wrote
into the same tables with their indexes and constraints, on the same machine in the same run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import xlsxwriter
from python_calamine import CalamineWorkbook

from bench.database import OPERATOR_ID, empty_database
from yuju.journeys.property_import.importing import property_import
from yuju.kit.dates import add_months
from yuju.kit.identity_numbers import check_character
from yuju.kit.tenancy import operator_context

AT = datetime(2026, 12, 1, tzinfo=UTC)
READINGS = 13

SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英文华建国"


@dataclass(frozen=True)
class Taken:
    """What was imported and how long it took, in seconds."""

    rows: int
    first: float
    again: float
    read: float
    copy: float

    @property
    def ratio(self) -> float:
        """The first import against reading its cells and copying its rows."""
        return self.first / (self.read + self.copy)


def measure(*, units: int, say: Callable[[str], None]) -> Taken:
    """Writes a workbook of so many units and imports it twice: into an empty database, and on top of itself."""
    with TemporaryDirectory() as folder, empty_database() as owner:
        path = Path(folder) / "property.xlsx"
        say(f"writing a workbook of {units:,} units …")
        rows = write_workbook(path, units)
        say(f"importing {rows:,} rows …")
        before = _filled(owner)
        first = _seconds(lambda: _import(path))
        written = [table for table, count in _filled(owner).items() if count > before[table]]
        say("importing them again …")
        again = _seconds(lambda: _import(path))
        read = _seconds(lambda: _read(path))
        return Taken(rows, first, again, read, _copied(owner, written, Path(folder)))


def _import(path: Path) -> None:
    with operator_context(OPERATOR_ID):
        outcome = property_import(source=path, by=None, at=AT)
    assert outcome.written, [fault.line() for fault in outcome.findings.faults[:5]]


def _read(path: Path) -> None:
    book = CalamineWorkbook.from_path(path)
    for name in book.sheet_names:
        book.get_sheet_by_name(name).to_python()


def _filled(owner: psycopg.Connection[Any]) -> dict[str, int]:
    """How many rows each table of the application holds."""
    names = owner.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
    counts = {}
    for (name,) in names.fetchall():
        row = owner.execute(f'SELECT count(*) FROM "{name}"').fetchone()
        assert row is not None
        counts[name] = row[0]
    return counts


def _copied(owner: psycopg.Connection[Any], tables: list[str], folder: Path) -> float:
    """Seconds of copying the rows of these tables out of and into themselves; only the way in counts."""
    for table in tables:
        with (folder / table).open("wb") as file, owner.cursor().copy(f'COPY "{table}" TO STDOUT') as out:
            for portion in out:
                file.write(portion)
    named = ", ".join(f'"{table}"' for table in tables)
    owner.execute(f"TRUNCATE {named} CASCADE")
    begun = time.perf_counter()
    with owner.transaction():
        for table in _referred_first(owner, tables):
            with (folder / table).open("rb") as file, owner.cursor().copy(f'COPY "{table}" FROM STDIN') as into:
                while portion := file.read(1 << 20):
                    into.write(portion)
    return time.perf_counter() - begun


def _referred_first(owner: psycopg.Connection[Any], tables: list[str]) -> list[str]:
    """The tables in an order in which foreign keys point to what came before."""
    found = owner.execute(
        "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint "
        "WHERE contype = 'f' AND conrelid <> confrelid"
    ).fetchall()
    waits = {table: {to for of, to in found if of == table and to in tables} for table in tables}
    ordered: list[str] = []
    while waits:
        ready = sorted(table for table, others in waits.items() if others <= set(ordered))
        assert ready, "foreign keys go round in a circle"
        ordered += ready
        for table in ready:
            del waits[table]
    return ordered


def _seconds(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def write_workbook(path: Path, units: int) -> int:
    """A property of so many units as operators have them; answers how many rows its sheets hold.

    Everything follows from the unit's number, so every run has the same rows.
    """
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "default_date_format": "yyyy-mm-dd"})
    count = 0
    for name, headings, rows in _sheets(units):
        sheet = book.add_worksheet(name)
        sheet.write_row(0, 0, headings.split())
        for number, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(number, column, datetime(cell.year, cell.month, cell.day))  # noqa: DTZ001 - a day
                elif cell != "":
                    sheet.write(number, column, cell)
            count += 1
    book.close()
    return count


_TARIFF_HEADINGS = "编码 名称 项目 计费方式 单价 阶梯 阶梯范围 公式 周期 起点 时点 提前天数 付款天数 折算 生效"
_TARIFFS: tuple[tuple[Any, ...], ...] = (
    ("RENT", "房租", "房租", "公式", "", "", "", "rent", 1, "租约", "预收", 7, 5, "按实际天数"),
    ("AREA", "物业费", "物业费", "面积", 2.8, "", "", "", 3, "自然月", "预收", 0, 20, "按实际天数"),
    ("NET", "网络费", "网络费", "固定", 60, "", "", "", 1, "自然月", "预收", 0, 10, "按30天"),
    ("PARK", "停车费", "停车费", "固定", 380, "", "", "", 1, "自然月", "预收", 0, 10, "不折算"),
    ("ELEC", "电费", "电费", "抄表", "", "2880:0.4883;4800:0.5383;*:0.7883", "年", "", 1, "", "", 0, 10, ""),
    ("WATER", "水费", "水费", "抄表", 3.45, "", "", "", 1, "", "", 0, 10, ""),
)


def _sheets(units: int) -> Iterator[tuple[str, str, Iterator[tuple[Any, ...]]]]:
    """Name, headings and rows of each sheet."""
    numbers = range(1, units + 1)
    meters = [("E", "电", 180), ("W", "水", 9)]
    yield "项目", "编码 名称", iter([("BENCH", "量测公寓")])
    yield "楼栋", "楼栋 层数", ((f"{b}号楼", 30) for b in range(1, (units - 1) // 500 + 2))
    yield (
        "房间",
        "楼栋 房号 楼层 户型 面积",
        ((*_room(u), u % 30 + 1, "一室一厅", 30 + u % 9000 / 100) for u in numbers),
    )
    yield "住户", "编号 姓名 手机 证件类型 证件号 类别 标签 紧急联系人 紧急电话", map(_resident, numbers)
    yield "租约", "编号 楼栋 房号 住户 类别 起租 到期 月租 押金 入住人数", map(_lease, numbers)
    yield "收费标准", _TARIFF_HEADINGS, ((*tariff, date(2020, 1, 1)) for tariff in _TARIFFS)
    yield "车位", "车位 位置", ((f"B1-{u}", "地下一层") for u in numbers if u % 10 < 3)
    yield "计费项", "租约 收费标准 表号 车位", _recurring(units)
    yield (
        "仪表",
        "表号 楼栋 房号 类型 倍率 位数",
        ((f"{letter}{u}", *_room(u), kind, 1, 6) for u in numbers for letter, kind, _ in meters),
    )
    yield (
        "抄表",
        "表号 日期 读数",
        (
            (f"{letter}{u}", add_months(_start(u), m), round(1000 + u % 5000 + m * step * (1 + u % 7 / 10), 2))
            for m in range(READINGS)
            for u in numbers
            for letter, _, step in meters
        ),
    )


def _resident(u: int) -> tuple[Any, ...]:
    tags = "独居" if u % 9 == 0 else ""
    return f"R{u}", _name(u), f"1390{u:07d}", "身份证", _document(u), "长租", tags, _name(u + 7), f"1380{u:07d}"


def _lease(u: int) -> tuple[Any, ...]:
    end = add_months(_start(u), 24) - timedelta(days=1)
    return f"L{u}", *_room(u), f"R{u}", "长租", _start(u), end, _rent(u), _rent(u), u % 4 + 1


def _recurring(units: int) -> Iterator[tuple[str, ...]]:
    for u in range(1, units + 1):
        for code in ("RENT", "AREA", "NET"):
            yield f"L{u}", code, "", ""
        yield f"L{u}", "ELEC", f"E{u}", ""
        yield f"L{u}", "WATER", f"W{u}", ""
        if u % 10 < 3:
            yield f"L{u}", "PARK", "", f"B1-{u}"


def _room(unit: int) -> tuple[str, str]:
    return f"{(unit - 1) // 500 + 1}号楼", f"{(unit - 1) % 500 // 17 + 1:02d}{(unit - 1) % 500 % 17 + 1:02d}"


def _name(number: int) -> str:
    return SURNAMES[number % len(SURNAMES)] + GIVEN[number // 31 % len(GIVEN)] + GIVEN[number // 7 % len(GIVEN)]


def _document(number: int) -> str:
    born = date(1960, 1, 1) + timedelta(days=number % 15000)
    first = f"310104{born:%Y%m%d}{number // 15000 % 1000:03d}"
    return first + check_character(first)


def _start(unit: int) -> date:
    return date(2025, 11, 1) + timedelta(days=unit % 28)


def _rent(unit: int) -> int:
    return 2000 + unit % 700 * 10
