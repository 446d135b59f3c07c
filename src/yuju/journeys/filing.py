"""What authorities have to be told of a stay (备案, 居住登记, 住宿登记): asked for by what happens, once each, one task a lease.

Which of it a place asks for, and within what time, is data (`yuju.residency.filing`). What an import brings is not asked for:
`leases_list_before` lists it where the operator wants that, as from before Yuju and never late (ADR 0034).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from yuju.identity.models import User
from yuju.journeys.filing_tasks import filing_tasks_follow
from yuju.kit.dates import local_date
from yuju.premises.models import Property
from yuju.residency import services
from yuju.residency.choices import ARRIVALS, LEASE_FILINGS, FilingKind, FilingState, TenureKind, TenureState
from yuju.residency.filing import rules_of
from yuju.residency.models import Filing, Occupant, Resident, Tenure
from yuju.residency.nationality import arrival_kind


@dataclass(frozen=True)
class Wanted:
    """Something to be filed of a stay.

    Attributes:
        counted_from: the moment from which its time runs, UTC.
        key: the cause, once for which it is asked; whom it is about where that is a person.
    """

    kind: FilingKind
    counted_from: datetime
    key: str = ""
    person: Resident | Occupant | None = None


def lease_file(*, tenure: Tenure, by: User | None, at: datetime) -> None:
    """A lease was concluded: it has to be filed."""
    _ask(tenure, [Wanted(FilingKind.LEASE, at)], by, at)


def lease_change_file(
    *, tenure: Tenure, cause: str, before: Tenure | None = None, by: User | None, at: datetime
) -> None:
    """Something that was filed of a lease has changed, or it is renewed. What was never filed is filed as it is now.

    Args:
        cause: what changed, such as a rent and its day: asked for once.
        before: the lease that this one renews.
    """
    if _is_unfiled(before or tenure):
        if before is not None:
            lease_file(tenure=tenure, by=by, at=at)
        return
    _ask(tenure, [Wanted(FilingKind.LEASE_CHANGE, at, cause[:40])], by, at)


def arrivals_file(*, tenure: Tenure, on: date, by: User | None, at: datetime) -> None:
    """Whoever a lease names moves in: each has to be registered."""
    there = Occupant.objects.filter(Q(until=None) | Q(until__gte=on), tenure=tenure)
    people: list[Resident | Occupant] = [*_tenant(tenure), *there]
    _ask(tenure, [_arrival(one, _moment(tenure.property, on, at)) for one in people], by, at)


def arrival_file(*, occupant: Occupant, by: User | None, at: datetime) -> None:
    """Somebody moves in with those who live there already. Before those do, it waits for their day."""
    tenure = occupant.tenure
    if tenure.kind == TenureKind.LEASE and tenure.state == TenureState.LIVING:
        on = occupant.since or local_date(at, tenure.property.time_zone)
        _ask(tenure, [_arrival(occupant, _moment(tenure.property, on, at))], by, at)


def departure_file(*, occupant: Occupant, on: date, by: User | None, at: datetime) -> None:
    """Somebody lives there no more after a local day."""
    tenure = occupant.tenure
    if tenure.kind == TenureKind.LEASE:
        _ask(tenure, [_departure(occupant, _moment(tenure.property, on, at))], by, at)


def lease_end_file(*, tenure: Tenure, people_leave: bool = True, by: User | None, at: datetime) -> None:
    """A lease has ended: where it was filed, that is filed, too, and whoever lived there is registered there no more.

    Args:
        people_leave: whether they go elsewhere: not where they move to another room of the property.
    """
    if tenure.kind != TenureKind.LEASE or tenure.end is None:
        return
    ended = _moment(tenure.property, tenure.end, at)
    wanted = []
    if not _is_unfiled(tenure):
        wanted.append(Wanted(FilingKind.LEASE_END, ended))
    if people_leave:
        there = Occupant.objects.filter(Q(until=None) | Q(until__gte=tenure.end), tenure=tenure)
        people: list[Resident | Occupant] = [*_tenant(tenure), *there]
        wanted += [_departure(one, ended) for one in people]
    _ask(tenure, wanted, by, at)


@transaction.atomic
def person_file_anew(*, person: Resident | Occupant, by: User | None, at: datetime) -> None:
    """What is known of somebody changed: where their nationality asks for another registration than the one that waits,
    that one takes its place, with the time that runs already."""
    kind = arrival_kind(person.id_type, person.nationality)
    waiting = Filing.objects.filter(key=_key(person), kind__in=ARRIVALS, state=FilingState.DUE)
    wrong = waiting.exclude(kind=kind)
    for one in wrong.select_related("tenure__property", "tenure__resident", "tenure__unit"):
        tenure, counted_from = one.tenure, one.counted_from
        # It was never filed and nobody has to answer for it: a mistake in the person's data.
        one.delete()
        _ask(tenure, [Wanted(kind, counted_from, _key(person), person)], by, at)


@transaction.atomic
def leases_list_before(*, property: Property, by: User | None, at: datetime) -> int:
    """Lists, as from before Yuju, the leases that somebody lives by and of which nothing was asked for. Returns how many.

    Listed again, they are not listed twice.
    """
    zone = ZoneInfo(property.time_zone)
    known = Filing.objects.filter(tenure=OuterRef("pk"), kind__in=LEASE_FILINGS)
    leases = Tenure.objects.filter(
        ~Exists(known), property=property, kind=TenureKind.LEASE, state=TenureState.LIVING
    ).select_related("resident")
    held = list(leases.defer("resident__phone", "resident__id_number", "resident__emergency_phone"))
    others: dict[int, list[Occupant]] = {}
    there = Occupant.objects.filter(until=None, tenure__in=[one.pk for one in held])
    for one in there.defer("phone", "id_number"):
        others.setdefault(one.tenure_id, []).append(one)
    rules = rules_of(property)
    rows: list[Filing] = []
    for tenure in held:
        began = datetime.combine(tenure.start, time(), zone)
        people: list[Resident | Occupant] = [*_tenant(tenure), *others.get(tenure.pk, [])]
        wanted = (Wanted(FilingKind.LEASE, began), *(_arrival(person, began) for person in people))
        rows += [_row(tenure, one, None, FilingState.BEFORE, at) for one in wanted if rules[one.kind].is_asked]
    services.filings_add(rows)
    return len(held)


@transaction.atomic
def filings_file(
    *, filings: QuerySet[Filing], filed_on: date, number: str = "", proof: str = "", by: User | None, at: datetime
) -> int:
    """Notes that filings were filed, and finishes the tasks of which nothing is left. Returns how many changed.

    Raises:
        Refused: as `filings_mark`.
    """
    changed = services.filings_mark(filings=filings, filed_on=filed_on, number=number, proof=proof, by=by, at=at)
    filing_tasks_follow(tenures={one.tenure_id for one in changed}, by=by, at=at)
    return len(changed)


@transaction.atomic
def filings_drop(*, filings: QuerySet[Filing], reason: str, by: User | None, at: datetime) -> int:
    """Notes that filings are not needed, and finishes the tasks of which nothing is left. Returns how many changed.

    Raises:
        Refused: no reason.
    """
    changed = services.filings_set_aside(filings=filings, reason=reason, by=by, at=at)
    filing_tasks_follow(tenures={one.tenure_id for one in changed}, by=by, at=at)
    return len(changed)


@transaction.atomic
def filings_take_back(*, filings: QuerySet[Filing], state: FilingState, by: User | None, at: datetime) -> None:
    """Takes back that filings were dealt with; what is to be filed again has its task again."""
    tenures = set(filings.values_list("tenure_id", flat=True))
    services.filings_reopen(filings=filings, state=state, by=by, at=at)
    filing_tasks_follow(tenures=tenures, by=by, at=at)


def _ask(tenure: Tenure, wanted: Iterable[Wanted], by: User | None, at: datetime) -> None:
    """Writes down what the place asks for of it, and who should do it."""
    rules, zone = rules_of(tenure.property), ZoneInfo(tenure.property.time_zone)
    rows = [
        _row(tenure, one, rules[one.kind].due(one.counted_from, zone), FilingState.DUE, at)
        for one in wanted
        if rules[one.kind].is_asked
    ]
    if rows:
        services.filings_add(rows)
        filing_tasks_follow(tenures={tenure.pk}, by=by, at=at)


def _row(tenure: Tenure, wanted: Wanted, due: datetime | None, state: FilingState, at: datetime) -> Filing:
    person = wanted.person
    return Filing(
        property_id=tenure.property_id,
        tenure=tenure,
        kind=wanted.kind,
        key=wanted.key,
        resident=person if isinstance(person, Resident) else None,
        occupant=person if isinstance(person, Occupant) else None,
        counted_from=wanted.counted_from,
        due_at=due,
        state=state,
        created_at=at,
    )


def _tenant(tenure: Tenure) -> list[Resident]:
    """The tenant, who lives there; a company does not."""
    return [] if tenure.resident.is_company else [tenure.resident]


def _arrival(person: Resident | Occupant, moment: datetime) -> Wanted:
    return Wanted(arrival_kind(person.id_type, person.nationality), moment, _key(person), person)


def _departure(person: Resident | Occupant, moment: datetime) -> Wanted:
    return Wanted(FilingKind.LEAVING, moment, _key(person), person)


def _key(person: Resident | Occupant) -> str:
    return f"{'r' if isinstance(person, Resident) else 'o'}{person.pk}"


def _is_unfiled(tenure: Tenure) -> bool:
    """Whether a lease is known not to be filed: then there is nothing to change or take off."""
    waiting = (FilingState.DUE, FilingState.NOT_NEEDED)
    return Filing.objects.filter(tenure=tenure, kind=FilingKind.LEASE, state__in=waiting).exists()


def _moment(property: Property, day: date, at: datetime) -> datetime:
    """The moment of something on a local day: now where that is today, or the day's beginning."""
    zone = ZoneInfo(property.time_zone)
    return at if local_date(at, zone) == day else datetime.combine(day, time(), zone)
