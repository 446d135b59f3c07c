"""When residents are asked what comes after their lease, and what they answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.kit.errors import Refused
from yuju.premises.models import Property
from yuju.residency.choices import EndAnswerKind, TenureKind, TenureState
from yuju.residency.models import EndAnswer, EndReminder, Tenure

LONGEST, MOST = 365, 6


@transaction.atomic
@edits
def end_reminders_set(*, property: Property, days: Iterable[int], by: User | None, at: datetime) -> EndReminder:
    """Says how many days before a lease ends a property asks what comes then; none: it does not ask.

    Raises:
        Refused: a number is below 1 or above a year, or there are too many.
    """
    wanted = sorted(set(days), reverse=True)
    if any(not 1 <= one <= LONGEST for one in wanted):
        raise Refused(_("Give days from 1 to %(most)d.") % {"most": LONGEST}, field="days")
    if len(wanted) > MOST:
        raise Refused(_("At most %(most)d times.") % {"most": MOST}, field="days")
    made, _new = EndReminder.objects.update_or_create(property=property, defaults={"days": wanted})
    return made


@transaction.atomic
def end_answer_give(*, tenure: Tenure, answer: EndAnswerKind, by: User | None, at: datetime) -> tuple[EndAnswer, bool]:
    """Notes what a resident wants when the lease ends. The same answer again is the one that is there.

    Args:
        by: who writes it down at the desk; nobody where the resident says so in the portal.

    Returns:
        the answer, and whether it is new.

    Raises:
        Refused: it is no lease, or nobody lives there by it (code `state`).
    """
    held = Tenure.objects.select_for_update(no_key=True).get(pk=tenure.pk)
    if held.kind != TenureKind.LEASE or held.end is None or held.state != TenureState.LIVING:
        raise Refused(_("Only a lease that somebody lives by can be renewed or left."), code="state")
    latest: EndAnswer | None = EndAnswer.objects.filter(tenure=held, end=held.end).order_by("-at", "-pk").first()
    if latest is not None and latest.answer == answer:
        return latest, False
    return EndAnswer.objects.create(tenure=held, end=held.end, answer=answer, at=at, by=by), True
