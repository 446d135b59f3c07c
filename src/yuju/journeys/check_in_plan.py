"""What a check-in comes to, read from what was entered in its steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from yuju.billing.models import Tariff
from yuju.kit.dates import add_months
from yuju.kit.errors import Refused
from yuju.premises.models import Unit
from yuju.residency.choices import Category, CheckInStep, IdType, PenaltyKind, ResidentKind
from yuju.residency.models import CheckIn, Resident
from yuju.residency.services.check_ins import facts_of

FEN = Decimal("0.01")
ONE_DAY = timedelta(days=1)
EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)
LARGEST = Decimal(10**10)
"""Yuan; beyond it a slip of the keys is more likely than an amount that is meant."""
MOST_STEPS = 60
"""So many changes of the rent a lease may agree beforehand: five years of months."""

T = TypeVar("T")


@dataclass(frozen=True)
class Days:
    """The days of a stay, both inclusive, and its category."""

    start: date
    end: date
    category: Category


@dataclass(frozen=True)
class Person:
    """Who moves in: somebody on file, whose gaps are filled, or somebody new."""

    resident: Resident | None
    name: str = ""
    phone: str = ""
    id_type: str = ""
    id_number: str = ""
    nationality: str = ""
    emergency_name: str = ""
    emergency_phone: str = ""
    contact_name: str = ""

    @property
    def kind(self) -> ResidentKind:
        """What somebody new is registered as: whoever has a credit code is a company."""
        return ResidentKind.COMPANY if self.id_type == IdType.CREDIT_CODE else ResidentKind.PERSON


@dataclass(frozen=True)
class Other:
    """Somebody who lives there too: a co-tenant, or one of the family."""

    name: str
    relation: str = ""
    phone: str = ""
    id_number: str = ""


@dataclass(frozen=True)
class Terms:
    """What is agreed. Amounts in yuan.

    Attributes:
        rent: a month.
        people: how many count for bills.
        deposit: what is asked for; as many months' rent as agreed, unless another amount was.
        step_months: every so many months the rent changes; 0 where it stays.
        step_percent, step_amount: by how much: one of the two.
        free_days, free_from: so many rent-free days from that day on.
    """

    rent: Decimal
    people: int
    deposit_months: Decimal
    pay_months: int
    deposit: Decimal
    step_months: int = 0
    step_percent: Decimal = Decimal(0)
    step_amount: Decimal = Decimal(0)
    free_days: int = 0
    free_from: date | None = None
    penalty_kind: PenaltyKind = PenaltyKind.NONE
    penalty: Decimal = Decimal(0)
    overstay_rate: Decimal = Decimal(0)
    deposit_return_days: int = 0
    notice_days: int = 0
    number: str = ""


@dataclass(frozen=True)
class Plan:
    """A whole check-in."""

    unit: Unit
    days: Days
    person: Person
    others: tuple[Other, ...]
    terms: Terms
    tariffs: tuple[Tariff, ...]


def plan_of(check_in: CheckIn) -> Plan:
    """The whole of what was entered.

    Raises:
        Refused: a step lacks something; its `field` is the step, its code `incomplete`.
    """
    days, (person, others) = days_of(check_in), people_of(check_in)
    terms = terms_of_stay(facts_of(check_in).get(CheckInStep.TERMS, {}), days, heads(person, len(others)))
    return Plan(check_in.unit, days, person, others, terms, _tariffs(check_in))


def days_of(check_in: CheckIn) -> Days:
    """The days that were chosen with the room.

    Raises:
        Refused: as `plan_of`.
    """
    given = _given(check_in, CheckInStep.ROOM)
    return _read(CheckInStep.ROOM, lambda: _days(given))


def people_of(check_in: CheckIn) -> tuple[Person, tuple[Other, ...]]:
    """Who moves in, and who lives there too.

    Raises:
        Refused: as `plan_of`.
    """
    given = _given(check_in, CheckInStep.WHO)
    found = _read(CheckInStep.WHO, lambda: _person(given))
    if found.resident is None and not found.name:
        raise _incomplete(CheckInStep.WHO)
    parts = ("relation", "phone", "id_number")
    others = tuple(Other(one["name"], *(one.get(part, "") for part in parts)) for one in given.get("others", ()))
    return found, others


def heads(person: Person, others: int) -> int:
    """How many people live there if nobody says otherwise: a company is nobody who does, but bills count one at least."""
    is_company = person.resident.is_company if person.resident is not None else person.kind == ResidentKind.COMPANY
    return max(1, others) if is_company else 1 + others


def rent_steps(terms: Terms, days: Days) -> Iterator[tuple[date, Decimal]]:
    """From which days on the rent is another, with the monthly rent in yuan: each on top of the one before, in whole fen.

    Raises:
        Refused: the rent would fall below 0, or change more often than anybody agrees.
    """
    if not terms.step_months:
        return
    rent, count = terms.rent, 0
    while (day := add_months(days.start, terms.step_months * (count + 1))) <= days.end:
        count += 1
        rent = (rent * (1 + terms.step_percent / 100) + terms.step_amount).quantize(FEN, ROUND_HALF_UP)
        if rent < 0 or count > MOST_STEPS:
            raise Refused(
                _("Such steps cannot be: the rent would fall below 0, or change more than %(count)s times.")
                % {"count": MOST_STEPS},
                field="step_months",
            )
        yield day, rent


def free_span(terms: Terms, days: Days) -> tuple[date, date] | None:
    """The rent-free days, both inclusive.

    Raises:
        Refused: they are not all within the stay.
    """
    if not terms.free_days:
        return None
    first = terms.free_from or days.start
    last = first + timedelta(days=terms.free_days - 1)
    if first < days.start or last > days.end:
        raise Refused(
            _("The rent-free days, %(start)s to %(end)s, are not all within the stay.") % {"start": first, "end": last},
            field="free_days",
        )
    return first, last


def terms_of_stay(given: Mapping[str, Any], days: Days, people: int) -> Terms:
    """The terms as they were entered; `people` counts where no other number was.

    Raises:
        Refused: as `plan_of`.
    """
    return _read(CheckInStep.TERMS, lambda: _terms(given, days, people))


def deposit_of(rent: Decimal, months: Decimal) -> Decimal:
    """A deposit of so many months' rent, in yuan."""
    return (rent * months).quantize(FEN, ROUND_HALF_UP)


