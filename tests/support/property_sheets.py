"""Reads a clean property workbook into pricing's dataclasses: small and trusting, nothing like the product's own import.

It shares no code with the import, so that the two can't be wrong together.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

from yuju.billing.pricing.formula import parse_formula
from yuju.billing.pricing.intervals import Faulty, Installation, Reading, due_intervals
from yuju.billing.pricing.line import Dated, Priced, Recurring, Terms, Unbillable, Version, due_periods
from yuju.billing.pricing.text import fold
from yuju.billing.pricing.tiers import parse_tiers

DATA = Path(__file__).parent.parent / "data"
COLUMNS = ["lease", "tariff", "meter", "space", "start", "end", "bill_date", "due_date", "gross", "discount", "amount"]
_WORDS = {
    "固定": "flat", "面积": "area", "人数": "headcount", "抄表": "metered", "公式": "formula", "期": "period", "年": "year",
    "自然月": "calendar", "租约": "lease", "预收": "advance", "后付": "arrears", "按实际天数": "actual", "按30天": "thirty",
    "不折算": "none", "分": "fen", "角": "jiao", "元": "yuan",
}  # fmt: skip


@dataclass
class Property:
    """A workbook's property: tariffs by code, recurring charges by (lease, tariff, meter, space), dials by serial."""

    tariffs: dict[str, Terms] = field(default_factory=dict)
    recurring: dict[tuple[str, str, str, str], Recurring] = field(default_factory=dict)
    meters: dict[str, Installation] = field(default_factory=dict)


def read_property(path: Path) -> Property:
    """A property from its workbook."""
    book = CalamineWorkbook.from_path(str(path))
    sheets = {name: list(_rows(book.get_sheet_by_name(name).to_python())) for name in book.sheet_names}
    made = Property()
    versions: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in sheets["收费标准"]:
        versions[_text(row["编码"])].append(row)
    for code, rows in versions.items():
        made.tariffs[code] = _terms(rows)
    units = {(_text(row["楼栋"]), _text(row["房号"])): row for row in sheets["房间"]}
    leases = {_text(row["编号"]): row for row in sheets["租约"]}
    for row in sheets["计费项"]:
        lease = leases[_text(row["租约"])]
        unit = units[_text(lease["楼栋"]), _text(lease["房号"])]
        key = (_text(row["租约"]), _text(row["收费标准"]), _text(row["表号"]), _text(row["车位"]))
        made.recurring[key] = Recurring(
            start=_day(row["开始"]) or _day(lease["起租"]) or date.min,
            end=_day(row["结束"]) or _day(lease["到期"]),
            rate=_number(row["单价"]),
            discount=_percent(row["优惠"]),
            billed_until=_day(row["已收至"]),
            facts={
                "area": _always(_number(unit["面积"])),
                "floor": _always(_number(unit["楼层"])),
                "occupants": _always(_number(lease["入住人数"])),
                "rent": _always(_number(lease["月租"])),
            },
        )
    readings: dict[str, list[Reading]] = defaultdict(list)
    for row in sheets["抄表"]:
        on, value = _day(row["日期"]), _number(row["读数"])
        assert on is not None
        assert value is not None
        readings[_text(row["表号"])].append(Reading(on, value, _text(row["翻转"]) in ("是", "翻转")))
    for row in sheets["仪表"]:
        serial = _text(row["表号"])
        ordered = tuple(sorted(readings[serial], key=lambda reading: reading.on))
        made.meters[serial] = Installation(ordered, _number(row["倍率"]) or Decimal(1), int(row["位数"] or 6))
    return made


def bill(made: Property, as_of: date) -> tuple[list[dict[str, str]], list[tuple[str, Unbillable]]]:
    """The charges of a bill run on an empty ledger as rows of the charges export, and what could not be billed."""
    rows: list[dict[str, str]] = []
    faults: list[tuple[str, Unbillable]] = []
    on_meter: dict[str, dict[str, tuple[Terms, Recurring]]] = defaultdict(dict)
    for (lease, tariff, meter, space), recurring in made.recurring.items():
        terms = made.tariffs[tariff]
        if terms.basis == "metered":
            on_meter[meter][f"{lease},{tariff}"] = (terms, recurring)
            continue
        for due in due_periods(terms, recurring, as_of):
            if isinstance(due.price, Unbillable):
                faults.append((f"{lease},{tariff}", due.price))
                continue
            days = (due.period.first, due.period.last, due.bill_date, due.due_date)
            rows.append(_row(lease, tariff, "", space, days, due.price))
    for meter, installation in made.meters.items():
        for taken in due_intervals([installation], on_meter.get(meter, {}), as_of):
            if isinstance(taken.price, Unbillable):
                faults.append((taken.owner or meter, taken.price))
                continue
            assert taken.interval is not None
            assert not isinstance(taken.interval, Faulty)
            assert taken.owner is not None
            assert taken.due_date is not None
            lease, tariff = taken.owner.split(",")
            this = taken.interval.this.on
            rows.append(
                _row(lease, tariff, meter, "", (taken.interval.previous.on, this, this, taken.due_date), taken.price)
            )
    return sorted(rows, key=lambda row: tuple(row.values())[:5]), faults


def expected_charges(path: Path) -> list[dict[str, str]]:
    """The rows of a charges export."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _row(
    lease: str, tariff: str, meter: str, space: str, days: tuple[date, date, date, date], price: Priced
) -> dict[str, str]:
    values = (*(day.isoformat() for day in days), f"{price.gross}", f"{price.discount}", f"{price.amount}")
    return dict(zip(COLUMNS, (lease, tariff, meter, space, *values), strict=True))


def _terms(rows: list[dict[str, Any]]) -> Terms:
    ordered = sorted(rows, key=lambda row: _day(row["生效"]) or date.min)
    versions = tuple(
        Version(
            valid_from=_day(row["生效"]) or date.min,
            rate=_number(row["单价"]),
            tiers=parse_tiers(row["阶梯"]) if row["阶梯"] else None,
            formula=parse_formula(row["公式"]) if row["公式"] else None,
        )
        for row in ordered
    )
    row = ordered[0]
    words: Any = {key: _WORDS.get(_text(row[key])) for key in ("计费方式", "阶梯范围", "起点", "时点", "折算", "取整")}
    return Terms(
        basis=words["计费方式"],
        versions=versions,
        cycle_months=int(row["周期"]),
        anchor=words["起点"],
        timing=words["时点"],
        lead_days=int(row["提前天数"]),
        due_days=int(row["付款天数"]),
        proration=words["折算"],
        rounding=words["取整"],
        tier_scope=words["阶梯范围"] or "period",
    )


def _rows(cells: list[list[Any]]) -> Iterator[dict[str, Any]]:
    head = [_text(cell) for cell in cells[0]]
    for row in cells[1:]:
        if any(cell != "" for cell in row) and row != cells[0]:
            yield dict(zip(head, row, strict=True))


def _text(cell: Any) -> str:
    return fold(str(cell)).strip()


def _number(cell: Any) -> Decimal | None:
    text = _text(cell).replace(",", "").lstrip("¥")
    return Decimal(text) if text else None


def _percent(cell: Any) -> Decimal:
    text = _text(cell)
    return Decimal(text[:-1]) if text.endswith("%") else Decimal(text or 0) * 100


def _day(cell: Any) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = _text(cell)
    if not text:
        return None
    if match := re.fullmatch(r"(\d{4})(\d\d)(\d\d)", text):
        return date(*map(int, match.groups()))
    return date(*map(int, re.split(r"[-/.]", text)))


def _always(value: Decimal | None) -> Dated:
    return Dated(((date.min, value),))
