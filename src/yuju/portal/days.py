"""Which day it is where a person lives."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

from yuju.kit.dates import local_date
from yuju.residency.selectors import Person


def today_of(person: Person) -> date:
    """Today at the property of a person's latest stay."""
    return local_date(timezone.now(), person.residents[0].property.time_zone)


def hour_of(person: Person) -> int:
    """The hour of the day there."""
    moment: datetime = timezone.now().astimezone(ZoneInfo(person.residents[0].property.time_zone))
    return moment.hour
