"""How far a stay has come: reserved, signed, living there, checked out; or it never came to be."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.kit.errors import Refused
from yuju.residency.choices import TenureState
from yuju.residency.models import Tenure

FOLLOWING = {
    TenureState.RESERVED: {TenureState.SIGNED, TenureState.LIVING, TenureState.CANCELLED},
    TenureState.SIGNED: {TenureState.LIVING, TenureState.CANCELLED},
    TenureState.LIVING: {TenureState.ENDED},
    TenureState.ENDED: set(),
    TenureState.CANCELLED: set(),
}
"""What may follow a state. Nobody comes back from check-out: who returns has a new lease."""


def state_by_days(start: date, end: date | None, day: date) -> TenureState:
    """The state of a stay that was written down without its story, as in a move from another system."""
    if end is not None and end < day:
        return TenureState.ENDED
    return TenureState.LIVING if start <= day else TenureState.SIGNED


@transaction.atomic
@edits
def tenure_move(*, tenure: Tenure, to: TenureState, by: User | None, at: datetime) -> Tenure:
    """Takes a stay to its next state. It is there already: nothing happens.

    Cancelled, it gives its days back to the unit: it ends on the day before it starts.

    Raises:
        Refused: that state cannot follow (code `state`).
    """
    held: Tenure = Tenure.objects.select_for_update(no_key=True).get(pk=tenure.pk)
    if held.state != to:
        if to not in FOLLOWING[TenureState(held.state)]:
            raise Refused(
                _("%(number)s is “%(state)s”: it cannot become “%(to)s” any more.")
                % {"number": held.number, "state": held.get_state_display(), "to": to.label},
                code="state",
            )
        held.state = to
        if to == TenureState.CANCELLED:
            held.end = held.start - timedelta(days=1)
        held.updated_at = at
        held.save(update_fields=["state", "end", "updated_at"])
    tenure.state, tenure.end = held.state, held.end
    return held
