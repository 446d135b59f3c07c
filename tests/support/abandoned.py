"""An abandoned room in tests: a case that is opened, notified, entered and signed."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

from django.core.files.base import ContentFile

from tests.support.tasks import photo
from yuju.journeys.abandoned import case_open, entry_begin, entry_sign, notice_serve
from yuju.residency.choices import ServedBy
from yuju.residency.models import Abandonment, AbandonmentNotice, EntryThing, RoomEntry, Tenure
from yuju.residency.services import entry_thing_add

OPENED = datetime(2026, 9, 25, 2, tzinfo=UTC)
SERVED = date(2026, 9, 25)
ENTERED = datetime(2026, 10, 12, 2, tzinfo=UTC)
"""The term of 15 days ends on 10 October."""
DRAWN = json.dumps([[[x, 100 + x % 50] for x in range(100, 800, 20)]])
PDF = b"%PDF-1.4 the notice on the door"
WITNESSES = [("周经理", "物业经理", "", DRAWN), ("王网格", "社区网格员", "11010519491231002X", DRAWN)]


def opened(tenure: Tenure, **given: Any) -> Abandonment:
    values: dict[str, Any] = {
        "last_seen_on": date(2026, 8, 20),
        "note": "邻居两周未见",
        "by": None,
        "at": OPENED,
        **given,
    }
    return case_open(tenure=tenure, **values)


def served(case: Abandonment, **given: Any) -> AbandonmentNotice:
    values: dict[str, Any] = {
        "served_on": SERVED,
        "way": ServedBy.DOOR,
        "days": 15,
        "scan": ContentFile(PDF, "a.pdf"),
        "by": None,
        "at": OPENED,
        **given,
    }
    return notice_serve(case=case, **values)


def found(entry: RoomEntry, name: str = "行李箱", **given: Any) -> EntryThing:
    values: dict[str, Any] = {"stored": "库房 A-03", "photo": photo(60, 40), "by": None, "at": ENTERED, **given}
    return entry_thing_add(entry=entry, name=name, **values)


def signed(case: Abandonment, **given: Any) -> RoomEntry:
    """The room entered, a thing found, and both witnesses signed."""
    entry = entry_begin(case=case, by=None, at=ENTERED)
    found(entry)
    return entry_sign(entry=entry, **{"witnesses": WITNESSES, "by": None, "at": ENTERED, **given})


def entered(tenure: Tenure) -> Abandonment:
    """A case in which both witnesses signed."""
    case = opened(tenure)
    served(case)
    signed(case)
    case.refresh_from_db()
    return case
