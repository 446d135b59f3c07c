"""A stay that goes on: renewed, in another room, with another tenant, or over its end."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from tests.support.billing_small import Lease, issued, lease_of, read
from tests.support.settlements import AT as SETTLED_AT
from tests.support.settlements import closed, lines_of, make_stay
from yuju.billing.models import BillingAccount, Charge, RecurringCharge
from yuju.books.verification import verify
from yuju.identity.models import Operator
from yuju.journeys.following import leases_hand_on
from yuju.journeys.lease_changes import stay_extend, tenure_end_move
from yuju.journeys.overstays import overstay_charge, overstay_charges, overstays_charge
from yuju.journeys.renewals import renewal
from yuju.journeys.settling import settlement_refund
from yuju.journeys.stay_moves import room_change, tenant_change
from yuju.kit.errors import Refused
from yuju.payments.choices import PaymentChannel, RefundChannel
from yuju.payments.models import DepositStanding
from yuju.payments.selectors import account_standing, deposit_standing
from yuju.payments.services import deposit_ask, payment_take
from yuju.premises.models import UnitFact
from yuju.premises.services import property_create
from yuju.residency.choices import LinkKind, TenureState
from yuju.residency.models import DoorClosing, Occupant, Resident, Tenure, TenureLink, Turnover
from yuju.residency.services import agreement_set, lease_create
from yuju.residency.services import doors as closing_services
from yuju.residency.testing.door_access import FakeDoors
from yuju.workforce.choices import TaskKind
from yuju.workforce.models import Task

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 16, 3, tzinfo=UTC)
TODAY = date(2026, 3, 16)
BY: dict[str, Any] = {"by": None, "at": AT}
D = Decimal


@pytest.fixture
def lease(operator: Operator) -> Lease:
    """To the end of March 2026, billed and paid to then: 4,000.00 rent, 175.00 fee a month; a deposit of 8,000.00 is held.
    The meter showed 0 at the beginning and 100 on 1 March."""
    here = property_create(code="here", name="青岚里公寓", by=None, at=AT)
    made = lease_of(here, 101)
    Tenure.objects.update(end=date(2026, 3, 31))
    RecurringCharge.objects.update(end=date(2026, 3, 31))
    read(made, (date(2026, 1, 1), 0), (date(2026, 3, 1), 100))
    issued(here, date(2026, 3, 1))
    made.tenure.refresh_from_db()
    agreement_set(tenure=made.tenure, overstay_rate=D(300), deposit_return_days=7, **BY)
    deposit_ask(
        account=account_of(made.tenure), amount=D(8000), on=date(2026, 1, 1), due=date(2026, 1, 1), key=uuid4(), **BY
    )
    pay(made.tenure, "20575.00", on=date(2026, 1, 1))
    return made


def account_of(tenure: Tenure) -> BillingAccount:
    found: BillingAccount = BillingAccount.objects.get(tenure=tenure)
    return found


def pay(tenure: Tenure, amount: str, on: date = TODAY) -> None:
    payment_take(account=account_of(tenure), amount=D(amount), channel=PaymentChannel.CASH, key=uuid4(), on=on, **BY)


def proved() -> None:
    assert [(one.check.name, one.astray) for one in verify() if one.astray_count] == []


def later(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 3, tzinfo=UTC)


class TestRenewal:
    def test_it_goes_on_from_the_day_after_with_its_charges_people_and_deposit(self, lease: Lease) -> None:
        Occupant.objects.create(tenure=lease.tenure, name="高远")
        key = uuid4()
        given: dict[str, Any] = {
            "tenure": lease.tenure,
            "end": date(2027, 3, 31),
            "rent": D(4400),
            "deposit": D(8800),
            "steps": [(date(2026, 10, 1), D(4600))],
            "key": key,
        }
        made = renewal(**given, **BY)

        assert (made.after.start, made.after.state) == (date(2026, 4, 1), TenureState.SIGNED)
        rows = RecurringCharge.objects.filter(account__tenure=made.after).order_by("tariff__code", "start")
        assert [(one.tariff.code, one.start, one.end, one.rate) for one in rows] == [
            ("FEE", date(2026, 4, 1), date(2027, 3, 31), None),
            ("POWER", date(2026, 4, 1), date(2027, 3, 31), None),
            ("RENT", date(2026, 4, 1), date(2026, 9, 30), D(4400)),
            ("RENT", date(2026, 10, 1), date(2027, 3, 31), D(4600)),
        ]
        assert made.deposit_moved == D(8000)
        standing = deposit_standing(account_of(made.after))
        assert standing is not None
        assert (standing.asked, standing.held) == (D(8800), D(8000))
        assert deposit_standing(account_of(lease.tenure)) is None
        assert made.after.occupant_people.get().name == "高远"
        assert Task.objects.get(source="lease-readings").tenure == lease.tenure
        proved()

        # Asked again it is the same one; asked for another it is refused
        assert renewal(**given, **BY).after == made.after
        with pytest.raises(Refused) as refused:
            renewal(**{**given, "key": uuid4()}, **BY)
        assert refused.value.code == "followed"
        assert Tenure.objects.count() == 2

    def test_the_old_one_is_billed_and_ended_when_it_is_over_and_the_meter_read(self, lease: Lease) -> None:
        made = renewal(tenure=lease.tenure, end=date(2027, 3, 31), rent=D(4400), deposit=D(8000), key=uuid4(), **BY)
        pay(lease.tenure, "500.00")
        # On its last day nothing happens yet, without the reading neither
        assert leases_hand_on(at=later(3, 31)) == 0
        assert leases_hand_on(at=later(4, 1)) == 0
        read(lease, (date(2026, 4, 1), 180))
        assert leases_hand_on(at=later(4, 2)) == 1
        assert leases_hand_on(at=later(4, 3)) == 0

        states = dict(Tenure.objects.values_list("pk", "state"))
        assert states == {lease.tenure.pk: TenureState.ENDED, made.after.pk: TenureState.LIVING}
        # 80 kWh beyond the year's first 100: 80 × 0.80; what is left of the credit goes along
        assert Charge.objects.get(start=date(2026, 3, 1), tariff__code="POWER").amount == D("64.00")
        assert account_standing(account_of(lease.tenure)).credit == 0
        assert account_standing(account_of(made.after)).credit == D("436.00")
        proved()

    def test_a_unit_let_from_the_next_day_and_a_lease_nobody_lives_by_are_refused(self, lease: Lease) -> None:
        neighbour = Resident.objects.create(property=lease.tenure.property, ref="R9", name="王建国")
        day = date(2026, 4, 1)
        other = lease_create(unit=lease.unit, resident=neighbour, start=day, end=day, **BY)
        given: dict[str, Any] = {"tenure": lease.tenure, "end": day, "rent": D(1), "deposit": None}
        with pytest.raises(Refused) as refused:
            renewal(**given, key=uuid4(), **BY)
        assert refused.value.code == "overlap"
        with pytest.raises(Refused) as refused:
            renewal(**{**given, "end": date(2026, 3, 31)}, key=uuid4(), **BY)
        assert refused.value.field == "end"
        with pytest.raises(Refused) as refused:
            renewal(**{**given, "tenure": other}, key=uuid4(), **BY)
        assert refused.value.code == "state"
        assert deposit_standing(account_of(lease.tenure)) is not None

    def test_the_area_changed_in_between_counts_from_its_day(self, lease: Lease) -> None:
        UnitFact.objects.create(unit=lease.unit, valid_from=date(2026, 5, 1), area=D("65.00"))
        made = renewal(tenure=lease.tenure, end=date(2027, 3, 31), rent=D(4400), deposit=None, key=uuid4(), **BY)
        read(lease, (date(2026, 4, 1), 100))
        issued(lease.tenure.property, date(2026, 5, 1))
        fees = Charge.objects.filter(account=account_of(made.after), tariff__code="FEE").order_by("start")
        # 62.50 × 2.80, then 65.00 × 2.80
        assert [one.amount for one in fees] == [D("175.00"), D("182.00")]
        proved()


class TestRoom:
    def test_money_and_readings_go_along(self, lease: Lease) -> None:
        # Given another unit whose meter stands at 40
        there = lease_of(lease.tenure.property, 205)
        RecurringCharge.objects.filter(account__tenure=there.tenure).delete()
        BillingAccount.objects.filter(tenure=there.tenure).delete()
        there.tenure.terms.all().delete()
        there.tenure.delete()
        Tenure.objects.filter(pk=lease.tenure.pk).update(end=date(2026, 12, 31))
        RecurringCharge.objects.update(end=date(2026, 12, 31))
        given: dict[str, Any] = {
            "tenure": lease.tenure,
            "unit": there.unit,
            "on": TODAY,
            "rent": D(5000),
            "deposit": D(10000),
            "reason": "换大一间",
            "key": uuid4(),
        }
        with pytest.raises(Refused) as refused:
            room_change(**given, readings={lease.meter.pk: D(150)}, **BY)
        assert refused.value.field == f"reading_{there.meter.pk}"

        made = room_change(**given, readings={lease.meter.pk: D(150), there.meter.pk: D(40)}, **BY)

        # Half of March comes back: 4,000 and 175 × 16/31; 50 kWh are billed: 50 × 0.80
        assert sorted(one.amount for one in made.adjustments) == [D("-2064.52"), D("-90.32")]
        assert made.run is not None
        assert made.run.total == D("40.00")
        assert (made.before.end, made.before.state) == (date(2026, 3, 15), TenureState.ENDED)
        assert (made.after.start, made.after.end, made.after.state) == (TODAY, date(2026, 12, 31), TenureState.LIVING)
        assert account_standing(account_of(made.before)) == account_standing(account_of(made.before)).__class__(
            D(0), D(0)
        )
        assert made.credit_moved == D("2064.52") + D("90.32") - D("40.00")
        assert made.deposit_moved == D(8000)
        # And the new room is billed on: rent 5,000 × 16/31
        issued(lease.tenure.property, TODAY)
        rent = Charge.objects.get(account=account_of(made.after), tariff__code="RENT")
        assert rent.amount == D("2580.65")
        link = TenureLink.objects.get()
        assert (link.kind, link.before, link.after) == (LinkKind.ROOM, made.before, made.after)
        proved()
        assert room_change(**given, **BY).after == made.after
        # The room that was left is cleaned before it can be let again, once
        assert Turnover.objects.get(ready_at=None).unit == lease.unit
        assert Task.objects.get(kind=TaskKind.CLEANING).tenure == lease.tenure

    def test_another_room_a_day_within_and_a_free_room_are_asked(self, lease: Lease) -> None:
        taken = lease_of(lease.tenure.property, 205)
        given: dict[str, Any] = {"tenure": lease.tenure, "rent": D(1), "deposit": None, "reason": "换房"}
        for unit, day, code in (
            (lease.unit, TODAY, "invalid"),
            (taken.unit, date(2026, 1, 1), "outside"),
            (taken.unit, date(2026, 4, 1), "outside"),
            (taken.unit, TODAY, "overlap"),
        ):
            with pytest.raises(Refused) as refused:
                room_change(**given, unit=unit, on=day, key=uuid4(), **BY)
            assert refused.value.code == code or refused.value.field == "unit"
        lease.tenure.refresh_from_db()
        assert lease.tenure.end == date(2026, 3, 31)


class TestTenant:
    @pytest.mark.parametrize("moves", [True, False])
    def test_another_tenant_goes_on_at_the_same_terms(self, lease: Lease, moves: bool) -> None:
        other = Resident.objects.create(property=lease.tenure.property, ref="R9", name="王建国")
        made = tenant_change(
            tenure=lease.tenure,
            resident=other,
            on=TODAY,
            deposit_moves=moves,
            reason="转租",
            key=uuid4(),
            readings={lease.meter.pk: D(100)},
            **BY,
        )
        assert (made.after.resident, made.after.end) == (other, date(2026, 3, 31))
        held = {one.account_id: (one.asked, one.held) for one in DepositStanding.objects.all()}
        assert held == {account_of(made.after).pk: (D(8000), D(8000) if moves else D(0))}
        # The old tenant keeps what is over
        assert account_standing(account_of(made.before)).credit == D("2154.84") + (D(0) if moves else D(8000))
        proved()

    def test_whoever_left_opens_no_door_any_more(self, lease: Lease, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(closing_services, "door_systems", lambda: {"fake": FakeDoors()})
        other = Resident.objects.create(property=lease.tenure.property, ref="R9", name="王建国")
        given = {"reason": "转租", "key": uuid4(), "readings": {lease.meter.pk: D(100)}, **BY}
        tenant_change(tenure=lease.tenure, resident=other, on=TODAY, deposit_moves=False, **given)
        assert [one.tenure for one in DoorClosing.objects.all()] == [lease.tenure]


class TestOverstay:
    def test_each_full_week_is_charged_once_and_the_rest_at_check_out(self, lease: Lease) -> None:
        assert overstays_charge(at=later(4, 7)) == 0
        assert overstays_charge(at=later(4, 16)) == 2
        assert overstays_charge(at=later(4, 16)) == 0
        # Two days more until somebody checks out
        rest = overstay_charge(
            tenure=lease.tenure, until=date(2026, 4, 16), whole_weeks=False, by=None, at=later(4, 16)
        )
        assert [(one.start, one.end, one.amount) for one in overstay_charges(lease.tenure)] == [
            (date(2026, 4, 1), date(2026, 4, 7), D(2100)),
            (date(2026, 4, 8), date(2026, 4, 14), D(2100)),
            (date(2026, 4, 15), date(2026, 4, 16), D(600)),
        ]
        assert len(rest) == 1
        Tenure.objects.update(state=TenureState.ENDED)
        assert overstays_charge(at=later(5, 16)) == 0
        proved()

    def test_an_extension_takes_off_the_days_that_are_in_the_lease_now(self, lease: Lease) -> None:
        overstays_charge(at=later(4, 16))
        given: dict[str, Any] = {"tenure": lease.tenure, "days": 10, "after": date(2026, 3, 31), "reason": "延期"}
        changed = stay_extend(**given, by=None, at=later(4, 16))
        # All of the first week and three days of the second
        assert [one.amount for one in changed.adjustments if one.charge.tariff.code == "once-overstay"] == [
            D(-2100),
            D(-900),
        ]
        proved()
        assert stay_extend(**given, by=None, at=later(4, 16)).adjustments == []
        lease.tenure.refresh_from_db()
        assert lease.tenure.end == date(2026, 4, 10)
        with pytest.raises(Refused) as refused:
            stay_extend(**{**given, "days": 3}, by=None, at=later(4, 16))
        assert refused.value.code == "end"

    def test_a_lease_that_ends_on_29_february_is_extended_and_renewed_by_its_days(self, lease: Lease) -> None:
        Tenure.objects.update(end=date(2028, 2, 28))
        RecurringCharge.objects.update(end=date(2028, 2, 28))
        stay_extend(tenure=lease.tenure, days=1, after=date(2028, 2, 28), reason="闰年", **BY)
        made = renewal(tenure=lease.tenure, end=date(2029, 2, 28), rent=D(4000), deposit=None, key=uuid4(), **BY)
        assert (made.before.end, made.after.start) == (date(2028, 2, 29), date(2028, 3, 1))


def test_a_settlement_charges_the_days_left_in_place_of_rent_and_the_register_waits_for_the_money(
    operator: Operator,
) -> None:
    # Given a lease that ended on 5 October by its contract, and somebody who stays to the 15th at 200.00 a day
    stay = make_stay()
    moved = {"end": date(2026, 10, 5), "reason": "协商", "by": None, "at": SETTLED_AT}
    tenure_end_move(tenure=stay.tenure, **moved)
    agreement_set(
        tenure=stay.tenure,
        overstay_rate=D(200),
        deposit_return_days=7,
        agreed_end=date(2026, 10, 5),
        by=None,
        at=SETTLED_AT,
    )
    # A week is charged already when it is settled
    assert overstays_charge(at=datetime(2026, 10, 13, 3, tzinfo=UTC)) == 1

    settlement = closed(stay.prepare())

    # Then the three days left are a line, no rent is, and the meter is billed to the last day: 80 × 0.60
    lines = lines_of(settlement)
    assert ("penalty", D(600)) in lines
    assert ("charge", D("48.00")) in lines
    assert "price" not in [kind for kind, _amount in lines]
    stay.tenure.refresh_from_db()
    assert stay.tenure.end == date(2026, 10, 5)
    proved()
    # And what is left stands in the register until it is paid out
    assert settlement.result < 0
    row = DepositStanding.objects.get()
    assert (row.held, row.to_refund, row.left_on) == (D(0), -settlement.result, date(2026, 10, 15))
    assert row.return_by == date(2026, 10, 23)
    settlement_refund(
        settlement=settlement,
        channel=RefundChannel.BANK,
        key=uuid4(),
        payee="林晓彤",
        payee_account="6222000000000000000",
        on=date(2026, 10, 20),
        by=None,
        at=SETTLED_AT,
    )
    assert not DepositStanding.objects.exists()
    proved()
