"""The case of an abandoned room: opened, notices, storage, what became of the things, its end. The whole story, with tasks and
money, is told by `yuju.journeys.abandoned`."""

from __future__ import annotations

from datetime import date, datetime

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.kit.dates import local_date
from yuju.kit.errors import Refused
from yuju.kit.live import publish
from yuju.premises.models import Property
from yuju.residency.abandoned import abandonment_now
from yuju.residency.choices import (
    ABANDONED_NOW,
    AbandonmentState,
    EntryState,
    ServedBy,
    TenureKind,
    TenureState,
    WhatBecame,
)
from yuju.residency.models import (
    Abandonment,
    AbandonmentNotice,
    AbandonmentRule,
    EntryThing,
    RoomEntry,
    Tenure,
    ThingOutcome,
)
from yuju.residency.services.documents import scan_kept

FOLDER = "abandonment-notices"
TOPIC = "abandonment"
MOST_DAYS = 365
"""The longest term of a notice."""


@transaction.atomic
@edits
def abandonment_rule_set(
    *, property: Property, days: int, source: str, by: User | None, at: datetime
) -> AbandonmentRule:
    """Decides how long notices on abandoned rooms run at a property, and by what.

    Raises:
        Refused: the term is senseless, or nothing says by what it is so.
    """
    _check_days(days)
    if not source.strip():
        raise Refused(_("Say by what the term is so, such as a clause of the lease."), field="source")
    made, _new = AbandonmentRule.objects.update_or_create(
        property=property, defaults={"days": days, "source": source.strip()[:120]}
    )
    return made


@transaction.atomic
@edits
def abandonment_open(
    *,
    tenure: Tenure,
    last_payment_on: date | None = None,
    last_seen_on: date | None = None,
    unpaid_since: date | None = None,
    note: str = "",
    today: date,
    by: User | None,
    at: datetime,
) -> Abandonment:
    """Opens the case of a room that seems abandoned. One is open for the lease already: it is that one.

    Raises:
        Refused: it is no lease under which somebody lives there, no ground is given, or a day is still to come.
    """
    held: Tenure = Tenure.objects.select_for_update(no_key=True).get(pk=tenure.pk)
    known = abandonment_now(held)
    if known is not None:
        return known
    if held.kind != TenureKind.LEASE or held.state != TenureState.LIVING:
        raise Refused(_("Nobody lives there: %(number)s is no running lease.") % {"number": held.number}, code="state")
    days = {"last_payment_on": last_payment_on, "last_seen_on": last_seen_on, "unpaid_since": unpaid_since}
    if not note.strip() and not any(days.values()):
        raise Refused(
            _("Say what speaks for it: the last payment, who was seen when, or what was found."), field="note"
        )
    for name, day in days.items():
        if day is not None and day > today:
            raise Refused(_("This day is still to come."), field=name)
    count = Abandonment.objects.filter(tenure=held).count()
    made: Abandonment = Abandonment.objects.create(
        property_id=held.property_id,
        tenure=held,
        number=f"{held.number}-Q{count + 1}",
        note=note.strip()[:500],
        opened_at=at,
        opened_by=by,
        **days,
    )
    _told(made)
    return made


@transaction.atomic
@edits
def abandonment_notice_serve(
    *,
    case: Abandonment,
    served_on: date,
    way: ServedBy,
    days: int,
    words: str = "",
    scan: File[bytes],
    today: date,
    by: User | None,
    at: datetime,
) -> AbandonmentNotice:
    """Notes that a notice was served. The same on the same day by the same way is there once.

    Args:
        served_on, today: local days.
        days: full days after it that they have to come back.
        scan: the photo or scan that shows it.

    Raises:
        Refused: the case is over or the inventory is signed, the day is still to come or before the lease, the term is senseless,
            or the file is no scan.
    """
    held = abandonment_held(case)
    _refuse_signed(held)
    if served_on > today:
        raise Refused(_("This day is still to come."), field="served_on")
    if served_on < held.tenure.start:
        raise Refused(_("The lease begins on %(day)s only.") % {"day": held.tenure.start}, field="served_on")
    _check_days(days)
    known: AbandonmentNotice | None = AbandonmentNotice.objects.filter(
        abandonment=held, served_on=served_on, way=way, withdrawn_at=None
    ).first()
    if known is not None and known.days != days:
        raise Refused(
            _("A notice of this day and way is noted with %(days)d days: take it back first.") % {"days": known.days},
            field="served_on",
        )
    if known is not None:
        return known
    with scan_kept(scan, folder=FOLDER) as kept, transaction.atomic():
        made: AbandonmentNotice = AbandonmentNotice.objects.create(
            abandonment=held,
            served_on=served_on,
            way=way,
            days=days,
            words=words.strip()[:300],
            path=kept.path,
            sha256=kept.sha256,
            at=at,
            by=by,
        )
    _told(held)
    return made


@transaction.atomic
@edits
def abandonment_notice_withdraw(
    *, notice: AbandonmentNotice, reason: str, by: User | None, at: datetime
) -> AbandonmentNotice:
    """Takes back a notice that was entered wrongly; it stays on record. Taken back already, nothing happens.

    Raises:
        Refused: no reason, the case is over, or the inventory is signed.
    """
    case = abandonment_held(notice.abandonment)
    _refuse_signed(case)
    held: AbandonmentNotice = AbandonmentNotice.objects.select_for_update(no_key=True).get(pk=notice.pk)
    if held.withdrawn_at is not None:
        return held
    if not reason.strip():
        raise Refused(_("Say why it is taken back."), field="reason")
    held.withdrawn_at, held.withdrawn_because = at, reason.strip()[:300]
    held.save(update_fields=["withdrawn_at", "withdrawn_because"])
    _told(case)
    return held


