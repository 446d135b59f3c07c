"""Entering an abandoned room: what is there, with photos, and the signatures of two witnesses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial

from django.core.files.base import File
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.kit import files, identity_numbers
from yuju.kit.errors import Refused
from yuju.kit.live import publish
from yuju.kit.pictures import forget_picture, keep_picture
from yuju.residency.abandoned import Witness, entry_digest, entry_of, term_end
from yuju.residency.choices import AbandonmentState, Condition, EntryState
from yuju.residency.models import Abandonment, EntryPhoto, EntryThing, EntryWitness, RoomEntry
from yuju.residency.services.abandoned import TOPIC, abandonment_held
from yuju.residency.services.handovers import MOST_COUNT, MOST_ITEMS, MOST_PHOTOS

PHOTOS = "abandoned-photos"
WITNESSES = 2
_NAMED = 3


@transaction.atomic
@edits
def room_entry_begin(*, case: Abandonment, today: date, by: User | None, at: datetime) -> RoomEntry:
    """Begins the entry into an abandoned room. Begun already, it is that one.

    Args:
        today: the property's day.

    Raises:
        Refused: the case is over, no notice was served (code `unserved`), or the term of the last one runs (code `early`).
    """
    held = abandonment_held(case)
    found = entry_of(held)
    if found is not None:
        return found
    refuse_early(held, today)
    made: RoomEntry = RoomEntry.objects.create(abandonment=held, begun_at=at, begun_by=by)
    _told(made)
    return made


def refuse_early(case: Abandonment, day: date) -> None:
    """
    Raises:
        Refused: no notice was served (code `unserved`), or the term of the last one is not over on a day (code `early`).
    """
    end = term_end(case)
    if end is None:
        raise Refused(_("No notice was served yet: the room is not entered before."), code="unserved")
    if day <= end:
        raise Refused(
            _("The term of the last notice runs until %(end)s: the room may be entered from %(day)s on.")
            % {"end": end, "day": end + timedelta(days=1)},
            code="early",
        )


@transaction.atomic
@edits
def entry_thing_add(
    *,
    entry: RoomEntry,
    name: str,
    count: int = 1,
    condition: Condition | str = Condition.GOOD,
    stored: str = "",
    note: str = "",
    photo: File[bytes],
    by: User | None,
    at: datetime,
) -> EntryThing:
    """Writes down something that is in the room, with its photo.

    Args:
        stored: where it is put; empty while it stays in the room.

    Raises:
        Refused: it has no name or no number, the condition is none of a thing that is there, it is no photo, there is too much
            already, or the entry is signed.
    """
    held = room_entry_held(entry)
    if not name.strip():
        raise Refused(_("Say what it is."), field="name")
    if not 1 <= count <= MOST_COUNT:
        raise Refused(_("Give a number from 1 to %(most)d.") % {"most": MOST_COUNT}, field="count")
    if condition not in (Condition.GOOD, Condition.WORN, Condition.DAMAGED):
        raise Refused(_("This is no condition of a thing that is there."), field="condition")
    last = held.things.aggregate(last=Max("position"))["last"] or 0
    if last >= MOST_ITEMS:
        raise Refused(_("An inventory has at most %(most)d lines.") % {"most": MOST_ITEMS}, field="name")
    made: EntryThing = EntryThing.objects.create(
        entry=held,
        position=last + 1,
        name=name.strip()[:60],
        count=count,
        condition=condition,
        stored=stored.strip()[:80],
        note=note.strip()[:300],
    )
    entry_photo_add(thing=made, photo=photo, by=by, at=at)
    return made


@transaction.atomic
@edits
def entry_thing_remove(*, thing: EntryThing, by: User | None, at: datetime) -> None:
    """Takes off the list what was written down by mistake, with its photos.

    Raises:
        Refused: the entry is signed.
    """
    entry = room_entry_held(thing.entry)
    paths = [path for photo in thing.photos.all() for path in (photo.path, photo.thumbnail)]
    thing.delete()
    transaction.on_commit(partial(_forget, paths))
    _told(entry)


@transaction.atomic
@edits
def entry_photo_add(*, thing: EntryThing, photo: File[bytes], by: User | None, at: datetime) -> EntryPhoto:
    """Adds a photo of a thing.

    Raises:
        Refused: it is no photo or too large, there are enough, or the entry is signed.
    """
    entry = room_entry_held(thing.entry)
    if thing.photos.count() >= MOST_PHOTOS:
        raise Refused(_("One thing has at most %(most)d photos.") % {"most": MOST_PHOTOS}, field="photo")
    kept = keep_picture(photo, folder=PHOTOS, field="photo")
    try:
        with transaction.atomic():
            made: EntryPhoto = EntryPhoto.objects.create(
                entry=entry, thing=thing, by=by, at=at, path=kept.path, thumbnail=kept.thumbnail, sha256=kept.sha256
            )
    except Exception:
        forget_picture(kept)
        raise
    _told(entry)
    return made


@transaction.atomic
@edits
def room_entry_sign(
    *, entry: RoomEntry, witnesses: Sequence[Witness], today: date, by: User | None, at: datetime
) -> RoomEntry:
    """Both witnesses sign what is there. From here on nothing of it changes. Signed already, nothing happens.

    Raises:
        Refused: nothing is on the list or something lacks its photo (code `unfinished`), the term of a notice runs (`early`),
            a witness is not named or not known by position or document, or both are one person (`same`).
    """
    held: RoomEntry = RoomEntry.objects.select_for_update(no_key=True).get(pk=entry.pk)
    if not held.is_open():
        return held
    case = abandonment_held(held.abandonment)
    refuse_early(case, today)
    _refuse_unfinished(held)
    known = _known(case, witnesses)
    for place, one in enumerate(known, start=1):
        EntryWitness.objects.create(
            entry=held,
            place=place,
            name=one.name,
            position=one.position,
            id_number=one.id_number,
            signature=one.strokes,
        )
    held.digest = entry_digest(case, known)
    held.state, held.signed_at, held.done_by = EntryState.SIGNED, at, by
    held.save()
    case.state = AbandonmentState.ENTERED
    case.save(update_fields=["state"])
    _told(held)
    return held


def room_entry_held(entry: RoomEntry) -> RoomEntry:
    """The entry as it is now, held until the transaction ends.

    Raises:
        Refused: it is signed (code `signed`), or its case is over (`over`).
    """
    now: RoomEntry = RoomEntry.objects.select_for_update(no_key=True).get(pk=entry.pk)
    if not now.is_open():
        raise Refused(_("This is signed and does not change any more."), code="signed")
    abandonment_held(now.abandonment)
    return now


def _refuse_unfinished(entry: RoomEntry) -> None:
    things = list(entry.things.prefetch_related("photos"))
    if not things:
        raise Refused(
            _("Nothing is on the list yet. Write down what is there; of an empty room, the room itself with a photo."),
            code="unfinished",
        )
    dark = [one.name for one in things if not one.photos.all()]
    if dark:
        more = _(" …") if len(dark) > _NAMED else ""
        names = _(", ").join(dark[:_NAMED]) + more
        raise Refused(_("Photograph what is there: %(names)s") % {"names": names}, code="unfinished")


def _known(case: Abandonment, witnesses: Sequence[Witness]) -> list[Witness]:
    """The two witnesses, tidied."""
    if len(witnesses) != WITNESSES:
        raise Refused(_("Two witnesses sign."), code="witnesses")
    found = [_tidied(place, one) for place, one in enumerate(witnesses, start=1)]
    first, second = found
    opener = _folded(case.opened_by.name) if case.opened_by is not None else ""
    if opener and _folded(first.name) == opener == _folded(second.name):
        raise Refused(
            _("%(name)s opened this case: somebody else is the other witness.") % {"name": first.name},
            field="name_2",
            code="same",
        )
    numbers = (first.id_number, second.id_number)
    if (all(numbers) and numbers[0] == numbers[1]) or (
        _folded(first.name) == _folded(second.name) and not all(numbers)
    ):
        raise Refused(
            _("Both witnesses are %(name)s: two people have to be there.") % {"name": first.name},
            field="name_2",
            code="same",
        )
    return found


def _tidied(place: int, one: Witness) -> Witness:
    name, position = one.name.strip()[:60], one.position.strip()[:60]
    number = identity_numbers.tidy(one.id_number)
    if not name:
        raise Refused(_("Name witness %(place)d.") % {"place": place}, field=f"name_{place}")
    if not position and not number:
        raise Refused(_("%(name)s: give the position or the ID number.") % {"name": name}, field=f"position_{place}")
    if number and len(number) == 18:
        number = identity_numbers.check_resident_id(number, field=f"id_number_{place}")
    return Witness(name, position, number[:40], one.strokes)


def _forget(paths: list[str]) -> None:
    for path in paths:
        files.forget(path)


def _folded(name: str) -> str:
    return "".join(name.split()).casefold()


def _told(entry: RoomEntry) -> None:
    publish(TOPIC, id=entry.abandonment_id, property_id=entry.abandonment.property_id)
