"""What is asked about a lease that ends, and when nobody needs to ask any more."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from yuju.identity.models import User
from yuju.residency.models import Tenure
from yuju.workforce.choices import TaskState
from yuju.workforce.models import Task
from yuju.workforce.services import task_cancel, task_reopen

ENDS = "lease-ends"
"""The source of the tasks that ask what comes after a lease."""

ASKED_AGAIN_WITHIN = timedelta(days=3)


def lease_ends_drop(*, tenure: Tenure, reason: str, by: User | None, at: datetime) -> None:
    """Nobody has to ask what comes after a lease any more, for the reason given."""
    for task in Task.objects.undone().filter(source=ENDS, tenure=tenure):
        task_cancel(task=task, reason=reason, by=by, at=at)


def lease_ends_ask_again(*, tenure: Tenure, by: User | None, at: datetime) -> None:
    """Notice was taken back: what was last asked about the lease's present end is a question again."""
    asked = (
        Task.objects.filter(source=ENDS, source_key__startswith=f"{tenure.pk}:{tenure.end}:").order_by("-pk").first()
    )
    if asked is not None and asked.state == TaskState.CANCELLED:
        task_reopen(task=asked, reason=_("Notice was taken back"), due_at=at + ASKED_AGAIN_WITHIN, by=by, at=at)