@transaction.atomic
@edits
def abandonment_store(
    *, case: Abandonment, place: str, until: date, today: date, by: User | None, at: datetime
) -> Abandonment:
    """Says where the things are kept and until when; said again, it changes that.

    Raises:
        Refused: nothing was signed yet, the case is over, no place is named, or the day has passed.
    """
    held = abandonment_held(case)
    _entry_signed(held)
    if not place.strip():
        raise Refused(_("Say where the things are kept."), field="place")
    if until < today:
        raise Refused(_("This day has passed."), field="until")
    held.stored_at, held.stored_until = place.strip()[:120], until
    held.save(update_fields=["stored_at", "stored_until"])
    _told(held)
    return held


@transaction.atomic
@edits
def thing_outcome_note(
    *,
    thing: EntryThing,
    what: WhatBecame,
    day: date,
    who: str,
    note: str = "",
    today: date,
    by: User | None,
    at: datetime,
) -> ThingOutcome:
    """Notes that a thing was given back or disposed of. Noted already, it is what is there.

    What is kept until a day is not disposed of before that day has passed.

    Raises:
        Refused: nothing was signed yet, nobody is named, the day is before the entry or still to come, or it is disposed of while
            the lease goes on or before its storage ends.
    """
    case = Abandonment.objects.select_for_update(no_key=True).get(pk=thing.entry.abandonment_id)
    known: ThingOutcome | None = ThingOutcome.objects.filter(thing=thing).first()
    if known is not None:
        return known
    entry = _entry_signed(case)
    if not who.strip():
        raise Refused(_("Say who got it or took it away."), field="who")
    if day > today:
        raise Refused(_("This day is still to come."), field="day")
    assert entry.signed_at is not None
    entered = local_date(entry.signed_at, case.property.time_zone)
    if day < entered:
        raise Refused(_("The room was entered on %(day)s only.") % {"day": entered}, field="day")
    if what == WhatBecame.DISPOSED:
        if case.state != AbandonmentState.ENDED:
            raise Refused(_("Things are disposed of once the lease has ended."), field="what", code="early")
        if case.stored_until is not None and day <= case.stored_until:
            raise Refused(
                _("It is kept until %(day)s: dispose of it after that.") % {"day": case.stored_until}, field="day"
            )
    made: ThingOutcome = ThingOutcome.objects.create(
        abandonment=case,
        thing=thing,
        what=what,
        day=day,
        who=who.strip()[:60],
        note=note.strip()[:300],
        at=at,
        by=by,
    )
    _told(case)
    return made


@transaction.atomic
@edits
def abandonment_end(*, case: Abandonment, last_day: date, by: User | None, at: datetime) -> Abandonment:
    """Notes that the lease ended on this case. Over already, nothing happens."""
    held: Abandonment = Abandonment.objects.select_for_update(no_key=True).get(pk=case.pk)
    if held.is_open():
        held.state, held.ended_on = AbandonmentState.ENDED, last_day
        held.closed_at, held.closed_by = at, by
        held.save()
        _told(held)
    return held


@transaction.atomic
@edits
def abandonment_close(*, case: Abandonment, reason: str, by: User | None, at: datetime) -> Abandonment:
    """Closes a case because the resident is back: the lease goes on. Closed already, nothing happens.

    Raises:
        Refused: no reason, or the lease has ended on it (code `ended`).
    """
    held: Abandonment = Abandonment.objects.select_for_update(no_key=True).get(pk=case.pk)
    if held.state == AbandonmentState.CLOSED:
        return held
    if held.state == AbandonmentState.ENDED:
        raise Refused(_("The lease has ended on this case."), code="ended")
    if not reason.strip():
        raise Refused(_("Say who came back and what was agreed."), field="reason")
    held.state, held.closed_at, held.closed_by = AbandonmentState.CLOSED, at, by
    held.closed_because = reason.strip()[:300]
    held.save()
    _told(held)
    return held


def abandonment_held(case: Abandonment) -> Abandonment:
    """The case as it is now, held until the transaction ends.

    Raises:
        Refused: it is over (code `over`).
    """
    now: Abandonment = Abandonment.objects.select_for_update(no_key=True).get(pk=case.pk)
    if now.state not in ABANDONED_NOW:
        raise Refused(
            _("%(number)s is over: %(state)s.") % {"number": now.number, "state": now.get_state_display()}, code="over"
        )
    return now


def _entry_signed(case: Abandonment) -> RoomEntry:
    found: RoomEntry | None = RoomEntry.objects.filter(abandonment=case, state=EntryState.SIGNED).first()
    if found is None:
        raise Refused(_("First the room is entered and both witnesses sign what is there."), code="unsigned")
    return found


def _refuse_signed(case: Abandonment) -> None:
    if RoomEntry.objects.filter(abandonment=case, state=EntryState.SIGNED).exists():
        raise Refused(_("Both witnesses signed: notices do not change any more."), code="signed")


def _check_days(days: int) -> None:
    if not 1 <= days <= MOST_DAYS:
        raise Refused(_("Give a number of days from 1 to %(most)d.") % {"most": MOST_DAYS}, field="days")


def _told(case: Abandonment) -> None:
    publish(TOPIC, id=case.pk, property_id=case.property_id)
