"""A handover on paper, for both: an A4 list with small photos, keys, meters, the signature and the seal."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from yuju.kit.documents import pdf
from yuju.kit.files import open_kept
from yuju.kit.strokes import HEIGHT, WIDTH, Line
from yuju.metering.choices import UNITS_OF_MEASURE, MeterKind
from yuju.reporting.handover_sheet import Found, HandoverSheet
from yuju.residency.choices import Condition, HandoverKind
from yuju.residency.models import HandoverItem

TEMPLATE = Path(__file__).parent / "documents" / "handover.typ"
TONES = {Condition.GOOD: "ok", Condition.WORN: "warn", Condition.DAMAGED: "bad", Condition.MISSING: "bad"}
MOST_PHOTOS = 4
"""Photos of one thing on paper, of each side; the others are seen on the screen."""


def handover_pdf(sheet: HandoverSheet) -> bytes:
    """A handover as PDF in the reader's language. One that is not signed says so.

    Raises:
        Refused: a name has a character that the fonts cannot print.
    """
    chinese = (get_language() or "").startswith("zh")
    one = sheet.handover
    zone = ZoneInfo(one.property.time_zone)
    unit, resident = one.tenure.unit, one.tenure.resident
    data: dict[str, Any] = {
        "lang": "zh" if chinese else "en",
        "region": "cn" if chinese else "us",
        "words": _words(),
        "heading": str(HandoverKind(one.kind).label),
        "property": one.property.name,
        "phone": one.property.phone,
        "facts": [
            [_("Unit"), unit.label],
            [_("Resident"), resident.name],
            [_("Lease"), one.tenure.number],
            [_("Done by"), str(one.done_by or "—")],
            [_("Signed by"), one.signer or "—"],
            [
                _("Signed at"),
                f"{one.signed_at.astimezone(zone):%Y-%m-%d %H:%M}" if one.signed_at else _("Not signed yet"),
            ],
        ],
        "counts": [[str(condition.label), str(number)] for condition, number in sheet.counts],
        "compared": one.before_id is not None,
        "rooms": [{"name": room, "things": [_thing(found) for found in things]} for room, things in sheet.rooms],
        "keys": [
            [str(key), "" if key.expected is None else str(key.expected), "—" if key.count is None else str(key.count)]
            for key in sheet.keys
        ],
        "readings": [
            [
                str(MeterKind(reading.meter.kind).label),
                reading.meter.serial,
                str(reading.date),
                f"{reading.value.normalize():f} {UNITS_OF_MEASURE[MeterKind(reading.meter.kind)]}",
            ]
            for reading in sheet.readings
        ],
        "signature": strokes_svg(one.signature) if one.signature else "",
        "digest": one.digest,
        "number": f"{one.tenure.number}-{one.kind.upper()}",
    }
    return pdf(TEMPLATE, data)


def strokes_svg(lines: list[Line], *, ink: str = "#1b2430") -> str:
    """A signature as SVG."""
    paths = "".join(
        f'<path d="M{" L".join(f"{int(x)} {int(y)}" for x, y in (line if len(line) > 1 else [*line, *line]))}"/>'
        for line in lines
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" fill="none" stroke="{ink}" '
        f'stroke-width="7" stroke-linecap="round" stroke-linejoin="round">{paths}</svg>'
    )


def _words() -> dict[str, str]:
    return {
        "item": _("Item"),
        "count": pgettext("of things", "Count"),
        "before": _("At check-in"),
        "now": _("Now"),
        "condition": _("Condition"),
        "keys": _("Keys and cards"),
        "given": _("Given"),
        "back": _("Came back"),
        "meters": _("Meters"),
        "meter": _("Meter"),
        "kind": _("Kind"),
        "day": _("Read on"),
        "reading": _("Reading"),
        "signature": _("Signature"),
        "digest": _("SHA-256 of what was signed"),
        "note": _("Both sides have this list. What is not on it was not handed over."),
    }


def _thing(found: Found) -> dict[str, Any]:
    return {
        "name": found.item.name,
        "count": str(found.item.count),
        "now": _state(found.item),
        "photos": [picture_svg(one.thumbnail) for one in found.photos[:MOST_PHOTOS]],
        "before": _state(found.earlier) if found.earlier is not None else None,
        "before_photos": [picture_svg(one.thumbnail) for one in found.earlier_photos[:MOST_PHOTOS]],
        "worse": found.got_worse,
    }


def _state(item: HandoverItem) -> dict[str, str]:
    if not item.condition:
        return {"text": "—", "tone": "", "note": ""}
    condition = Condition(item.condition)
    many = f" ×{item.quantity}" if item.is_harmed() and item.count > 1 else ""
    return {"text": f"{condition.label}{many}", "tone": TONES[condition], "note": item.note}


def picture_svg(path: str) -> str:
    """The small copy of a photo inside an SVG: text travels to the printer, bytes do not. Empty where it is gone."""
    try:
        with open_kept(path) as file:
            content = base64.b64encode(file.read()).decode()
    except FileNotFoundError:
        return ""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 100 100">'
        '<image width="100" height="100" preserveAspectRatio="xMidYMid slice" '
        f'xlink:href="data:image/jpeg;base64,{content}"/></svg>'
    )
