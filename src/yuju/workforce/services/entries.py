"""What phones send, perhaps twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from yuju.identity.models import User
from yuju.workforce.models import FieldEntry

BELIEVED = timedelta(days=7)
"""How far back the clock of a phone is believed."""
KEPT = timedelta(days=60)


def field_entry_once(*, key: UUID, what: str, entered_at: datetime | None, by: User, at: datetime) -> FieldEntry | None:
    """Notes that something came in, in the transaction that does it. None: it came before and nothing is left to do.

    When two come at once the second waits for the first; what is refused is taken back and may come again.

    Args:
        key: the phone's own for this entry.
        what: the address it was sent to.
        entered_at: when it was entered, as the phone says.
    """
    entered = entered_at if entered_at is not None and at - BELIEVED <= entered_at <= at else at
    FieldEntry.objects.bulk_create(
        [FieldEntry(key=key, user=by, what=what[:60], entered_at=entered, received_at=at)], ignore_conflicts=True
    )
    found = FieldEntry.objects.filter(key=key, user=by).first()
    return found if found is not None and found.received_at == at else None


def field_entries_forget(*, before: datetime) -> int:
    """Deletes what came in before a moment: no phone sends it again. Returns how many."""
    return FieldEntry.objects.filter(received_at__lt=before).delete()[0]
