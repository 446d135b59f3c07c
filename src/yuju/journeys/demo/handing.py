"""The demo's handovers: templates of all layouts, some signed at check-in, one to be done, and an inspection under way."""

from __future__ import annotations

import io
import json
import math
from dataclasses import replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

from yuju.billing.services.damage_prices import damage_price_add
from yuju.identity.models import User
from yuju.journeys.handover import handover_begin, handover_meters, handover_read, handover_sign
from yuju.journeys.tasks import task_give
from yuju.kit.dates import local_date, month_start
from yuju.kit.strokes import strokes_read
from yuju.premises.models import Property
from yuju.reporting.handover_sheet import handover_digest, handover_sheet
from yuju.residency.choices import Condition, HandoverKind, KeyKind, TenureState
from yuju.residency.models import Handover, HandoverItem, Tenure
from yuju.residency.services.handovers import (
    Thing,
    handover_check,
    handover_item_note,
    handover_item_set,
    handover_key_add,
    handover_photo_add,
    handover_seal,
    handover_template_save,
)
from yuju.workforce.models import Task
from yuju.workforce.services import task_start

KITCHEN = [Thing("厨房", "抽油烟机"), Thing("厨房", "电磁炉"), Thing("厨房", "冰箱"), Thing("厨房", "橱柜")]
BATH = [Thing("卫生间", "马桶"), Thing("卫生间", "花洒"), Thing("卫生间", "热水器"), Thing("卫生间", "洗衣机")]
LIVING = [
    Thing("客厅", "沙发"),
    Thing("客厅", "茶几"),
    Thing("客厅", "餐椅", 4),
    Thing("客厅", "空调"),
    Thing("客厅", "墙面地面"),
]


def _bedroom(room: str) -> list[Thing]:
    return [Thing(room, "床架"), Thing(room, "床垫"), Thing(room, "衣柜"), Thing(room, "空调"), Thing(room, "窗帘", 2)]


TEMPLATES = {
    "": ("通用模板", [Thing("房间", "墙面地面"), Thing("房间", "门窗"), *KITCHEN, *BATH]),
    "开间": ("开间", [*_bedroom("房间"), Thing("房间", "书桌"), Thing("房间", "椅子", 2), *KITCHEN, *BATH]),
    "一室一厅": ("一室一厅", [*LIVING, *_bedroom("卧室"), *KITCHEN, *BATH]),
    "两室一厅": ("两室一厅", [*LIVING, *_bedroom("主卧"), *_bedroom("次卧"), *KITCHEN, *BATH]),
    "复式": ("复式", [*LIVING, *_bedroom("楼上卧室"), Thing("楼梯", "扶手踏步"), *KITCHEN, *BATH]),
}
PRICES = (
    ("key-door", "房门钥匙", "30"),
    ("key-card", "门禁卡", "20"),
    ("key-mailbox", "信箱钥匙", "15"),
    ("key-remote", "遥控器", "40"),
    ("PC-SF", "沙发", "1600"),
    ("PC-CJ", "茶几", "380"),
    ("PC-CY", "餐椅", "160"),
    ("PC-YG", "衣柜", "900"),
    ("PC-CD", "床垫", "780"),
    ("PC-KT", "空调", "2200"),
    ("PC-BX", "冰箱", "1500"),
    ("PC-XYJ", "洗衣机", "1300"),
    ("PC-HS", "花洒", "180"),
)
"""The price list for damages: code, thing, yuan for one."""
SIGNED = 3
NAME = json.dumps(
    [
        [[180 + 9 * x, int(200 + 70 * math.sin(x / 3))] for x in range(40)],
        [[560 + 6 * x, int(150 + 3 * x)] for x in range(40)],
    ]
)


def handovers_make(*, property: Property, manager: User, staff: dict[str, User], at: datetime) -> int:
    """Makes the demo's templates and handovers. Returns how many handovers there are."""
    for code, name, rate in PRICES:
        damage_price_add(
            property=property,
            code=code,
            name=name,
            rate=Decimal(rate),
            valid_from=month_start(local_date(at, property.time_zone)),
            by=manager,
            at=at,
        )
    codes = {name: code for code, name, _rate in PRICES}
    for layout, (name, plain) in TEMPLATES.items():
        things = [replace(one, damage_code=codes.get(one.name, "")) for one in plain]
        handover_template_save(property=property, name=name, layout=layout, things=things, by=manager, at=at)
    desk = staff["frontdesk"]
    today = local_date(at, property.time_zone)
    stays = Tenure.objects.filter(property=property, kind="lease").select_related("property", "unit", "resident")
    living = stays.filter(state=TenureState.LIVING)
    newest = list(living.filter(start__lte=today).order_by("-start", "pk")[: SIGNED + 1])
    for stay in newest[:SIGNED]:
        _signed_today(stay, desk, at)
    for stay in newest[SIGNED:]:
        handover_begin(tenure=stay, kind=HandoverKind.IN, assignee=desk, by=manager, at=at)
    leaving = living.filter(end__gte=today).order_by("end", "pk").first()
    if leaving is not None:
        _inspected(leaving, manager, desk, at)
    return Handover.objects.filter(property=property).count()


