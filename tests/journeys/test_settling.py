"""What a stay comes to at its end: shown before it is agreed, and posted as it was agreed or not at all."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import ProgrammingError, connection, transaction

from tests.support.settlements import AT, BY, LAST_DAY, Stay, agreed, closed, lines_of, make_stay
from tests.support.stays import make_lease, make_resident, make_tariff
from yuju.billing.choices import AdjustmentKind, Basis, FeeCategory
from yuju.billing.models import Adjustment, BillRun, Charge
from yuju.books.verification import verify
from yuju.identity.models import User
from yuju.journeys import settlement_story
from yuju.journeys.billing_cycle import account_bill_complete
from yuju.journeys.lease_changes import rent_change, tenure_end_move
from yuju.journeys.settling import (
    Extra,
    settlement_agree,
    settlement_close,
    settlement_prepare,
    settlement_refund,
    settlement_show,
)
from yuju.kit.errors import Refused
from yuju.messaging.models import ResidentNotice
from yuju.metering.choices import ReadingSource
from yuju.metering.models import Reading
from yuju.metering.services import reading_record
from yuju.payments.choices import AgreedHow, ExtraKind, RefundChannel, SettlementState
from yuju.payments.models import Payment, Refund, Settlement, SettlementLine
from yuju.payments.selectors import account_standing, deposit_held, open_charges, settlement_lines, settlement_of
from yuju.payments.services import (
    charge_adjust,
    deposit_ask,
    settlement_answer,
    settlement_object,
    settlement_withdraw,
    shift_open,
)
from yuju.payments.wording import line_text, line_title, settlement_text
from yuju.residency.models import TenureTerm
from yuju.residency.services import agreement_set
from yuju.workforce.models import Task

pytestmark = pytest.mark.django_db
OUT: dict[str, Any] = {"channel": RefundChannel.BANK, "payee": "林晓彤", "payee_account": "6222020200112233445"}


@pytest.fixture
def stay(operator: Any) -> Stay:
    return make_stay()


def proved() -> None:
    assert [(one.check.name, one.astray) for one in verify() if one.astray_count] == []


def posted() -> tuple[int, ...]:
    """How much there is of everything a settlement would post."""
    return tuple(model.objects.count() for model in (Charge, Adjustment, Payment, Refund, Reading))


def refund(settlement: Settlement, **given: Any) -> list[Refund]:
    return settlement_refund(settlement=settlement, **{"key": uuid4(), "on": LAST_DAY, **OUT, **BY, **given})


class TestWorkedExample:
    """The figures of docs/guide/settlement.md."""

    def test_every_line_and_the_refund(self, stay: Stay) -> None:
        # Given a stay that ends on 15 October, two cards lost and a wardrobe door broken
        before, told = posted(), ResidentNotice.objects.filter(kind="bill_issued").count()
        extras = [
            Extra("房卡", tariff=stay.card, quantity=Decimal(2), place="门口"),
            Extra("衣柜门", amount=Decimal("380.00"), place="卧室"),
        ]
        # When it is drawn up, then every figure is there and nothing is posted
        settlement = stay.prepare(extras=extras)
        assert lines_of(settlement) == [
            ("open", Decimal("175.00")),
            ("price", Decimal("-4548.39")),
            ("charge", Decimal("84.68")),
            ("charge", Decimal("48.00")),
            ("damage", Decimal("40.00")),
            ("damage", Decimal("380.00")),
            ("penalty", Decimal("3000.00")),
            ("credit", Decimal("-25.00")),
            ("deposit", Decimal("-3000.00")),
            ("result", Decimal("-3845.71")),
        ]
        assert (posted(), settlement.state) == (before, SettlementState.DRAFT)

        # When it is agreed and settled, then exactly this is posted, and the rest waits to be paid out
        settlement = closed(settlement)
        assert account_standing(stay.account).credit == Decimal("3845.71")
        assert (account_standing(stay.account).open, deposit_held(stay.account)) == (0, 0)
        assert [one.charge is not None for one in settlement_lines(settlement)] == [True] * 7 + [False] * 3
        assert not settlement.is_even
        # The resident was told of the settlement, and of no bill besides.
        assert ResidentNotice.objects.filter(kind="settlement_shown", about_id=settlement.pk).count() == 1
        assert ResidentNotice.objects.filter(kind="bill_issued").count() == told
        proved()

        # And once it is paid out, the account is closed
        assert sum(one.amount for one in refund(settlement)) == Decimal("3845.71")
        settlement.refresh_from_db()
        assert settlement.is_even
        assert settlement_text(settlement) == "已结算：账户已结清，没有余额。"
        proved()

    def test_each_line_says_why_in_the_readers_language(self, stay: Stay) -> None:
        said = [(line_title(one), line_text(one)) for one in settlement_lines(stay.prepare())]
        assert said == [
            ("物业费 2026-09-01 至 2026-09-30", "此前已出账、尚未缴清，应于 2026-10-06 前缴纳。"),
            (
                "房租 2026-09-01 至 2026-11-30",
                "原为 9,000.00 元；计至退房日为 3,000.00 元/月 × (1 + 15/31) 个月 = 4,451.61 元。",
            ),
            ("物业费 2026-10-01 至 2026-10-15", "物业费 62.50 m² × 2.80 元/m²·月 × 15/31 个月 = 84.68 元"),
            ("电费 2026-10-01 至 2026-10-15", "电费 80 kWh × 0.60 元/kWh = 48.00 元"),
            ("提前退租违约金", "早于约定到期日 2027-02-28 退租：1 个月租金，月租金 3,000.00 元。"),
            ("账户预存", "此前已缴、尚未使用的金额。"),
            ("已收押金", "先抵扣欠款，余额退还。"),
            ("应退", "应退还 4,265.71 元。"),
        ]


class TestArrears:
    def test_damages_above_the_deposit_are_still_to_pay(self, stay: Stay) -> None:
        # Given damages of 9,000.00 beside the penalty
        settlement = closed(stay.prepare(extras=[Extra("水淹地板", amount=Decimal(9000))], due=date(2026, 10, 31)))
        assert settlement.result == Decimal("4734.29")
        open_now = open_charges(stay.account)
        assert sum(one.open for one in open_now) == Decimal("4734.29")
        assert {one.charge.due_date for one in open_now} == {date(2026, 10, 31)}
        with pytest.raises(Refused, match="没有可退"):
            refund(settlement)

        # When it is paid at the desk, too much even, then the account is closed once the rest went out again
        stay.pay("5000.00")
        settlement.refresh_from_db()
        assert not settlement.is_even
        proved()
        assert sum(one.amount for one in refund(settlement)) == Decimal("265.71")
        settlement.refresh_from_db()
        assert settlement.is_even
        proved()

    def test_what_is_waived_afterwards_closes_the_account_too(self, stay: Stay) -> None:
        settlement = closed(stay.prepare(extras=[Extra("地板", amount=Decimal("4265.72"))]))
        assert (settlement.result, settlement.is_even) == (Decimal("0.01"), False)
        last = open_charges(stay.account)[0]
        charge_adjust(charge=last.charge, amount=-last.open, kind=AdjustmentKind.WAIVER, reason="零头", **BY)
        settlement.refresh_from_db()
        assert settlement.is_even
        proved()

    def test_a_deposit_that_was_never_paid_is_not_asked_for_any_more(self, stay: Stay) -> None:
        deposit_ask(account=stay.account, amount=Decimal(500), on=LAST_DAY, due=LAST_DAY, key=uuid4(), **BY)
        settlement = closed(stay.prepare())
        assert settlement.result == Decimal("-4265.71")
        proved()


class TestPenalty:
    def test_it_is_what_the_contract_says(self, stay: Stay) -> None:
        settlement = stay.prepare()
        for agreement, amount in (
            ({"penalty_kind": "none", "penalty": Decimal(1)}, None),
            ({"penalty_kind": "fixed", "penalty": Decimal("1234.56")}, Decimal("1234.56")),
            ({"penalty_kind": "months", "penalty": Decimal("1.5")}, Decimal("4500.00")),
            # The contract's last day was the day on which they leave
            ({"penalty_kind": "fixed", "penalty": Decimal(1), "agreed_end": LAST_DAY}, None),
        ):
            agreement_set(tenure=stay.tenure, **agreement, **BY)
            found = dict(lines_of(stay.prepare(key=settlement.key)))
            assert found.get("penalty") == amount

    def test_months_are_of_the_rent_in_force_on_the_last_day(self, stay: Stay) -> None:
        rent_change(tenure=stay.tenure, rent=Decimal(3300), valid_from=date(2026, 10, 10), reason="涨租", **BY)
        assert dict(lines_of(stay.prepare()))["penalty"] == Decimal("3300.00")
        assert dict(lines_of(stay.prepare(date(2026, 10, 9), key=settlement_key(stay))))["penalty"] == Decimal(
            "3000.00"
        )

    def test_a_penalty_agreed_stands_in_place_of_the_contracts_and_zero_waives_it(self, stay: Stay) -> None:
        given = {"kind": ExtraKind.PENALTY, "amount": Decimal(0)}
        settlement = closed(stay.prepare(extras=[Extra("协商免除", **given)]))
        assert dict(lines_of(settlement))["penalty"] == 0
        proved()

    def test_without_a_rent_it_is_asked_as_an_amount(self, stay: Stay) -> None:
        TenureTerm.objects.filter(tenure=stay.tenure).update(rent=None)
        with pytest.raises(Refused) as refused:
            stay.prepare()
        assert refused.value.code == "no_rent"


def settlement_key(stay: Stay) -> Any:
    found = settlement_of(stay.tenure)
    assert found is not None
    return found.key


class TestBadInput:
    def test_the_end_before_the_start_and_no_reason(self, stay: Stay) -> None:
        with pytest.raises(Refused) as refused, transaction.atomic():
            stay.prepare(date(2026, 2, 28), reading=None)
        assert refused.value.field == "last_day"
        with pytest.raises(Refused) as refused:
            stay.prepare(reason=" ")
        assert refused.value.code == "reason"
        assert not Settlement.objects.exists()

    def test_staying_on_into_the_next_lease(self, stay: Stay) -> None:
        make_lease(stay.tenure.unit, make_resident(stay.place, "王磊"), start=date(2027, 3, 1), end=date(2027, 12, 31))
        with pytest.raises(Refused) as refused:
            stay.prepare(date(2027, 3, 1), reading=None)
        assert (refused.value.field, refused.value.code) == ("last_day", "overlap")

    def test_a_reading_below_the_one_before_is_refused_at_its_field(self, stay: Stay) -> None:
        with pytest.raises(Refused) as refused:
            stay.prepare(reading="1099")
        assert (refused.value.field, refused.value.code) == (f"reading_{stay.meter.pk}", "backwards")

    def test_no_last_reading(self, stay: Stay) -> None:
        with pytest.raises(Refused, match="缺少退房时的读数") as refused:
            stay.prepare(reading=None)
        assert refused.value.code == "unbillable"

    def test_an_extra_without_words_price_or_number(self, stay: Stay) -> None:
        for extra in (
            Extra(" ", amount=Decimal(1)),
            Extra("镜子"),
            Extra("镜子", amount=Decimal(-1)),
            Extra("镜子", amount=Decimal(1), quantity=Decimal(0)),
        ):
            with pytest.raises(Refused) as refused:
                stay.prepare(extras=[extra])
            assert refused.value.field == "extras"
        assert not Settlement.objects.exists()

    def test_a_price_list_of_nothing(self, stay: Stay) -> None:
        rent = make_tariff(stay.place, FeeCategory.DAMAGE, "20", basis=Basis.FLAT)
        with pytest.raises(Refused) as refused:
            stay.prepare(extras=[Extra("镜子", tariff=rent)])
        assert refused.value.field == "extras"


class TestReadings:
    def test_one_that_was_billed_past_the_last_day_is_priced_again(self, stay: Stay) -> None:
        # Given the meter is read and billed on 14 October, and they say later that they left on the 10th
        day = date(2026, 10, 14)
        reading_record(meter=stay.meter, date=day, value=Decimal(1170), source=ReadingSource.FORM, **BY)
        account_bill_complete(account=stay.account, as_of=day, **BY)
        # When it is settled to the 10th, with 1,150 on the meter: 50 × 0.60 instead of 70 × 0.60
        settlement = closed(stay.prepare(date(2026, 10, 10), reading="1150"))
        assert ("price", Decimal("-12.00")) in lines_of(settlement)
        proved()

    def test_one_of_the_day_that_says_otherwise_is_superseded(self, stay: Stay) -> None:
        reading_record(meter=stay.meter, date=LAST_DAY, value=Decimal(1190), source=ReadingSource.FORM, **BY)
        closed(stay.prepare(reading="1180"))
        stands = Reading.objects.filter(meter=stay.meter, date=LAST_DAY, superseded_by=None).get()
        assert stands.value == Decimal(1180)
        proved()

    def test_one_that_is_there_already_is_taken(self, stay: Stay) -> None:
        reading_record(meter=stay.meter, date=LAST_DAY, value=Decimal(1180), source=ReadingSource.FORM, **BY)
        assert ("charge", Decimal("48.00")) in lines_of(stay.prepare(reading=None))


class TestSteps:
    def test_what_changed_since_it_was_agreed_is_refused_and_shown_anew(self, stay: Stay) -> None:
        # Given an agreed settlement, and somebody pays 100.00 at the desk meanwhile
        settlement = agreed(stay.prepare())
        seal = settlement.seal
        stay.pay("100.00")
        before = posted()

        # When it is settled, then it is refused with nothing written
        with pytest.raises(Refused) as refused:
            settlement_close(settlement=settlement, seal=seal, **BY)
        assert (refused.value.code, posted()) == ("changed", before)
        settlement.refresh_from_db()
        assert settlement.state == SettlementState.AGREED

        # And shown anew it has new lines, which nobody has agreed to; the old ones stay as they were
        shown = settlement_show(settlement=settlement, **BY)
        assert (shown.state, shown.version, shown.agreed_at) == (SettlementState.SHOWN, 2, None)
        assert shown.result == Decimal("-4365.71")
        assert settlement_lines(shown, version=1)[-1].amount == Decimal("-4265.71")
        with pytest.raises(Refused) as refused:
            settlement_agree(settlement=shown, seal=seal, how=AgreedHow.PAPER, **BY)
        assert refused.value.code == "changed"
        assert closed(shown).result == Decimal("-4365.71")
        proved()

    def test_signing_what_changed_since_it_was_shown_is_refused(self, stay: Stay) -> None:
        settlement = settlement_show(settlement=stay.prepare(), **BY)
        stay.pay("100.00")
        with pytest.raises(Refused) as refused:
            settlement_agree(settlement=settlement, seal=settlement.seal, how=AgreedHow.PAPER, **BY)
        assert refused.value.code == "changed"

    def test_drawing_up_anew_what_was_agreed_asks_again(self, stay: Stay) -> None:
        settlement = agreed(stay.prepare())
        same = stay.prepare(key=settlement.key)
        assert (same.state, same.version) == (SettlementState.AGREED, 1)
        other = stay.prepare(key=settlement.key, extras=[Extra("镜子", amount=Decimal(80))])
        assert (other.pk, other.state, other.version) == (settlement.pk, SettlementState.DRAFT, 2)

    def test_settling_twice_settles_once(self, stay: Stay) -> None:
        settlement = closed(stay.prepare())
        before = posted()
        again = settlement_close(settlement=settlement, seal=settlement.seal, **BY)
        assert (again.state, posted()) == (SettlementState.CLOSED, before)
        key = uuid4()
        assert refund(settlement, key=key) == refund(settlement, key=key)
        with pytest.raises(Refused):
            refund(settlement)

    def test_a_second_check_out_is_refused(self, stay: Stay) -> None:
        settlement = closed(stay.prepare())
        for key in (settlement.key, uuid4()):
            with pytest.raises(Refused, match="不能重复退房") as refused:
                stay.prepare(key=key)
            assert refused.value.code == "closed"
        with pytest.raises(Refused):
            settlement_withdraw(settlement=settlement, reason="再想想", **BY)

    def test_one_settlement_at_a_time_and_another_after_it_was_withdrawn(self, stay: Stay) -> None:
        first = agreed(stay.prepare())
        with pytest.raises(Refused) as refused:
            stay.prepare()
        assert refused.value.code == "live"
        with pytest.raises(Refused):
            settlement_withdraw(settlement=first, reason="", **BY)
        settlement_withdraw(settlement=first, reason="续住", **BY)
        settlement_withdraw(settlement=first, reason="续住", **BY)
        stay.tenure.refresh_from_db()
        # Nothing of the stay has changed
        assert (stay.tenure.end, settlement_of(stay.tenure)) == (date(2027, 2, 28), None)
        with pytest.raises(Refused) as refused:
            settlement_show(settlement=first, **BY)
        assert refused.value.code == "withdrawn"
        assert closed(stay.prepare()).state == SettlementState.CLOSED
        proved()

    def test_only_what_was_shown_is_agreed_and_only_what_was_agreed_is_settled(self, stay: Stay) -> None:
        settlement = stay.prepare()
        with pytest.raises(Refused) as refused:
            settlement_agree(settlement=settlement, seal=settlement.seal, how=AgreedHow.PAPER, **BY)
        assert refused.value.code == "state"
        shown = settlement_show(settlement=settlement, **BY)
        with pytest.raises(Refused) as refused:
            settlement_close(settlement=shown, seal=shown.seal, **BY)
        assert refused.value.code == "state"
        with pytest.raises(Refused) as refused:
            settlement_agree(settlement=shown, seal=shown.seal, how=AgreedHow.WITHOUT, **BY)
        assert refused.value.field == "note"

    def test_it_is_not_settled_before_the_last_day(self, stay: Stay) -> None:
        tenure_end_move(tenure=stay.tenure, end=LAST_DAY, reason="提前退租", **BY)
        settlement = agreed(stay.prepare())
        with pytest.raises(Refused) as refused:
            settlement_close(settlement=settlement, seal=settlement.seal, by=None, at=AT - timedelta(days=2))
        assert refused.value.code == "early"

    def test_killed_half_way_nothing_was_done(self, stay: Stay, monkeypatch: pytest.MonkeyPatch) -> None:
        settlement = agreed(stay.prepare())
        before = posted()

        def die(**_given: Any) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr(settlement_story, "credit_settle", die)
            with pytest.raises(KeyboardInterrupt):
                settlement_close(settlement=settlement, seal=settlement.seal, **BY)
        assert posted() == before
        settlement.refresh_from_db()
        assert settlement.state == SettlementState.AGREED
        # And going on does it once
        settlement_close(settlement=settlement, seal=settlement.seal, **BY)
        proved()

    def test_cash_comes_out_of_an_open_drawer(self, stay: Stay) -> None:
        settlement = closed(stay.prepare())
        cash = {"channel": RefundChannel.CASH, "payee_account": ""}
        with pytest.raises(Refused) as refused:
            refund(settlement, **cash)
        assert refused.value.code == "shift"
        cashier = User.objects.create(username="cashier", name="何佳", password="!")
        shift = shift_open(property=stay.place, cashier=cashier, opening_float=Decimal(5000), at=AT)
        assert {one.shift for one in refund(settlement, shift=shift, **cash)} == {shift}


class TestObjections:
    def test_they_are_answered_before_it_is_agreed(self, stay: Stay) -> None:
        # Given a resident who objects to the penalty
        settlement = settlement_show(settlement=stay.prepare(extras=[Extra("镜子", amount=Decimal(80))]), **BY)
        line = next(one for one in settlement_lines(settlement) if one.kind == "penalty")
        settlement_object(line=line, text="合同到期日不是这天", at=AT)
        with pytest.raises(Refused) as refused:
            settlement_agree(settlement=settlement, seal=settlement.seal, how=AgreedHow.PAPER, **BY)
        assert refused.value.code == "objection"
        with pytest.raises(Refused):
            settlement_object(line=line, text="另一句", at=AT)

        # When it is answered, and something else is taken off, then both go over to the new lines
        settlement_answer(line=line, text="见合同第 3 条", **BY)
        again = settlement_show(settlement=stay.prepare(key=settlement.key), **BY)
        carried = next(one for one in settlement_lines(again) if one.kind == "penalty")
        assert (again.version, carried.objection, carried.answer) == (2, "合同到期日不是这天", "见合同第 3 条")
        with pytest.raises(Refused) as refused:
            settlement_object(line=line, text="另一句", at=AT)
        assert refused.value.code == "changed"
        assert closed(again).state == SettlementState.CLOSED

    def test_nothing_is_answered_that_nobody_said(self, stay: Stay) -> None:
        settlement = settlement_show(settlement=stay.prepare(), **BY)
        with pytest.raises(Refused):
            settlement_answer(line=settlement_lines(settlement)[0], text="好", **BY)

    def test_nobody_changes_what_a_line_says(self, stay: Stay) -> None:
        settlement = closed(stay.prepare())
        for statement in (
            "UPDATE payments_settlementline SET amount = amount + 1",
            "DELETE FROM payments_settlementline",
            "UPDATE payments_settlement SET result = 0",
            "DELETE FROM payments_settlement",
        ):
            with (
                pytest.raises(ProgrammingError, match="is posted"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)
        assert SettlementLine.objects.filter(settlement=settlement).exists()


def test_a_lease_that_ends_on_29_february(operator: Any) -> None:
    """Given a year's lease to 29 February 2028, when it is settled to that day, then nothing comes back and no penalty."""
    stay = make_stay()
    last = date(2028, 2, 29)
    tenure_end_move(tenure=stay.tenure, end=last, reason="续租", **BY)
    at = AT.replace(year=2028, month=3, day=1)
    settlement = settlement_prepare(
        tenure=stay.tenure,
        last_day=last,
        reason="到期",
        key=uuid4(),
        readings={stay.meter: Decimal(1200)},
        by=None,
        at=at,
    )
    found = settlement_lines(settlement)
    assert {one.kind for one in found} == {"open", "charge", "credit", "deposit", "result"}
    # The last quarter, from 1 December, is billed whole; February with all its 29 days
    assert [
        one.amount for one in found if (one.facts.get("item"), one.facts.get("start")) == ("房租", "2027-12-01")
    ] == [Decimal("9000.00")]
    assert ("2028-02-01", "2028-02-29", Decimal("175.00")) in [
        (one.facts.get("start"), one.facts.get("end"), one.amount) for one in found
    ]


def test_nothing_of_a_preview_stays(stay: Stay) -> None:
    """Given it is drawn up, then no notice, task, run or number is used; shown, it is told of once."""

    def there() -> tuple[int, int, int]:
        return BillRun.objects.count(), ResidentNotice.objects.count(), Task.objects.count()

    runs, notices, tasks = there()
    settlement = stay.prepare()
    assert there() == (runs, notices, tasks)
    settlement_show(settlement=settlement, **BY)
    assert there() == (runs, notices + 1, tasks)
    stay.tenure.refresh_from_db()
    assert stay.tenure.end == date(2027, 2, 28)
