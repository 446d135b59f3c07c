"""Who died, and which stays wait for somebody's review because of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from django.db.models import Exists, OuterRef, Q

from yuju.kit.crypto import keyed_hash
from yuju.residency.models import Death, Freeze, Heir, Resident


def death_of(resident_id: int) -> Death | None:
    """The death of a resident, as it stands."""
    found: Death | None = Death.objects.filter(resident_id=resident_id, withdrawn_at=None).first()
    return found


def deceased_among(resident_ids: Collection[int]) -> set[int]:
    """Those of some residents who died."""
    rows = Death.objects.filter(resident_id__in=resident_ids, withdrawn_at=None)
    return set(rows.values_list("resident_id", flat=True))


def has_died(resident: str = "pk") -> Exists:
    """The condition that the resident of a row died. `resident` is how the row names it."""
    return Exists(Death.objects.filter(resident=OuterRef(resident), withdrawn_at=None))


def frozen_now(tenure: str = "pk") -> Exists:
    """The condition that the stay of a row waits for a review. `tenure` is how the row names it."""
    return Exists(Freeze.objects.filter(tenure=OuterRef(tenure), released_at=None))


def is_frozen(tenure_id: int, on: date) -> bool:
    """Whether the account of a stay is frozen on a local day: no dunning, no late fee and no daily charge for that day."""
    rows = Freeze.objects.filter(
        Q(until=None) | Q(until__gte=on), tenure_id=tenure_id, since__lte=on, death__withdrawn_at=None
    )
    return bool(rows.exists())


def frozen_spans(tenure_id: int) -> list[tuple[date, date]]:
    """The local days on which a stay is frozen, the earliest first, both ends inclusive; one in force has no end yet."""
    rows = Freeze.objects.filter(tenure_id=tenure_id, death__withdrawn_at=None).order_by("since", "pk")
    return [(since, until or date.max) for since, until in rows.values_list("since", "until")]


def heirs_of(resident_id: int) -> list[Heir]:
    """Who inherits from a resident, as documented."""
    rows = Heir.objects.filter(resident_id=resident_id, withdrawn_at=None, death__withdrawn_at=None)
    return list(rows.order_by("pk"))


def heirs_on_file(property_id: int, heirs: Iterable[Heir]) -> dict[int, Resident]:
    """Those of some heirs who are residents of a property themselves, by the heir's id: told by their document."""
    hashes = {keyed_hash(one.id_number, "id_number"): one.pk for one in heirs}
    rows = Resident.objects.filter(~has_died(), property_id=property_id, id_number_hash__in=hashes)
    return {hashes[one.id_number_hash]: one for one in rows.order_by("-pk")}