def _signed_today(stay: Tenure, desk: User, at: datetime) -> None:
    made = handover_begin(tenure=stay, kind=HandoverKind.IN, assignee=desk, by=desk, at=at)
    _look(made, desk, at)
    for stop in handover_meters(made):
        shown = (stop.last_value or Decimal(0)) + (0 if stop.last_date == local_date(at, "Asia/Shanghai") else 6)
        handover_read(handover=made, meter=stop.meter_id, value=shown, by=desk, at=at)
    handover_sign(handover=made, signer=stay.resident.name, strokes=NAME, by=desk, at=at)


def _look(made: Handover, desk: User, at: datetime) -> None:
    """Everything is good but for a worn wall, or what stands first; keys are given."""
    items = list(made.items.select_related("handover"))
    worn = next((one for one in items if one.name == "墙面地面"), items[0])
    for item in items:
        condition = Condition.WORN if item == worn else Condition.GOOD
        handover_item_set(item=item, condition=condition, by=desk, at=at)
    handover_item_note(item=worn, note="进门处有浅划痕", by=desk, at=at)
    _photograph(worn, desk, at, marks=1)
    _photograph(items[1], desk, at)
    handover_key_add(handover=made, kind=KeyKind.DOOR, number=f"A{made.pk:03}", count=2, by=desk, at=at)
    handover_key_add(handover=made, kind=KeyKind.CARD, count=2, by=desk, at=at)


def _inspected(stay: Tenure, manager: User, desk: User, at: datetime) -> None:
    """Somebody leaves: what was signed when they came, and the inspection half done."""
    came = datetime.combine(stay.start, time(14), tzinfo=ZoneInfo(stay.property.time_zone))
    first = handover_begin(tenure=stay, kind=HandoverKind.IN, assignee=desk, by=desk, at=came)
    _look(first, desk, came)
    # Its meters were read by the workbook: since then bills stand on later readings.
    handover_check(first)
    lines = strokes_read(NAME)
    digest = handover_digest(handover_sheet(first), signer=stay.resident.name, strokes=lines)
    signed_at = came + timedelta(minutes=25)
    handover_seal(handover=first, signer=stay.resident.name, strokes=lines, digest=digest, by=desk, at=signed_at)
    Task.objects.filter(tenure=stay, source="handover").update(state="done", ended_at=signed_at)
    made = handover_begin(tenure=stay, kind=HandoverKind.OUT, by=manager, at=at)
    task = Task.objects.get(source="handover", source_key=str(made.pk))
    task_give(task=task, to=desk, by=manager, at=at)
    task_start(task=task, by=desk, at=at)
    items = list(made.items.select_related("handover", "earlier"))
    for item in items[: len(items) // 2]:
        handover_item_set(item=item, condition=Condition.GOOD, by=desk, at=at)
    harmed = items[1]
    handover_item_set(item=harmed, condition=Condition.DAMAGED, by=desk, at=at)
    handover_item_note(item=harmed, note="表面有烫痕和裂口", by=desk, at=at)
    _photograph(harmed, desk, at, marks=4)


def _photograph(item: HandoverItem, by: User, at: datetime, marks: int = 0) -> None:
    """A drawing in the place of a photo: a piece of furniture before a wall, with so many scratches."""
    image = Image.new("RGB", (1200, 900), "#d8d2c6")
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 620, 1200, 900), fill="#a98f6f")
    pen.rounded_rectangle((220, 330, 980, 700), radius=40, fill="#7d8fa3")
    pen.rounded_rectangle((270, 380, 930, 560), radius=30, fill="#93a4b6")
    for number in range(marks):
        left = 380 + number * 120
        pen.line((left, 420, left + 70, 470, left + 50, 520), fill="#3d2f2a", width=9, joint="curve")
    written = io.BytesIO()
    image.save(written, "JPEG", quality=80)
    handover_photo_add(item=item, photo=ContentFile(written.getvalue(), name="photo.jpg"), by=by, at=at)
