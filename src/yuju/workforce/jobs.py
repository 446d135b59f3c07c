"""Upkeep of what the workforce's phones sent."""

from __future__ import annotations

from django.utils import timezone

from yuju.kit.jobs import job, periodic
from yuju.workforce.services.entries import KEPT, field_entries_forget


@periodic("22 * * * *")
@job
def forget_entries() -> None:
    """Deletes the keys of what phones sent long ago."""
    field_entries_forget(before=timezone.now() - KEPT)
