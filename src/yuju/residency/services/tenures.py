"""Leases (租约) and ownerships (产权): who holds a unit, on what terms.

The billing account is made by `yuju.journeys.tenures`, which also asks what was billed before anything changes.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q
from django.utils.translation import gettext as _

from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.kit.dates import local_date
from yuju.kit.errors import Refused
from yuju.kit.numbering import take
from yuju.premises.models import ALWAYS, Unit
from yuju.premises.services.saving import save_row, set_fields
from yuju.residency.choices import Category, TenureKind, TenureState
from yuju.residency.models import Resident, Tenure, TenureTerm
from yuju.residency.searching import residents_index, tenures_index
from yuju.residency.services.states import state_by_days


@edits
def lease_create(
    *,
    unit: Unit,
    resident: Resident,
    start: date,
    end: date,
    number: str = "",
    category: str = Category.LONG_TERM,
    rent: Decimal | None = None,
    occupants: int | None = None,
    deposit: Decimal | None = None,
    state: TenureState | None = None,
    by: User | None,
    at: datetime,
) -> Tenure:
    """Lets a unit.

    Args:
        start, end: the first and the last local day.
        number: the contract's number; one is given out where it is empty.
        rent: yuan a month. `deposit`: yuan agreed.
        occupants: how many people count for bills.
        state: how far the stay has come; None takes it from its days.

    Raises:
        Refused: the unit is let on one of these days, the end is before the start, or the number is taken.
    """
    return _create(
        TenureKind.LEASE, unit, resident, start, end, number, category, rent, occupants, deposit, state, by=by, at=at
    )


@edits
def ownership_create(
    *,
    unit: Unit,
    resident: Resident,
    start: date,
    end: date | None = None,
    number: str = "",
    occupants: int | None = None,
    by: User | None,
    at: datetime,
) -> Tenure:
    """Records who owns a unit; without an end it goes on.

    Raises:
        Refused: as `lease_create`.
    """
    return _create(
        TenureKind.OWNERSHIP,
        unit,
        resident,
        start,
        end,
        number,
        Category.OWNER,
        None,
        occupants,
        None,
        None,
        by=by,
        at=at,
    )


def _create(
    kind: TenureKind,
    unit: Unit,
    resident: Resident,
    start: date,
    end: date | None,
    number: str,
    category: str,
    rent: Decimal | None,
    occupants: int | None,
    deposit: Decimal | None,
    state: TenureState | None,
    *,
    by: User | None,
    at: datetime,
) -> Tenure:
    if unit.property_id != resident.property_id:
        raise Refused(
            _(
                "The resident is registered at another property than the unit. "
                "Choose somebody of the unit’s property, or register the person there first."
            ),
            field="resident",
        )
    if kind == TenureKind.LEASE and category == Category.OWNER:
        raise Refused(_("A lease is long-term or short-term; owners have an ownership."), field="category")
    made = Tenure(
        kind=kind,
        property_id=unit.property_id,
        unit=unit,
        resident=resident,
        number=number.strip() or _free_number(kind, unit.property_id, start),
        category=category,
        start=start,
        end=end,
        deposit=deposit,
        state=state or state_by_days(start, end, local_date(at, unit.property.time_zone)),
        created_at=at,
        updated_at=at,
    )
    _check(made, rent, deposit)
    save_row(made, _taken(made))
    TenureTerm.objects.create(tenure=made, valid_from=ALWAYS, rent=rent, occupants=occupants)
    tenures_index([made])
    residents_index([resident])
    return made


@edits
def tenure_change(
    *,
    tenure: Tenure,
    number: str,
    category: str,
    start: date,
    end: date | None,
    deposit: Decimal | None,
    by: User | None,
    at: datetime,
) -> Tenure:
    """Changes a lease or ownership. What was billed is asked by `yuju.journeys.tenures.tenure_revise`, which calls this.

    Raises:
        Refused: as `lease_create`.
    """
    changes = set_fields(
        tenure,
        {
            "number": number.strip() or tenure.number,
            "category": category,
            "start": start,
            "end": end,
            "deposit": deposit,
        },
    )
    if not changes:
        return tenure
    if (tenure.kind == TenureKind.LEASE) == (category == Category.OWNER):
        raise Refused(_("A lease is long-term or short-term; owners have an ownership."), field="category")
    _check(tenure, None, deposit)
    tenure.updated_at = at
    save_row(tenure, _taken(tenure))
    tenures_index([tenure])
    return tenure


@edits
def tenure_term_set(
    *,
    tenure: Tenure,
    rent: Decimal | None,
    occupants: int | None,
    valid_from: date | None,
    by: User | None,
    at: datetime,
) -> TenureTerm:
    """Sets the monthly rent (yuan) and the number of occupants from a local day on; None corrects the latest terms.

    Raises:
        Refused: the rent is negative, or a later change is recorded already.
    """
    if rent is not None and rent < 0:
        raise Refused(_("The rent cannot be negative. Give 0 or more, or leave it empty."), field="rent")
    latest = TenureTerm.objects.filter(tenure=tenure).order_by("-valid_from").first()
    if latest is not None and (latest.rent, latest.occupants) == (rent, occupants):
        return latest
    day = valid_from or (latest.valid_from if latest is not None else ALWAYS)
    if latest is not None and day < latest.valid_from:
        raise Refused(
            _("A later change is recorded already, from %(day)s on. Give that day or a later one.")
            % {"day": latest.valid_from},
            field="valid_from",
        )
    term, _made = TenureTerm.objects.update_or_create(
        tenure=tenure, valid_from=day, defaults={"rent": rent, "occupants": occupants}
    )
    return term


def _check(tenure: Tenure, rent: Decimal | None, deposit: Decimal | None) -> None:
    if tenure.end is None and tenure.kind == TenureKind.LEASE:
        raise Refused(_("A lease needs its last day; only an ownership may be open."), field="end")
    if tenure.end is not None and tenure.end < tenure.start:
        raise Refused(
            _("The end, %(end)s, is before the start. Give the first day or a later one.") % {"end": tenure.end},
            field="end",
        )
    if rent is not None and rent < 0:
        raise Refused(_("The rent cannot be negative. Give 0 or more, or leave it empty."), field="rent")
    if deposit is not None and deposit < 0:
        raise Refused(_("The deposit cannot be negative. Give 0 or more, or leave it empty."), field="deposit")
    other = _overlapping(tenure)
    if other is not None:
        raise Refused(_overlap_sentence(other), field="start", code="overlap")


def _overlapping(tenure: Tenure) -> Tenure | None:
    others = Tenure.objects.filter(Q(end=None) | Q(end__gte=tenure.start), kind=tenure.kind, unit_id=tenure.unit_id)
    others = others.exclude(state=TenureState.CANCELLED)
    if tenure.end is not None:
        others = others.filter(start__lte=tenure.end)
    return others.exclude(pk=tenure.pk).select_related("resident", "unit").order_by("start").first()


def _overlap_sentence(other: Tenure) -> str:
    values = {
        "unit": other.unit.label,
        "number": other.number,
        "name": other.resident.name,
        "start": other.start,
        "end": other.end or "…",
    }
    if other.kind == TenureKind.LEASE:
        return _("%(unit)s is let from %(start)s to %(end)s: lease %(number)s, %(name)s.") % values
    return _("%(unit)s is owned from %(start)s to %(end)s: %(number)s, %(name)s.") % values


def _taken(tenure: Tenure) -> dict[str, tuple[str, str]]:
    # The overlap was asked for before; the database answers for somebody who was faster meanwhile.
    faster = _("Somebody let the unit on one of these days a moment ago.")
    return {
        "tenure_number_once": ("number", _("The number “%(value)s” is taken.") % {"value": tenure.number}),
        "lease_unit_once_a_day": ("start", faster),
        "ownership_unit_once_a_day": ("start", faster),
    }


def _free_number(kind: TenureKind, property_id: int, start: date) -> str:
    """The next free number such as HT-2026-0318, or CQ-2026-0012 for an ownership."""
    prefix = "HT" if kind == TenureKind.LEASE else "CQ"
    while True:
        count = take(f"tenure {kind}", property_id, f"{start.year}")[0]
        number = f"{prefix}-{start.year}-{count:04d}"
        if not Tenure.objects.filter(property_id=property_id, number=number).exists():
            return number
