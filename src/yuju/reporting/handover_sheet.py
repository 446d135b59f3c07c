"""A handover as it is read: room by room, with what was found at check-in beside it, keys and meters; and its seal."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db.models import QuerySet

from yuju.kit.crypto import content_digest
from yuju.kit.strokes import Line
from yuju.metering.models import HandoverReading
from yuju.residency.choices import Condition
from yuju.residency.models import Handover, HandoverItem, HandoverKey, HandoverPhoto


@dataclass(frozen=True)
class Found:
    """A thing, its photos, and what they looked like at check-in."""

    item: HandoverItem
    photos: list[HandoverPhoto]
    earlier: HandoverItem | None
    earlier_photos: list[HandoverPhoto]

    @property
    def numbers(self) -> range:
        """How many of them can be damaged or missing."""
        return range(1, self.item.count + 1)

    @property
    def got_worse(self) -> bool:
        """Whether it is damaged or missing now and was not, or not as many of it."""
        known = self.earlier.quantity if self.earlier is not None and self.earlier.is_harmed() else 0
        return self.item.is_harmed() and self.item.quantity > known


@dataclass(frozen=True)
class HandoverSheet:
    """All that stands in a handover."""

    handover: Handover
    rooms: list[tuple[str, list[Found]]]
    keys: list[HandoverKey]
    readings: list[HandoverReading]

    @property
    def found(self) -> list[Found]:
        return [one for _room, things in self.rooms for one in things]

    @property
    def counts(self) -> list[tuple[Condition, int]]:
        """How many things were found in each condition, the best first."""
        counted = Counter(one.item.condition for one in self.found)
        return [(condition, counted[condition]) for condition in Condition]

    @property
    def worse(self) -> list[Found]:
        return [one for one in self.found if one.got_worse]


def handovers_to_read(rows: QuerySet[Handover]) -> QuerySet[Handover]:
    """Handovers with all that a sheet names."""
    return rows.select_related("property", "tenure__unit", "tenure__resident", "done_by", "before")


def handover_sheet(handover: Handover) -> HandoverSheet:
    """Reads a handover in five statements, six with one it is held against."""
    items = list(handover.items.select_related("earlier"))
    both = [handover.pk, *([handover.before_id] if handover.before_id else [])]
    shots: dict[int, list[HandoverPhoto]] = {}
    for photo in HandoverPhoto.objects.filter(handover_id__in=both).order_by("at", "pk"):
        shots.setdefault(photo.item_id, []).append(photo)
    found = [
        Found(one, shots.get(one.pk, []), one.earlier, shots.get(one.earlier_id, []) if one.earlier_id else [])
        for one in items
    ]
    # What was added later stands with its room, wherever it came in.
    order = {room: place for place, room in reversed(list(enumerate(one.item.room for one in found)))}
    found.sort(key=lambda one: (order[one.item.room], one.item.position))
    rooms = [(room, list(things)) for room, things in groupby(found, key=lambda one: one.item.room)]
    readings = HandoverReading.objects.filter(handover=handover).select_related("meter")
    return HandoverSheet(
        handover, rooms, list(handover.keys.all()), list(readings.order_by("meter__kind", "meter__serial"))
    )


def handover_digest(sheet: HandoverSheet, *, signer: str, strokes: list[Line]) -> str:
    """SHA-256, in hexadecimal, of all that is signed: things, conditions, the photos by their own sums, keys, meters, who
    signed and how. It is the same whenever and in whatever language it is worked out."""
    signed = sheet.handover
    content: dict[str, Any] = {
        "handover": [signed.pk, signed.kind, signed.tenure_id, signed.tenure.number],
        "things": [
            [
                one.item.room,
                one.item.name,
                one.item.count,
                one.item.condition,
                one.item.quantity,
                one.item.note,
                [photo.sha256 for photo in one.photos],
            ]
            for one in sheet.found
        ],
        "keys": [[key.kind, key.number, key.expected, key.count] for key in sheet.keys],
        "meters": [
            [reading.meter.serial, str(reading.date), f"{Decimal(reading.value).normalize():f}", reading.is_rollover]
            for reading in sheet.readings
        ],
        "signed": [signer.strip()[:60], strokes],
    }
    return content_digest(content)


def is_as_signed(sheet: HandoverSheet) -> bool:
    """Whether a signed handover still is what was signed."""
    one = sheet.handover
    return one.digest == handover_digest(sheet, signer=one.signer, strokes=one.signature)
