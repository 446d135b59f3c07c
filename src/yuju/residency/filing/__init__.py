"""What authorities ask to be told of stays, within what time: as data, by place, with where it stands.

`rules.json` ships with the product: what the nation's law says holds everywhere (`place` empty), what a place says holds for
every code of an administrative division (GB/T 2260) that begins with its `place`, the longest beginning first. A property's own
rows (`FilingRule`) stand before both.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

from yuju.kit.dates import local_date
from yuju.premises.models import Property
from yuju.residency.choices import FilingKind, TimeUnit
from yuju.residency.models import FilingRule


@dataclass(frozen=True)
class Rule:
    """What has to be filed, and within what time.

    Attributes:
        place: the beginning of the division codes for which it holds; empty for the whole nation.
        source: where it stands. `looked_on`: when that was looked up.
        countryside_hours: the longer time outside of towns, where the source knows one.
        is_own: whether the property said so itself.
    """

    kind: FilingKind
    is_asked: bool
    amount: int
    unit: TimeUnit
    source: str
    looked_on: date
    place: str = ""
    countryside_hours: int | None = None
    is_own: bool = False

    def due(self, counted_from: datetime, zone: ZoneInfo) -> datetime:
        """The last moment: so many hours later to the minute, or the end of the local day so many days later."""
        if self.unit == TimeUnit.HOURS:
            return counted_from + timedelta(hours=self.amount)
        last = local_date(counted_from, zone) + timedelta(days=self.amount)
        return datetime.combine(last, time(23, 59, 59), zone)


Rules = Mapping[FilingKind, Rule]


@cache
def shipped() -> tuple[Rule, ...]:
    """The rules that ship with the product."""
    rows = json.loads(resources.files(__name__).joinpath("rules.json").read_text("utf-8"))
    return tuple(
        Rule(
            kind=FilingKind(row["kind"]),
            is_asked=row["asked"],
            amount=row["amount"],
            unit=TimeUnit(row["unit"]),
            source=row["source"],
            looked_on=date.fromisoformat(row["looked_on"]),
            place=row["place"],
            countryside_hours=row.get("countryside_hours"),
        )
        for row in rows
    )


def rules_at(region: str, rules: Iterable[Rule] | None = None) -> Rules:
    """What holds at a place as shipped: of several rules the one of the smallest place.

    Args:
        region: the code of the administrative division; empty where nobody said it.
    """
    found: dict[FilingKind, Rule] = {}
    for rule in sorted(shipped() if rules is None else rules, key=lambda one: len(one.place)):
        if region.startswith(rule.place):
            found[rule.kind] = rule
    return found


def rules_of(property: Property) -> Rules:
    """What holds at a property: its own rules, and for the rest those of its place. One statement."""
    own = {
        FilingKind(row.kind): Rule(
            kind=FilingKind(row.kind),
            is_asked=row.is_asked,
            amount=row.amount,
            unit=TimeUnit(row.unit),
            source=row.source,
            looked_on=row.looked_on,
            is_own=True,
        )
        for row in FilingRule.objects.filter(property=property)
    }
    return {**rules_at(property.region), **own}
