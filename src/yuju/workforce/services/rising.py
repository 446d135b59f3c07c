"""Tasks that are late rise to those who plan them."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from yuju.workforce.models import Task


@transaction.atomic
def tasks_rise(*, at: datetime) -> list[Task]:
    """Marks the tasks that have become late, each once, and returns them by property and end. Whoever calls it tells of them."""
    late = Task.objects.late(at).filter(risen_at=None)
    found = list(late.select_for_update(skip_locked=True, no_key=True).order_by("property_id", "due_at", "pk"))
    Task.objects.filter(pk__in=[one.pk for one in found]).update(risen_at=at)
    return found
