"""Who lives there too: somebody moves in or out, and bills by headcount count them from that day on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from yuju.billing.services.recurring import account_ensure
from yuju.billing.services.runs import property_lock
from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.journeys.filing import arrival_file, departure_file, person_file_anew
from yuju.journeys.lease_changes import ONE_DAY, Changed, occupants_change
from yuju.kit.errors import Refused
from yuju.residency import services
from yuju.residency.models import Occupant, Tenure


@transaction.atomic
@edits
def occupant_join(
    *,
    tenure: Tenure,
    name: str,
    relation: str,
    phone: str,
    since: date,
    id_type: str = "",
    id_number: str = "",
    nationality: str = "",
    occupants: int | None,
    by: User | None,
    at: datetime,
) -> Changed:
    """Somebody lives there too from a local day on. The same person from the same day again changes nothing.

    Args:
        occupants: how many people bills count from then on; None leaves the number as it is.

    Raises:
        Refused: there is no name, the phone or the document cannot be one, or as `occupants_change`.
    """
    property_lock(tenure.property_id)
    if not Occupant.objects.filter(tenure=tenure, name=name.strip(), since=since).exists():
        made = services.occupant_add(
            tenure=tenure,
            name=name,
            relation=relation,
            phone=phone,
            id_type=id_type,
            id_number=id_number,
            nationality=nationality,
            since=since,
            by=by,
            at=at,
        )
        arrival_file(occupant=made, by=by, at=at)
    reason = _("%(name)s moves in") % {"name": name.strip()}
    return _counted(tenure, occupants, since, reason, by=by, at=at)


@transaction.atomic
@edits
def occupant_leave(*, occupant: Occupant, on: date, occupants: int | None, by: User | None, at: datetime) -> Changed:
    """Somebody lives there no more after a local day.

    Args:
        occupants: how many people bills count from the day after on; None leaves the number as it is.

    Raises:
        Refused: the day is before they moved in, or as `occupants_change`.
    """
    tenure = occupant.tenure
    property_lock(tenure.property_id)
    services.occupant_remove(occupant=occupant, on=on, by=by, at=at)
    departure_file(occupant=occupant, on=on, by=by, at=at)
    reason = _("%(name)s moves out") % {"name": occupant.name}
    # Whoever stays to the last day counts to the last day.
    beyond = tenure.end is not None and on >= tenure.end
    return _counted(tenure, None if beyond else occupants, on + ONE_DAY, reason, by=by, at=at)


@transaction.atomic
@edits
def occupant_correct(
    *,
    occupant: Occupant,
    name: str,
    relation: str,
    phone: str,
    id_type: str,
    id_number: str,
    nationality: str,
    by: User | None,
    at: datetime,
) -> Occupant:
    """Corrects what is known of somebody who lives there too; a registration that waits follows their nationality.

    Raises:
        Refused: as `occupant_join`.
    """
    services.occupant_change(
        occupant=occupant,
        name=name,
        relation=relation,
        phone=phone,
        id_type=id_type,
        id_number=id_number,
        nationality=nationality,
        by=by,
        at=at,
    )
    person_file_anew(person=occupant, by=by, at=at)
    return occupant


def _counted(
    tenure: Tenure, occupants: int | None, valid_from: date, reason: str, *, by: User | None, at: datetime
) -> Changed:
    if occupants is None:
        return Changed(account_ensure(tenure), [])
    return occupants_change(tenure=tenure, occupants=occupants, valid_from=valid_from, reason=reason, by=by, at=at)


@dataclass(frozen=True)
class Joiner:
    """Somebody who moves into a unit of a company."""

    tenure: Tenure
    name: str
    phone: str = ""
    relation: str = ""


@transaction.atomic
@edits
def occupants_join(
    *, joiners: Sequence[Joiner], since: date, counted: bool, by: User | None, at: datetime
) -> list[Changed]:
    """Several people move into units of a company from a local day on, without any new lease; all of them or none.

    Args:
        counted: bills by headcount count from then on who lives in each of the units, one at least.

    Raises:
        Refused: the day is outside one of the leases, or as `occupant_join`.
    """
    by_lease: dict[int, list[Joiner]] = {}
    for one in joiners:
        by_lease.setdefault(one.tenure.pk, []).append(one)
    found = []
    for some in by_lease.values():
        tenure = some[0].tenure
        if since < tenure.start or (tenure.end is not None and since > tenure.end):
            raise Refused(
                _("%(day)s is outside the lease of %(unit)s.") % {"day": since, "unit": tenure.unit.label},
                field="since",
            )
        for one in some:
            occupant_join(
                tenure=tenure,
                name=one.name,
                relation=one.relation,
                phone=one.phone,
                since=since,
                occupants=None,
                by=by,
                at=at,
            )
        here = Occupant.objects.filter(Q(until=None) | Q(until__gte=since), tenure=tenure)
        reason = _("%(names)s move in") % {"names": _(", ").join(one.name for one in some)}
        found.append(_counted(tenure, max(1, here.count()) if counted else None, since, reason, by=by, at=at))
    return found
