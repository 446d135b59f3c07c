"""Background work of billing."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from yuju.billing.choices import RunSource
from yuju.billing.services.runs import bill_run_draft
from yuju.identity.models import User
from yuju.kit.jobs import job
from yuju.kit.progress import Progress
from yuju.premises.models import Property


@job
def draft_run(*, property_id: int, as_of: str, by_id: int | None = None, progress: Progress | None = None) -> None:
    """Drafts a large property's run; `as_of` is an ISO date. Begun again, it makes the draft anew."""
    run = bill_run_draft(
        property=Property.objects.get(pk=property_id),
        as_of=date.fromisoformat(as_of),
        source=RunSource.CONSOLE,
        by=User.objects.filter(pk=by_id).first() if by_id is not None else None,
        at=timezone.now(),
    )
    if progress is not None:
        progress.result({"run": run.pk})
