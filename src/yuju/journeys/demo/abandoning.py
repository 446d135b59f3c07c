"""The demo's abandoned room, in the middle of its case: notices ran out, two witnesses signed the inventory, the end is ahead."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from io import BytesIO

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

from yuju.identity.models import User
from yuju.journeys.abandoned import case_open, entry_begin, entry_sign, facts_known, notice_serve, things_store
from yuju.journeys.demo.dying import empty_scan, quiet_stay
from yuju.kit.dates import local_date
from yuju.premises.models import Property
from yuju.residency.choices import Condition, ServedBy
from yuju.residency.services import entry_thing_add

THINGS = (
    ("行李箱", 2, Condition.WORN, "库房 A-03", "#7d8aa5"),
    ("笔记本电脑", 1, Condition.GOOD, "前台保险柜", "#4d5866"),
    ("电饭煲", 1, Condition.GOOD, "库房 A-03", "#b9a58c"),
    ("衣物", 3, Condition.WORN, "库房 A-04", "#93a893"),
)
DAYS = 15
OPENED, ENTERED = timedelta(days=20), timedelta(days=1)
"""How long ago the case was opened, and the room entered."""
UNSEEN = timedelta(days=24)
"""How long nobody had been seen when it was opened."""


def abandonment_make(*, property: Property, manager: User, at: datetime) -> None:
    """Makes it of a stay that nothing else in the demo is about."""
    opened, entered = at - OPENED, at - ENTERED
    day = local_date(opened, property.time_zone)
    stay = quiet_stay(property, today=local_date(at, property.time_zone), since=OPENED + UNSEEN)
    if stay is None:
        return
    case = case_open(
        tenure=stay,
        **{**facts_known(stay, day), "last_seen_on": day - UNSEEN},
        note="电话停机，连续三周无用电；邻居反映久未见人。",
        by=manager,
        at=opened,
    )
    for way, words in ((ServedBy.DOOR, "张贴于房门，已拍照"), (ServedBy.POST, "EMS 1182 0066 3021")):
        notice_serve(
            case=case, served_on=day, way=way, days=DAYS, words=words, scan=empty_scan(), by=manager, at=opened
        )
    entry = entry_begin(case=case, by=manager, at=entered)
    for name, count, condition, stored, colour in THINGS:
        entry_thing_add(
            entry=entry,
            name=name,
            count=count,
            condition=condition,
            stored=stored,
            photo=_photo(colour),
            by=manager,
            at=entered,
        )
    witnesses = [(manager.name, "物业经理", "", _drawn(0)), ("何秀兰", "社区网格员", "", _drawn(9))]
    entry_sign(entry=entry, witnesses=witnesses, by=manager, at=entered)
    until = local_date(at, property.time_zone) + timedelta(days=90)
    things_store(case=case, place="地下一层库房 A-03、A-04", until=until, by=manager, at=at)


def _photo(colour: str) -> ContentFile[bytes]:
    """Something in a room, as a sketch."""
    image = Image.new("RGB", (900, 675), "#d8d2c6")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 470, 900, 675), fill="#b7a78f")
    draw.rounded_rectangle((270, 210, 640, 540), radius=24, fill=colour)
    draw.rounded_rectangle((400, 160, 510, 230), radius=16, outline=colour, width=18)
    written = BytesIO()
    image.save(written, "JPEG", quality=80)
    return ContentFile(written.getvalue(), "photo.jpg")


def _drawn(turn: int) -> str:
    """A signature."""
    waves = [[120 + 18 * step, 180 + (step * (7 + turn) % 11) * 12] for step in range(36)]
    return json.dumps([waves, [[300 + turn * 10, 120], [420, 330]]])
