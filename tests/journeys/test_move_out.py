"""Leaving: notice with its task, the keys back, and the unit ready again, in hours."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.settlements import AT, BY, LAST_DAY, Stay, closed, make_stay
from yuju.journeys.handover import handover_begin
from yuju.journeys.move_out import (
    closing_meters,
    keys_return,
    notice_give,
    notice_withdraw,
    refund_due,
    turnover_finish,
)
from yuju.journeys.settling import Extra
from yuju.journeys.tasks import task_complete
from yuju.kit.errors import Refused
from yuju.residency.choices import HandoverKind, TenureState
from yuju.residency.models import MoveOutNotice, Turnover
from yuju.residency.selectors import agreement_of, move_out_notice_of, notice_days_short
from yuju.workforce.choices import TaskKind, TaskState
from yuju.workforce.models import Task
from yuju.workforce.services import task_cancel, task_step_tick

pytestmark = pytest.mark.django_db


@pytest.fixture
def stay(operator: Any) -> Stay:
    return make_stay(notice_days=30)


def done(task: Task, after: timedelta) -> None:
    for step in task.steps.all():
        task_step_tick(step=step, result="not_needed", by=None, at=AT + after)
    task_complete(task=task, by=None, at=AT + after)


class TestNotice:
    def test_it_asks_somebody_to_look_at_the_unit_once(self, stay: Stay) -> None:
        first = notice_give(tenure=stay.tenure, last_day=date(2026, 11, 10), reason="回老家", **BY)
        task = Task.objects.get(kind=TaskKind.INSPECTION)
        assert (task.unit, task.due_at.date()) == (stay.tenure.unit, date(2026, 11, 10))
        # Said again with another day, it is the same notice and the same task, at another moment
        again = notice_give(tenure=stay.tenure, last_day=date(2026, 11, 20), reason="回老家", **BY)
        task.refresh_from_db()
        assert (again.pk, task.due_at.date(), Task.objects.count()) == (first.pk, date(2026, 11, 20), 1)
        # 35 days are asked less than the contract's 30 would be: nothing is short
        assert notice_days_short(again, agreement_of(stay.tenure)) == 0
        early = notice_give(tenure=stay.tenure, last_day=date(2026, 10, 26), **BY)
        assert notice_days_short(early, agreement_of(stay.tenure)) == 20

    def test_an_inspection_that_was_begun_is_the_one_and_none_is_late_when_it_is_asked_for(self, stay: Stay) -> None:
        # Given that the unit is looked at already, and notice for today after six in the evening
        handover_begin(tenure=stay.tenure, kind=HandoverKind.OUT, **BY)
        evening = AT.replace(hour=12)
        notice_give(tenure=stay.tenure, last_day=AT.date(), by=None, at=evening)
        task = Task.objects.get(kind=TaskKind.INSPECTION)
        assert (task.source, task.due_at) == ("handover", evening + timedelta(hours=2))

    def test_taken_back_nobody_looks_and_it_can_be_given_anew(self, stay: Stay) -> None:
        notice = notice_give(tenure=stay.tenure, last_day=date(2026, 11, 10), **BY)
        notice_withdraw(notice=notice, **BY)
        notice_withdraw(notice=notice, **BY)
        assert Task.objects.get().state == TaskState.CANCELLED
        assert move_out_notice_of(stay.tenure) is None
        notice_give(tenure=stay.tenure, last_day=date(2026, 11, 12), **BY)
        assert (MoveOutNotice.objects.count(), Task.objects.undone().count()) == (2, 1)
        # While it is being settled it stands
        stay.prepare()
        with pytest.raises(Refused):
            notice_withdraw(notice=move_out_notice_of(stay.tenure), **BY)  # type: ignore[arg-type]

    def test_before_the_first_day_and_where_nobody_lives(self, stay: Stay) -> None:
        with pytest.raises(Refused) as refused:
            notice_give(tenure=stay.tenure, last_day=date(2026, 2, 28), **BY)
        assert refused.value.field == "last_day"
        stay.tenure.state = TenureState.SIGNED
        stay.tenure.save()
        for attempt in (
            lambda: notice_give(tenure=stay.tenure, last_day=LAST_DAY, **BY),
            lambda: keys_return(tenure=stay.tenure, **BY),
            stay.prepare,
        ):
            with pytest.raises(Refused) as refused:
                attempt()
            assert refused.value.code == "state"


def test_what_is_read_at_the_end_and_until_when_money_goes_back(operator: Any) -> None:
    stay = make_stay(deposit_return_days=7)
    (found,) = closing_meters(stay.tenure, LAST_DAY)
    assert (found.meter, found.before and found.before.value, found.there) == (stay.meter, Decimal(1100), None)
    settlement = stay.prepare()
    assert refund_due(settlement) is None
    assert refund_due(closed(settlement)) == date(2026, 10, 23)
    (found,) = closing_meters(stay.tenure, LAST_DAY)
    assert found.there is not None
    assert found.there.value == Decimal(1180)


class TestTurnover:
    @pytest.mark.parametrize("keys_first", [True, False])
    def test_a_stay_has_ended_when_it_is_settled_and_the_keys_are_back(self, stay: Stay, keys_first: bool) -> None:
        steps = [lambda: keys_return(tenure=stay.tenure, **BY), lambda: closed(stay.prepare())]
        for step in steps if keys_first else reversed(steps):
            stay.tenure.refresh_from_db()
            assert stay.tenure.state == TenureState.LIVING
            step()
        stay.tenure.refresh_from_db()
        assert (stay.tenure.state, stay.tenure.end) == (TenureState.ENDED, LAST_DAY)

    def test_the_unit_is_ready_when_the_last_task_is_done(self, stay: Stay) -> None:
        # Given a broken door and a lost card in the settlement, and the keys back twice
        stay.card.code = "key-card"
        stay.card.save()
        stay.prepare(extras=[Extra("衣柜门", amount=Decimal(380)), Extra("门禁卡 0456", tariff=stay.card)])
        turnover = keys_return(tenure=stay.tenure, **BY)
        assert keys_return(tenure=stay.tenure, **BY) == turnover
        tasks = list(Task.objects.order_by("pk"))
        kinds = [("cleaning", "cleaner"), ("repair", "engineer"), ("general", "front_desk")]
        assert [(one.kind, one.group) for one in tasks] == kinds
        assert "衣柜门" in tasks[1].title
        # A lost card is nothing to repair: it is blocked, and a new one made
        assert "补配" in tasks[2].title
        assert "门禁卡 0456" in tasks[2].title

        # When they are done after 3, and the last after 20.5 hours
        done(tasks[0], timedelta(hours=3))
        done(tasks[2], timedelta(hours=4))
        assert Turnover.objects.get().hours() is None
        done(tasks[1], timedelta(hours=20.5))

        # Then it took that long
        assert Turnover.objects.get().hours() == 20.5

    def test_tasks_that_are_not_needed_do_not_keep_it(self, stay: Stay) -> None:
        turnover = keys_return(tenure=stay.tenure, repairs=["墙面"], **BY)
        for task in Task.objects.all():
            with pytest.raises(Refused):
                turnover_finish(turnover=turnover, **BY)
            task_cancel(task=task, reason="不需要", **BY)
        assert turnover_finish(turnover=turnover, **BY).ready_at == AT
