"""The reading sheet (抄表表): a round as an Excel list to fill in, and taken back in as a whole or not at all."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yuju.identity.choices import AuditAction
from yuju.identity.models import User
from yuju.identity.services import audit_record
from yuju.journeys.property_import.cells import CellFault, is_empty, read_date, read_number, read_yes_no, shown
from yuju.journeys.property_import.columns import Column, Kind
from yuju.journeys.property_import.opening import open_workbook
from yuju.kit.errors import Refused
from yuju.metering.choices import MeterKind, ReadingSource
from yuju.metering.models import Reading
from yuju.metering.selectors import RoundStop, reading_round
from yuju.premises.models import Property

LAYOUT: tuple[tuple[Column, int], ...] = (
    (Column("serial", "表号", "Meter", Kind.CODE, key=True), 18),
    (Column("unit", "房号", "Unit", Kind.TEXT), 16),
    (Column("kind", "类型", "Kind", Kind.TEXT), 8),
    (Column("last_date", "上次日期", "Last date", Kind.DATE), 12),
    (Column("last_value", "上次读数", "Last reading", Kind.NUMBER, decimals=4), 12),
    (Column("date", "抄表日期", "Date", Kind.DATE, key=True), 12),
    (Column("value", "本次读数", "Reading", Kind.NUMBER, decimals=4, low=Decimal(0)), 12),
    (Column("rollover", "翻转", "Rolled over", Kind.YES_NO), 8),
)
"""The columns of the sheet, and how wide each is. Only the last three are read back, by the meter in the first."""

COLUMNS = {column.field: column for column, _width in LAYOUT}
HEADINGS_WITHIN = 10
"""The row of headings is looked for in so many rows."""


@dataclass(frozen=True)
class SheetFault:
    """What is wrong with one cell: `row` as Excel counts, `column` its heading, `field` its place in the layout."""

    row: int
    field: str
    value: str
    wrong: str
    expected: str

    @property
    def column(self) -> str:
        return _heading(self.field) if self.field in COLUMNS else ""


@dataclass(frozen=True)
class NewReading:
    """A row of the sheet that can be written down."""

    stop: RoundStop
    date: date
    value: Decimal
    is_rollover: bool


@dataclass
class Checked:
    """A sheet that was read: what it brings, and what is wrong with it.

    Attributes:
        grid: its cells as they were, for the report.
        columns: where each field stands in it.
        empty: rows without a reading, which were passed over.
    """

    readings: list[NewReading] = field(default_factory=list)
    faults: list[SheetFault] = field(default_factory=list)
    grid: list[list[Any]] = field(default_factory=list)
    columns: dict[str, int] = field(default_factory=dict)
    empty: int = 0


def sheet_write(property: Property, *, on: date, kind: str = "", building_id: int | None = None) -> bytes:
    """A sheet with every installed meter of the round, its last reading, and room for the new one.

    Args:
        on: the local day written into the date column.
    """
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    page = book.add_worksheet(_("Readings"))
    head = book.add_format({"bold": True, "bg_color": "#EDEFEE", "border": 1})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    free = book.add_format({"bg_color": "#FFFBEA", "border": 1, "num_format": "0.####"})
    free_day = book.add_format({"bg_color": "#FFFBEA", "border": 1, "num_format": "yyyy-mm-dd"})
    page.freeze_panes(1, 1)
    for index, (column, width) in enumerate(LAYOUT):
        page.set_column(index, index, width)
        page.write_string(0, index, _heading(column.field), head)
    for row, stop in enumerate(reading_round(property.pk, kind=kind, building_id=building_id), start=1):
        page.write_string(row, 0, stop.serial)
        page.write_string(row, 1, stop.unit)
        page.write_string(row, 2, str(MeterKind(stop.kind).label))
        if stop.last_date is not None and stop.last_value is not None:
            page.write_datetime(row, 3, datetime(*stop.last_date.timetuple()[:3]), day)  # noqa: DTZ001
            page.write_number(row, 4, float(stop.last_value))
        page.write_datetime(row, 5, datetime(*on.timetuple()[:3]), free_day)  # noqa: DTZ001
        page.write_blank(row, 6, None, free)
        page.write_blank(row, 7, None, free)
    book.close()
    return target.getvalue()


def sheet_check(property: Property, data: bytes, *, today: date) -> Checked:
    """Reads a filled-in sheet and checks every row of it; nothing is written.

    Args:
        today: the property's local day.

    Raises:
        Refused: the file is no workbook that can be read, or has no row of headings.
    """
    opened = open_workbook(data)
    name = next(iter(opened.book.sheet_names), None)
    grid = opened.book.get_sheet_by_name(name).to_python(skip_empty_area=False) if name is not None else []
    checked = Checked(grid=[list(row) for row in grid])
    top = _find_headings(checked)
    stops = {stop.serial: stop for stop in reading_round(property.pk)}
    seen: dict[str, int] = {}
    for number, cells in enumerate(grid[top + 1 :], start=top + 2):
        _check_row(checked, number, cells, stops, seen, today, from_1904=opened.dates_from_1904)
    return checked


@transaction.atomic
def sheet_apply(property: Property, checked: Checked, *, by: User | None, at: datetime) -> int:
    """Writes down all readings of a sheet without faults; returns how many.

    Raises:
        Refused: the sheet has faults, or somebody read one of the meters meanwhile.
    """
    if checked.faults:
        raise Refused(_("Nothing was written: the sheet has faults."))
    list(Property.objects.select_for_update(no_key=True).filter(pk=property.pk).values_list("pk"))
    now = {stop.meter_id: stop.last_date for stop in reading_round(property.pk)}
    for one in checked.readings:
        if now.get(one.stop.meter_id) != one.stop.last_date:
            raise Refused(
                _("Meter %(serial)s was read meanwhile. Take in the sheet again.") % {"serial": one.stop.serial}
            )
    Reading.objects.bulk_create(
        [
            Reading(
                property=property,
                meter_id=one.stop.meter_id,
                date=one.date,
                value=one.value,
                is_rollover=one.is_rollover,
                source=ReadingSource.SHEET,
                read_by=by,
                created_at=at,
            )
            for one in checked.readings
        ],
        batch_size=5000,
    )
    audit_record(
        action=AuditAction.IMPORTED,
        by=by,
        at=at,
        about=property,
        property_id=property.pk,
        readings=len(checked.readings),
    )
    return len(checked.readings)


def sheet_report(checked: Checked) -> bytes:
    """A copy of the sheet with its bad cells coloured and a comment on each."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(
        target,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "default_date_format": "yyyy-mm-dd",
        },
    )
    page = book.add_worksheet(_("Readings"))
    bad = book.add_format({"bg_color": "#F8C9C4", "font_color": "#8A1C12"})
    bad_day = book.add_format({"bg_color": "#F8C9C4", "font_color": "#8A1C12", "num_format": "yyyy-mm-dd"})
    faults = {(fault.row, checked.columns.get(fault.field, 0)): fault for fault in checked.faults}
    for row, cells in enumerate(checked.grid):
        for index, cell in enumerate(cells):
            fault = faults.get((row + 1, index))
            form = (bad_day if isinstance(cell, date) else bad) if fault is not None else None
            if isinstance(cell, date):
                page.write_datetime(row, index, cell, form)
            elif isinstance(cell, bool | int | float):
                page.write(row, index, cell, form)
            else:
                page.write_string(row, index, str(cell), form) if cell != "" else page.write_blank(
                    row, index, None, form
                )
            if fault is not None:
                page.write_comment(row, index, f"{fault.wrong} {_('Expected:')} {fault.expected}")
    book.close()
    return target.getvalue()


