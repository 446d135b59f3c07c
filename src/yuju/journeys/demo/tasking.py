"""The demo's tasks: some done, some late, some to take, as a week at a property leaves them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from yuju.identity.choices import Role
from yuju.identity.models import User
from yuju.journeys.tasks import task_complete, task_give, tasks_escalate
from yuju.kit.dates import local_date
from yuju.premises.models import Property
from yuju.residency.models import Tenure
from yuju.residency.selectors import holds_on
from yuju.workforce.choices import Priority, StepResult, TaskKind
from yuju.workforce.models import Task
from yuju.workforce.services import Step, task_add, task_block, task_comment, task_start, task_step_tick


@dataclass(frozen=True)
class Plan:
    """A task of the demo. Days and hours count from today; `stay` is the number of the stay it is about, if any.

    Attributes:
        who: the user name of whoever it is given to; empty leaves it to be taken.
        state: `open`, `doing`, `held` or `done`.
    """

    kind: TaskKind
    title: str
    day: int
    hour: int
    who: str = ""
    state: str = "open"
    group: str = ""
    stay: int | None = None
    details: str = ""
    urgent: bool = False
    steps: tuple[str, ...] = ()
    said: str = ""


PLANS = (
    Plan(
        TaskKind.INSPECTION,
        "消防泵房月度检查",
        0,
        16,
        "engineer",
        "doing",
        details="B1 泵房。检查完请把巡检卡挂回门后。",
        steps=(
            "控制柜在自动位",
            "出口压力 0.60–0.80 MPa",
            "主备泵切换正常",
            "末端试水 60 秒内启泵",
            "泵房照明和排水正常",
        ),
    ),
    Plan(
        TaskKind.REPAIR,
        "卫生间地漏返味",
        -1,
        18,
        "engineer",
        stay=3,
        urgent=True,
        details="住户下午在家，先电话再上门。",
    ),
    Plan(
        TaskKind.REPAIR,
        "门锁电量低，更换电池",
        0,
        18,
        "engineer",
        "held",
        stay=5,
        said="住户不在家，约了明天上午。",
    ),
    Plan(TaskKind.INSPECTION, "电梯轿厢照明检查", 1, 17, "engineer", steps=("轿厢照明", "应急照明", "对讲能接通")),
    Plan(
        TaskKind.CLEANING,
        "退租保洁",
        0,
        15,
        "cleaner",
        stay=8,
        steps=("厨房油烟机", "卫生间除垢", "阳台和窗", "地面", "检查遗留物"),
    ),
    Plan(TaskKind.CLEANING, "大堂地面打蜡", -2, 12, "cleaner", "done", steps=("设置警示牌", "打蜡", "收回警示牌")),
    Plan(TaskKind.CLEANING, "垃圾房冲洗消杀", 1, 10, "cleaner"),
    Plan(
        TaskKind.CARE,
        "独居老人上门探访",
        -1,
        17,
        group=Role.FRONT_DESK,
        stay=12,
        details="每两周一次。问问饮食、用药和近来睡得怎么样。",
        steps=("老人精神状态好", "燃气阀门完好", "紧急联系电话仍有效"),
    ),
    Plan(TaskKind.CALL, "电话回访：报修是否满意", 0, 17, "frontdesk", stay=15),
    Plan(TaskKind.RENEWAL, "询问是否续租", 3, 18, "frontdesk", stay=18, details="租期两个月内到期，先问意向。"),
    Plan(TaskKind.FILING, "租赁备案材料收集", 5, 18, "frontdesk", stay=20),
    Plan(
        TaskKind.GENERAL, "夜间巡楼", 0, 22, "guard", steps=("一层大堂", "地下车库", "各层消防通道无堆物", "楼顶门已锁")
    ),
    Plan(TaskKind.GENERAL, "楼道灯不亮，换灯", 0, 20, group=Role.ENGINEER, details="二层东侧。"),
    Plan(TaskKind.CLEANING, "公共厨房大扫除", 2, 16, group=Role.CLEANER),
    Plan(TaskKind.REPAIR, "洗衣房 2 号机不排水", -3, 16, "engineer", "done", said="清了排水泵滤网，试机正常。"),
)


def tasks_make(*, property: Property, manager: User, staff: dict[str, User], at: datetime) -> int:
    """Makes the demo's tasks; late ones have risen to the manager. Returns how many there are."""
    zone = ZoneInfo(property.time_zone)
    today = local_date(at, zone)
    rows = Tenure.objects.filter(holds_on(today), property=property).select_related(
        "unit__building", "resident", "property"
    )
    stays = list(rows.order_by("unit__sort_key", "pk"))
    for plan in PLANS:
        _make(plan, property, manager, staff, stays, today, zone, at)
    tasks_escalate(at=at)
    return len(PLANS)


def _make(
    plan: Plan,
    property: Property,
    manager: User,
    staff: dict[str, User],
    stays: Sequence[Tenure],
    today: date,
    zone: ZoneInfo,
    at: datetime,
) -> None:
    due = datetime.combine(today + timedelta(days=plan.day), time(plan.hour), tzinfo=zone)
    made_at = min(due - timedelta(hours=8), at)
    tenure = stays[plan.stay % len(stays)] if plan.stay is not None and stays else None
    task = task_add(
        property=property,
        kind=plan.kind,
        title=plan.title,
        details=plan.details,
        tenure=tenure,
        priority=Priority.URGENT if plan.urgent else Priority.NORMAL,
        group=plan.group,
        due_at=due,
        steps=[Step(text) for text in plan.steps],
        by=manager,
        at=made_at,
    )
    who = staff.get(plan.who)
    if who is None:
        return
    task_give(task=task, to=who, by=manager, at=made_at)
    begun = min(max(made_at, due - timedelta(hours=2)), at)
    if plan.state == "held":
        task_block(task=task, reason=plan.said, by=who, at=begun)
        return
    if plan.state != "open":
        _do(plan, task, who, begun)


def _do(plan: Plan, task: Task, who: User, at: datetime) -> None:
    """Half of the steps of what is being done, and all of what is done."""
    task_start(task=task, by=who, at=at)
    steps = list(task.steps.select_related("task"))
    for step in steps if plan.state == "done" else steps[: len(steps) // 2]:
        task_step_tick(step=step, result=StepResult.OK, by=who, at=at)
    if plan.said:
        task_comment(task=task, text=plan.said, by=who, at=at)
    if plan.state == "done":
        task_complete(task=task, by=who, at=at + timedelta(minutes=40))
