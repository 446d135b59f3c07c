"""Checking somebody in: what is kept on the way, what it comes to, and what is there afterwards."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.stays import (
    AT,
    ID_NUMBER,
    TODAY,
    make_lease,
    make_meter,
    make_property,
    make_resident,
    make_tariff,
    make_unit,
)
from tests.support.tasks import make_task
from yuju.billing.models import Bill, BillingAccount, Charge, FreeSpan, RecurringCharge
from yuju.billing.selectors.offered import tariffs_offered
from yuju.billing.services.standard import standard_tariffs_set
from yuju.books.verification import verify
from yuju.journeys.check_in_plan import last_day, plan_of, rent_steps
from yuju.journeys.move_in import check_in_complete, check_in_preview, move_in
from yuju.journeys.reserving import (
    check_in_drop,
    check_ins_forget,
    reservation_cancel,
    reservations_lapse,
    stay_reserve,
)
from yuju.kit.errors import Refused
from yuju.messaging.models import Notice
from yuju.payments.choices import PaymentChannel
from yuju.payments.services import payment_take
from yuju.premises.models import Unit
from yuju.residency.choices import Category, CheckInState, CheckInStep, PenaltyKind, TenureState
from yuju.residency.models import Agreement, CheckIn, Occupant, Resident, Tenure, TenureTerm
from yuju.residency.services.check_ins import check_in_begin, check_in_keep
from yuju.workforce.choices import TaskState
from yuju.workforce.models import Task

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("operator")]
BY: dict[str, Any] = {"by": None, "at": AT}
SOON = AT + timedelta(days=1)

ROOM = {"start": "2026-11-26", "length": "12", "category": "long_term"}
WHO = {"name": "郑凯", "phone": "15200006174", "id_type": "id_card", "id_number": ID_NUMBER, "others": []}
TERMS = {"rent": "4780.00", "deposit_months": "2", "pay_months": "1"}


def began(unit: Unit, *, tariffs: list[Any] | None = None, **given: dict[str, Any]) -> CheckIn:
    """A check-in of which every step was kept; what is given stands in for what is usual."""
    check_in = check_in_begin(unit=unit, **BY)
    chosen = [make_tariff(unit.property)] if tariffs is None else tariffs
    for step, facts in (
        (CheckInStep.ROOM, {**ROOM, **given.get("room", {})}),
        (CheckInStep.WHO, {**WHO, **given.get("who", {})}),
        (CheckInStep.TERMS, {**TERMS, **given.get("terms", {})}),
        (CheckInStep.BILLED, {"tariffs": [one.pk for one in chosen]}),
    ):
        check_in = check_in_keep(check_in=check_in, step=step, facts=facts, to=CheckInStep.CONFIRM, **BY)
    return check_in


def proved() -> None:
    assert [finding for finding in verify() if finding.astray_count] == []


class TestCompleting:
    def test_everything_agreed_is_there_and_the_first_bill_is_to_the_fen(self) -> None:
        # Given rent a month ahead, a fee by area and water by readings; five days of November, then all of December
        place = make_property()
        unit = make_unit(place)
        make_meter(place, unit)
        tariffs = [
            make_tariff(place, rate="1", lead_days=5),
            make_tariff(place, "property", "3.20", basis="area", lead_days=5),
            make_tariff(place, "water", "5", basis="metered"),
        ]
        given = {
            "who": {"others": [{"name": "郑海", "relation": "父亲", "phone": "13800000096"}]},
            "terms": {"penalty_kind": "months", "penalty": "1", "notice_days": "30", "deposit_return_days": "7"},
        }
        check_in = began(unit, tariffs=tariffs, **given)

        # When it is looked at, then confirmed as it was shown
        shown = check_in_preview(check_in=check_in, **BY)
        assert Tenure.objects.count() == Resident.objects.count() == Charge.objects.count() == 0
        made = check_in_complete(check_in=check_in, shown=shown.digest, **BY)

        # Then
        lease, money = made.tenure, made.money
        assert money.deposit == Decimal(9560)
        assert {one.amount for one in money.charges} == {
            Decimal("796.67"),
            Decimal("33.33"),
            Decimal(4780),
            Decimal(200),
        }
        assert money.total == Decimal("15370.00") == shown.money.total
        assert [row.tariff_id for row, _next in money.later] == [tariffs[2].pk]
        assert (lease.state, lease.start, lease.end) == (TenureState.SIGNED, date(2026, 11, 26), date(2027, 11, 25))
        assert Bill.objects.exclude(number="").count() == 2
        agreement = Agreement.objects.get(tenure=lease)
        assert (agreement.penalty_kind, agreement.penalty, agreement.pay_months) == (PenaltyKind.MONTHS, 1, 1)
        assert TenureTerm.objects.get(tenure=lease).occupants == 2
        assert Occupant.objects.get(tenure=lease).relation == "父亲"
        assert Task.objects.filter(tenure=lease, source="check_in").count() == 1
        check_in.refresh_from_db()
        assert (check_in.state, check_in.tenure_id, check_in.facts) == (CheckInState.DONE, lease.pk, "")

        # And doing it again does nothing
        again = check_in_complete(check_in=check_in, **BY)
        assert again.tenure.pk == lease.pk
        assert (Tenure.objects.count(), Charge.objects.count(), Task.objects.count()) == (1, 5, 2)
        proved()

    def test_steps_and_free_days_stand_before_anything_is_priced(self) -> None:
        unit = make_unit(make_property())
        terms = {"step_months": "12", "step_by": "3", "step_kind": "percent", "free_days": "5", "deposit_months": "0"}
        check_in = began(unit, room={"length": "36"}, terms=terms)

        made = check_in_complete(check_in=check_in, **BY)

        rents = list(TenureTerm.objects.order_by("valid_from").values_list("rent", flat=True))
        assert rents == [Decimal(4780), Decimal("4923.40"), Decimal("5071.10")]
        rows = RecurringCharge.objects.order_by("start").values_list("start", "rate")
        assert list(rows)[1] == (date(2027, 11, 26), Decimal("4923.40"))
        assert (FreeSpan.objects.get().start, FreeSpan.objects.get().end) == (date(2026, 11, 26), date(2026, 11, 30))
        # The five days of November are free
        assert (made.money.deposit, made.money.total) == (Decimal(0), Decimal(0))

    def test_what_changed_since_it_was_shown_is_shown_anew(self) -> None:
        unit = make_unit(make_property())
        check_in = began(unit)
        shown = check_in_preview(check_in=check_in, **BY)
        check_in_keep(check_in=check_in, step=CheckInStep.TERMS, facts={**TERMS, "rent": "4800"}, **BY)
        with pytest.raises(Refused) as refused:
            check_in_complete(check_in=check_in, shown=shown.digest, **BY)
        assert refused.value.code == "changed"
        assert not Tenure.objects.exists()

    def test_one_day_too_many_is_refused_and_the_day_after_is_not(self) -> None:
        unit = make_unit(make_property())
        make_lease(unit, start=date(2026, 3, 1), end=date(2026, 11, 26), number="HT-1")
        with pytest.raises(Refused, match="HT-1") as refused:
            check_in_complete(check_in=began(unit), **BY)
        assert refused.value.code == "overlap"
        check_in_complete(check_in=began(unit, room={"start": "2026-11-27"}), **BY)

    def test_a_term_of_no_days_and_one_that_ends_on_a_leap_day(self) -> None:
        unit = make_unit(make_property())
        none = {"length": "", "end": "2026-11-25"}
        with pytest.raises(Refused) as refused:
            check_in_complete(check_in=began(unit, room=none), **BY)
        assert refused.value.field == "end"
        leap = check_in_complete(check_in=began(unit, room={"start": "2027-03-01"}), **BY)
        assert leap.tenure.end == date(2028, 2, 29) == last_day(date(2027, 3, 1), 12)
        assert last_day(date(2028, 2, 29), 12) == date(2029, 2, 27)
        proved()

    def test_what_is_only_half_entered_names_its_step(self) -> None:
        check_in = began(make_unit(make_property()))
        check_in_keep(check_in=check_in, step=CheckInStep.TERMS, facts={"rent": "much"}, **BY)
        with pytest.raises(Refused) as refused:
            check_in_complete(check_in=check_in, **BY)
        assert (refused.value.code, refused.value.field) == ("incomplete", "terms")

    def test_somebody_on_file_keeps_what_is_there_and_gets_what_was_missing(self) -> None:
        unit = make_unit(make_property())
        known = make_resident(unit.property, "郑凯", phone="13800006021")
        check_in = began(unit, who={"resident": known.pk, "name": ""})
        made = check_in_complete(check_in=check_in, **BY)
        assert made.tenure.resident_id == known.pk
        known.refresh_from_db()
        assert (known.phone, known.id_number) == ("13800006021", ID_NUMBER)


class TestMovingIn:
    def test_nobody_moves_in_before_the_first_day(self) -> None:
        lease = check_in_complete(check_in=began(make_unit(make_property())), **BY).tenure
        with pytest.raises(Refused) as refused:
            move_in(tenure=lease, on=TODAY, **BY)
        assert refused.value.code == "early"
        move_in(tenure=lease, on=date(2026, 11, 26), **BY)
        move_in(tenure=lease, on=date(2026, 11, 27), **BY)
        assert Tenure.objects.get().state == TenureState.LIVING

    def test_who_stays_from_today_may_move_in_at_once(self) -> None:
        check_in = began(make_unit(make_property()), room={"start": str(TODAY)})
        check_in_complete(check_in=check_in, moves_in=True, **BY)
        assert Tenure.objects.get().state == TenureState.LIVING


class TestReserving:
    def test_a_reservation_holds_the_days_and_becomes_the_lease(self) -> None:
        # Given a room held with no more than a name and a telephone
        unit = make_unit(make_property())
        check_in = check_in_begin(unit=unit, **BY)
        check_in_keep(check_in=check_in, step=CheckInStep.ROOM, facts=ROOM, **BY)
        check_in_keep(check_in=check_in, step=CheckInStep.WHO, facts={"name": "郑凯", "phone": "15200006174"}, **BY)
        reserved = stay_reserve(check_in=check_in, until=SOON, **BY)
        assert (reserved.state, reserved.end) == (TenureState.RESERVED, date(2027, 11, 25))
        with pytest.raises(Refused):
            make_lease(unit, make_resident(unit.property), start=date(2027, 11, 25), end=date(2028, 1, 1))

        # When the rest is agreed, a day shorter
        check_in_keep(check_in=check_in, step=CheckInStep.ROOM, facts={**ROOM, "length": "", "end": "2027-11-24"}, **BY)
        check_in_keep(check_in=check_in, step=CheckInStep.TERMS, facts=TERMS, **BY)
        tariffs = {"tariffs": [make_tariff(unit.property).pk]}
        check_in_keep(check_in=check_in, step=CheckInStep.BILLED, facts=tariffs, **BY)
        made = check_in_complete(check_in=check_in, **BY)

        # Then it is the same contract
        assert (made.tenure.pk, made.tenure.number) == (reserved.pk, reserved.number)
        assert (made.tenure.state, made.tenure.end) == (TenureState.SIGNED, date(2027, 11, 24))
        assert (Resident.objects.filter(name="郑凯").count(), Tenure.objects.exclude(pk=reserved.pk).count()) == (1, 0)
        proved()

    def test_it_moves_to_another_room_and_gives_the_first_back(self) -> None:
        place = make_property()
        first, second = make_unit(place, "1601"), make_unit(place, "1602")
        check_in = began(first)
        stay_reserve(check_in=check_in, until=SOON, **BY)
        check_in_keep(check_in=check_in, step=CheckInStep.ROOM, facts=ROOM, unit=second, **BY)
        moved = stay_reserve(check_in=check_in, until=SOON, **BY)
        assert moved.unit_id == second.pk
        assert Tenure.objects.get(unit=first).state == TenureState.CANCELLED
        make_lease(first, make_resident(place), start=date(2026, 11, 26), end=date(2027, 1, 1))

    def test_it_lapses_at_its_moment_and_tells_who_made_it(self, operator: Any) -> None:
        from tests.support.console_world import ConsoleWorld

        world = ConsoleWorld(operator)
        clerk = world.user("front_desk", at=world.here)
        check_in = began(make_unit(world.here))
        stay_reserve(check_in=check_in, until=SOON, by=clerk, at=AT)
        task = make_task(world.here, "带看", tenure=Tenure.objects.get())
        assert reservations_lapse(at=SOON - timedelta(seconds=1)) == 0
        assert reservations_lapse(at=SOON) == 1
        assert reservations_lapse(at=SOON) == 0
        check_in.refresh_from_db()
        assert (check_in.state, check_in.tenure_id, check_in.held_until) == (CheckInState.OPEN, None, None)
        assert Tenure.objects.get().state == TenureState.CANCELLED
        assert "3栋1602" in Notice.objects.get(recipient=clerk).title
        # What was to be done for it is not asked of anybody any more
        task.refresh_from_db()
        assert task.state == TaskState.CANCELLED
        # What was entered is still there
        assert plan_of(check_in).person.resident is not None

    def test_money_that_was_taken_keeps_it(self) -> None:
        check_in = began(make_unit(make_property()))
        reserved = stay_reserve(check_in=check_in, until=SOON, **BY)
        account = BillingAccount.objects.get(tenure=reserved)
        payment_take(
            account=account, amount=Decimal(500), channel=PaymentChannel.CASH, key=check_in.key, on=TODAY, **BY
        )
        assert reservations_lapse(at=SOON) == 0
        for act in (reservation_cancel, check_in_drop):
            with pytest.raises(Refused) as refused:
                act(check_in=check_in, **BY)
            assert refused.value.code == "paid"
        # And it pays what the stay begins with
        made = check_in_complete(check_in=check_in, **BY)
        assert made.tenure.pk == reserved.pk
        proved()

    def test_what_comes_to_nothing_keeps_nobodys_data(self) -> None:
        check_in = began(make_unit(make_property()))
        check_in_drop(check_in=check_in, **BY)
        check_in.refresh_from_db()
        assert (check_in.state, check_in.facts) == (CheckInState.DROPPED, "")
        with pytest.raises(Refused) as refused:
            check_in_complete(check_in=check_in, **BY)
        assert refused.value.code == "over"

    def test_what_nobody_goes_on_with_is_forgotten_but_not_what_holds_a_room(self) -> None:
        place = make_property()
        left, held = (
            began(make_unit(place, "1601")),
            began(make_unit(place, "1602"), who={"phone": "", "id_number": ""}),
        )
        stay_reserve(check_in=held, until=AT + timedelta(days=90), **BY)
        assert check_ins_forget(at=AT + timedelta(days=60)) == 0
        assert check_ins_forget(at=AT + timedelta(days=60, seconds=1)) == 1
        left.refresh_from_db()
        assert (left.state, left.facts) == (CheckInState.DROPPED, "")


class TestOffered:
    def test_the_rent_is_the_one_billed_as_agreed_and_meters_count(self) -> None:
        # Given rent by the month and by the quarter, water with a meter and gas without
        place = make_property()
        unit = make_unit(place)
        make_meter(place, unit)
        monthly, quarterly = make_tariff(place), make_tariff(place, cycle_months=3)
        water = make_tariff(place, "water", "5", basis="metered")
        gas = make_tariff(place, "gas", "3", basis="metered")
        fee = make_tariff(place, "property", "3", basis="area")

        def ticked(pay_months: int, category: str = Category.LONG_TERM) -> set[int]:
            offered = tariffs_offered(unit=unit, category=category, pay_months=pay_months)
            return {one.tariff.pk for one in offered if one.ticked}

        # Then 押一付三 takes the quarter's; where nothing fits it is the first there is
        assert ticked(3) == {quarterly.pk, water.pk}
        assert ticked(6) == {monthly.pk, water.pk}
        # And a property that says what it bills as a rule is asked
        standard = [monthly, fee, gas]
        standard_tariffs_set(property=place, category=Category.LONG_TERM, tariffs=standard, **BY)
        assert ticked(3) == {quarterly.pk, fee.pk}
        assert ticked(1) == {monthly.pk, fee.pk}
        assert ticked(1, Category.SHORT_TERM) == {monthly.pk, water.pk}
        offered = tariffs_offered(unit=unit, category=Category.LONG_TERM, pay_months=1)
        assert [one.tariff.pk for one in offered if not one.has_meter] == [gas.pk]


def test_steps_by_an_amount_never_go_below_nothing() -> None:
    check_in = began(make_unit(make_property()), terms={"step_months": "6", "step_by": "-4000", "step_kind": "amount"})
    plan = plan_of(check_in)
    assert plan.days.end == date(2027, 11, 25)
    assert [rent for _day, rent in rent_steps(plan.terms, plan.days)] == [Decimal(780)]
    longer = began(
        make_unit(make_property()),
        room={"length": "24"},
        terms={"step_months": "6", "step_by": "-4000", "step_kind": "amount"},
    )
    with pytest.raises(Refused):
        list(rent_steps(plan_of(longer).terms, plan_of(longer).days))
