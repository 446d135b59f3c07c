"""From the workbook into the database: everything or nothing, once, and never over what was billed."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.journeys.property_import.workbooks import Sheets, put, small, workbook
from tests.support.stays import CREDIT_CODE, make_company
from yuju.billing.choices import ChargeKind, RunSource
from yuju.billing.models import BillingAccount, Charge, RecurringCharge, TariffVersion
from yuju.billing.services.runs import bill_run_draft, bill_run_issue
from yuju.journeys.property_import.comparing import Counts
from yuju.journeys.property_import.importing import Outcome, property_import
from yuju.kit import search
from yuju.kit.errors import Refused
from yuju.metering.models import Meter, Reading
from yuju.payments.models import DepositEntry, Payment
from yuju.premises.models import Property, Unit, UnitFact
from yuju.residency.models import Resident, Tenure, TenureTerm

DATA = Path(__file__).parent.parent.parent / "data"
AT = datetime(2026, 12, 1, 4, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("operator")


def brought(source: Sheets | Path, **options: Any) -> Outcome:
    taken = workbook(source) if isinstance(source, dict) else source
    return property_import(source=taken, by=None, at=AT, **options)


def imported(source: Sheets | Path) -> Outcome:
    outcome = brought(source)
    assert outcome.findings.faults == [], [fault.line() for fault in outcome.findings.faults]
    assert outcome.written
    return outcome


def faults(sheets: Sheets) -> list[tuple[str, str | None, int | None, str | None]]:
    found = brought(sheets).findings.faults
    return [(fault.code, fault.place.sheet, fault.place.row, fault.place.column) for fault in found]


def billed(as_of: date = date(2026, 3, 15)) -> None:
    run = bill_run_draft(property=Property.objects.get(), as_of=as_of, source=RunSource.COMMAND, by=None, at=AT)
    assert run.charge_count > 0
    bill_run_issue(run=run, by=None, at=AT, leave_out_open=True)


def changed(outcome: Outcome) -> dict[str, Counts]:
    return {name: counts for name, counts in outcome.counts.items() if counts.added or counts.changed}


def test_a_small_property_is_there_as_written() -> None:
    imported(small())
    lease = Tenure.objects.get(number="L1")
    assert (lease.kind, lease.unit.label, lease.resident.name) == ("lease", "1号楼0101", "朱敏娜")
    assert (lease.start, lease.end, lease.deposit) == (date(2026, 1, 1), date(2026, 12, 31), Decimal(2090))
    assert TenureTerm.objects.get(tenure=lease).rent == Decimal(2090)
    assert Tenure.objects.get(number="L2").kind == "ownership"
    resident = Resident.objects.get(ref="R1")
    assert (resident.phone, resident.id_number, resident.category) == ("13697444855", "11010119451215961X", "long_term")
    # What their document says of where they come from is known, too: registration offices ask for it
    assert resident.nationality == "CN"
    assert sorted(tag.name for tag in resident.tags.all()) == ["养宠", "老人"]
    assert UnitFact.objects.get(unit__number="0101").area == Decimal("31.22")
    parking = RecurringCharge.objects.get(space__code="B1-001")
    assert (parking.start, parking.end) == (date(2026, 2, 1), date(2026, 12, 31))
    assert (parking.rate, parking.discount) == (Decimal(300), Decimal("0.05"))
    assert RecurringCharge.objects.get(account__tenure__number="L2").end is None
    assert TariffVersion.objects.get(tariff__code="ELEC").tiers == "180:5;260:7;*:9"
    assert [reading.value for reading in Reading.objects.order_by("date")] == [100, Decimal("250.5"), Decimal("380.25")]
    assert DepositEntry.objects.get().amount == Decimal(2090)


def test_nothing_is_written_while_one_fault_stands() -> None:
    outcome = brought(put(small(), "抄表", 4, "日期", "2026-02-30"))
    assert not outcome.written
    assert (Property.objects.count(), Unit.objects.count(), Tenure.objects.count()) == (0, 0, 0)


def test_a_check_writes_nothing_and_says_what_would_come() -> None:
    outcome = brought(small(), check_only=True)
    assert outcome.findings.clean
    assert outcome.counts["units"] == Counts(added=2)
    assert Property.objects.count() == 0


def test_importing_again_changes_nothing() -> None:
    imported(small())
    again = imported(small())
    assert changed(again) == {}
    assert again.counts["readings"] == Counts(left=3)
    assert (Unit.objects.count(), Reading.objects.count(), BillingAccount.objects.count()) == (2, 3, 2)
    assert DepositEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("sheet", "row", "heading", "value", "counted"),
    [
        ("项目", 2, "名称", "阳光外", "property"),
        ("楼栋", 2, "层数", 20, "buildings"),
        ("房间", 2, "面积", 33.5, "units"),
        ("住户", 2, "手机", "13800000000", "residents"),
        ("住户", 2, "标签", "老人", "residents"),
        ("租约", 2, "押金", 1000, "leases"),
        ("租约", 2, "月租", 3000, "leases"),
        ("收费标准", 3, "单价", 3, "tariffs"),
        ("收费标准", 3, "付款天数", 30, "tariffs"),
        ("车位", 2, "位置", "地下二层", "spaces"),
        ("计费项", 3, "优惠", "20%", "recurring"),
        ("计费项", 5, "开始", "2026-03-01", "recurring"),
        ("仪表", 2, "倍率", 10, "meters"),
        ("抄表", 4, "读数", 400, "readings"),
    ],
)
def test_one_changed_cell_changes_one_row(sheet: str, row: int, heading: str, value: Any, counted: str) -> None:
    imported(small())
    sheets = put(small(), sheet, row, heading, value)
    assert changed(imported(sheets)) == {counted: Counts(changed=1, left=imported(sheets).counts[counted].left - 1)}
    assert changed(imported(sheets)) == {}


def test_a_changed_reading_supersedes_the_old_one() -> None:
    imported(small())
    imported(put(small(), "抄表", 4, "读数", 400))
    old, new = Reading.objects.filter(date=date(2026, 3, 1)).order_by("id")
    assert (old.value, old.superseded_by, new.value, new.superseded_by) == (Decimal("380.25"), new, Decimal(400), None)


def test_a_column_that_is_missing_leaves_what_is_there() -> None:
    imported(small())
    sheets = small()
    Resident.objects.filter(ref="R2").update(id_type="passport", nationality="DE")
    sheets["住户"][2][1] = "张芳"
    for cells in sheets["住户"]:
        del cells[2:5]
    imported(sheets)
    assert Resident.objects.get(ref="R1").phone == "13697444855"
    renamed = Resident.objects.get(ref="R2")
    assert (renamed.name, renamed.nationality) == ("张芳", "DE")


def test_sheets_that_are_missing_are_expected_to_be_there() -> None:
    imported(small())
    readings: Sheets = {"抄表": [["表号", "日期", "读数"], ["E1", "2026-04-01", 500]]}
    assert changed(imported(readings)) == {"readings": Counts(added=1)}
    assert faults({"抄表": [["表号", "日期", "读数"], ["E9", "2026-04-01", 500]]}) == [
        ("missing-sheet", "抄表", 2, "表号")
    ]


def test_a_workbook_without_a_property_needs_just_one() -> None:
    sheets: Sheets = {"车位": [["车位"], ["B1-002"]]}
    with pytest.raises(Refused):
        brought(sheets)
    imported(small())
    other = put(small(), "项目", 2, "编码", "P02")
    imported(other)
    with pytest.raises(Refused):
        brought(sheets)


def test_two_properties_with_the_same_codes_keep_apart() -> None:
    imported(small())
    imported(put(small(), "项目", 2, "编码", "P02"))
    assert changed(imported(small())) == {}
    assert Meter.objects.filter(serial="E1").count() == 2


def test_overlaps_with_what_is_there_already() -> None:
    imported(small())
    sheets = small()
    del sheets["租约"][1]
    sheets["租约"].append(["L9", "1号楼", "0101", "R1", "长租", "2026-06-01", "2027-05-31", 2000, "", 1])
    del sheets["计费项"], sheets["期初"]
    assert faults(sheets) == [("overlap", "租约", 3, "起租")]


def test_what_was_imported_is_found() -> None:
    imported(small())
    assert [hit.title for hit in search.find("zmn", ["resident"])] == ["朱敏娜"]
    assert [hit.title for hit in search.find("13697444855")] == ["朱敏娜"]
    assert {hit.kind for hit in search.find("0101")} == {"unit", "resident", "lease", "meter"}
    assert [hit.title for hit in search.find("L2")] == ["L2"]


def test_a_new_name_is_found_wherever_the_old_one_was() -> None:
    imported(small())
    imported(put(small(), "住户", 2, "姓名", "王小明"))
    assert {hit.title for hit in search.find("wxm")} == {"王小明", "L1"}
    assert search.find("zmn") == []


@pytest.mark.parametrize(
    ("sheet", "row", "heading", "value"),
    [
        ("租约", 2, "起租", "2026-01-02"),
        ("租约", 2, "月租", 3000),
        ("租约", 2, "房号", "0102"),
        ("房间", 2, "面积", 33.5),
        ("收费标准", 3, "单价", 3),
        ("收费标准", 3, "周期", 1),
        ("收费标准", 2, "公式", "rent * 2"),
        ("收费标准", 4, "阶梯", "180:6;*:9"),
        ("计费项", 3, "优惠", "20%"),
        ("计费项", 3, "单价", 3),
        ("计费项", 3, "结束", "2026-02-15"),
        ("计费项", 5, "开始", "2026-02-02"),
        ("计费项", 5, "已收至", "2026-02-28"),
        ("仪表", 2, "倍率", 10),
        ("抄表", 3, "读数", 260),
        ("抄表", 4, "读数", 400),
    ],
)
def test_what_was_billed_is_not_changed_by_an_import(sheet: str, row: int, heading: str, value: Any) -> None:
    # Given a property whose charges were issued
    imported(small())
    billed()
    # When a cell behind a charge is another one now
    outcome = brought(put(small(), sheet, row, heading, value))
    # Then that is a fault of that cell which names a charge, and nothing is written
    found = outcome.findings.faults
    assert ("billed", sheet, row, heading) in {(f.code, f.place.sheet, f.place.row, f.place.column) for f in found}
    assert any(re.search(r"L[12] (RENT|PM|ELEC|PARK) 20\d\d-\d\d-\d\d", str(fault.wrong)) for fault in found)
    assert not outcome.written
    assert changed(imported(small())) == {}


def test_a_reading_between_used_ones_is_refused_and_a_later_one_is_not() -> None:
    imported(small())
    billed()
    between, later = small(), small()
    between["抄表"].append(["E1", "2026-02-15", 300, ""])
    later["抄表"].append(["E1", "2026-04-01", 500, ""])
    assert faults(between) == [("billed", "抄表", 5, "读数")]
    assert changed(imported(later)) == {"readings": Counts(added=1, left=3)}


def test_a_new_price_may_begin_after_what_was_billed_only() -> None:
    imported(small())
    billed()
    for day, right in (("2026-03-01", False), ("2026-03-02", True), ("2026-04-01", True)):
        sheets = small()
        sheets["收费标准"].append([*sheets["收费标准"][2]])
        put(put(sheets, "收费标准", 6, "生效", day), "收费标准", 6, "单价", 3.15)
        assert brought(sheets, check_only=True).findings.clean is right, day


def test_what_does_not_touch_a_charge_may_change_after_billing() -> None:
    imported(small())
    billed()
    sheets = put(put(small(), "租约", 2, "押金", 1), "收费标准", 3, "付款天数", 30)
    assert set(changed(imported(sheets))) == {"leases", "tariffs"}


def test_an_opening_balance_is_posted_once() -> None:
    imported(small())
    assert faults(put(small(), "期初", 2, "金额", 3000)) == [("posted", "期初", 2, "金额")]
    assert DepositEntry.objects.get().amount == Decimal(2090)


def test_the_opening_balances_of_a_property_in_mid_life() -> None:
    # Given a property that was billed elsewhere until now
    imported(DATA / "harbour.xlsx")
    # Then each lease stands as the old books left it
    found: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 3)
    for charge in Charge.objects.filter(kind=ChargeKind.OPENING).select_related("account__tenure"):
        found[charge.account.tenure.number][0] += charge.amount
    for place, rows in ((1, Payment.objects), (2, DepositEntry.objects)):
        for row in rows.select_related("account__tenure"):
            found[row.account.tenure.number][place] += row.amount
    with (DATA / "harbour-openings.csv").open(encoding="utf-8") as file:
        wanted = {
            row["lease"]: [Decimal(row[name]) for name in ("arrears", "credit", "deposit")]
            for row in csv.DictReader(file)
        }
    assert found == wanted
    assert changed(imported(DATA / "harbour.xlsx")) == {}


def test_the_number_of_statements_does_not_depend_on_the_number_of_units() -> None:
    def larger(units: int) -> Sheets:
        sheets = small()
        for number in range(units):
            sheets["房间"].append(["1号楼", f"9{number:03d}", 1, "开间", 30])
            sheets["住户"].append([f"R9{number}", "李四", "13800000000", "", "", "长租", "", "", ""])
            lease = [
                f"L9{number}",
                "1号楼",
                f"9{number:03d}",
                f"R9{number}",
                "长租",
                "2026-01-01",
                "2026-12-31",
                900,
                "",
                1,
            ]
            sheets["租约"].append(lease)
            sheets["计费项"].append([f"L9{number}", "PM", "", "", "", "", "", "", ""])
        return sheets

    imported(small())  # The operator's tags and fee items are made by the first.
    counts = []
    for code, units in (("A", 3), ("B", 300)):
        with CaptureQueriesContext(connection) as queries:
            imported(put(larger(units), "项目", 2, "编码", code))
        # Of many rows the planner is told besides.
        counts.append(sum("yuju_analyze" not in query["sql"] for query in queries))
    assert counts[0] == counts[1]


def test_a_row_of_persons_does_not_go_over_a_company_and_a_lease_may_name_one() -> None:
    # Given a property that was brought in, and a company registered since
    imported(small())
    company = make_company(Property.objects.get())

    # When the workbook comes again with the company among its persons
    sheets = small()
    sheets["住户"].append([company.ref, "王某", "13800000000", "", "", "长租", "", "", ""])
    assert faults(sheets) == [("company", "住户", len(sheets["住户"]), "编号")]

    # Then nothing is written; without that row a lease of it comes in, and it stays as it was
    sheets = put(small(), "租约", 2, "住户", company.ref)
    imported(sheets)
    company.refresh_from_db()
    assert (company.name, company.id_number, company.phone) == ("星海科技有限公司", CREDIT_CODE, "")
    assert Tenure.objects.get(number="L1").resident == company
