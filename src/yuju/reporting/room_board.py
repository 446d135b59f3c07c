"""The room-status board (房态图): the state of every unit of a building on a day, in five statements."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from django.db.models import Q

from yuju.premises.models import Building, Unit
from yuju.reporting.free_units import standing_tenures
from yuju.residency.choices import TenureKind, TenureState
from yuju.residency.models import MoveOutNotice, Tenure, Turnover

EXPIRING_DAYS = 60
"""A lease that ends within so many days counts as expiring."""


class UnitState(StrEnum):
    """How a unit is. One whose lease is over without check-out is overdue, whoever comes next; one that is not ready yet
    after somebody left is so, whoever holds it next."""

    OCCUPIED = "live"
    EXPIRING = "exp"
    LEAVING = "out"
    OVERDUE = "over"
    COMING = "come"
    RESERVED = "held"
    TURNOVER = "cln"
    VACANT = "vac"


LIVED_IN = {UnitState.OCCUPIED, UnitState.EXPIRING, UnitState.LEAVING, UnitState.OVERDUE}


@dataclass(frozen=True)
class Stay:
    """A lease or ownership as the board tells of it; both ends inclusive, an empty end is open."""

    id: int
    kind: TenureKind
    number: str
    resident_id: int
    name: str
    start: date
    end: date | None
    state: TenureState

    @property
    def is_living(self) -> bool:
        """Whether somebody moved in by a lease and has not checked out."""
        return self.kind == TenureKind.LEASE and self.state == TenureState.LIVING

    @property
    def is_lived(self) -> bool:
        """Whether it is more than a reservation or a signature: an ownership always is."""
        return self.kind == TenureKind.OWNERSHIP or self.state == TenureState.LIVING


@dataclass(frozen=True)
class UnitStatus:
    """A unit on a day.

    Attributes:
        current: the lease of the day, or else the ownership; the lease that is over where nobody checked out.
        following: the first lease that starts later.
        last: the lease that ended last; only for units nobody lives in.
        days: days until the end of the current lease (0: it ends today), vacant so far, over the end, or until somebody
            moves in (below 0: since they should have) or out.
        out_on: the last day of whoever gave notice.
    """

    unit: Unit
    state: UnitState
    current: Stay | None
    following: Stay | None
    last: Stay | None
    days: int | None
    out_on: date | None = None


@dataclass(frozen=True)
class Floor:
    """The units of a floor in the order of their numbers; `number` None gathers those whose floor is not known."""

    number: int | None
    units: list[UnitStatus]


def building_status(building: Building, on: date) -> list[UnitStatus]:
    """The state of each unit of a building on a local day, in the order of the units' numbers."""
    return _statuses(list(Unit.objects.filter(building=building).order_by("sort_key", "pk")), on)


def unit_status(unit: Unit, on: date) -> UnitStatus:
    """The state of one unit on a local day."""
    return _statuses([unit], on)[0]


def floors(statuses: Iterable[UnitStatus]) -> list[Floor]:
    """The units by floor, the highest first; units without a floor come last."""
    found: dict[int | None, list[UnitStatus]] = {}
    for status in statuses:
        found.setdefault(status.unit.floor, []).append(status)
    numbers = sorted((number for number in found if number is not None), reverse=True)
    return [Floor(number, found[number]) for number in [*numbers, *([None] if None in found else [])]]


def _statuses(units: list[Unit], on: date) -> list[UnitStatus]:
    if not units:
        return []
    here = Q(unit_id=units[0].pk) if len(units) == 1 else Q(unit__building_id=units[0].building_id)
    current: dict[int, Stay] = {}
    following: dict[int, Stay] = {}
    left: dict[int, Stay] = {}
    standing = standing_tenures().filter(here, Q(end=None) | Q(end__gte=on)).select_related("resident")
    # Leases come before ownerships: who rents lives there, not the owner.
    for tenure in standing.order_by("start", "pk"):
        stay = _stay(tenure)
        if tenure.start > on:
            if tenure.kind == TenureKind.LEASE:
                following.setdefault(tenure.unit_id, stay)
        elif tenure.state == TenureState.ENDED:
            left[tenure.unit_id] = stay
        elif tenure.kind == TenureKind.LEASE or tenure.unit_id not in current:
            current[tenure.unit_id] = stay
    ended = standing_tenures().filter(here, kind=TenureKind.LEASE, end__lt=on).select_related("resident")
    last = {tenure.unit_id: _stay(tenure) for tenure in ended.order_by("unit_id", "-end").distinct("unit_id")} | left
    given_up = MoveOutNotice.objects.filter(
        withdrawn_at=None, tenure__in=Tenure.objects.filter(here, state=TenureState.LIVING)
    )
    notices = dict(given_up.values_list("tenure_id", "last_day"))
    unready = set(Turnover.objects.filter(here, ready_at=None).values_list("unit_id", flat=True))
    found = [_status(unit, on, current.get(unit.pk), following.get(unit.pk), last.get(unit.pk)) for unit in units]
    return [_around_a_stay(one, on, notices, one.unit.pk in unready) for one in found]


def _around_a_stay(status: UnitStatus, on: date, notices: dict[int, date], unready: bool) -> UnitStatus:
    """What neither days nor leases tell: that somebody gave notice, or that the unit is not ready after the last one left."""
    here = status.current
    out_on = notices.get(here.id) if here is not None else None
    if out_on is not None and status.state in (UnitState.OCCUPIED, UnitState.EXPIRING):
        return replace(status, state=UnitState.LEAVING, out_on=out_on, days=(out_on - on).days)
    if unready and status.state not in LIVED_IN:
        return replace(status, state=UnitState.TURNOVER)
    return status


def _status(unit: Unit, on: date, current: Stay | None, following: Stay | None, last: Stay | None) -> UnitStatus:
    if last is not None and last.end is not None and last.is_living and not (current is not None and current.is_lived):
        return UnitStatus(unit, UnitState.OVERDUE, last, current or following, None, (on - last.end).days)
    coming = current or following
    if coming is not None and not coming.is_lived:
        state = UnitState.RESERVED if coming.state == TenureState.RESERVED else UnitState.COMING
        return UnitStatus(unit, state, current, following, last, (coming.start - on).days)
    if current is None:
        vacant = max((on - last.end).days, 0) if last is not None and last.end is not None else None
        return UnitStatus(unit, UnitState.VACANT, None, following, last, vacant)
    left = (current.end - on).days if current.end is not None else None
    ends_soon = current.kind == TenureKind.LEASE and left is not None and left <= EXPIRING_DAYS
    renewed = following is not None and current.end is not None and following.start <= current.end + timedelta(days=1)
    state = (
        UnitState.EXPIRING if ends_soon and not (renewed and _same_person(current, following)) else UnitState.OCCUPIED
    )
    return UnitStatus(unit, state, current, following, None, left)


def _same_person(current: Stay, following: Stay | None) -> bool:
    return following is not None and current.resident_id == following.resident_id


def _stay(tenure: Tenure) -> Stay:
    return Stay(
        id=tenure.pk,
        kind=TenureKind(tenure.kind),
        number=tenure.number,
        resident_id=tenure.resident_id,
        name=tenure.resident.name,
        start=tenure.start,
        end=tenure.end,
        state=TenureState(tenure.state),
    )
