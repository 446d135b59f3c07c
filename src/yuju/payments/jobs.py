"""Background work of payments."""

from __future__ import annotations

from yuju.kit.jobs import job, periodic
from yuju.payments.services.standing import due_totals_add_up


@periodic("7,27,47 * * * *")
@job
def due_totals() -> None:
    """Adds up what came in by due date, so that figures read a row a day."""
    due_totals_add_up()
