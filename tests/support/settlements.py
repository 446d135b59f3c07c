"""A stay that comes to its end: 押一付三, a fee in arrears, a meter, and an agreement with a penalty."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from tests.support.stays import bind, make_lease, make_meter, make_property, make_resident, make_tariff, make_unit
from yuju.billing.choices import Basis, FeeCategory
from yuju.billing.models import BillingAccount, Tariff
from yuju.journeys.billing_cycle import account_bill_complete
from yuju.journeys.settling import settlement_agree, settlement_close, settlement_prepare, settlement_show
from yuju.metering.choices import ReadingSource
from yuju.metering.models import Meter, MeteringPoint
from yuju.metering.services import reading_record
from yuju.payments.choices import AgreedHow, PaymentChannel
from yuju.payments.models import Settlement
from yuju.payments.selectors import open_charges, settlement_lines
from yuju.payments.services import deposit_ask, payment_take
from yuju.premises.models import Property
from yuju.residency.models import Tenure
from yuju.residency.services import agreement_set

AT = datetime(2026, 10, 16, 2, tzinfo=UTC)
LAST_DAY = date(2026, 10, 15)
BY: dict[str, Any] = {"by": None, "at": AT}


@dataclass
class Stay:
    """A lease from March 2026 to February 2027, billed and read up to 1 October, with 175.00 yuan of it not paid."""

    place: Property
    tenure: Tenure
    account: BillingAccount
    meter: Meter
    card: Tariff

    def prepare(self, last_day: date = LAST_DAY, reading: str | None = "1180", **given: Any) -> Settlement:
        """Draws the settlement up; the meter shows 1,180 unless said otherwise."""
        readings = {} if reading is None else {self.meter: Decimal(reading)}
        values: dict[str, Any] = {"reason": "工作调动", "key": uuid4(), "readings": readings, **BY, **given}
        return settlement_prepare(tenure=self.tenure, last_day=last_day, **values)

    def pay(self, amount: str, on: date = LAST_DAY, **given: Any) -> None:
        values: dict[str, Any] = {"channel": PaymentChannel.CASH, "key": uuid4(), "on": on, **BY, **given}
        payment_take(account=self.account, amount=Decimal(amount), **values)


def make_stay(number: str = "1602", place: Property | None = None, **agreed: Any) -> Stay:
    """Rent 3,000.00 a month three months ahead, a fee of 175.00 a month in arrears, electricity at 0.60, a deposit of
    3,000.00, and 25.00 paid too much. The contract asks for a month's rent from who leaves early."""
    place = place or make_property()
    unit = make_unit(place, number)
    tenure = make_lease(unit, make_resident(place), rent=Decimal(3000))
    account = BillingAccount.objects.get(tenure=tenure)
    agreement_set(tenure=tenure, **{"penalty_kind": "months", "penalty": Decimal(1), **BY, **agreed})
    meter = make_meter(place, unit, kind="electricity")
    bind(tenure, make_tariff(place, FeeCategory.RENT, "3000", cycle_months=3, anchor="lease"))
    bind(tenure, make_tariff(place, FeeCategory.PROPERTY, "2.80", basis=Basis.AREA, timing="arrears"))
    power = make_tariff(place, FeeCategory.ELECTRICITY, "0.60", basis=Basis.METERED)
    bind(tenure, power, point=MeteringPoint.objects.get(unit=unit))
    for day, value in ((date(2026, 3, 1), 100), (date(2026, 10, 1), 1100)):
        reading_record(meter=meter, date=day, value=Decimal(value), source=ReadingSource.FORM, **BY)
    stay = Stay(place, tenure, account, meter, make_tariff(place, FeeCategory.DAMAGE, "20", basis=Basis.ONCE))
    day = date(2026, 3, 1)
    deposit_ask(account=account, amount=Decimal(3000), on=day, due=day, key=uuid4(), **BY)
    account_bill_complete(account=account, as_of=date(2026, 10, 1), **BY)
    owed = [one for one in open_charges(account) if one.charge.start != date(2026, 9, 1) or one.open > 175]
    stay.pay("31675.00", day, charges=[one.charge.pk for one in owed])
    return stay


def lines_of(settlement: Settlement) -> list[tuple[str, Decimal]]:
    return [(line.kind, line.amount) for line in settlement_lines(settlement)]


def agreed(settlement: Settlement) -> Settlement:
    """Shown, and agreed to on paper."""
    shown = settlement_show(settlement=settlement, **BY)
    return settlement_agree(settlement=shown, seal=shown.seal, how=AgreedHow.PAPER, **BY)


def closed(settlement: Settlement) -> Settlement:
    """Shown, agreed and settled."""
    found = agreed(settlement)
    return settlement_close(settlement=found, seal=found.seal, **BY)
