"""Whatever happens during a stay, every rule of the books holds, and once it is settled and paid its account comes to nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.db.models import F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.stays import make_meter, make_property, make_resident, make_tariff, make_unit
from yuju.billing.choices import Basis, FeeCategory
from yuju.billing.models import BillingAccount, FeeItem, RecurringCharge, Tariff
from yuju.books.verification import verify
from yuju.journeys.billing_cycle import account_bill_complete
from yuju.journeys.lease_changes import free_span_add, rent_change, tenure_end_move
from yuju.journeys.move_out import keys_return
from yuju.journeys.settling import (
    Extra,
    settlement_agree,
    settlement_close,
    settlement_prepare,
    settlement_refund,
    settlement_show,
)
from yuju.journeys.tenures import tenure_open
from yuju.kit.errors import Refused
from yuju.metering.choices import ReadingSource
from yuju.metering.models import Meter
from yuju.metering.services import reading_record
from yuju.metering.services.readings import standing
from yuju.payments.choices import AgreedHow, PaymentChannel, RefundChannel
from yuju.payments.models import Settlement
from yuju.payments.selectors import account_standing, settlement_lines
from yuju.payments.services import deposit_ask, payment_take
from yuju.premises.models import Unit
from yuju.residency.choices import TenureKind, TenureState
from yuju.residency.models import Resident
from yuju.residency.services import agreement_set

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
START = date(2026, 3, 1)
MONEY = st.integers(1, 900_000).map(lambda fen: Decimal(fen) / 100)
RENTS = st.integers(100_000, 500_000).map(lambda fen: Decimal(fen) / 100)
DAYS = st.integers(0, 250)
STEP = st.one_of(
    st.tuples(st.just("bill"), st.integers(1, 70)),
    st.tuples(st.just("bill"), st.integers(1, 70)),
    st.tuples(st.just("pay"), MONEY),
    st.tuples(st.just("read"), st.integers(0, 400)),
    st.tuples(st.just("rent"), RENTS, DAYS),
    st.tuples(st.just("free"), DAYS, st.integers(0, 40)),
    st.tuples(st.just("end"), st.integers(1, 400)),
)
AGREED = st.sampled_from(
    [
        {"penalty_kind": "none"},
        {"penalty_kind": "fixed", "penalty": Decimal("777.77")},
        {"penalty_kind": "months", "penalty": Decimal("1.5")},
    ]
)


class Whole:
    """A stay from check-in to the account that is closed; each step by the services, each refusal leaving no trace."""

    def __init__(self, unit: Unit, resident: Resident, meter: Meter, agreed: dict[str, Any]) -> None:
        self.meter, self.day = meter, START
        tariffs = list(Tariff.objects.filter(property=unit.property).exclude(basis=Basis.ONCE).order_by("pk"))
        self.tenure = tenure_open(
            kind=TenureKind.LEASE,
            unit=unit,
            resident=resident,
            start=START,
            end=date(2027, 2, 28),
            rent=Decimal(3000),
            occupants=2,
            state=TenureState.LIVING,
            tariffs=tariffs,
            **self.by,
        )
        agreement_set(tenure=self.tenure, **agreed, **self.by)
        self.account = BillingAccount.objects.get(tenure=self.tenure)
        self.read(100)
        deposit_ask(account=self.account, amount=Decimal(3000), on=START, due=START, key=uuid4(), **self.by)

    @property
    def by(self) -> dict[str, Any]:
        return {"by": None, "at": datetime.combine(self.day, datetime.min.time(), UTC) + timedelta(hours=4)}

    def bill(self, days: int) -> None:
        self.day += timedelta(days=days)
        account_bill_complete(account=self.account, as_of=self.day, **self.by)

    def pay(self, amount: Decimal) -> None:
        given: dict[str, Any] = {"channel": PaymentChannel.CASH, "key": uuid4(), "on": self.day, **self.by}
        payment_take(account=self.account, amount=amount, **given)

    def read(self, used: int) -> None:
        last = standing(self.meter).order_by("-date").first()
        value = Decimal(used) + (last.value if last is not None else 0)
        reading_record(meter=self.meter, date=self.day, value=value, source=ReadingSource.FORM, **self.by)

    def rent(self, rent: Decimal, after: int) -> None:
        day = START + timedelta(days=after)
        rent_change(tenure=self.tenure, rent=rent, valid_from=day, reason="调租", **self.by)

    def free(self, after: int, days: int) -> None:
        first = START + timedelta(days=after)
        item = FeeItem.objects.get(category=FeeCategory.RENT)
        last = first + timedelta(days=days)
        free_span_add(tenure=self.tenure, items=[item], start=first, end=last, reason="免租", **self.by)

    def end(self, after: int) -> None:
        tenure_end_move(tenure=self.tenure, end=START + timedelta(days=after), reason="改期", **self.by)

    def step(self, what: str, *values: Any) -> None:
        try:
            with transaction.atomic():
                getattr(self, what)(*values)
        except Refused:
            return

    def settle(self, last: date, used: int, damage: Decimal, between: Decimal | None) -> Settlement:
        """To the end: if somebody pays between showing and settling, it is refused and shown anew."""
        settlement = settlement_prepare(
            tenure=self.tenure,
            last_day=last,
            reason="退租",
            key=uuid4(),
            readings=self._closing(last, used),
            extras=[Extra("墙面", amount=damage)],
            **self.by,
        )
        agreed = self._agreed(settlement)
        if between is not None:
            self.pay(between)
            with pytest.raises(Refused) as refused, transaction.atomic():
                settlement_close(settlement=agreed, seal=agreed.seal, **self.by)
            assert refused.value.code == "changed"
            agreed = self._agreed(agreed)
        return settlement_close(settlement=agreed, seal=agreed.seal, **self.by)

    def _agreed(self, settlement: Settlement) -> Settlement:
        shown = settlement_show(settlement=settlement, **self.by)
        return settlement_agree(settlement=shown, seal=shown.seal, how=AgreedHow.PAPER, **self.by)

    def _closing(self, last: date, used: int) -> dict[Meter, Decimal]:
        rows = standing(self.meter).order_by("date")
        before = rows.filter(date__lte=last).last()
        assert before is not None
        if before.date == last:
            return {}
        later = rows.filter(date__gt=last).exists()
        return {self.meter: before.value + (0 if later else used)}


def broken() -> list[Any]:
    # What is checked at the commit is checked here: everything is taken back after each example.
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    return [(one.check.name, one.astray) for one in verify() if one.astray_count]


@pytest.fixture
def let(operator: Any) -> tuple[Unit, Resident, Meter]:
    """A unit with rent by quarters ahead, a fee by area and a fee by heads in arrears, and electricity by tiers."""
    place = make_property()
    unit = make_unit(place)
    meter = make_meter(place, unit, kind="electricity")
    make_tariff(place, FeeCategory.RENT, "3000", cycle_months=3, anchor="lease")
    make_tariff(place, FeeCategory.PROPERTY, "2.80", basis=Basis.AREA, timing="arrears")
    make_tariff(place, FeeCategory.WATER, "15.50", basis=Basis.HEADCOUNT, proration="thirty", rounding="jiao")
    make_tariff(place, FeeCategory.ELECTRICITY, "0.61", basis=Basis.METERED)
    return unit, make_resident(place), meter


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    agreed=AGREED,
    steps=st.lists(STEP, min_size=2, max_size=9),
    back=st.integers(0, 60),
    used=st.integers(0, 300),
    damage=MONEY,
    between=st.one_of(st.none(), MONEY),
)
def test_a_settled_stay_comes_to_nothing(
    let: tuple[Unit, Resident, Meter],
    agreed: dict[str, Any],
    steps: list[Any],
    back: int,
    used: int,
    damage: Decimal,
    between: Decimal | None,
) -> None:
    with transaction.atomic():
        # Given any stay
        whole = Whole(*let, agreed)
        for step in steps:
            whole.step(*step)

        # When it is settled to any day since then or before
        last = max(START + timedelta(days=1), whole.day - timedelta(days=back))
        whole.day = max(whole.day, last)
        settlement = whole.settle(last, used, damage, between)

        # Then its lines add up to what is left, nothing runs on, and nothing is held
        lines = settlement_lines(settlement)
        assert sum(one.amount for one in lines[:-1]) == lines[-1].amount == settlement.result
        standing_now = account_standing(whole.account)
        assert standing_now.open - standing_now.credit == settlement.result
        assert standing_now.open == 0 or standing_now.credit == 0
        assert not RecurringCharge.objects.filter(account=whole.account, end__gt=last, end__gte=F("start")).exists()
        assert broken() == []

        # And paid, or paid out, it is closed and comes to nothing, whoever asks again
        if settlement.result > 0:
            whole.pay(settlement.result)
        elif settlement.result < 0:
            settlement_refund(
                settlement=settlement,
                channel=RefundChannel.BANK,
                key=uuid4(),
                payee="林晓彤",
                payee_account="6222",
                on=whole.day,
                **whole.by,
            )
        settlement.refresh_from_db()
        assert settlement.is_even
        assert broken() == []
        assert account_bill_complete(account=whole.account, as_of=date(2028, 1, 1), **whole.by) is None
        keys_return(tenure=whole.tenure, **whole.by)
        whole.tenure.refresh_from_db()
        assert (whole.tenure.state, whole.tenure.end) == (TenureState.ENDED, last)
        transaction.set_rollback(True)
