"""Who needs help in an emergency, by room: what rescuers have to know, and nothing else of anybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from yuju.residency.choices import TagTone
from yuju.residency.deaths import has_died
from yuju.residency.models import ResidentTag, Tenure
from yuju.residency.selectors import lived_on

PERMISSION = "residents.needs"


@dataclass(frozen=True)
class Need:
    """A room in which somebody needs help.

    Attributes:
        needs: the names of the care tags of whoever lives there.
    """

    property: str
    building: str
    floor: int | None
    unit: str
    needs: tuple[str, ...]


def needs_on(day: date, property_ids: Sequence[int] | None) -> list[Need]:
    """The rooms where somebody with a care tag lives on a local day, by building, from the top floor down. Two statements.

    Whoever stays on after their last day lives there until check-out, and whoever died needs nothing any more.

    Args:
        property_ids: those of the reader; None for all.
    """
    tags = ResidentTag.objects.filter(tag__tone=TagTone.CARE)
    stays = Tenure.objects.filter(
        lived_on(day), ~has_died("resident"), resident_id__in=tags.values("resident_id")
    ).values_list(
        "resident_id",
        "property__name",
        "unit__building__code",
        "unit__building__sort_key",
        "unit__floor",
        "unit__label",
        "unit__sort_key",
    )
    if property_ids is not None:
        stays = stays.filter(property_id__in=property_ids)
    held = list(stays)
    names: dict[int, list[str]] = {}
    of_those = tags.filter(resident_id__in=[row[0] for row in held]).order_by("tag__name")
    for resident, name in of_those.values_list("resident_id", "tag__name"):
        names.setdefault(resident, []).append(name)
    held.sort(key=lambda row: (row[1], row[3], -(row[4] or 0), row[6]))
    return [Need(row[1], row[2], row[4], row[5], tuple(names[row[0]])) for row in held]
