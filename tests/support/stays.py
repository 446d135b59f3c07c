"""Units, residents and leases for tests, made as the application makes them."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from yuju.billing.choices import Basis, FeeCategory, RunSource
from yuju.billing.models import BillingAccount, BillRun, FeeItem, RecurringCharge, Tariff, TariffVersion
from yuju.billing.services.runs import bill_run_draft, bill_run_issue
from yuju.journeys.tenures import tenure_open
from yuju.metering.models import Meter
from yuju.metering.services import meter_create
from yuju.premises.models import Building, Property, Unit
from yuju.premises.services import building_create, property_create, unit_create
from yuju.residency.choices import TenureKind
from yuju.residency.models import Resident, Tenure
from yuju.residency.services import resident_create

AT = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
TODAY = date(2026, 11, 25)
ID_NUMBER = "11010519491231002X"
_numbers = itertools.count(1)


def make_property() -> Property:
    return property_create(code=f"P{next(_numbers)}", name="青岚里公寓", by=None, at=AT)


def make_unit(property: Property, number: str = "1602", *, area: str = "62.50") -> Unit:
    building = Building.objects.filter(property=property, code="3栋").first()
    building = building or building_create(property=property, code="3栋", floors=18, by=None, at=AT)
    found = Unit.objects.filter(building=building, number=number).select_related("building", "property").first()
    if found is not None:
        return found
    return unit_create(building=building, number=number, layout="两室一厅", area=Decimal(area), by=None, at=AT)


CREDIT_CODE = "91350100M000100Y43"
"""The example of GB 32100-2015."""


def make_company(property: Property, name: str = "星海科技有限公司", **given: Any) -> Resident:
    """A company that rents; `given` goes to `resident_create`."""
    values = {"id_number": CREDIT_CODE, **given}
    return resident_create(property=property, name=name, kind="company", by=None, at=AT, **values)


def make_resident(property: Property, name: str = "林晓彤", **given: Any) -> Resident:
    return resident_create(property=property, name=name, by=None, at=AT, **given)


def make_lease(unit: Unit, resident: Resident | None = None, **given: Any) -> Tenure:
    """A lease from March 2026 to February 2027 with its billing account."""
    values: dict[str, Any] = {"start": date(2026, 3, 1), "end": date(2027, 2, 28), "rent": Decimal(4850), **given}
    person = resident or make_resident(unit.property)
    return tenure_open(kind=TenureKind.LEASE, unit=unit, resident=person, by=None, at=AT, **values)


def make_tariff(property: Property, category: str = FeeCategory.RENT, rate: str = "4850", **given: Any) -> Tariff:
    item, _made = FeeItem.objects.get_or_create(category=category, name=str(FeeCategory(category).label))
    tariff = Tariff.objects.create(
        property=property,
        code=f"T{next(_numbers)}",
        name=item.name,
        fee_item=item,
        **{"basis": Basis.FLAT, "due_days": 5, **given},
    )
    TariffVersion.objects.create(tariff=tariff, valid_from=date(2020, 1, 1), rate=Decimal(rate))
    return tariff


def bind(tenure: Tenure, tariff: Tariff, **given: Any) -> RecurringCharge:
    """Bills a tariff to a lease for as long as it runs."""
    account = BillingAccount.objects.get(tenure=tenure)
    return RecurringCharge.objects.create(
        property_id=tenure.property_id,
        account=account,
        tariff=tariff,
        unit_id=tenure.unit_id,
        **{"start": tenure.start, "end": tenure.end, **given},
    )


def make_meter(property: Property, unit: Unit | None = None, **given: Any) -> Meter:
    values: dict[str, Any] = {"serial": f"S-{next(_numbers)}", "kind": "water", **given}
    return meter_create(property=property, unit=unit, by=None, at=AT, **values)


def run_bills(property: Property, as_of: date = TODAY, *, issue: bool = True) -> BillRun:
    run = bill_run_draft(property=property, as_of=as_of, source=RunSource.CONSOLE, by=None, at=AT)
    return bill_run_issue(run=run, by=None, at=AT, leave_out_open=True) if issue else run