def _heading(name: str) -> str:
    column = COLUMNS[name]
    return column.zh if (get_language() or "").startswith("zh") else column.en


def _find_headings(checked: Checked) -> int:
    """The row (from 0) whose cells are our headings."""
    known = {word: column.field for column in COLUMNS.values() for word in (column.zh, column.en.lower())}
    for row, cells in enumerate(checked.grid[:HEADINGS_WITHIN]):
        found = {known[word]: index for index, cell in enumerate(cells) if (word := str(cell).strip().lower()) in known}
        if {"serial", "date", "value"} <= found.keys():
            checked.columns = found
            return row
    raise Refused(
        _(
            "This is no reading sheet: a row with the headings 表号, 抄表日期 and 本次读数 (Meter, Date, Reading) is expected."
        ),
        code="headings",
    )


def _check_row(
    checked: Checked,
    number: int,
    cells: Sequence[Any],
    stops: dict[str, RoundStop],
    seen: dict[str, int],
    today: date,
    *,
    from_1904: bool,
) -> None:
    def cell(name: str) -> Any:
        index = checked.columns.get(name)
        return cells[index] if index is not None and index < len(cells) else ""

    def fault(name: str, wrong: Any, expected: Any) -> None:
        checked.faults.append(SheetFault(number, name, shown(cell(name)), str(wrong), str(expected)))

    if is_empty(cell("value")):
        checked.empty += not is_empty(cell("serial"))
        return
    serial = shown(cell("serial")).strip()
    stop = stops.get(serial)
    if stop is None:
        fault("serial", _("There is no installed meter of this number."), _("a number from the downloaded sheet."))
        return
    if serial in seen:
        fault("serial", _("This meter stands in row %(row)d already.") % {"row": seen[serial]}, _("each meter once."))
        return
    seen[serial] = number
    faults = len(checked.faults)
    day, value, rollover = today, Decimal(0), False
    try:
        day = read_date(cell("date"), dates_from_1904=from_1904)
    except CellFault as error:
        fault("date", error.wrong, error.expected)
    try:
        value = read_number(cell("value"), COLUMNS["value"])
    except CellFault as error:
        fault("value", error.wrong, error.expected)
    try:
        rollover = not is_empty(cell("rollover")) and read_yes_no(cell("rollover"))
    except CellFault as error:
        fault("rollover", error.wrong, error.expected)
    if len(checked.faults) == faults:
        for name, wrong, expected in _against(stop, day, value, rollover, today):
            fault(name, wrong, expected)
    if len(checked.faults) == faults:
        checked.readings.append(NewReading(stop, day, value, rollover))


