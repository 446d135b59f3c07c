"""Writing down what meters show. A reading is never edited: another one takes its place.

Whether a reading was billed is asked above, by `yuju.journeys.readings`, which calls these.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from yuju.identity.choices import AuditAction
from yuju.identity.models import User
from yuju.identity.services import audit_record
from yuju.kit.dates import local_date
from yuju.kit.errors import Refused
from yuju.metering.choices import ReadingSource
from yuju.metering.models import Installation, Meter, Reading
from yuju.premises.services.saving import save_row

LARGEST_REASON = 200


@transaction.atomic
def reading_record(
    *,
    meter: Meter,
    date: date,
    value: Decimal,
    is_rollover: bool = False,
    source: ReadingSource,
    by: User | None,
    at: datetime,
    field: str = "value",
) -> Reading:
    """Writes down what a meter showed at the end of a local day.

    Args:
        is_rollover: the counter passed its highest number since the reading before.
        field: the input that a refusal of the value names.

    Raises:
        Refused: the meter was read that day, was not installed then, the day is to come, the value has more
            digits than the counter, goes backwards without a rollover (code `backwards`) or is marked as one without.
    """
    _lock(meter)
    _check(meter, date, value, is_rollover, at, without=None, field=field)
    made = Reading(
        property_id=meter.property_id,
        meter=meter,
        date=date,
        value=value,
        is_rollover=is_rollover,
        source=source,
        read_by=by,
        created_at=at,
    )
    save_row(made, {"reading_once_a_day": ("date", _("The meter was read on this day already."))})
    return made


@transaction.atomic
def reading_supersede(
    *,
    reading: Reading,
    reason: str,
    value: Decimal | None,
    date: date | None = None,
    is_rollover: bool = False,
    by: User | None,
    at: datetime,
) -> Reading:
    """Puts another reading in the place of a wrong one, which stays as it was read.

    Args:
        value: what the meter really showed; None takes the reading away without another in its place.
        date: the day it really was; None keeps the day.
        reason: why, for whoever asks later.

    Raises:
        Refused: there is no reason, the reading was superseded before, or as `reading_record`.
    """
    _lock(reading.meter)
    old = Reading.objects.select_related("meter").get(pk=reading.pk)
    reason = reason.strip()
    if not reason:
        raise Refused(_("Say why the reading is wrong."), field="reason")
    if old.superseded_by_id is not None or old.is_void:
        raise Refused(_("Another reading has taken its place already."), code="superseded")
    day = date or old.date
    if value is not None:
        _check(old.meter, day, value, is_rollover, at, without=old)
    else:
        _check_neighbours(old.meter, old.date, None, without=old)
    new_id = _next_id()
    # The old one first, or two would stand on one day; the key it names is held against the table at the end.
    Reading.objects.filter(pk=old.pk).update(superseded_by_id=new_id)
    new = Reading(
        pk=new_id,
        property_id=old.property_id,
        meter=old.meter,
        date=day,
        value=old.value if value is None else value,
        is_rollover=is_rollover,
        is_void=value is None,
        reason=reason[:LARGEST_REASON],
        source=ReadingSource.FORM,
        read_by=by,
        created_at=at,
    )
    new.save(force_insert=True)
    audit_record(
        action=AuditAction.CHANGED,
        by=by,
        at=at,
        about=old.meter,
        property_id=old.property_id,
        changes={"reading": [str(old), None if value is None else str(new)], "reason": [None, new.reason]},
    )
    return new


def reading_check(
    *, meter: Meter, date: date, value: Decimal, is_rollover: bool = False, at: datetime
) -> Reading | None:
    """Holds what a meter is said to show against its readings without writing it down.

    Returns:
        The reading of that day if the meter was read then and it agrees.

    Raises:
        Refused: as `reading_record`.
    """
    same = standing(meter).filter(date=date, value=value).first()
    if same is None:
        _check(meter, date, value, is_rollover, at, without=None)
    return same


def standing(meter: Meter) -> QuerySet[Reading]:
    """The readings of a meter that hold: neither superseded nor void."""
    return Reading.objects.filter(meter=meter, superseded_by=None, is_void=False)


def _lock(meter: Meter) -> None:
    """Two who read one meter come one after the other."""
    list(Meter.objects.select_for_update(no_key=True).filter(pk=meter.pk).values_list("pk"))


def _next_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('metering_reading', 'id'))")
        (found,) = cursor.fetchone()
    return int(found)


def _check(
    meter: Meter,
    date: date,
    value: Decimal,
    is_rollover: bool,
    at: datetime,
    *,
    without: Reading | None,
    field: str = "value",
) -> None:
    if value < 0:
        raise Refused(_("A reading is not negative."), field=field)
    if value >= Decimal(10) ** meter.digits:
        raise Refused(
            _("The meter has %(digits)d digits before the decimal point.") % {"digits": meter.digits}, field=field
        )
    if date > local_date(at, meter.property.time_zone):
        raise Refused(_("This day is still to come."), field="date")
    others = standing(meter)
    if without is not None:
        others = others.exclude(pk=without.pk)
    if (same := others.filter(date=date).first()) is not None:
        raise Refused(
            _("The meter was read on this day already: %(value)s.") % {"value": f"{same.value.normalize():f}"},
            field="date",
            code="read_already",
        )
    _check_neighbours(meter, date, (value, is_rollover), without=without, field=field)


def _check_neighbours(
    meter: Meter,
    date: date,
    own: tuple[Decimal, bool] | None,
    *,
    without: Reading | None,
    field: str = "value",
) -> None:
    """The reading before and the one after must still fit; `own` None looks at them with nothing in between."""
    place = (
        Installation.objects.filter(Q(start=None) | Q(start__lte=date), Q(end=None) | Q(end__gte=date), meter=meter)
        .order_by("-start")
        .first()
    )
    if place is None:
        raise Refused(_("The meter was not installed on %(day)s.") % {"day": date}, field="date")
    others = standing(meter)
    if without is not None:
        others = others.exclude(pk=without.pk)
    if place.start is not None:
        others = others.filter(date__gte=place.start)
    if place.end is not None:
        others = others.filter(date__lte=place.end)
    before = others.filter(date__lt=date).order_by("-date").first()
    after = others.filter(date__gt=date).order_by("date").first()
    if own is not None:
        value, is_rollover = own
        if before is not None and value < before.value and not is_rollover:
            raise Refused(
                _("The reading goes backwards: on %(day)s it was %(value)s. Was the counter past its highest number?")
                % {"day": before.date, "value": f"{before.value.normalize():f}"},
                field=field,
                code="backwards",
            )
        if is_rollover and (before is None or value >= before.value):
            raise Refused(_("It is marked as rolled over, but is not below the reading before."), field="is_rollover")
    lower = own[0] if own is not None else before.value if before is not None else None
    stood = without.value if without is not None else before.value if before is not None else None
    # A neighbour that was wrong before is put right by a reading of its own, not held against this one.
    fitted = after is not None and (stood is None or (after.value < stood) == after.is_rollover)
    if after is not None and fitted and lower is not None and (after.value < lower) != after.is_rollover:
        raise Refused(
            _("The reading of %(day)s, %(value)s, would not fit any more.")
            % {"day": after.date, "value": f"{after.value.normalize():f}"},
            field=field,
        )
