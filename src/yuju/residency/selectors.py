"""Who a telephone number stands for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from yuju.residency.models import Agreement, MoveOutNotice, Resident, Tenure, Turnover


@dataclass(frozen=True)
class Person:
    """Somebody who proved to have a telephone number: every resident of the operator in force on file with it.

    Attributes:
        residents: at least one; whoever has several stays may be on file several times. The latest first.
    """

    phone_hash: str
    residents: tuple[Resident, ...]

    @property
    def name(self) -> str:
        return self.residents[0].name

    @property
    def phone(self) -> str:
        return str(self.residents[0].phone)

    @property
    def resident_ids(self) -> list[int]:
        return [one.pk for one in self.residents]


def person_of(phone_hash: str) -> Person | None:
    """The person with a telephone number, given as its keyed hash; None while nobody is on file with it."""
    if not phone_hash:
        return None
    found = tuple(Resident.objects.filter(phone_hash=phone_hash).select_related("property").order_by("-pk"))
    return Person(phone_hash, found) if found else None


def tenures_of(person: Person) -> list[Tenure]:
    """What a person holds or held, the latest first."""
    rows = Tenure.objects.filter(resident_id__in=person.resident_ids)
    return list(rows.select_related("unit", "property").order_by("-start", "-pk"))


def holds_on(day: date) -> Q:
    """The condition of a tenure that holds on a day."""
    return Q(start__lte=day) & (Q(end=None) | Q(end__gte=day))


def agreement_of(tenure: Tenure) -> Agreement | None:
    """What was agreed for a lease besides days and rent; None where nothing was written down."""
    found: Agreement | None = Agreement.objects.filter(tenure=tenure).first()
    return found


def move_out_notice_of(tenure: Tenure) -> MoveOutNotice | None:
    """The notice to leave that holds for a stay; None where nobody gave any, or it was withdrawn."""
    found: MoveOutNotice | None = MoveOutNotice.objects.filter(tenure=tenure, withdrawn_at=None).first()
    return found


def notice_days_short(notice: MoveOutNotice, agreement: Agreement | None) -> int:
    """By how many days a notice came later than the contract asks; 0 where it came in time."""
    asked = agreement.notice_days if agreement is not None else 0
    return max(0, asked - (notice.last_day - notice.given_on).days)


def turnover_of(tenure: Tenure) -> Turnover | None:
    """The turnover of the unit after a stay; None while the keys are not back."""
    found: Turnover | None = Turnover.objects.filter(tenure=tenure).first()
    return found