def _against(stop: RoundStop, day: date, value: Decimal, rollover: bool, today: date) -> list[tuple[str, Any, Any]]:
    """What does not fit to the meter and its last reading."""
    limit = 10**stop.digits
    last = f"{stop.last_value.normalize():f}" if stop.last_value is not None else ""
    if day > today:
        return [("date", _("This day is still to come."), _("a day up to %(day)s.") % {"day": today})]
    if value >= limit:
        wrong = _("The meter has %(digits)d digits before the decimal point.") % {"digits": stop.digits}
        return [("value", wrong, _("a reading below %(limit)d.") % {"limit": limit})]
    if stop.last_date is not None and day <= stop.last_date:
        wrong = _("The meter was read on %(day)s: %(value)s.") % {"day": stop.last_date, "value": last}
        return [("date", wrong, _("a later day; a wrong reading is corrected on the meter's page."))]
    if stop.last_value is not None and value < stop.last_value and not rollover:
        wrong = _("The reading goes backwards: on %(day)s it was %(value)s.") % {"day": stop.last_date, "value": last}
        return [("value", wrong, _("at least %(value)s, or 是 in the column 翻转 (yes).") % {"value": last})]
    if rollover and (stop.last_value is None or value >= stop.last_value):
        wrong = _("It is marked as rolled over, but is not below the reading before.")
        return [("rollover", wrong, _("否 or an empty cell (no)."))]
    return []
