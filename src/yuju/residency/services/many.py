"""Changing many residents at once, each time by one statement. Given twice, nothing changes the second time."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, QuerySet, Value

from yuju.kit.sets import insert_rows
from yuju.kit.tenancy import require_operator_id
from yuju.residency.choices import Category
from yuju.residency.models import Resident, ResidentTag, Tag


def residents_tag_add(*, residents: QuerySet[Resident], tag: Tag) -> int:
    """Puts a tag on residents. Returns how many did not have it."""
    without = residents.exclude(pk__in=ResidentTag.objects.filter(tag=tag).values("resident_id"))
    return insert_rows(
        ResidentTag,
        without,
        operator_id=Value(require_operator_id()),
        resident_id=F("pk"),
        tag_id=Value(tag.pk),
    )


def residents_tag_remove(*, residents: QuerySet[Resident], tag: Tag) -> int:
    """Takes a tag off residents. Returns how many had it."""
    removed, _by_model = ResidentTag.objects.filter(tag=tag, resident__in=residents.values("pk")).delete()
    return removed


def residents_set_category(*, residents: QuerySet[Resident], category: Category, at: datetime) -> int:
    """Gives residents a category. Returns how many had another."""
    return residents.exclude(category=category).update(category=category, updated_at=at)
