"""The tasks that care plans make."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.support.stays import make_lease, make_property, make_resident, make_unit
from yuju.care.models import CarePlan
from yuju.care.rhythm import latest_due, next_due
from yuju.care.services import plan_save, plans_tick, segment_save, visits, visits_make
from yuju.care.standing import care_of
from yuju.journeys.tasks import task_complete
from yuju.kit.errors import Refused
from yuju.premises.models import Property
from yuju.residency.choices import TagTone, TenureState
from yuju.residency.models import Resident, Tag
from yuju.residency.services import resident_tags_set, tag_create, tenure_move
from yuju.workforce.choices import Priority, StepResult, TaskState
from yuju.workforce.models import Task
from yuju.workforce.services import task_comment, task_start, task_step_tick

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
FIRST = date(2026, 11, 25)
BY: dict[str, Any] = {"by": None, "at": NOON}


def day(number: int) -> datetime:
    """Noon of a day after the first."""
    return NOON + timedelta(days=number)


@pytest.fixture
def here(operator: Any) -> Property:
    return make_property()


def old_one(here: Property, number: str, tag: Tag) -> Resident:
    resident = make_resident(here, f"老人{number}")
    resident_tags_set(resident=resident, tags=[tag], **BY)
    make_lease(make_unit(here, number), resident, end=date(2027, 12, 31))
    return resident


@pytest.fixture
def tag(operator: Any) -> Tag:
    return tag_create(name="老人", tone=TagTone.CARE, **BY)


def make_plan(here: Property, tag: Tag, **given: Any) -> CarePlan:
    conditions = [{"fact": "tags", "operator": "any", "value": [str(tag.pk)]}]
    segment = segment_save(segment=None, property=here, name="老人", conditions=conditions, **BY)
    values: dict[str, Any] = {"every": 14, "rhythm": "days", "lead_days": 3, "spread": False, "starts_on": FIRST}
    return plan_save(
        plan=None,
        property=here,
        segment=segment,
        title="上门探访",
        steps="精神状态\n燃气阀门 *",
        **{**values, **given},
        **BY,
    )


def dues() -> list[tuple[str, str]]:
    rows = Task.objects.order_by("due_at", "pk").select_related("resident")
    return [(one.resident.name, f"{one.due_at.astimezone(UTC):%m-%d %H}") for one in rows]


def test_a_visit_is_made_ahead_of_time_and_once(here: Property, tag: Tag) -> None:
    # Given one old resident and a plan of every 14 days that shows tasks 3 days ahead
    resident = old_one(here, "101", tag)
    make_plan(here, tag, served_first=True, group="front_desk")
    # When the job runs again and again
    assert [plans_tick(at=NOON), plans_tick(at=NOON + timedelta(hours=3))] == [1, 0]
    # Then there is one task, with what the plan says
    task = Task.objects.get()
    assert (task.resident, task.unit, task.priority, task.group) == (
        resident,
        resident.tenures.get().unit,
        Priority.URGENT,
        "front_desk",
    )
    assert [(one.text, one.needs_photo) for one in task.steps.all()] == [("精神状态", False), ("燃气阀门", True)]
    assert dues() == [("老人101", "11-25 10")]
    # And the next comes three days before it is due, once the first is done
    finish(task, day(1))
    assert [plans_tick(at=day(number)) for number in (1, 10, 11, 12)] == [0, 0, 1, 0]
    assert dues()[1:] == [("老人101", "12-09 10")]


def finish(task: Task, at: datetime) -> None:
    task_start(task=task, by=None, at=at)
    for step in task.steps.select_related("task"):
        result = StepResult.NOT_NEEDED if step.needs_photo else StepResult.NOT_OK
        task_step_tick(step=step, result=result, note="睡得不好", by=None, at=at)
    task_complete(task=task, by=None, at=at)


def test_after_a_time_without_anybody_only_the_latest_visit_is_asked_for(here: Property, tag: Tag) -> None:
    old_one(here, "101", tag)
    make_plan(here, tag)
    # When nothing ran for fifty days: visits were due on days 0, 14, 28 and 42
    assert plans_tick(at=day(50)) == 1
    # Then one is asked for, until tonight
    assert dues() == [("老人101", "01-14 10")]
    # And while it waits no second one is, however late it gets
    assert plans_tick(at=day(60)) == 0


def test_who_moves_out_or_loses_the_tag_is_visited_no_more(here: Property, tag: Tag) -> None:
    stays, moves, healed = (old_one(here, number, tag) for number in ("101", "102", "103"))
    make_plan(here, tag)
    assert plans_tick(at=NOON) == 3
    tenure_move(tenure=moves.tenures.get(), to=TenureState.ENDED, **BY)
    resident_tags_set(resident=healed, tags=[], **BY)
    plans_tick(at=day(1))
    undone = Task.objects.filter(state=TaskState.OPEN)
    assert [task.resident for task in undone] == [stays]
    assert Task.objects.filter(state=TaskState.CANCELLED).exclude(reason="").count() == 2


def test_a_plan_that_has_ended_takes_back_what_nobody_began(here: Property, tag: Tag) -> None:
    old_one(here, "101", tag)
    old_one(here, "102", tag)
    make_plan(here, tag, until=FIRST + timedelta(days=10))
    assert plans_tick(at=NOON) == 2
    task_start(task=Task.objects.all()[0], by=None, at=NOON)
    plans_tick(at=day(30))
    assert sorted(Task.objects.values_list("state", flat=True)) == ["cancelled", "doing"]
    assert plans_tick(at=day(40)) == 0


def test_a_hundred_visits_take_as_many_statements_as_one(here: Property, tag: Tag) -> None:
    plan = make_plan(here, tag)
    counts = []
    for numbers in (range(1, 2), range(2, 30)):
        for number in numbers:
            old_one(here, f"{number:03}", tag)
        with CaptureQueriesContext(connection) as statements:
            assert visits_make(plan=plan, at=NOON) == len(numbers)
        counts.append(len(statements))
    assert counts[1] <= counts[0] + 2


def test_visits_are_spread_over_the_interval(here: Property, tag: Tag) -> None:
    for number in range(14):
        old_one(here, f"{101 + number}", tag)
    make_plan(here, tag, spread=True, lead_days=0)
    assert [plans_tick(at=day(number)) for number in range(15)] == [1] * 14 + [0]
    assert len({one for _name, one in dues()}) == 14


def test_months_keep_their_day(operator: Any) -> None:
    plan = CarePlan(every=1, rhythm="months", starts_on=date(2026, 1, 31), spread=False)
    assert latest_due(plan, 0, date(2026, 2, 27)) == date(2026, 1, 31)
    assert latest_due(plan, 0, date(2026, 2, 28)) == date(2026, 2, 28)
    assert latest_due(plan, 0, date(2026, 3, 30)) == date(2026, 2, 28)
    assert next_due(plan, 0, date(2026, 2, 28)) == date(2026, 3, 31)
    assert next_due(plan, 0, date(2026, 1, 30)) == date(2026, 1, 31)
    plan.until = date(2026, 3, 30)
    assert (latest_due(plan, 0, date(2027, 1, 1)), next_due(plan, 0, date(2026, 3, 1))) == (date(2026, 2, 28), None)


def test_the_residents_page_knows_what_was_found_and_what_is_late(here: Property, tag: Tag) -> None:
    resident = old_one(here, "101", tag)
    plan = make_plan(here, tag)
    plans_tick(at=NOON)
    visit = Task.objects.get()
    assert [(one.is_late, one.next_on) for one in care_of(resident, NOON)] == [(False, FIRST)]
    assert [one.is_late for one in care_of(resident, day(1))] == [True]
    finish(visit, day(1))
    task_comment(task=visit, text="药盒是空的", by=None, at=day(1))
    [standing] = care_of(resident, day(2))
    assert (standing.plan, standing.last, standing.next_on) == (plan, visit, FIRST + timedelta(days=14))
    assert standing.found == ["精神状态: 睡得不好", "药盒是空的"]
    # Of somebody for whom no plan holds there is nothing to tell; for whom it held, what was done remains
    assert care_of(make_resident(here, "年轻人"), day(2)) == []
    resident_tags_set(resident=resident, tags=[], **BY)
    [past] = care_of(resident, day(2))
    assert (past.holds, past.next_on) == (False, None)


def test_a_plan_says_how_often_and_for_whom(here: Property, tag: Tag) -> None:
    plan = make_plan(here, tag)
    for wrong, field in (
        ({"every": 731}, "every"),
        ({"lead_days": 61}, "lead_days"),
        ({"until": FIRST - timedelta(days=1)}, "until"),
        ({"property": None}, "property"),
        ({"title": " "}, "title"),
    ):
        given = {
            "property": here,
            "segment": plan.segment,
            "title": "x",
            "every": 1,
            "rhythm": "days",
            "starts_on": FIRST,
        }
        with pytest.raises(Refused) as refusal:
            plan_save(plan=None, **{**given, **wrong}, **BY)
        assert refusal.value.field == field


def test_a_plan_that_fails_keeps_no_other_from_its_visits(
    here: Property, tag: Tag, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # Given two plans, the first of which cannot be asked
    old_one(here, "101", tag)
    broken = make_plan(here, tag)
    sound = plan_save(
        plan=None,
        property=here,
        segment=broken.segment,
        title="燃气检查",
        every=1,
        rhythm="months",
        spread=False,
        starts_on=FIRST,
        **BY,
    )
    asked = visits.under_plan

    def fails(plan: CarePlan, on: Any) -> Any:
        if plan.pk == broken.pk:
            raise Refused("标签已删除")
        return asked(plan, on)

    monkeypatch.setattr(visits, "under_plan", fails)
    # When the job runs
    assert plans_tick(at=NOON) == 1
    # Then the other has its visit, and what failed is named in the log and on the plan
    assert Task.objects.get().source_key.startswith(f"{sound.pk}:")
    broken.refresh_from_db()
    assert (broken.failed_at, broken.failure, broken.asked_on) == (NOON, "标签已删除", None)
    assert "上门探访" in caplog.text
    # And it is asked again, and well
    monkeypatch.setattr(visits, "under_plan", asked)
    assert plans_tick(at=day(0) + timedelta(hours=1)) == 1
    broken.refresh_from_db()
    assert (broken.failed_at, broken.failure) == (None, "")
