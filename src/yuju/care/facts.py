"""The facts by which residents are told apart: each declared once, with how it is compared and what it asks of the database.

Every condition is set-based: it is one expression over all residents, and looks into other tables by semi-joins. A new fact
is one more entry of `FACTS`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yuju.care.choices import Operator, StayState
from yuju.care.owing import overdue_residents, owing_residents
from yuju.kit.dates import add_months, month_start
from yuju.premises.models import Building
from yuju.residency.choices import Category, TenureKind, TenureState
from yuju.residency.models import Occupant, ResidentTag, Tag, Tenure, TenureTerm
from yuju.residency.selectors import lived_on

MONTHS = 12
Option = tuple[str, Any]


@dataclass(frozen=True)
class Asked:
    """When is asked, and whether of one resident alone.

    Attributes:
        day: the local day that counts.
        resident_id: the only resident the answer matters for; None for all.
    """

    day: date
    resident_id: int | None = None


@dataclass(frozen=True)
class Fact:
    """Something that is known of every resident.

    Attributes:
        name: how conditions name it; it never changes.
        operators: how it may be compared.
        meets: the condition of a resident, from the operator, the values and who asks.
        options: what may be chosen, at some properties (None: at all); empty where a number or nothing is asked for.
        unit: what its number is counted in.
        most: the greatest number that makes sense.
        of_rows: the options are rows of the database, by their ids.
    """

    name: str
    label: Any
    operators: tuple[Operator, ...]
    meets: Callable[[Operator, Any, Asked], Q]
    options: Callable[[Sequence[int] | None], list[Option]] | None = None
    unit: Any = ""
    most: int = 0
    of_rows: bool = False

    @property
    def takes(self) -> str:
        """What stands beside it: `choices`, a `number`, or `nothing`."""
        if self.options is not None:
            return "choices"
        return "number" if self.most else "nothing"


def living(day: date) -> QuerySet[Tenure]:
    """The stays of a local day in which somebody lives here."""
    return Tenure.objects.filter(lived_on(day))


def lives_here(day: date) -> Q:
    """Residents who live here on a local day."""
    return Q(Exists(_own(living(day))))


def _own(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.filter(resident=OuterRef("pk"))


def _told(operator: Operator, found: Q) -> Q:
    return ~found if operator in (Operator.NONE, Operator.NO) else found


def _category(operator: Operator, values: Any, asked: Asked) -> Q:
    return _told(operator, Q(category__in=values))


def _tags(operator: Operator, values: Any, asked: Asked) -> Q:
    def has(tags: list[str]) -> Q:
        return Q(Exists(_own(ResidentTag.objects.filter(tag_id__in=[int(tag) for tag in tags]))))

    if operator != Operator.ALL:
        return _told(operator, has(values))
    every = Q()
    for tag in values:
        every &= has([tag])
    return every


def _alone(operator: Operator, values: Any, asked: Asked) -> Q:
    counted = TenureTerm.objects.filter(tenure=OuterRef("pk"), valid_from__lte=asked.day).order_by("-valid_from")
    with_them = Occupant.objects.filter(Q(until=None) | Q(until__gte=asked.day), tenure=OuterRef("pk"))
    alone = living(asked.day).annotate(people=Subquery(counted.values("occupants")[:1]))
    alone = alone.filter(Q(people=None) | Q(people__lte=1), ~Exists(with_them))
    # Who does not live here lives neither alone nor with others.
    return lives_here(asked.day) & _told(operator, Q(Exists(_own(alone))))


def _age(operator: Operator, years: Any, asked: Asked) -> Q:
    month = month_start(asked.day)
    if operator == Operator.AT_LEAST:
        return Q(born_in__lte=add_months(month, -MONTHS * years))
    return Q(born_in__gt=add_months(month, -MONTHS * (years + 1)))


def _building(operator: Operator, values: Any, asked: Asked) -> Q:
    here = living(asked.day).filter(unit__building_id__in=[int(value) for value in values])
    return lives_here(asked.day) & _told(operator, Q(Exists(_own(here))))


def _holds(operator: Operator, values: Any, asked: Asked) -> Q:
    return _told(operator, Q(Exists(_own(living(asked.day).filter(kind__in=values)))))


def _stay_length(operator: Operator, months: Any, asked: Asked) -> Q:
    """From the day of the first stay on, renewals and changes of room included."""
    cutoff = add_months(asked.day, -months)
    stays = Tenure.objects.exclude(state=TenureState.CANCELLED)
    if operator == Operator.AT_LEAST:
        return lives_here(asked.day) & Q(Exists(_own(stays.filter(start__lte=cutoff))))
    return lives_here(asked.day) & ~Q(Exists(_own(stays.filter(start__lt=cutoff))))


def _ends_within(operator: Operator, days: Any, asked: Asked) -> Q:
    ending = living(asked.day).filter(
        kind=TenureKind.LEASE, end__gte=asked.day, end__lte=asked.day + timedelta(days=days)
    )
    return Q(Exists(_own(ending)))


def _owes(operator: Operator, amount: Any, asked: Asked) -> Q:
    return Q(pk__in=owing_residents(Decimal(amount), resident_id=asked.resident_id))


def _overdue(operator: Operator, days: Any, asked: Asked) -> Q:
    return Q(pk__in=overdue_residents(asked.day - timedelta(days=days), resident_id=asked.resident_id))


def _state(operator: Operator, values: Any, asked: Asked) -> Q:
    ahead = Q(
        Exists(_own(Tenure.objects.filter(state__in=(TenureState.RESERVED, TenureState.SIGNED), end__gte=asked.day)))
    )
    stayed = Q(Exists(_own(Tenure.objects.filter(state__in=(TenureState.LIVING, TenureState.ENDED)))))
    here = lives_here(asked.day)
    each = {StayState.LIVING: here, StayState.AHEAD: ~here & ahead, StayState.LEFT: ~here & ~ahead & stayed}
    found = Q()
    for value in values:
        found |= each[StayState(value)]
    return _told(operator, found)


def _tag_options(places: Sequence[int] | None) -> list[Option]:
    return [(str(pk), name) for pk, name in Tag.objects.order_by("name").values_list("pk", "name")]


def _building_options(places: Sequence[int] | None) -> list[Option]:
    rows = Building.objects.select_related("property").order_by("property__code", "sort_key", "pk")
    if places is not None:
        rows = rows.filter(property_id__in=places)
    one_place = places is not None and len(places) == 1
    return [(str(one.pk), str(one) if one_place else f"{one.property} · {one}") for one in rows]


def _fixed(choices: Sequence[tuple[Any, Any]]) -> Callable[[Sequence[int] | None], list[Option]]:
    return lambda places: [(str(value), label) for value, label in choices]


_ONE_OF = (Operator.ANY, Operator.NONE)
_MEASURED = (Operator.AT_LEAST, Operator.AT_MOST)

FACTS: dict[str, Fact] = {
    fact.name: fact
    for fact in (
        Fact("tags", _("Tags"), (Operator.ANY, Operator.ALL, Operator.NONE), _tags, _tag_options, of_rows=True),
        Fact("category", _("Category"), _ONE_OF, _category, _fixed(Category.choices)),
        Fact("state", pgettext_lazy("of a resident", "Stay"), _ONE_OF, _state, _fixed(StayState.choices)),
        Fact("alone", _("Lives alone"), (Operator.YES, Operator.NO), _alone),
        Fact("age", _("Age"), _MEASURED, _age, unit=pgettext_lazy("of an age", "years"), most=130),
        Fact("building", _("Building"), _ONE_OF, _building, _building_options, of_rows=True),
        Fact("holds", _("Holds the unit by"), _ONE_OF, _holds, _fixed(TenureKind.choices)),
        Fact("stay_length", _("Has lived here"), _MEASURED, _stay_length, unit=_("months"), most=1200),
        Fact("ends_within", _("Days left of the lease"), (Operator.AT_MOST,), _ends_within, unit=_("days"), most=3650),
        Fact("owes", _("To pay"), (Operator.AT_LEAST,), _owes, unit=_("yuan"), most=99_999_999),
        Fact("overdue", _("Overdue for"), (Operator.AT_LEAST,), _overdue, unit=_("days"), most=3650),
    )
}
"""Every fact, by its name."""
