"""The pages for staff on their feet: whose tasks are shown, what is entered counts once, whom one may call."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.support.console_world import ConsoleWorld
from tests.support.stays import make_resident
from tests.support.tasks import make_task, photo
from yuju.care.choices import SignUpState
from yuju.care.models import SignUp
from yuju.care.services import activity_save
from yuju.identity.choices import AuditAction
from yuju.identity.models import AuditEntry, Operator, User
from yuju.workforce.choices import StepResult, TaskState
from yuju.workforce.models import FieldEntry, Task, TaskComment, TaskPhoto
from yuju.workforce.services import field_entry_once, task_comment, task_finish

pytestmark = pytest.mark.django_db
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1"


@pytest.fixture
def world(operator: Operator) -> ConsoleWorld:
    return ConsoleWorld(operator)


@pytest.fixture
def engineer(world: ConsoleWorld) -> User:
    return world.user("engineer", at=world.here)


@pytest.fixture
def client(world: ConsoleWorld, engineer: User) -> Client:
    return world.client_of(engineer)


def soon() -> Any:
    return timezone.now() + timedelta(hours=1)


def send(client: Client, page: str, task: Task, key: object = None, **data: Any) -> Any:
    """Sends an entry as the queue of a phone does."""
    arguments = {"pk": task.pk, **({"step": data.pop("step")} if "step" in data else {})}
    entry = {"entry": str(key or uuid4()), "entered": timezone.now().isoformat()}
    return client.post(reverse(f"field:{page}", kwargs=arguments), {**entry, **data})


def test_one_sees_what_is_late_what_is_due_today_and_what_may_be_taken(
    world: ConsoleWorld, client: Client, engineer: User
) -> None:
    now = timezone.now()
    make_task(world.here, "逾期的", assignee=engineer, due=now - timedelta(hours=2))
    make_task(world.here, "以后的", assignee=engineer, due=now + timedelta(days=3))
    make_task(world.here, "别人的", assignee=world.user("engineer", at=world.here), due=soon())
    make_task(world.here, "可接的", due=soon())
    # What cannot be begun yet is not lost, and stands last
    ahead = {"due": now + timedelta(days=2), "start_on": timezone.localdate(now) + timedelta(days=1)}
    make_task(world.here, "计划的", assignee=engineer, **ahead)
    make_task(world.here, "计划可接的", priority=1, **ahead)
    groups = {
        group.title: [line.task.title for line in group.lines] for group in client.get("/field/").context["groups"]
    }
    assert groups == {"马上处理": ["逾期的"], "以后": ["以后的"], "计划中": ["计划的"]}
    take = client.get("/field/take").context
    assert [line.task.title for line in take["lines"]] == ["可接的"]
    assert [line.task.title for line in take["planned"]] == ["计划可接的"]


def test_taken_begun_ticked_photographed_and_finished(world: ConsoleWorld, client: Client, engineer: User) -> None:
    task = make_task(world.here, "泵房", "控制柜", group="engineer", due=soon())
    step = task.steps.get()
    for page, data in (
        ("task-take", {}),
        ("task-start", {}),
        ("step-photo", {"step": step.pk, "photo": photo()}),
        ("task-photo", {"photo": photo()}),
        ("task-comment", {"text": "正常"}),
        ("step-tick", {"step": step.pk, "result": "ok"}),
        ("task-finish", {}),
    ):
        assert send(client, page, task, **data).json() == {"ok": True}, page
    task.refresh_from_db()
    assert (task.state, task.assignee) == (TaskState.DONE, engineer)
    assert [one.step_id for one in task.photos.all()] == [step.pk, None]
    shot = TaskPhoto.objects.order_by("pk")[0]
    for page in ("photo", "photo-small"):
        assert client.get(reverse(f"field:{page}", args=[shot.pk]))["Content-Type"] == "image/jpeg"
    assert client.get(reverse("field:task", args=[task.pk])).status_code == 200
    assert [line.task for line in client.get("/field/done").context["lines"]] == [task]


def test_an_entry_that_comes_twice_counts_once(world: ConsoleWorld, client: Client, engineer: User) -> None:
    task, key = make_task(world.here, assignee=engineer, due=soon()), uuid4()
    answers = [send(client, "task-comment", task, key, text="到了") for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 200]
    assert TaskComment.objects.count() == 1


def test_of_two_sendings_at_once_one_does_it(world: ConsoleWorld, engineer: User) -> None:
    # Given an entry whose other sending is through just when this one has done its work
    task, key, now = make_task(world.here, assignee=engineer, due=soon()), uuid4(), timezone.now()

    def work(at: Any) -> None:
        task_comment(task=task, text="到了", by=engineer, at=at)
        FieldEntry.objects.create(key=key, user=engineer, what="", entered_at=now, received_at=now)

    # Then what this one did is taken back
    done = field_entry_once(key=key, what="", entered_at=None, work=work, by=engineer, at=now)
    assert (done, TaskComment.objects.count()) == (False, 0)


def test_what_is_refused_says_why_and_may_be_sent_again(world: ConsoleWorld, client: Client, engineer: User) -> None:
    task, key = make_task(world.here, "泵房", "控制柜", assignee=engineer, due=soon()), uuid4()
    refused = send(client, "task-finish", task, key)
    assert (refused.status_code, refused.json()["refused"]) == (422, "还有 1 项没检查：控制柜")
    send(client, "step-tick", task, step=task.steps.get().pk, result="ok")
    assert send(client, "task-finish", task, key).status_code == 200
    assert Task.objects.get().state == TaskState.DONE


def test_the_moment_is_that_of_the_entry_as_far_as_it_is_believed(
    world: ConsoleWorld, client: Client, engineer: User
) -> None:
    task, now = make_task(world.here, assignee=engineer, due=soon()), timezone.now()
    for entered, believed in (
        (now - timedelta(hours=3), True),
        (now - timedelta(days=90), False),
        (now + timedelta(1), False),
    ):
        data = {"entry": str(uuid4()), "entered": entered.isoformat(), "text": "到了"}
        assert client.post(reverse("field:task-comment", args=[task.pk]), data).status_code == 200
        said = TaskComment.objects.order_by("-pk")[0]
        assert (said.at == entered) is believed
        assert said.at <= timezone.now()


def test_nonsense_is_refused(world: ConsoleWorld, client: Client, engineer: User) -> None:
    task = make_task(world.here, "泵房", "控制柜", assignee=engineer, due=soon())
    step = task.steps.get().pk
    assert send(client, "step-tick", task, step=step, result="perhaps").status_code == 422
    assert send(client, "step-tick", task, step=step + 99, result="ok").status_code == 404
    assert send(client, "task-photo", task).status_code == 422
    assert send(client, "task-comment", task, "no key", text="到了").status_code == 400
    assert (
        client.post(reverse("field:task-comment", args=[task.pk]), {"text": "\x00", "entered": "yesterday"}).status_code
        == 302
    )
    assert not TaskComment.objects.exists()


def test_who_does_a_task_may_call_its_resident_while_it_is_theirs(
    world: ConsoleWorld, client: Client, engineer: User
) -> None:
    # Given a task of the engineer's about a resident
    resident = make_resident(world.here, "林晓彤", phone="13800006021")
    task = make_task(world.here, resident=resident, assignee=engineer, due=soon())
    address = reverse("field:task-phone", args=[task.pk])
    shown = client.get(reverse("field:task", args=[task.pk])).content.decode()
    assert "138****6021" in shown
    assert "13800006021" not in shown

    # When they call, then the number is shown, and that is written down
    assert client.post(address).json() == {"phone": "13800006021"}
    entry = AuditEntry.objects.get(action=AuditAction.REVEALED)
    assert (entry.user, entry.object_id, entry.detail["field"]) == (engineer, resident.pk, "phone")

    # Once it is done, they may not any more; another engineer never
    assert world.client("engineer", at=world.here).post(address).status_code == 404
    task_finish(task=task, by=engineer, at=timezone.now())
    assert client.post(address).status_code == 404


def test_staff_on_their_feet_begin_here_on_a_phone(world: ConsoleWorld) -> None:
    def lands(role: str, agent: str, **data: str) -> str:
        user = world.user(role, at=world.here)
        sent = Client(headers={"user-agent": agent}).post(
            reverse("console:sign-in"), {"username": user.username, "password": "long enough to do", **data}
        )
        return str(sent["Location"])

    assert lands("engineer", PHONE) == "/field/"
    assert lands("guard", PHONE) == "/field/"
    assert lands("engineer", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/130.0.0.0") == "/"
    assert lands("manager", PHONE) == "/"
    assert lands("engineer", PHONE, next="/meters/") == "/meters/"


@pytest.mark.parametrize(
    ("address", "most"), [("/field/", 12), ("/field/take", 12), ("/field/done", 12), ("/field/me", 10)]
)
def test_pages_ask_a_fixed_number_of_statements(
    world: ConsoleWorld, client: Client, engineer: User, address: str, most: int, django_assert_max_num_queries: Any
) -> None:
    for number in range(4):
        make_task(world.here, f"任务 {number}", assignee=engineer if number % 2 else None, due=soon())
    with django_assert_max_num_queries(most):
        assert client.get(address).status_code == 200


def test_a_task_asks_a_fixed_number_of_statements(
    world: ConsoleWorld, client: Client, engineer: User, django_assert_max_num_queries: Any
) -> None:
    task = make_task(world.here, "泵房", *(f"第 {number} 项" for number in range(9)), assignee=engineer, due=soon())
    for step in task.steps.all():
        send(client, "step-photo", task, step=step.pk, photo=photo(40, 40))
        send(client, "step-tick", task, step=step.pk, result=StepResult.OK)
    with django_assert_max_num_queries(15):
        assert client.get(reverse("field:task", args=[task.pk])).status_code == 200


def test_who_came_to_an_activity_is_ticked_where_it_takes_place(world: ConsoleWorld) -> None:
    # Given an activity of today with somebody signed up
    now = timezone.now()
    resident = make_resident(world.here, "蒋平")
    given: dict[str, Any] = {"about": "", "seats": None, "segment": None, "by": None, "at": now}
    activity = activity_save(
        activity=None,
        property=world.here,
        name="包饺子",
        place="会客厅",
        starts_at=now + timedelta(minutes=1),
        ends_at=now + timedelta(hours=2),
        **given,
    )
    one = SignUp.objects.create(activity=activity, resident=resident, state=SignUpState.COMING)
    desk = world.client("front_desk", at=world.here)

    # When it is ticked, once online and once again from the queue
    assert "包饺子" in desk.get("/field/").content.decode()
    came = reverse("field:activity-came", args=[activity.pk, one.pk])
    entry = {"entry": str(uuid4()), "entered": now.isoformat(), "result": "yes"}
    assert [desk.post(came, entry).json() for _again in range(2)] == [{"ok": True}] * 2

    # Then it stands there, and nonsense changes nothing
    one.refresh_from_db()
    assert one.came is True
    assert desk.post(came, {**entry, "entry": str(uuid4()), "result": "maybe"}).status_code == 422
    assert 'data-result="yes"' in desk.get(reverse("field:activity", args=[activity.pk])).content.decode()
    # Whoever does tasks without planning activities has nothing to do with it
    engineer = world.client("engineer", at=world.here)
    assert engineer.post(came, {**entry, "entry": str(uuid4())}).status_code == 404
    assert "包饺子" not in engineer.get("/field/").content.decode()
