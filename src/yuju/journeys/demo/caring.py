"""The demo's care: segments, plans with visits of the last weeks, two activities, and somebody on the blacklist."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from yuju.care.models import Activity, CarePlan, Segment, SignUp
from yuju.care.services import (
    activity_invite,
    activity_save,
    attendance_tick,
    feedback_give,
    plan_save,
    segment_save,
    sign_up,
    visits_make,
)
from yuju.care.services.visits import SOURCE
from yuju.identity.choices import Role
from yuju.identity.models import User
from yuju.journeys.tasks import task_complete
from yuju.kit.dates import local_date
from yuju.messaging.models import ResidentNotice
from yuju.premises.models import Property
from yuju.residency.choices import TenureKind
from yuju.residency.models import Resident, Tag
from yuju.residency.services import blacklisting_save
from yuju.workforce.choices import StepResult
from yuju.workforce.models import Task
from yuju.workforce.services import task_comment, task_start, task_step_tick

Told = tuple[str, str, list[str] | int | None]
"""A condition: fact, comparison, value."""

ROUNDS = range(42, 0, -2)
"""So many days ago tasks were made, and those due until then done."""

VISIT = "精神状态好\n饮食和用药正常\n燃气阀门完好"
FOUND = ("睡眠不太好，已提醒家属。", "药盒是空的，陪同去了社区医院。", "燃气软管老化，已报修。")
SAID = (
    (5, "孩子玩得很开心，希望每个月都有。"),
    (4, "饺子好吃，场地再大一点就好了。"),
    (5, ""),
    (5, "认识了好几位邻居。"),
    (3, "开始得有点晚。"),
    (4, ""),
)


def care_make(*, property: Property, manager: User, staff: dict[str, User], at: datetime) -> int:
    """Makes the demo's care. Returns how many visits there were or will be."""
    began = at - timedelta(days=ROUNDS[0])
    old = _segment(property, "老人", manager, began, ("tags", "any", _tags("老人")))
    alone = _segment(property, "独居老人", manager, began, ("tags", "any", _tags("老人")), ("alone", "yes", None))
    _segment(property, "租约 30 天内到期", manager, began, ("ends_within", "at_most", 30))
    owners = _segment(property, "业主", manager, began, ("holds", "any", [str(TenureKind.OWNERSHIP)]))
    visits = _plan(
        property,
        alone,
        "独居老人上门探访",
        14,
        "days",
        Role.FRONT_DESK,
        manager,
        began,
        VISIT,
    )
    _plan(property, owners, "业主回访", 6, "months", Role.FRONT_DESK, manager, at, "对服务是否满意", first=True)
    helper = staff["frontdesk"]
    found = count()
    for days in ROUNDS:
        then = at - timedelta(days=days)
        visits_make(plan=visits, at=then)
        _visit(helper, then + timedelta(hours=5), found)
    for plan in CarePlan.objects.order_by("pk"):
        visits_make(plan=plan, at=at)
    _past_activity(property, manager, at)
    _coming_activity(property, old, manager, at)
    blacklisting_save(
        entry=None,
        name="柯某",
        id_number="",
        phone="13900000099",
        reason="2025 年 11 月欠租三个月后自行离开，房间锁具损坏，未结清。",
        since=local_date(at - timedelta(days=320), property.time_zone),
        until=None,
        by=manager,
        at=at - timedelta(days=320),
    )
    return Task.objects.filter(source=SOURCE).count()


def _tags(*names: str) -> list[str]:
    return [str(pk) for pk in Tag.objects.filter(name__in=names).values_list("pk", flat=True)]


def _segment(property: Property, name: str, by: User, at: datetime, *conditions: Told) -> Segment:
    living: Told = ("state", "any", ["living"])
    rows = [{"fact": fact, "operator": how, "value": value} for fact, how, value in (living, *conditions)]
    return segment_save(segment=None, property=property, name=name, conditions=rows, by=by, at=at)


