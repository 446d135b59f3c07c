"""The record of an abandoned room on paper: grounds, notices, what was found with photos, both witnesses, and the seal."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from yuju.kit.documents import pdf
from yuju.kit.identity_numbers import mask_id_number
from yuju.reporting.handover_pdf import MOST_PHOTOS, TONES, picture_svg, strokes_svg
from yuju.residency.abandoned import Left, notices_of, things_left
from yuju.residency.choices import Condition
from yuju.residency.models import Abandonment, RoomEntry

TEMPLATE = Path(__file__).parent / "documents" / "abandoned.typ"


def abandoned_pdf(case: Abandonment, entry: RoomEntry, *, covered: bool = False) -> bytes:
    """The record of a case in the reader's language.

    Args:
        covered: whether the witnesses' numbers are covered, for a reader who may not see them.

    Raises:
        Refused: a name has a character that the fonts cannot print.
    """
    chinese = (get_language() or "").startswith("zh")
    zone = ZoneInfo(case.property.time_zone)
    stay = case.tenure
    data: dict[str, Any] = {
        "lang": "zh" if chinese else "en",
        "region": "cn" if chinese else "us",
        "words": _words(),
        "heading": _("Record of an abandoned room"),
        "property": case.property.name,
        "phone": case.property.phone,
        "number": case.number,
        "facts": [
            [_("Unit"), stay.unit.label],
            [_("Resident"), stay.resident.name],
            [_("Lease"), stay.number],
            [_("Last payment"), _day(case.last_payment_on)],
            [pgettext("of an abandoned room", "Last seen"), _day(case.last_seen_on)],
            [pgettext("of an abandoned room", "Unpaid since"), _day(case.unpaid_since)],
            [pgettext("of an abandoned room", "Opened"), f"{case.opened_at.astimezone(zone):%Y-%m-%d %H:%M}"],
            [_("Signed at"), f"{entry.signed_at.astimezone(zone):%Y-%m-%d %H:%M}" if entry.signed_at else "—"],
            [_("Stored at"), _stored(case)],
        ],
        "note": case.note,
        "notices": [
            [str(one.served_on), str(one.get_way_display()), str(one.days), one.words] for one in notices_of(case)
        ],
        "things": [_thing(left) for left in things_left(case)],
        "witnesses": [
            {
                "name": one.name,
                "said": " · ".join(part for part in (one.position, _number(one.id_number, covered)) if part),
                "signature": strokes_svg(one.signature),
            }
            for one in entry.witnesses.order_by("place")
        ],
        "digest": entry.digest,
    }
    return pdf(TEMPLATE, data)


def _words() -> dict[str, str]:
    return {
        "notices": pgettext("of an abandoned room", "Notices"),
        "served": _("Served on"),
        "way": _("Way"),
        "days": _("Term (days)"),
        "note": _("Note"),
        "inventory": _("Inventory"),
        "item": _("Item"),
        "count": pgettext("of things", "Count"),
        "condition": _("Condition"),
        "stored": _("Where stored"),
        "became": _("What became of it"),
        "witness": _("Witness"),
        "digest": _("SHA-256 of what was signed"),
        "foot": _("Notices, inventory, photos and signatures have not changed since both witnesses signed."),
    }


def _thing(left: Left) -> dict[str, Any]:
    thing, became = left.thing, left.outcome
    return {
        "name": thing.name,
        "note": thing.note,
        "count": str(thing.count),
        "condition": str(Condition(thing.condition).label),
        "tone": TONES[Condition(thing.condition)],
        "stored": thing.stored or "—",
        "became": f"{became.get_what_display()} {became.day} {became.who}" if became is not None else "—",
        "photos": [picture_svg(one.thumbnail) for one in left.photos[:MOST_PHOTOS]],
    }


def _number(number: str, covered: bool) -> str:
    return mask_id_number(number) if covered and number else number


def _stored(case: Abandonment) -> str:
    if not case.stored_at:
        return "—"
    return _("%(place)s, until %(day)s") % {"place": case.stored_at, "day": case.stored_until}


def _day(day: date | None) -> str:
    return str(day) if day is not None else "—"
