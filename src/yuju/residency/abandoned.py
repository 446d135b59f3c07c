"""Rooms that were left without a word (弃租): the case of a lease, the term of its notices, and what was signed in the room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from yuju.kit.crypto import content_digest
from yuju.kit.strokes import Line
from yuju.premises.models import Property
from yuju.residency.choices import ABANDONED_NOW, AbandonmentState, HandoverState
from yuju.residency.models import (
    Abandonment,
    AbandonmentNotice,
    AbandonmentRule,
    EntryPhoto,
    EntryThing,
    RoomEntry,
    Tenure,
    ThingOutcome,
)

USUAL_DAYS = 15
"""The term of a notice where a property decided nothing: what leases usually agree on, not a law."""


@dataclass(frozen=True)
class Term:
    """How long a notice runs, in full days after the day it is served on, and by what."""

    days: int
    source: str


@dataclass(frozen=True)
class Witness:
    """One of the two who were there: who they are, what they are, and what they drew."""

    name: str
    position: str
    id_number: str
    strokes: list[Line]


@dataclass(frozen=True)
class Left:
    """A thing left behind with its photos, and what became of it."""

    thing: EntryThing
    photos: list[EntryPhoto]
    outcome: ThingOutcome | None


def notice_term(property: Property) -> Term:
    """The term of notices at a property."""
    rule = AbandonmentRule.objects.filter(property=property).first()
    return Term(USUAL_DAYS, _("per contract")) if rule is None else Term(rule.days, rule.source)


def abandonment_now(tenure: Tenure) -> Abandonment | None:
    """The case of a lease that goes on."""
    found: Abandonment | None = Abandonment.objects.filter(tenure=tenure, state__in=ABANDONED_NOW).first()
    return found


def abandonment_latest(tenure: Tenure) -> Abandonment | None:
    """The latest case of a lease, over or not."""
    found: Abandonment | None = Abandonment.objects.filter(tenure=tenure).order_by("-pk").first()
    return found


def abandonment_signed(tenure: Tenure) -> Abandonment | None:
    """The case on whose record a lease can be settled without its resident: it goes on, and both witnesses signed."""
    case = abandonment_now(tenure)
    return case if case is not None and case.state == AbandonmentState.ENTERED else None


def notices_of(case: Abandonment) -> list[AbandonmentNotice]:
    """The notices that hold, the first served first."""
    return list(AbandonmentNotice.objects.filter(abandonment=case, withdrawn_at=None).select_related("by"))


def term_end(case: Abandonment) -> date | None:
    """The last local day of the last notice's term; None where no notice was served."""
    return max((one.served_on + timedelta(days=one.days) for one in notices_of(case)), default=None)


def entry_of(case: Abandonment) -> RoomEntry | None:
    """The entry into the room, once it was begun."""
    found: RoomEntry | None = RoomEntry.objects.filter(abandonment=case).select_related("done_by").first()
    return found


def things_left(case: Abandonment) -> list[Left]:
    """What was found in the room, in the order it was written down."""
    shots: dict[int, list[EntryPhoto]] = {}
    for photo in EntryPhoto.objects.filter(entry__abandonment=case).order_by("at", "pk"):
        shots.setdefault(photo.thing_id, []).append(photo)
    became = {one.thing_id: one for one in ThingOutcome.objects.filter(abandonment=case).select_related("by")}
    things = EntryThing.objects.filter(entry__abandonment=case).order_by("position")
    return [Left(one, shots.get(one.pk, []), became.get(one.pk)) for one in things]


def entry_witnesses(entry: RoomEntry) -> list[Witness]:
    """Who signed."""
    return [Witness(one.name, one.position, one.id_number, one.signature) for one in entry.witnesses.order_by("place")]


def entry_digest(case: Abandonment, witnesses: list[Witness]) -> str:
    """SHA-256, in hexadecimal, of all that is signed: notices, things, the photos by their own sums, who was there and how
    they signed. It is the same whenever and in whatever language it is worked out."""
    content: dict[str, Any] = {
        "case": [case.pk, case.number, case.tenure_id],
        "notices": [[str(one.served_on), one.way, one.days, one.words, one.sha256] for one in notices_of(case)],
        "things": [
            [
                left.thing.name,
                left.thing.count,
                left.thing.condition,
                left.thing.stored,
                left.thing.note,
                [photo.sha256 for photo in left.photos],
            ]
            for left in things_left(case)
        ],
        "witnesses": [[one.name, one.position, one.id_number, one.strokes] for one in witnesses],
    }
    return content_digest(content)


def is_as_signed(entry: RoomEntry) -> bool:
    """Whether a signed entry still is what was signed."""
    return entry.state == HandoverState.SIGNED and entry.digest == entry_digest(
        entry.abandonment, entry_witnesses(entry)
    )
