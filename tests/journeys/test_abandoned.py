"""An abandoned room: nothing is entered before the notices' term, what two witnesses signed stays, and the lease ends on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.db import ProgrammingError, connection, transaction

from tests.support.abandoned import DRAWN, ENTERED, OPENED, PDF, WITNESSES, entered, found, opened, served, signed
from tests.support.console_world import ConsoleWorld
from tests.support.settlements import AT, BY, LAST_DAY, Stay, make_stay
from tests.support.stays import make_resident, make_unit
from tests.support.tasks import photo
from yuju.billing.models import Charge
from yuju.books.verification import verify
from yuju.identity.models import Operator
from yuju.journeys.abandoned import (
    case_close,
    case_open,
    entry_begin,
    entry_sign,
    facts_known,
    notice_serve,
    notice_withdraw,
    storage_charge,
    thing_over,
    things_store,
)
from yuju.journeys.early_end import early_end_notice
from yuju.journeys.move_out import keys_return, turnover_finish, turnover_tasks
from yuju.journeys.renewals import renewal
from yuju.journeys.settling import Extra, settlement_agree, settlement_close, settlement_show
from yuju.journeys.stay_moves import room_change, tenant_change
from yuju.kit.errors import Refused
from yuju.payments.choices import AgreedHow, ExtraKind, LineKind
from yuju.payments.models import Settlement
from yuju.payments.selectors import open_charges, settlement_lines
from yuju.payments.services import settlement_withdraw
from yuju.payments.wording import line_text
from yuju.residency.abandoned import entry_of, is_as_signed, notice_term, term_end, things_left
from yuju.residency.choices import AbandonmentState, Condition, ServedBy, TenureState, WhatBecame
from yuju.residency.models import Abandonment, EntryThing
from yuju.residency.services import abandonment_rule_set, entry_photo_add, entry_thing_remove
from yuju.workforce.choices import TaskState
from yuju.workforce.models import Task
from yuju.workforce.services import task_cancel

pytestmark = pytest.mark.django_db


@pytest.fixture
def stay(operator: Any) -> Stay:
    return make_stay()


def refused(code: str, work: Callable[[], Any]) -> Refused:
    with pytest.raises(Refused) as refusal, transaction.atomic():
        work()
    assert refusal.value.code == code, str(refusal.value)
    return refusal.value


def shown(stay: Stay, **given: Any) -> Settlement:
    return settlement_show(settlement=stay.prepare(reason="弃租", **given), **BY)


def on_case(settlement: Settlement) -> Settlement:
    return settlement_agree(settlement=settlement, seal=settlement.seal, how=AgreedHow.CASE, **BY)


class TestOpening:
    def test_twice_is_one_case_with_one_task_for_the_manager(self, stay: Stay) -> None:
        first, second = opened(stay.tenure), opened(stay.tenure)
        assert first.pk == second.pk
        assert first.number == f"{stay.tenure.number}-Q1"
        task = Task.objects.get(source="abandoned")
        assert (task.group, task.tenure_id) == ("manager", stay.tenure.pk)

    def test_grounds_are_asked_for_and_lie_in_the_past(self, stay: Stay) -> None:
        assert refused("refused", lambda: case_open(tenure=stay.tenure, by=None, at=OPENED)).field == "note"
        later = date(2026, 9, 26)
        wrong = refused("refused", lambda: opened(stay.tenure, unpaid_since=later))
        assert wrong.field == "unpaid_since"
        stay.tenure.state = TenureState.ENDED
        stay.tenure.save()
        refused("state", lambda: opened(stay.tenure))

    def test_the_books_say_what_they_know(self, stay: Stay) -> None:
        # The fee of September is open and due since; the rest was paid on the first day
        (charge,) = (one.charge for one in open_charges(stay.account))
        assert facts_known(stay.tenure, date(2026, 12, 1)) == {
            "last_payment_on": date(2026, 3, 1),
            "unpaid_since": charge.due_date + timedelta(days=1),
        }
        assert "unpaid_since" not in facts_known(stay.tenure, charge.due_date)


class TestNotices:
    def test_the_term_is_data_of_the_property(self, stay: Stay) -> None:
        assert notice_term(stay.place).days == 15
        abandonment_rule_set(property=stay.place, days=30, source="租约第 12 条", by=None, at=AT)
        term = notice_term(stay.place)
        assert (term.days, term.source) == (30, "租约第 12 条")
        refused("refused", lambda: abandonment_rule_set(property=stay.place, days=0, source="x", by=None, at=AT))

    def test_the_last_term_decides_and_the_task_to_enter_follows_it(self, stay: Stay) -> None:
        # Given two notices, one of which was entered wrongly
        case = opened(stay.tenure)
        served(case)
        second = served(case, way=ServedBy.POST, days=20)
        assert served(case, way=ServedBy.POST, days=20).pk == second.pk
        assert refused("refused", lambda: served(case, way=ServedBy.POST, days=30)).field == "served_on"
        assert term_end(case) == date(2026, 10, 15)
        task = Task.objects.get(source="abandoned-entry")
        assert task.start_on == date(2026, 10, 16)

        # When it is withdrawn, then the other one's term decides
        notice_withdraw(notice=second, reason="填错日期", by=None, at=OPENED)
        task.refresh_from_db()
        assert (term_end(case), task.start_on) == (date(2026, 10, 10), date(2026, 10, 11))

    def test_when_none_is_left_they_are_asked_for_again(self, stay: Stay) -> None:
        case = opened(stay.tenure)
        notice = served(case)
        waiting = Task.objects.undone().filter(tenure=stay.tenure, source="abandoned")
        assert not waiting.exists()
        for _twice in range(2):
            notice_withdraw(notice=notice, reason="填错日期", by=None, at=OPENED)
        assert waiting.count() == 1
        # And serving one again is what was asked
        served(case, way=ServedBy.POST)
        assert not waiting.exists()

    def test_what_proves_it_is_checked(self, stay: Stay) -> None:
        case = opened(stay.tenure)
        refused("kind", lambda: served(case, scan=ContentFile(b"MZ" + b"0" * 100, "a.jpg")))
        assert refused("refused", lambda: served(case, served_on=date(2026, 9, 26))).field == "served_on"
        assert refused("refused", lambda: served(case, days=0)).field == "days"
        assert not case.notices.exists()


class TestEntering:
    def test_not_before_the_term_is_over(self, stay: Stay) -> None:
        case = opened(stay.tenure)
        refused("unserved", lambda: entry_begin(case=case, by=None, at=ENTERED))
        served(case)
        said = refused("early", lambda: entry_begin(case=case, by=None, at=datetime(2026, 10, 10, 2, tzinfo=UTC)))
        assert "2026-10-11" in str(said)
        first = entry_begin(case=case, by=None, at=datetime(2026, 10, 11, 2, tzinfo=UTC))
        assert entry_begin(case=case, by=None, at=ENTERED).pk == first.pk

        # A notice that is served meanwhile counts when it is signed
        served(case, served_on=date(2026, 10, 11), way=ServedBy.SMS, at=ENTERED)
        found(first)
        refused("early", lambda: entry_sign(entry=first, witnesses=WITNESSES, by=None, at=ENTERED))

    def test_two_people_sign_what_is_there(self, stay: Stay) -> None:
        case = opened(stay.tenure)
        served(case)
        entry = entry_begin(case=case, by=None, at=ENTERED)
        one, two = WITNESSES

        def sign(*witnesses: tuple[str, str, str, str]) -> Refused:
            return refused("same", lambda: entry_sign(entry=entry, witnesses=witnesses, by=None, at=ENTERED))

        refused("unfinished", lambda: entry_sign(entry=entry, witnesses=WITNESSES, by=None, at=ENTERED))
        found(entry)
        assert "周经理" in str(sign(one, (" 周 经理", "保安", "", DRAWN)))
        number = "11010519491231002X"
        sign(("甲", "", number, DRAWN), ("乙", "", number.lower(), DRAWN))
        for wrong, field in (
            (("", "保安", "", DRAWN), "name_2"),
            (("乙", "", "", DRAWN), "position_2"),
            (("乙", "保安", "", "[]"), "signature_2"),
            (("乙", "", "110105194912310021", DRAWN), "id_number_2"),
        ):
            with pytest.raises(Refused) as refusal:
                entry_sign(entry=entry, witnesses=[one, wrong], by=None, at=ENTERED)
            assert refusal.value.field == field
        assert not entry.witnesses.exists()
        assert entry_sign(entry=entry, witnesses=[one, two], by=None, at=ENTERED).witnesses.count() == 2

    def test_who_opened_it_is_one_of_the_two_at_most(self, operator: Operator) -> None:
        world = ConsoleWorld(operator)
        stay = make_stay(place=world.here)
        case = opened(stay.tenure, by=world.user("manager"))
        served(case)
        name, other = "周明", ("王网格", "社区网格员", "", DRAWN)
        both = [(name, "", "11010519491231002X", DRAWN), (name, "", "34052419800101001X", DRAWN)]
        said = refused("same", lambda: signed(case, witnesses=both))
        assert "周明" in str(said)
        assert signed(case, witnesses=[(name, "物业经理", "", DRAWN), other]).witnesses.count() == 2

    def test_things_are_listed_with_photos_and_taken_off_until_it_is_signed(self, stay: Stay) -> None:
        case = opened(stay.tenure)
        served(case)
        entry = entry_begin(case=case, by=None, at=ENTERED)
        for field, given in (
            ("name", {"name": " "}),
            ("count", {"count": 0}),
            ("condition", {"condition": Condition.MISSING}),
            ("photo", {"photo": ContentFile(b"MZ" + b"0" * 100, "a.jpg")}),
        ):
            with pytest.raises(Refused) as refusal:
                found(entry, **given)  # type: ignore[arg-type]
            assert refusal.value.field == field
        thing = found(entry)
        entry_photo_add(thing=thing, photo=photo(60, 40), by=None, at=ENTERED)
        entry_thing_remove(thing=thing, by=None, at=ENTERED)
        assert things_left(case) == []
        assert found(entry, "床").position == 1

    def test_signed_is_signed(self, stay: Stay) -> None:
        # Given what both signed, twice
        case = entered(stay.tenure)
        entry = entry_of(case)
        assert entry is not None
        entry_sign(entry=entry, witnesses=WITNESSES, by=None, at=ENTERED)
        assert (case.state, entry.witnesses.count(), is_as_signed(entry)) == (AbandonmentState.ENTERED, 2, True)
        assert Task.objects.get(source="abandoned-entry").state == TaskState.DONE

        # Then no service and no statement changes anything of it
        thing = entry.things.get()
        refused("signed", lambda: found(entry))
        refused("signed", lambda: entry_photo_add(thing=thing, photo=photo(60, 40), by=None, at=ENTERED))
        refused("signed", lambda: served(case, way=ServedBy.SMS))
        refused("signed", lambda: notice_withdraw(notice=case.notices.get(), reason="x", by=None, at=AT))
        for table, change in (
            ("residency_roomentry", "UPDATE {} SET digest = 'x'"),
            ("residency_entrything", "UPDATE {} SET name = 'x'"),
            ("residency_entrything", "DELETE FROM {}"),
            ("residency_entryphoto", "UPDATE {} SET sha256 = 'x'"),
            ("residency_entrywitness", "UPDATE {} SET name = 'x'"),
            ("residency_entrywitness", "UPDATE {} SET id_number = split_part(id_number, '.', 1) || '.other'"),
            ("residency_abandonmentnotice", "UPDATE {} SET days = 1"),
        ):
            with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(change.format(table))

        # But the number of a witness may be put under another key
        with connection.cursor() as cursor:
            cursor.execute("UPDATE residency_entrywitness SET id_number = '9.other' WHERE id_number <> ''")
            assert cursor.rowcount == 1


class TestStorage:
    def test_it_is_charged_once(self, stay: Stay) -> None:
        case = entered(stay.tenure)
        given: dict[str, Any] = {"case": case, "place": "库房 A-03", "until": date(2027, 1, 15), "by": None, "at": AT}
        for _time in range(2):
            things_store(cost=Decimal("200.00"), **given)
        charge = storage_charge(case)
        assert charge is not None
        assert (charge.amount, charge.tariff.name) == (Decimal("200.00"), "物品保管费")
        assert Charge.objects.filter(tariff=charge.tariff).count() == 1
        assert refused("charged", lambda: things_store(cost=Decimal(300), **given)).field == "cost"
        assert refused("refused", lambda: things_store(**{**given, "until": LAST_DAY})).field == "until"

    def test_nothing_is_stored_before_it_is_signed(self, stay: Stay) -> None:
        case = opened(stay.tenure)
        refused(
            "unsigned",
            lambda: things_store(case=case, place="库房", until=date(2027, 1, 15), by=None, at=AT),
        )


class TestEnd:
    def test_the_lease_ends_on_the_case(self, stay: Stay) -> None:
        # Given a case with storage that costs something
        case = entered(stay.tenure)
        things_store(case=case, place="库房", until=date(2026, 12, 31), cost=Decimal(200), by=None, at=AT)

        # When the stay is settled on it without the resident, and the room is taken back
        settlement = on_case(shown(stay))
        assert case.number in settlement.agreed_note
        assert "2026-10-12" in settlement.agreed_note
        settlement_close(settlement=settlement, seal=settlement.seal, **BY)
        keys_return(tenure=stay.tenure, repairs=[], **BY)

        # Then lease and case have ended, nobody has anything to do for it, and the unit is made ready as any other
        stay.tenure.refresh_from_db()
        case.refresh_from_db()
        assert (stay.tenure.state, stay.tenure.end) == (TenureState.ENDED, LAST_DAY)
        assert (case.state, case.ended_on) == (AbandonmentState.ENDED, LAST_DAY)
        assert not Task.objects.undone().filter(source__startswith="abandoned").exists()
        assert [one.check.name for one in verify() if one.astray_count] == []
        turnover = keys_return(tenure=stay.tenure, **BY)
        for task in turnover_tasks(turnover):
            task_cancel(task=task, reason="已清", by=None, at=AT)
        assert turnover_finish(turnover=turnover, **BY).ready_at is not None

        # And what is kept is given back, or disposed of after its time only
        thing = EntryThing.objects.select_related("entry__abandonment__property").get()
        over: dict[str, Any] = {"thing": thing, "who": "回收站", "by": None}
        wrong = refused("refused", lambda: thing_over(what=WhatBecame.DISPOSED, day=LAST_DAY, at=AT, **over))
        assert "2026-12-31" in str(wrong)
        later = {"day": date(2027, 1, 1), "at": datetime(2027, 1, 2, 2, tzinfo=UTC)}
        first = thing_over(what=WhatBecame.DISPOSED, **later, **over)
        assert thing_over(what=WhatBecame.GIVEN, **later, **over).pk == first.pk
        assert things_left(case)[0].outcome == first

    def test_the_contracts_penalty_is_asked_for_with_its_reason_or_another_with_its_own(self, stay: Stay) -> None:
        # Given a contract that asks for a month's rent from who leaves early, and a signed case
        case = entered(stay.tenure)

        def penalty(settlement: Settlement) -> tuple[Decimal, str]:
            (line,) = (one for one in settlement_lines(settlement) if one.kind == LineKind.PENALTY)
            return line.amount, line_text(line)

        # Then it is asked for, and the line says why
        settlement = shown(stay)
        amount, text = penalty(settlement)
        assert amount == Decimal(3000)
        assert case.number in text

        # And whoever draws it up may ask for less
        less = Extra("抵扣装修损失，协商减收", kind=ExtraKind.PENALTY, amount=Decimal(500))
        again = shown(stay, key=settlement.key, extras=[less])
        assert penalty(again)[0] == Decimal(500)
        assert less.words in penalty(again)[1]
        assert on_case(again).state == "agreed"

    def test_the_lease_neither_goes_on_nor_ends_otherwise_until_it_is_closed(self, stay: Stay) -> None:
        case = opened(stay.tenure)
        given: dict[str, Any] = {"tenure": stay.tenure, "key": uuid4(), "by": None, "at": OPENED}
        on, end = date(2026, 10, 1), date(2028, 2, 28)
        room: dict[str, Any] = {"unit": make_unit(stay.place, "1701"), "rent": None, "deposit": None}
        ways: list[Callable[[], Any]] = [
            lambda: renewal(end=end, rent=Decimal(3000), deposit=None, **given),
            lambda: room_change(on=on, reason="换房", **room, **given),
            lambda: tenant_change(
                resident=make_resident(stay.place, "周启明"), on=on, deposit_moves=True, reason="转租", **given
            ),
            lambda: early_end_notice(tenure=stay.tenure, last_day=on, reason="提前退租", by=None, at=OPENED),
        ]
        for way in ways:
            assert case.number in str(refused("abandoned", way))
        case_close(case=case, reason="住户回来了", by=None, at=OPENED)
        assert renewal(end=end, rent=Decimal(3000), deposit=None, **given).after.end == end

    def test_not_on_a_case_that_nobody_signed_and_not_before_the_term(self, stay: Stay) -> None:
        case = opened(stay.tenure)
        served(case)
        settlement = shown(stay)
        refused("case", lambda: on_case(settlement))
        signed(case)
        settlement_withdraw(settlement=settlement, reason="日期有误", **BY)
        refused("early", lambda: on_case(shown(stay, last_day=date(2026, 10, 9))))

    def test_things_are_not_disposed_of_while_the_lease_goes_on(self, stay: Stay) -> None:
        case = entered(stay.tenure)
        thing = case.entries.get().things.get()
        over: dict[str, Any] = {"thing": thing, "day": LAST_DAY, "who": "林晓彤", "by": None, "at": AT}
        refused("early", lambda: thing_over(what=WhatBecame.DISPOSED, **over))
        assert thing_over(what=WhatBecame.GIVEN, **over).who == "林晓彤"

    def test_settled_with_the_resident_after_all_it_is_closed(self, stay: Stay) -> None:
        case = opened(stay.tenure)
        settlement = shown(stay)
        agreed = settlement_agree(settlement=settlement, seal=settlement.seal, how=AgreedHow.PAPER, **BY)
        settlement_close(settlement=agreed, seal=agreed.seal, **BY)
        keys_return(tenure=stay.tenure, repairs=[], **BY)
        case.refresh_from_db()
        assert case.state == AbandonmentState.CLOSED


class TestComingBack:
    def test_the_case_is_closed_and_the_lease_goes_on(self, stay: Stay) -> None:
        case = entered(stay.tenure)
        refused("refused", lambda: case_close(case=case, reason=" ", by=None, at=AT))
        for _time in range(2):
            case_close(case=case, reason="住户本人返回，补交房租", by=None, at=AT)
        stay.tenure.refresh_from_db()
        assert stay.tenure.state == TenureState.LIVING
        assert not Task.objects.undone().filter(source__startswith="abandoned").exists()
        refused("case", lambda: on_case(shown(stay)))

        # Another time is another case
        assert opened(stay.tenure, at=AT).number.endswith("-Q2")
        assert Abandonment.objects.count() == 2
        refused(
            "over",
            lambda: notice_serve(
                case=case, served_on=LAST_DAY, way=ServedBy.SMS, days=15, scan=ContentFile(PDF, "a.pdf"), by=None, at=AT
            ),
        )

    def test_not_while_the_stay_is_settled_on_it(self, stay: Stay) -> None:
        case = entered(stay.tenure)
        settlement = on_case(shown(stay))
        refused("settlement", lambda: case_close(case=case, reason="返回", by=None, at=AT))
        settlement_withdraw(settlement=settlement, reason="住户返回", **BY)
        case_close(case=case, reason="返回", by=None, at=AT)
