"""What phones send, perhaps twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from yuju.identity.models import User
from yuju.workforce.models import FieldEntry

BELIEVED = timedelta(days=7)
"""How far back the clock of a phone is believed."""
KEPT = timedelta(days=60)


def field_entry_once(
    *, key: UUID, what: str, entered_at: datetime | None, work: Callable[[datetime], None], by: User, at: datetime
) -> bool:
    """Does what a phone sent, unless an earlier sending did it; says whether it did. Of two at once one does.

    What the work refuses leaves nothing, the key neither: it may be sent again.

    Args:
        key: the phone's own for this entry.
        what: the address it was sent to.
        entered_at: when it was entered, as the phone says.
        work: is told the moment it was entered, as far as that is believed.
    """
    if FieldEntry.objects.filter(key=key, user=by).exists():
        return False
    entered = entered_at if entered_at is not None and at - BELIEVED <= entered_at <= at else at
    try:
        with transaction.atomic():
            work(entered)
            FieldEntry.objects.create(key=key, user=by, what=what[:60], entered_at=entered, received_at=at)
    except IntegrityError as error:
        diagnosis: Any = getattr(error.__cause__, "diag", None)
        if getattr(diagnosis, "constraint_name", None) != "field_entry_once":
            raise
        return False
    return True


def field_entries_forget(*, before: datetime) -> int:
    """Deletes what came in before a moment: no phone sends it again. Returns how many."""
    return FieldEntry.objects.filter(received_at__lt=before).delete()[0]
