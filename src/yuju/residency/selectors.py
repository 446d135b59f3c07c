"""Who a telephone number stands for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from yuju.premises.models import Property, Unit
from yuju.residency.choices import Condition, HandoverKind, TenureKind, TenureState
from yuju.residency.deaths import has_died
from yuju.residency.models import (
    Agreement,
    EndAnswer,
    EndReminder,
    Handover,
    HandoverTemplate,
    MoveOutNotice,
    Resident,
    Tenure,
    TenureLink,
    Turnover,
)

KEY_CODES = "key-"
"""How the codes of lost keys and cards begin in the price list for damages; the kind of key follows, as in `key-card`."""

REMINDED = (60, 30, 7)
"""How many days before the end of a lease a property asks what comes then, unless it decided otherwise."""


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
    """The person with a telephone number, given as its keyed hash; None while nobody who lives is on file with it: what a
    dead resident could see and agree to is not for whoever has their phone now."""
    if not phone_hash:
        return None
    rows = Resident.objects.filter(~has_died(), phone_hash=phone_hash)
    found = tuple(rows.select_related("property").order_by("-pk"))
    return Person(phone_hash, found) if found else None


def is_on_file(phone_hash: str) -> bool:
    """Whether a telephone number, given as its keyed hash, is anybody's on file, dead or alive."""
    return bool(phone_hash) and Resident.objects.filter(phone_hash=phone_hash).exists()


def tenures_of(person: Person) -> list[Tenure]:
    """What a person holds or held, the latest first; a cancelled reservation never was."""
    rows = Tenure.objects.filter(resident_id__in=person.resident_ids).exclude(state=TenureState.CANCELLED)
    return list(rows.select_related("unit", "property").order_by("-start", "-pk"))


def can_be_followed(tenure: Tenure) -> bool:
    """Whether somebody lives by a lease that no other lease follows yet."""
    if tenure.kind != TenureKind.LEASE or tenure.state != TenureState.LIVING:
        return False
    return not TenureLink.objects.filter(before=tenure).exclude(after__state=TenureState.CANCELLED).exists()


def can_be_taken_over(tenure: Tenure) -> bool:
    """Whether another lease can take the place of a lease on one of its days."""
    return can_be_followed(tenure) and tenure.end is not None and tenure.start < tenure.end


def holds_on(day: date) -> Q:
    """The condition of a tenure that holds on a day."""
    return Q(start__lte=day) & (Q(end=None) | Q(end__gte=day))


def lived_on(day: date) -> Q:
    """The condition of a tenure by which somebody lives in its unit on a day up to now.

    A lease says so by how far it has come: from check-in to check-out, whatever its last day is. An ownership holds by its days.
    """
    lease = Q(kind=TenureKind.LEASE, state=TenureState.LIVING)
    owned = Q(kind=TenureKind.OWNERSHIP) & ~Q(state__in=[TenureState.ENDED, TenureState.CANCELLED])
    return Q(start__lte=day) & (lease | (owned & (Q(end=None) | Q(end__gte=day))))


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


def handover_template_for(unit: Unit) -> HandoverTemplate | None:
    """What is handed over with a unit: the template of its layout, or that of all layouts without one; None without either."""
    rows = HandoverTemplate.objects.filter(property_id=unit.property_id, layout__in={unit.layout, ""})
    # An empty layout sorts last this way.
    found: HandoverTemplate | None = rows.order_by("-layout").first()
    return found


def handover_of(tenure: Tenure, kind: HandoverKind | str) -> Handover | None:
    """The handover of one kind of a stay, if it was begun."""
    rows = Handover.objects.filter(tenure=tenure, kind=kind).select_related(
        "tenure__unit", "tenure__resident", "before"
    )
    found: Handover | None = rows.first()
    return found


@dataclass(frozen=True)
class Damage:
    """Something that is worse than it was at check-in.

    Attributes:
        place: the room; empty for keys.
        damage_code: the code of the one-off tariff that prices one of it; empty where none was named. A key has that of its
            kind, such as `key-card`.
        quantity: how many.
        item: the id of the thing in the handover; None for keys.
    """

    name: str
    place: str
    damage_code: str
    quantity: int
    condition: str
    note: str = ""
    item: int | None = None


def damages(handover: Handover) -> list[Damage]:
    """What the inspection at check-out found damaged or missing that was not so at check-in, keys that did not come back
    too; in the order of the list. For the settlement, which prices it."""
    found = []
    for one in handover.items.select_related("earlier"):
        before = one.earlier
        known = before.quantity if before is not None and before.is_harmed() else 0
        if one.is_harmed() and one.quantity > known:
            found.append(
                Damage(one.name, one.room, one.damage_code, one.quantity - known, one.condition, one.note, one.pk)
            )
    for key in handover.keys.all():
        lost = (key.expected or 0) - (key.count or 0)
        if key.count is not None and lost > 0:
            found.append(Damage(str(key), "", f"{KEY_CODES}{key.kind}", lost, Condition.MISSING))
    return found


def reminder_days(property: Property) -> list[int]:
    """How many days before the end of a lease a property asks what comes then; falling."""
    decided = EndReminder.objects.filter(property=property).values_list("days", flat=True).first()
    return list(REMINDED if decided is None else decided)


def end_answer_of(tenure: Tenure) -> EndAnswer | None:
    """What the resident wants when the lease ends on the day it ends by now; None while nobody said."""
    if tenure.end is None:
        return None
    rows = EndAnswer.objects.filter(tenure=tenure, end=tenure.end).select_related("by")
    found: EndAnswer | None = rows.order_by("-at", "-pk").first()
    return found


def links_of(tenure: Tenure) -> tuple[list[TenureLink], list[TenureLink]]:
    """What a lease follows, and what follows it; those that never came to be are left out."""
    rows = TenureLink.objects.select_related("before__unit", "before__resident", "after__unit", "after__resident")
    before = rows.filter(after=tenure)
    after = rows.filter(before=tenure).exclude(after__state=TenureState.CANCELLED)
    return list(before.order_by("pk")), list(after.order_by("pk"))
