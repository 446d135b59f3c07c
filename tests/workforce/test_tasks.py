"""What tasks are: made once, done by one, finished when everything was looked at, told of when late."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from PIL import Image

from tests.support.console_world import ConsoleWorld
from tests.support.stays import AT, make_resident, make_unit
from tests.support.tasks import DUE, make_task, photo
from yuju.identity.models import Operator
from yuju.journeys import tasks as journeys
from yuju.journeys.tasks import after_task, task_complete, task_give, tasks_escalate
from yuju.kit.errors import Refused
from yuju.kit.files import open_kept
from yuju.messaging.models import Notice
from yuju.workforce import services
from yuju.workforce.choices import StepResult, TaskState
from yuju.workforce.models import Task, TaskComment, TaskPhoto
from yuju.workforce.selectors import tasks_for, to_take
from yuju.workforce.services import Step

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=1)


@pytest.fixture
def world(operator: Operator) -> ConsoleWorld:
    return ConsoleWorld(operator)


def test_a_story_that_asks_twice_gets_one_task(world: ConsoleWorld) -> None:
    first = make_task(world.here, "退租保洁", source="turnover", source_key="7")
    second = make_task(world.here, "退租保洁", source="turnover", source_key="7")
    other = make_task(world.here, "退租保洁", source="turnover", source_key="8")
    assert (second.pk, other.number - first.number) == (first.pk, 1)


def test_of_two_who_take_a_task_one_gets_it(world: ConsoleWorld) -> None:
    # Given a task for cleaners that nobody does yet
    task = make_task(world.here, "打扫", group="cleaner")
    first, second = world.user("cleaner", at=world.here), world.user("cleaner", at=world.here)

    # When one takes it, then it is theirs, and taking it again changes nothing
    services.task_take(task=task, by=first, at=AT)
    services.task_take(task=task, by=first, at=LATER)
    assert (task.assignee, Task.objects.get().taken_at) == (first, AT)
    with pytest.raises(Refused, match="周明已经接了"):
        services.task_take(task=Task.objects.get(), by=second, at=AT)

    # Nor does anybody take what is meant for others
    with pytest.raises(Refused):
        services.task_take(task=make_task(world.here, "修灯", group="engineer"), by=first, at=AT)


def test_everybody_sees_their_own_and_what_they_may_take(world: ConsoleWorld) -> None:
    cleaner, engineer = world.user("cleaner", at=world.here), world.user("engineer", at=world.here)
    theirs = make_task(world.here, "泵房", assignee=engineer)
    for_all, for_cleaners = make_task(world.here, "送信"), make_task(world.here, "打扫", group="cleaner")
    elsewhere = make_task(world.elsewhere, "打扫")
    assert set(tasks_for(cleaner)) == {for_all, for_cleaners}
    assert set(tasks_for(engineer)) == {theirs, for_all}
    assert elsewhere not in set(to_take(cleaner))
    assert set(to_take(world.user("guard"))) == {for_all, elsewhere}
    assert not to_take(world.user("auditor")).exists()


def test_it_is_finished_only_when_everything_was_looked_at(world: ConsoleWorld) -> None:
    # Given a task of three steps, the last of which needs a photo
    engineer = world.user("engineer", at=world.here)
    task = make_task(world.here, "泵房", "控制柜", "压力", Step("阀门", needs_photo=True), assignee=engineer)
    cabinet, pressure, valve = task.steps.all()

    # When the first is ticked, the task has begun
    services.task_step_tick(step=cabinet, result=StepResult.OK, by=engineer, at=AT)
    task.refresh_from_db()
    assert (task.state, task.started_at) == (TaskState.DOING, AT)

    # Then what is left is named, until it is done
    with pytest.raises(Refused, match="2 项没检查：压力、阀门") as refused:
        services.task_finish(task=task, by=engineer, at=LATER)
    assert refused.value.code == "unfinished"
    with pytest.raises(Refused, match="说明"):
        services.task_step_tick(step=pressure, result=StepResult.NOT_OK, by=engineer, at=AT)
    services.task_step_tick(step=pressure, result=StepResult.NOT_OK, note="0.52 偏低", by=engineer, at=AT)
    services.task_step_tick(step=valve, result=StepResult.OK, by=engineer, at=AT)
    with pytest.raises(Refused, match="照片：阀门"):
        services.task_finish(task=task, by=engineer, at=LATER)
    services.task_photo_add(task=task, step=valve, photo=photo(), by=engineer, at=AT)
    services.task_finish(task=task, by=engineer, at=LATER)
    assert (task.state, task.ended_at) == (TaskState.DONE, LATER)

    # And finishing again changes nothing; ticking on is refused until it is opened again
    services.task_finish(task=task, by=engineer, at=LATER + timedelta(hours=1))
    assert Task.objects.get().ended_at == LATER
    with pytest.raises(Refused, match="已完成"):
        services.task_step_tick(step=cabinet, result=StepResult.OK, by=engineer, at=LATER)
    services.task_reopen(task=task, reason="压力没修", due_at=LATER + timedelta(days=1), by=None, at=LATER)
    assert (Task.objects.get().state, Task.objects.get().assignee) == (TaskState.OPEN, engineer)


def test_somebody_elses_task_is_done_by_those_who_plan_alone(world: ConsoleWorld) -> None:
    task = make_task(world.here, "泵房", assignee=world.user("engineer", at=world.here))
    with pytest.raises(Refused) as refused:
        services.task_start(task=task, by=world.user("engineer", at=world.here), at=AT)
    assert refused.value.code == "others"
    services.task_start(task=task, by=world.user("manager", at=world.here), at=AT)
    assert task.state == TaskState.DOING


def test_on_hold_and_cancelled_need_a_reason(world: ConsoleWorld) -> None:
    task = make_task(world.here)
    for refuse in (services.task_block, services.task_cancel):
        with pytest.raises(Refused):
            refuse(task=task, reason="  ", by=None, at=AT)
    services.task_block(task=task, reason="等配件", by=None, at=AT)
    assert (task.state, task.reason) == (TaskState.BLOCKED, "等配件")
    services.task_start(task=task, by=None, at=AT)
    assert (task.state, task.reason) == (TaskState.DOING, "")
    services.task_cancel(task=task, reason="住户自己修了", by=None, at=LATER)
    assert (task.state, task.ended_at) == (TaskState.CANCELLED, LATER)


def test_a_photo_is_kept_upright_and_without_its_place(world: ConsoleWorld) -> None:
    # Given a photo taken with the phone held upright, where the camera noted the place
    made = services.task_photo_add(task=make_task(world.here), photo=photo(3000, 2000, orientation=6), by=None, at=AT)

    # Then it is upright, no larger than needed, and says nothing of the place
    with open_kept(made.path) as kept, Image.open(kept) as image:
        assert image.size == (1333, 2000)
        assert not image.getexif()
    with open_kept(made.thumbnail) as kept, Image.open(kept) as image:
        assert max(image.size) == 320


@pytest.mark.parametrize(
    "content", [b"", b"MZ" + b"0" * 100, b"\xff\xd8\xff" + b"0" * 100, b"\x89PNG\r\n\x1a\n" + b"0" * 99]
)
def test_what_is_no_photo_is_refused(world: ConsoleWorld, content: bytes) -> None:
    task, upload = make_task(world.here), SimpleUploadedFile("photo.jpg", content)
    with pytest.raises(Refused):
        services.task_photo_add(task=task, photo=upload, by=None, at=AT)
    assert not TaskPhoto.objects.exists()


def test_what_was_said_stays_as_it_was(world: ConsoleWorld) -> None:
    services.task_comment(task=make_task(world.here), text="已电话联系", by=None, at=AT)
    with pytest.raises(DatabaseError), transaction.atomic():
        TaskComment.objects.update(text="没有联系")


def test_late_tasks_rise_once_and_again_after_a_new_end(world: ConsoleWorld) -> None:
    # Given two tasks that become late and one that does not, and a manager and an engineer
    manager, engineer = world.user("manager", at=world.here), world.user("engineer", at=world.here)
    late = make_task(world.here, "泵房", assignee=engineer)
    make_task(world.here, "打扫")
    make_task(world.here, "明天的", due=DUE + timedelta(days=1))
    Notice.objects.all().delete()

    # When it is looked for them twice
    after = DUE + timedelta(minutes=1)
    assert (tasks_escalate(at=after), tasks_escalate(at=after)) == (2, 0)

    # Then the manager was told once, of both; moved to a later end it may rise again
    assert [(one.recipient, one.title) for one in Notice.objects.all()] == [(manager, "2 个任务逾期")]
    steps = list(late.steps.all())
    given: dict[str, Any] = {name: getattr(late, name) for name in ("kind", "title", "details", "unit", "resident")}
    given |= {"priority": 2, "group": "", "start_on": None, "steps": steps, "by": manager, "at": after}
    services.task_change(task=late, **given, due_at=after + timedelta(hours=1))
    assert tasks_escalate(at=after + timedelta(hours=2)) == 1
    assert Notice.objects.order_by("-pk")[0].title == "任务逾期：泵房"


def test_who_is_given_a_task_is_told(world: ConsoleWorld) -> None:
    manager, guard = world.user("manager"), world.user("guard", at=world.elsewhere)
    task = make_task(world.elsewhere, "巡楼")
    task_give(task=task, to=guard, by=manager, at=AT)
    task_give(task=task, to=guard, by=manager, at=AT)
    assert [(one.recipient, one.title) for one in Notice.objects.all()] == [(guard, "新任务：巡楼")]
    with pytest.raises(Refused, match="不做任务"):
        task_give(task=make_task(world.here), to=guard, by=manager, at=AT)


def test_what_follows_from_a_task_follows_once(world: ConsoleWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journeys, "_following", {})
    done: list[str] = []
    after_task("turnover")(lambda task, by, at: done.append(task.source_key))
    task = make_task(world.here, source="turnover", source_key="7")
    task_complete(task=task, by=None, at=AT)
    task_complete(task=task, by=None, at=LATER)
    assert done == ["7"]


def test_what_makes_no_sense_is_refused(world: ConsoleWorld) -> None:
    unit = make_unit(world.elsewhere)
    for given in (
        {"unit": unit},
        {"resident": make_resident(world.elsewhere)},
        {"start_on": (DUE + timedelta(days=2)).date()},
    ):
        with pytest.raises(Refused):
            make_task(world.here, **given)
    with pytest.raises(Refused):
        make_task(world.here, "  ")
    assert not Task.objects.exists()
