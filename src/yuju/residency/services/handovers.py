"""Writing down how a unit is handed over. Who is asked to, and what meters show, is `yuju.journeys.handover`'s business."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.files.base import File
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.kit.errors import Refused
from yuju.kit.live import publish
from yuju.kit.pictures import forget_picture, keep_picture
from yuju.kit.strokes import Line
from yuju.premises.models import Property
from yuju.premises.services.saving import save_row
from yuju.residency.choices import Condition, HandoverKind, HandoverState, KeyKind, TenureState
from yuju.residency.models import (
    Handover,
    HandoverItem,
    HandoverKey,
    HandoverPhoto,
    HandoverTemplate,
    HandoverTemplateItem,
    Tenure,
)
from yuju.residency.selectors import handover_of, handover_template_for

PHOTOS = "handover-photos"
TOPIC = "handover"
MOST_PHOTOS = 12
"""Photos of one thing."""
MOST_ITEMS, MOST_COUNT, MOST_KEYS = 300, 999, 20
_NAMED = 3


@dataclass(frozen=True)
class Thing:
    """A line of a template: what stands in which room, how many, and the code of the tariff that prices a damaged one."""

    room: str
    name: str
    count: int = 1
    damage_code: str = ""


@edits
@transaction.atomic
def handover_template_save(
    *,
    template: HandoverTemplate | None = None,
    property: Property,
    name: str,
    layout: str = "",
    things: Sequence[Thing],
    by: User | None,
    at: datetime,
) -> HandoverTemplate:
    """Makes a template, or changes it; handovers that were begun keep what they have.

    Args:
        layout: empty for all layouts that have no template of their own.

    Raises:
        Refused: nothing stands in it, too much does, or the layout has a template.
    """
    if not things:
        raise Refused(_("Name at least one thing that is handed over."), field="things")
    if len(things) > MOST_ITEMS:
        raise Refused(_("A template has at most %(most)d lines.") % {"most": MOST_ITEMS}, field="things")
    saved = template or HandoverTemplate(property=property)
    saved.name, saved.layout = name.strip(), layout.strip()
    save_row(saved, {"handover_template_once": ("layout", _("This layout has a template already."))})
    wanted = [
        HandoverTemplateItem(
            template=saved,
            position=position,
            room=one.room[:40],
            name=one.name[:60],
            count=one.count,
            damage_code=one.damage_code[:40],
        )
        for position, one in enumerate(things)
    ]
    present = list(saved.items.all())
    if [_facts(one) for one in present] != [_facts(one) for one in wanted]:
        saved.items.all().delete()
        HandoverTemplateItem.objects.bulk_create(wanted)
    return saved


def _facts(item: HandoverTemplateItem) -> tuple[str, str, int, str]:
    return item.room, item.name, item.count, item.damage_code


@edits
@transaction.atomic
def handover_make(*, tenure: Tenure, kind: HandoverKind, by: User | None, at: datetime) -> Handover:
    """Makes what is to be looked at: at check-in from the template of the unit's layout, at check-out from what was signed
    then. There already: it is given as it is.

    Raises:
        Refused: the stay was cancelled, or has ended and is to be handed over now.
    """
    held = Tenure.objects.select_for_update(no_key=True).get(pk=tenure.pk)
    found = handover_of(held, kind)
    if found is not None:
        return found
    if held.state == TenureState.CANCELLED or (kind == HandoverKind.IN and held.state == TenureState.ENDED):
        raise Refused(_("This stay is over: there is nothing to hand over."), code="over")
    before = handover_of(held, HandoverKind.IN) if kind == HandoverKind.OUT else None
    if before is not None and before.is_open():
        before = None
    made = Handover.objects.create(property_id=held.property_id, tenure=held, kind=kind, before=before, begun_at=at)
    if before is not None:
        _as_before(made, before)
    else:
        _by_template(made)
    return made


def _as_before(made: Handover, before: Handover) -> None:
    rows = [
        HandoverItem(
            handover=made,
            position=position,
            room=one.room,
            name=one.name,
            count=one.count,
            damage_code=one.damage_code,
            earlier=one,
        )
        # What was missing at check-in cannot be looked at.
        for position, one in enumerate(before.items.exclude(condition=Condition.MISSING, quantity__gte=1, count=1))
    ]
    HandoverItem.objects.bulk_create(rows)
    keys = [
        HandoverKey(handover=made, kind=one.kind, number=one.number, expected=one.count)
        for one in before.keys.all()
        if one.count
    ]
    HandoverKey.objects.bulk_create(keys)


def _by_template(made: Handover) -> None:
    template = handover_template_for(made.tenure.unit)
    if template is None:
        return
    rows = [
        HandoverItem(
            handover=made,
            position=one.position,
            room=one.room,
            name=one.name,
            count=one.count,
            damage_code=one.damage_code,
        )
        for one in template.items.all()
    ]
    HandoverItem.objects.bulk_create(rows)


@edits
@transaction.atomic
def handover_item_set(*, item: HandoverItem, condition: Condition | str, by: User | None, at: datetime) -> HandoverItem:
    """Says what a thing was found like; an empty condition takes it back. Of what is damaged or missing it is one, until
    `handover_item_note` says how many.

    Raises:
        Refused: there is no such condition, or the handover is signed.
    """
    handover_held(item.handover)
    if condition not in ("", *Condition.values):
        raise Refused(_("This is no condition of a thing."), field="result")
    item.condition = condition
    if not item.is_harmed():
        item.quantity = 0
        item.note = item.note if condition else ""
    else:
        item.quantity = max(item.quantity, 1)
    item.save(update_fields=["condition", "quantity", "note"])
    _told(item.handover)
    return item


@edits
@transaction.atomic
def handover_item_note(
    *, item: HandoverItem, note: str, quantity: int | None = None, by: User | None, at: datetime
) -> HandoverItem:
    """Says more about a thing.

    Args:
        quantity: how many of them are damaged or missing; counted only where some are.

    Raises:
        Refused: there are not that many, or the handover is signed.
    """
    handover_held(item.handover)
    item.note = note.strip()[:300]
    if quantity is not None and item.is_harmed():
        if not 1 <= quantity <= item.count:
            raise Refused(
                _("%(item)s: give a number from 1 to %(count)d.") % {"item": item.name, "count": item.count},
                field="quantity",
                code="quantity",
            )
        item.quantity = quantity
    item.save(update_fields=["note", "quantity"])
    _told(item.handover)
    return item


@edits
@transaction.atomic
def handover_item_add(
    *, handover: Handover, room: str, name: str, count: int = 1, by: User | None, at: datetime
) -> HandoverItem:
    """Adds something that the template does not know. The same thing in the same room is there once.

    Raises:
        Refused: it has no name or no number, there is too much already, or the handover is signed.
    """
    handover_held(handover)
    room, name = room.strip()[:40], name.strip()[:60]
    if not room or not name:
        raise Refused(_("Say what it is and in which room it stands."), field="name")
    if not 1 <= count <= MOST_COUNT:
        raise Refused(_("Give a number from 1 to %(most)d.") % {"most": MOST_COUNT}, field="count")
    if handover.items.filter(room=room, name=name).exists():
        raise Refused(_("%(item)s in %(room)s is on the list already.") % {"item": name, "room": room}, field="name")
    last = handover.items.aggregate(last=Max("position"))["last"]
    if last is not None and last + 1 >= MOST_ITEMS:
        raise Refused(_("A handover has at most %(most)d lines.") % {"most": MOST_ITEMS}, field="name")
    position = 0 if last is None else last + 1
    made = HandoverItem.objects.create(handover=handover, position=position, room=room, name=name, count=count)
    _told(handover)
    return made


@edits
@transaction.atomic
def handover_photo_add(*, item: HandoverItem, photo: File[bytes], by: User | None, at: datetime) -> HandoverPhoto:
    """Adds a photo of a thing.

    Raises:
        Refused: it is no photo or too large, there are enough, or the handover is signed.
    """
    handover_held(item.handover)
    if item.photos.count() >= MOST_PHOTOS:
        raise Refused(_("One thing has at most %(most)d photos.") % {"most": MOST_PHOTOS}, field="photo")
    kept = keep_picture(photo, folder=PHOTOS, field="photo")
    try:
        with transaction.atomic():
            made = HandoverPhoto.objects.create(
                handover=item.handover,
                item=item,
                by=by,
                at=at,
                path=kept.path,
                thumbnail=kept.thumbnail,
                sha256=kept.sha256,
            )
    except Exception:
        forget_picture(kept)
        raise
    _told(item.handover)
    return made


@edits
@transaction.atomic
def handover_key_add(
    *, handover: Handover, kind: KeyKind | str, number: str = "", count: int, by: User | None, at: datetime
) -> HandoverKey:
    """Writes down keys or cards that are given; of the same kind and number, how many there are now.

    Raises:
        Refused: the number is senseless, or the handover is signed.
    """
    handover_held(handover)
    _check_keys(count)
    if kind not in KeyKind.values:
        raise Refused(_("Say what kind of key it is."), field="kind")
    made, _new = HandoverKey.objects.update_or_create(
        handover=handover, kind=kind, number=number.strip()[:40], defaults={"count": count}
    )
    _told(handover)
    return made


@edits
@transaction.atomic
def handover_key_count(*, key: HandoverKey, count: int, by: User | None, at: datetime) -> HandoverKey:
    """Counts keys or cards that come back.

    Raises:
        Refused: more than were given, or the handover is signed.
    """
    handover_held(key.handover)
    _check_keys(count)
    if key.expected is not None and count > key.expected:
        raise Refused(
            _("%(key)s: %(count)d were given.") % {"key": key, "count": key.expected}, field="count", code="count"
        )
    key.count = count
    key.save(update_fields=["count"])
    _told(key.handover)
    return key


@edits
@transaction.atomic
def handover_key_remove(*, key: HandoverKey, by: User | None, at: datetime) -> None:
    """Takes keys off the list that were written down by mistake.

    Raises:
        Refused: they were given at check-in, or the handover is signed.
    """
    handover_held(key.handover)
    if key.expected is not None:
        raise Refused(_("%(key)s was given at check-in: count what came back.") % {"key": key}, field="count")
    key.delete()
    _told(key.handover)


def handover_held(handover: Handover) -> Handover:
    """The handover as it is now, held until the transaction ends.

    Raises:
        Refused: it is signed (code `signed`).
    """
    now: Handover = Handover.objects.select_for_update(no_key=True).get(pk=handover.pk)
    if not now.is_open():
        raise Refused(_("This is signed and does not change any more."), code="signed")
    return now


def handover_check(handover: Handover) -> None:
    """Holds a handover against what has to be in it before it is signed.

    Raises:
        Refused: naming what nobody looked at, what lacks its photo, or which keys nobody counted (code `unfinished`).
    """
    items = list(handover.items.prefetch_related("photos"))
    if not items:
        raise Refused(_("Nothing is on the list yet: add what is handed over."), code="unfinished")
    unseen = [str(one) for one in items if not one.condition]
    if unseen:
        said = ngettext(
            "%(count)d thing is still to be looked at: %(names)s",
            "%(count)d things are still to be looked at: %(names)s",
            len(unseen),
        )
        raise Refused(said % {"count": len(unseen), "names": _names(unseen)}, code="unfinished")
    dark = [str(one) for one in items if one.condition == Condition.DAMAGED and not one.photos.all()]
    if dark:
        raise Refused(_("Photograph what is damaged: %(names)s") % {"names": _names(dark)}, code="unfinished")
    uncounted = [str(one) for one in handover.keys.filter(count=None)]
    if uncounted:
        raise Refused(_("Count the keys that came back: %(names)s") % {"names": _names(uncounted)}, code="unfinished")


def handover_seal(
    *, handover: Handover, signer: str, strokes: list[Line], digest: str, by: User | None, at: datetime
) -> None:
    """Signs a handover that was checked. From here on nothing of it changes.

    Raises:
        Refused: nobody is named.
    """
    if not signer.strip():
        raise Refused(_("Say who signs."), field="signer")
    now = handover_held(handover)
    now.state, now.signer, now.signature = HandoverState.SIGNED, signer.strip()[:60], strokes
    now.digest, now.signed_at, now.done_by = digest, at, by
    now.save(update_fields=["state", "signer", "signature", "digest", "signed_at", "done_by"])
    for name in ("state", "signer", "signature", "digest", "signed_at", "done_by"):
        setattr(handover, name, getattr(now, name))
    _told(handover)


def _check_keys(count: int) -> None:
    if not 0 <= count <= MOST_KEYS:
        raise Refused(_("Give a number from 0 to %(most)d.") % {"most": MOST_KEYS}, field="count")


def _names(texts: list[str]) -> str:
    more = _(" …") if len(texts) > _NAMED else ""
    return _(", ").join(texts[:_NAMED]) + more


def _told(handover: Handover) -> None:
    publish(TOPIC, id=handover.pk, property_id=handover.property_id)