def _plan(
    property: Property,
    segment: Segment,
    title: str,
    every: int,
    rhythm: str,
    group: str,
    by: User,
    at: datetime,
    steps: str,
    *,
    first: bool = False,
) -> CarePlan:
    return plan_save(
        plan=None,
        property=property,
        segment=segment,
        title=title,
        every=every,
        rhythm=rhythm,
        group=group,
        served_first=first,
        steps=steps,
        starts_on=local_date(at, property.time_zone),
        by=by,
        at=at,
    )


def _visit(helper: User, at: datetime, found: count[int]) -> None:
    """What was asked for is done; now and then something is found."""
    for number, task in enumerate(Task.objects.filter(source=SOURCE, due_at__lt=at).undone().order_by("pk")):
        begun = at + timedelta(minutes=25 * number)
        task_start(task=task, by=helper, at=begun)
        steps = list(task.steps.select_related("task"))
        for place, step in enumerate(steps):
            odd = number % 4 == 1 and place == 1
            note = FOUND[next(found) % len(FOUND)] if odd else ""
            result = StepResult.NOT_OK if odd else StepResult.OK
            task_step_tick(step=step, result=result, note=note, by=helper, at=begun)
        if number % 5 == 2:
            task_comment(task=task, text="聊了半小时，精神不错，约好下次带棋盘来。", by=helper, at=begun)
        task_complete(task=task, by=helper, at=begun + timedelta(minutes=20))


def _activity(
    property: Property, name: str, place: str, about: str, seats: int, day: date, by: User, at: datetime,
    segment: Segment | None = None,
) -> Activity:  # fmt: skip
    zone = ZoneInfo(property.time_zone)
    return activity_save(
        activity=None,
        property=property,
        name=name,
        place=place,
        about=about,
        seats=seats,
        segment=segment,
        starts_at=datetime.combine(day, time(14), tzinfo=zone),
        ends_at=datetime.combine(day, time(16, 30), tzinfo=zone),
        by=by,
        at=at,
    )


def _guests(activity: Activity) -> list[Resident]:
    told = ResidentNotice.objects.filter(about_id=activity.pk, kind="activity_invited").values("resident_id")
    return list(Resident.objects.filter(pk__in=told).order_by("name_sort", "pk"))


def _past_activity(property: Property, by: User, at: datetime) -> None:
    asked, held = at - timedelta(days=30), at - timedelta(days=20)
    day = local_date(held, property.time_zone)
    activity = _activity(property, "重阳包饺子", "一层会客厅", "邻居一起包饺子，食材由公寓准备。", 20, day, by, asked)
    activity_invite(activity=activity, by=by, at=asked)
    guests = _guests(activity)[::7][:18]
    after = activity.ends_at + timedelta(hours=2)
    for guest in guests:
        sign_up(activity=activity, resident=guest, by=None, at=asked + timedelta(days=1))
    for number, one in enumerate(SignUp.objects.filter(activity=activity).select_related("activity", "resident")):
        attendance_tick(sign_up=one, came=number % 6 != 4, by=by, at=activity.ends_at)
        if number < len(SAID) and number % 6 != 4:
            rating, words = SAID[number]
            feedback_give(activity=activity, resident=one.resident, rating=rating, words=words, at=after)


def _coming_activity(property: Property, old: Segment, by: User, at: datetime) -> None:
    asked, day = at - timedelta(days=2), local_date(at + timedelta(days=9), property.time_zone)
    activity = _activity(
        property,
        "冬季健康讲座与血压测量",
        "一层会客厅",
        "社区医院的医生来讲冬季保健，现场量血压。",
        12,
        day,
        by,
        asked,
        old,
    )
    activity_invite(activity=activity, by=by, at=asked)
    for number, guest in enumerate(_guests(activity)[:14]):
        sign_up(activity=activity, resident=guest, by=None, at=asked + timedelta(hours=number + 1))
