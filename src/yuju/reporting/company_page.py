"""What the page of a company tells besides that of a person: its units with who lives in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from yuju.residency.choices import TenureState
from yuju.residency.models import Occupant, Tenure


@dataclass(frozen=True)
class CompanyUnit:
    """A unit that a company holds, and who lives in it on a day."""

    tenure: Tenure
    people: list[Occupant]


def company_units(held: Sequence[Tenure], day: date) -> list[CompanyUnit]:
    """The units a company holds on a local day or later, in the order of their numbers; one statement.

    Args:
        held: its leases, with their units.
    """
    kept = [one for one in held if one.state != TenureState.CANCELLED and (one.end is None or one.end >= day)]
    people = company_occupants(kept)
    living: dict[int, list[Occupant]] = {one.pk: [] for one in kept}
    for one in people:
        if (one.since is None or one.since <= day) and (one.until is None or one.until >= day):
            living[one.tenure_id].append(one)
    return [
        CompanyUnit(one, living[one.pk]) for one in sorted(kept, key=lambda one: (one.unit.sort_key, one.start, one.pk))
    ]


def company_occupants(held: Sequence[Tenure]) -> list[Occupant]:
    """Everybody who lives or lived in a company's units, whoever moved in last first."""
    rows = Occupant.objects.filter(tenure__in=held).select_related("tenure__unit")
    found = list(rows.order_by("pk"))
    return sorted(found, key=lambda one: (one.until is None, one.since or date.min, one.pk), reverse=True)
