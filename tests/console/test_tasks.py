"""The pages of tasks at the desk."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.support.console_world import ConsoleWorld
from tests.support.stays import make_lease, make_unit
from tests.support.tasks import make_task, photo
from yuju.kit.console import Ask
from yuju.kit.testing.console import ConsoleFormTests, ConsoleTests
from yuju.messaging.models import Notice
from yuju.premises.models import Property
from yuju.workforce.choices import TaskState
from yuju.workforce.models import Task
from yuju.workforce.services import Step, task_photo_add

pytestmark = pytest.mark.django_db


class TestTasks(ConsoleTests, ConsoleFormTests):
    slug = "tasks"
    viewer = "auditor"
    editor = "front_desk"
    stranger = "guard"
    list_queries = 9
    invalid = ("due_time", "evening")

    def make(self, world: ConsoleWorld, property: Property, number: int) -> Task:
        due = timezone.now() + timedelta(hours=number)
        return make_task(property, f"巡楼 {number}", "大堂", due=due, assignee=world.user("engineer", at=property))

    def form_data(self, world: ConsoleWorld, number: int) -> Mapping[str, Any]:
        return {
            "property": world.here.pk,
            "kind": "inspection",
            "title": f"泵房检查 {number}",
            "details": "B1",
            "priority": "2",
            "group": "engineer",
            "due_on": f"{timezone.localdate() + timedelta(days=number)}",
            "due_time": "16:30",
            "steps": f"控制柜\n出口压力 {number} *\n\n",
        }

    def test_the_form_makes_steps_and_tells_who_it_is_given_to(self, world: ConsoleWorld) -> None:
        engineer = world.user("engineer", at=world.here)
        client = world.client("front_desk")
        made = client.post(self.console.url("new"), {**self.form_data(world, 1), "assignee": engineer.pk})
        assert made.status_code == 302
        task = Task.objects.get()
        assert [(one.text, one.needs_photo) for one in task.steps.all()] == [("控制柜", False), ("出口压力 1", True)]
        assert (task.assignee, timezone.localtime(task.due_at).hour) == (engineer, 16)
        assert Notice.objects.get().recipient == engineer

        # A step that was ticked stays when the others are written anew
        first = task.steps.all()[0]
        first.result = "ok"
        first.save()
        edit = self.console.url("edit", task.pk)
        version = client.get(edit).context["version"]
        kept = {**self.form_data(world, 1), "steps": "控制柜\n末端试水", "_version": version}
        assert client.post(edit, kept).status_code == 302
        assert [(one.text, one.result) for one in task.steps.all()] == [("控制柜", "ok"), ("末端试水", "")]
        version = client.get(edit).context["version"]
        gone = client.post(edit, {**kept, "steps": "末端试水", "_version": version})
        assert "控制柜" in str(gone.context["form"].errors["steps"])

    def test_views_find_what_is_late_and_what_nobody_does(self, world: ConsoleWorld) -> None:
        user, now = world.user("front_desk"), timezone.now()
        late = make_task(world.here, "逾期", due=now - timedelta(hours=1), assignee=user)
        free = make_task(world.here, "没人", due=now + timedelta(days=2))
        done = make_task(world.here, "完成", due=now - timedelta(days=1), assignee=user)
        Task.objects.filter(pk=done.pk).update(state=TaskState.DONE, ended_at=now)
        client = world.client_of(user)
        found = {tab: set(self.listed(client, f"?tab={tab}")) for tab in ("open", "mine", "unassigned", "late", "all")}
        assert found == {
            "open": {late.pk, free.pk},
            "mine": {late.pk},
            "unassigned": {free.pk},
            "late": {late.pk},
            "all": {late.pk, free.pk, done.pk},
        }

    def test_many_are_given_to_somebody_at_once_and_taken_back(self, world: ConsoleWorld) -> None:
        rows = [self.make(world, world.here, number) for number in (1, 2)]
        guard = world.user("guard", at=world.here)
        action = self.console.bulk_action("assign")
        assert action is not None
        client = world.client("front_desk")
        request = client.get(self.console.url("list")).wsgi_request
        ask = Ask(request, self.console, {"to": guard})
        action.apply(ask, Task.objects.all(), by=request.user, at=timezone.now())
        assert set(Task.objects.values_list("assignee", flat=True)) == {guard.pk}
        assert Notice.objects.get(recipient=guard).title == "你有 2 个新任务"
        action.restore(ask, Task.objects.all(), {"assignee_id": None}, by=request.user, at=timezone.now())
        assert not Task.objects.exclude(assignee=None).filter(pk__in=[one.pk for one in rows]).exists()


def test_tasks_stand_on_the_pages_of_what_they_are_about(world: ConsoleWorld) -> None:
    # Given a lease with a task to do, and one of its unit that was done
    lease = make_lease(make_unit(world.here))
    done = make_task(world.here, "保洁", unit=lease.unit)
    Task.objects.filter(pk=done.pk).update(state=TaskState.DONE, ended_at=timezone.now())
    waiting = make_task(world.here, "交房", tenure=lease, due=timezone.now() + timedelta(days=1))
    desk = world.client("front_desk", at=world.here)

    def told(console: str, pk: int) -> list[Task]:
        card = desk.get(reverse(f"console:{console}-detail", args=[pk])).context["tasks"]
        return [line.task for line in card.lines]

    # Then each page tells its own, what is open first
    assert told("leases", lease.pk) == told("residents", lease.resident_id) == [waiting]
    assert told("units", lease.unit_id) == [waiting, done]

    # And the form for another knows where it is about
    add = desk.get(reverse("console:leases-detail", args=[lease.pk])).context["tasks"].add_url
    form = desk.get(add).context["form"]
    assert {name: str(form[name].value()) for name in ("property", "unit", "resident")} == {
        "property": str(world.here.pk),
        "unit": str(lease.unit_id),
        "resident": str(lease.resident_id),
    }
    # Nobody sees them there who does not see tasks
    assert world.client("cleaner").get(reverse("console:units-detail", args=[lease.unit_id])).context["tasks"] is None


def test_a_task_is_done_at_the_desk(world: ConsoleWorld) -> None:
    # Given a task with a photo
    user = world.user("front_desk", at=world.here)
    client = world.client_of(user)
    task = make_task(world.here, "电话回访", Step("满意"), assignee=user, due=timezone.now() + timedelta(hours=1))
    task_photo_add(task=task, photo=photo(40, 40), by=user, at=timezone.now())
    page, do = reverse("console:tasks-detail", args=[task.pk]), reverse("console:task-do", args=[task.pk])

    # When it is finished too early, the page says what is left
    client.post(do, {"what": "finish"})
    assert "还有 1 项没检查" in client.get(page).content.decode()

    # When its step is ticked, then it can be finished; what was said stands there
    client.post(reverse("console:task-comment", args=[task.pk]), {"text": "住户很满意"})
    client.post(do, {"what": "tick", "step": task.steps.get().pk, "result": "ok"})
    client.post(do, {"what": "finish"})
    task.refresh_from_db()
    assert task.state == TaskState.DONE
    shown = client.get(page).content.decode()
    assert "住户很满意" in shown
    shot = reverse("console:task-photo", args=[task.pk, task.photos.get().pk])
    assert shot in shown
    assert client.get(f"{shot}?small")["Content-Type"] == "image/jpeg"
    for nonsense in ({"what": "fly"}, {"what": "tick", "step": "x"}, {"what": "tick", "step": "1", "result": "?"}):
        assert client.post(do, nonsense).status_code in (302, 404)


def test_a_task_is_cancelled_with_a_reason_and_opened_again(world: ConsoleWorld) -> None:
    client = world.client("front_desk")
    task = make_task(world.here, due=timezone.now() + timedelta(hours=1))
    cancel, again, hold = (reverse(f"console:task-{what}", args=[task.pk]) for what in ("cancel", "reopen", "hold"))
    # Put on hold first, which is offered once
    assert hold in client.get(reverse("console:tasks-detail", args=[task.pk])).content.decode()
    assert client.post(hold, {"reason": "住户不在家"}).status_code == 302
    shown = client.get(reverse("console:tasks-detail", args=[task.pk])).content.decode()
    assert "住户不在家" in shown
    assert hold not in shown
    assert "继续" in shown
    assert client.post(cancel, {"reason": ""}).status_code == 422
    assert client.post(cancel, {"reason": "重复了"}).status_code == 302
    task.refresh_from_db()
    assert (task.state, task.reason) == (TaskState.CANCELLED, "重复了")
    assert client.post(again, {"reason": "没有重复", "due_on": "2020-01-01"}).status_code == 422
    assert client.get(again).status_code == 200
    tomorrow = timezone.localdate() + timedelta(days=1)
    assert client.post(again, {"reason": "没有重复", "due_on": f"{tomorrow}"}).status_code == 302
    task.refresh_from_db()
    assert task.state == TaskState.OPEN


def test_the_home_page_shows_ones_own_and_how_many_are_late(world: ConsoleWorld) -> None:
    user = world.user("front_desk", at=world.here)
    make_task(world.here, "我的电话", assignee=user, due=timezone.now() + timedelta(hours=1))
    make_task(world.here, "别人的", due=timezone.now() - timedelta(hours=1))
    context = world.client_of(user).get("/").context
    assert ([task.title for task, _due, _url in context["tasks"]], context["tasks_late"]) == (["我的电话"], 1)
    # Who sees no tasks of others is led to their pages for the phone
    guard = world.user("guard", at=world.here)
    make_task(world.here, "巡楼", assignee=guard, due=timezone.now() + timedelta(hours=1))
    assert world.client_of(guard).get("/").context["tasks"][0][2].startswith("/field/tasks/")


def test_the_board_has_late_ones_in_a_column_of_their_own(
    world: ConsoleWorld, django_assert_max_num_queries: Any
) -> None:
    # Given a task in each state, two of them late, and one that is done
    now = timezone.now()
    for title, state, hours in (
        ("待办", "open", 1),
        ("进行", "doing", 1),
        ("挂起", "blocked", 1),
        ("迟了", "open", -1),
        ("也迟", "doing", -2),
    ):
        task = make_task(world.here, title, due=now + timedelta(hours=hours))
        Task.objects.filter(pk=task.pk).update(state=state)
    Task.objects.filter(pk=make_task(world.here, "完了").pk).update(state="done", ended_at=now)
    make_task(world.elsewhere, "别处", due=now + timedelta(hours=1))

    # Then each stands once, and only those at one's property
    client = world.client("auditor", at=world.here)
    with django_assert_max_num_queries(24):
        lanes = client.get(reverse("console:task-board")).context["lanes"]
    shown = [[card.task.title for card in lane.cards] for lane in lanes]
    assert shown == [["待办"], ["进行"], ["挂起"], ["也迟", "迟了"]]
    assert [lane.count for lane in lanes] == [1, 1, 1, 2]
    filtered = client.get(reverse("console:task-board"), {"kind": "cleaning"}).context["lanes"]
    assert not any(lane.cards for lane in filtered)
    assert client.get(reverse("console:task-board"), {"kind": "\x00"}).status_code == 200
