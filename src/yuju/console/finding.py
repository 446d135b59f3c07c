"""Finding what belongs to a lease by what people know of it: its room, its resident, its number."""

from __future__ import annotations

from django.db.models import Q

from yuju.kit.search import matching
from yuju.residency.models import Tenure

FOUND_AT_MOST = 5000


def tenures_found(text: str) -> list[int]:
    """The ids of leases and ownerships whose resident, unit or number matches every word."""
    found = Tenure.objects.filter(
        Q(resident_id__in=matching(text, "resident"))
        | Q(unit_id__in=matching(text, "unit"))
        | Q(pk__in=matching(text, "lease"))
    )
    return list(found.values_list("pk", flat=True)[:FOUND_AT_MOST])
