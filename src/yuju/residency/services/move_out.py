"""Leaving: notice, and the unit between two stays. The whole story is told by `yuju.journeys.move_out`."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.kit.errors import Refused
from yuju.residency.models import MoveOutNotice, Tenure, Turnover


@transaction.atomic
@edits
def move_out_notice_give(
    *, tenure: Tenure, last_day: date, reason: str, on: date, by: User | None, at: datetime
) -> MoveOutNotice:
    """Writes down that a stay ends; said again, it changes what was said.

    Args:
        last_day: the last local day they want to stay.
        on: the property's day on which it was said.

    Raises:
        Refused: the last day is before the first.
    """
    if last_day < tenure.start:
        raise Refused(
            _("The last day cannot be before the first, %(start)s.") % {"start": tenure.start}, field="last_day"
        )
    held = _hold(tenure)
    notice = MoveOutNotice.objects.filter(tenure=held, withdrawn_at=None).first()
    if notice is None:
        notice = MoveOutNotice(tenure=held, given_on=on)
    elif (notice.last_day, notice.reason) == (last_day, reason.strip()):
        return notice
    notice.last_day, notice.reason = last_day, reason.strip()[:200]
    notice.save()
    return notice


@transaction.atomic
@edits
def move_out_notice_withdraw(*, notice: MoveOutNotice, by: User | None, at: datetime) -> MoveOutNotice:
    """Takes a notice back: the stay goes on as agreed. Nothing happens when it was taken back already."""
    _hold(notice.tenure)
    notice.refresh_from_db()
    if notice.withdrawn_at is None:
        notice.withdrawn_at = at
        notice.save(update_fields=["withdrawn_at"])
    return notice


@transaction.atomic
@edits
def turnover_begin(*, tenure: Tenure, by: User | None, at: datetime) -> Turnover:
    """Writes down that the keys of a stay's unit are back. They are back already: it stays as it was."""
    _hold(tenure)
    made: Turnover
    made, _new = Turnover.objects.get_or_create(
        tenure=tenure, defaults={"property_id": tenure.property_id, "unit_id": tenure.unit_id, "vacated_at": at}
    )
    return made


@transaction.atomic
@edits
def turnover_end(*, turnover: Turnover, by: User | None, at: datetime) -> Turnover:
    """Writes down that a unit can be let again. It is ready already: it stays as it was."""
    held: Turnover = Turnover.objects.select_for_update(no_key=True).get(pk=turnover.pk)
    if held.ready_at is None:
        held.ready_at = max(at, held.vacated_at)
        held.save(update_fields=["ready_at"])
    turnover.ready_at = held.ready_at
    return held


def _hold(tenure: Tenure) -> Tenure:
    held: Tenure = Tenure.objects.select_for_update(no_key=True).get(pk=tenure.pk)
    return held
