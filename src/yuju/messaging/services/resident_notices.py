"""Telling residents something in their portal, and noting that they read it.

Open pages are told of it by what happened: money on their account, bills of their property.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

from yuju.messaging.choices import ResidentNoticeKind
from yuju.messaging.models import ResidentNotice

Silence = Callable[[Collection[int]], set[int]]
_silences: list[Silence] = []


def silence_by(silence: Silence) -> Silence:
    """Has a function asked which of some residents are told nothing any more."""
    _silences.append(silence)
    return silence


def told_among(resident_ids: Sequence[int]) -> list[int]:
    """Those of some residents who are told things."""
    silent = set().union(*(silence(resident_ids) for silence in _silences))
    return [resident for resident in resident_ids if resident not in silent]


def resident_notice_add(
    *, resident_id: int, kind: ResidentNoticeKind, about_id: int, facts: dict[str, Any], at: datetime
) -> ResidentNotice | None:
    """Leaves a notice with a resident; None where they are told nothing any more."""
    if not told_among([resident_id]):
        return None
    return ResidentNotice.objects.create(resident_id=resident_id, kind=kind, about_id=about_id, facts=facts, at=at)


def resident_notices_add(
    *, resident_ids: Sequence[int], kind: ResidentNoticeKind, about_id: int, facts: dict[str, Any], at: datetime
) -> None:
    """Leaves the same notice with many residents, in one statement."""
    ResidentNotice.objects.bulk_create(
        ResidentNotice(resident_id=resident, kind=kind, about_id=about_id, facts=facts, at=at)
        for resident in told_among(resident_ids)
    )


def resident_notices_mark_read(*, resident_ids: Sequence[int], at: datetime) -> int:
    """Marks all notices of the residents who are one person as read; returns how many were not."""
    return ResidentNotice.objects.filter(resident_id__in=resident_ids, read_at=None).update(read_at=at)
