"""Who is in a segment, for whom a plan holds, and what was done for a resident."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Q, QuerySet

from yuju.care.conditions import Condition, conditions_read
from yuju.care.facts import Asked, lives_here
from yuju.care.models import CarePlan, Segment
from yuju.identity.models import User
from yuju.premises.models import Property
from yuju.residency.choices import ResidentKind
from yuju.residency.deaths import has_died
from yuju.residency.models import Resident

VIEW = "care.view"


def cared_for() -> Q:
    """The condition of residents whom care is for: people who live. Companies belong to no segment, nor does who died."""
    return Q(~has_died(), kind=ResidentKind.PERSON)


def all_hold(conditions: Iterable[Condition], asked: Asked) -> Q:
    """The condition of the people for whom all of some conditions hold."""
    found = cared_for()
    for one in conditions:
        found &= one.meets(asked)
    return found


def segments_seen(user: User, place: Property | None) -> QuerySet[Segment]:
    """The segments somebody may use, by name: those of all properties, and of theirs; with a property, those that reach it."""
    rows = Segment.objects.order_by("name")
    if not user.may(VIEW):
        return rows.none()
    if place is not None:
        return rows.filter(Q(property=None) | Q(property=place))
    scope = user.property_scope(VIEW)
    return rows if scope is None else rows.filter(Q(property=None) | Q(property_id__in=scope))


def in_segment(segment: Segment, asked: Asked) -> Q:
    """The condition of the residents of a segment. One that has no conditions left holds nobody."""
    conditions = conditions_read(segment.conditions)
    if not conditions or len(conditions) < len(segment.conditions):
        return Q(pk__in=[])
    place = Q() if segment.property_id is None else Q(property_id=segment.property_id)
    return place & all_hold(conditions, asked)


def segment_residents(segment: Segment, day: date) -> QuerySet[Resident]:
    """The residents of a segment on a local day."""
    found: QuerySet[Resident] = Resident.objects.filter(in_segment(segment, Asked(day)))
    return found


def under_plan(plan: CarePlan, asked: Asked) -> Q:
    """The condition of the residents for whom a plan holds: of its segment, at its property, and living here."""
    place = Q() if plan.property_id is None else Q(property_id=plan.property_id)
    return place & in_segment(plan.segment, asked) & lives_here(asked.day)


def plans_on(day: date, property_id: int | None = None) -> QuerySet[CarePlan]:
    """The plans that have not ended on a local day; with a property, those that may hold there."""
    rows = CarePlan.objects.filter(Q(until=None) | Q(until__gte=day)).select_related("segment", "property")
    if property_id is None:
        return rows
    return rows.filter(
        Q(property=None) | Q(property_id=property_id),
        Q(segment__property=None) | Q(segment__property_id=property_id),
    )