def last_day(start: date, months: int) -> date:
    """The last day of a stay of so many months: the day before the same day of the month in which it would begin anew."""
    return add_months(start, months) - ONE_DAY


def _days(given: Mapping[str, Any]) -> Days:
    start = date.fromisoformat(given["start"])
    months = _count(given, "length", 120)
    end = last_day(start, months) if months else date.fromisoformat(given["end"])
    if not (EARLIEST <= start <= LATEST and EARLIEST <= end <= LATEST):
        raise ValueError("a day nobody means")
    return Days(start, end, Category(given["category"]))


def _person(given: Mapping[str, Any]) -> Person:
    chosen = given.get("resident") or None
    resident = Resident.objects.select_related("property").get(pk=int(chosen)) if chosen else None
    names = (
        "name",
        "phone",
        "id_type",
        "id_number",
        "nationality",
        "emergency_name",
        "emergency_phone",
        "contact_name",
    )
    return Person(resident, **{name: str(given.get(name) or "").strip() for name in names})


def _terms(given: Mapping[str, Any], days: Days, people: int) -> Terms:
    rent = _money(given["rent"])
    months = _money(given.get("deposit_months"))
    step = _money(given.get("step_by"))
    percent = given.get("step_kind") == "percent"
    return Terms(
        rent=rent,
        people=_count(given, "people", 99) or people,
        deposit_months=months,
        pay_months=_count(given, "pay_months", 12) or 1,
        deposit=_money(given["deposit"]) if given.get("deposit") else deposit_of(rent, months),
        step_months=_count(given, "step_months", 120) if step else 0,
        step_percent=step if percent else Decimal(0),
        step_amount=Decimal(0) if percent else step,
        free_days=_count(given, "free_days", 1000),
        free_from=date.fromisoformat(given["free_from"]) if given.get("free_from") else None,
        penalty_kind=PenaltyKind(given.get("penalty_kind") or PenaltyKind.NONE),
        penalty=_money(given.get("penalty")),
        overstay_rate=_money(given.get("overstay_rate")),
        deposit_return_days=_count(given, "deposit_return_days", 365),
        notice_days=_count(given, "notice_days", 365),
        number=str(given.get("number") or "").strip(),
    )


def _money(value: Any) -> Decimal:
    found = Decimal(str(value or 0).replace(",", ""))
    if not found.is_finite() or abs(found) >= LARGEST:
        raise ValueError("an amount nobody means")
    return found


def _count(given: Mapping[str, Any], name: str, most: int) -> int:
    found = int(given.get(name) or 0)
    if not 0 <= found <= most:
        raise ValueError(f"{name} is not a number that is meant")
    return found


def _tariffs(check_in: CheckIn) -> tuple[Tariff, ...]:
    given = _given(check_in, CheckInStep.BILLED)
    ids = _read(CheckInStep.BILLED, lambda: [int(one) for one in given["tariffs"] if len(str(one)) < 19])
    rows = Tariff.objects.filter(property_id=check_in.property_id, pk__in=ids).select_related("fee_item")
    return tuple(rows.order_by("fee_item__priority", "code", "pk"))


def _given(check_in: CheckIn, step: CheckInStep) -> Mapping[str, Any]:
    found = facts_of(check_in).get(step)
    if found is None:
        raise _incomplete(step)
    return found


def _read(step: CheckInStep, read: Callable[[], T]) -> T:
    """What was kept while it was being typed need not be right yet."""
    try:
        return read()
    except (KeyError, ValueError, TypeError, OverflowError, InvalidOperation, Resident.DoesNotExist) as error:
        raise _incomplete(step) from error


def _incomplete(step: CheckInStep) -> Refused:
    return Refused(_("“%(step)s” is not complete yet.") % {"step": step.label}, field=step.value, code="incomplete")
