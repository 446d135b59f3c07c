"""Letting and selling: who holds a unit, with the account that owes for it and what is billed again and again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Max, Min, Q, QuerySet
from django.utils.translation import gettext as _

from yuju.billing.choices import Basis, FeeCategory
from yuju.billing.models import BillingAccount, Charge, RecurringCharge, Tariff
from yuju.billing.services.recurring import recurring_charge_add
from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.kit.errors import Refused
from yuju.metering.models import MeteringPoint
from yuju.premises.models import Property, Unit
from yuju.residency import services
from yuju.residency.choices import Category, TenureKind, TenureState
from yuju.residency.deaths import death_of
from yuju.residency.models import Resident, Tenure, TenureTerm


@transaction.atomic
@edits
def tenure_open(
    *,
    kind: TenureKind,
    unit: Unit,
    resident: Resident,
    start: date,
    end: date | None,
    number: str = "",
    category: str = Category.LONG_TERM,
    rent: Decimal | None = None,
    occupants: int | None = None,
    deposit: Decimal | None = None,
    state: TenureState | None = None,
    tariffs: Iterable[Tariff] = (),
    by: User | None,
    at: datetime,
) -> Tenure:
    """Lets a unit, or records who owns it, and opens the account that owes for it.

    Args:
        start, end: the first and the last local day.
        state: how far the lease has come; None takes it from its days.
        rent: yuan a month; it becomes the own price of the rent tariffs among `tariffs`.
        tariffs: what is billed from the first to the last day; a metered one for each meter of its kind in the unit.

    Raises:
        Refused: the unit is let or owned on one of these days, the number is taken, a metered tariff has no meter, or whom
            it is let to had died by then (code `died`).
    """
    _hold(unit.property_id)
    if kind == TenureKind.LEASE:
        if end is None:
            raise Refused(_("A lease needs its last day; only an ownership may be open."), field="end")
        death = death_of(resident.pk)
        if death is not None and death.died_on < start:
            raise Refused(
                _("%(name)s died on %(day)s: nothing can be let to them after that day.")
                % {"name": resident.name, "day": death.died_on},
                field="resident",
                code="died",
            )
        tenure = services.lease_create(
            unit=unit,
            resident=resident,
            start=start,
            end=end,
            number=number,
            category=category,
            rent=rent,
            occupants=occupants,
            deposit=deposit,
            state=state,
            by=by,
            at=at,
        )
    else:
        tenure = services.ownership_create(
            unit=unit, resident=resident, start=start, end=end, number=number, occupants=occupants, by=by, at=at
        )
    BillingAccount.objects.create(property_id=unit.property_id, tenure=tenure, created_at=at)
    for tariff in tariffs:
        tariff_bind(tenure, tariff, rent, by=by, at=at)
    return tenure


@transaction.atomic
@edits
def tenure_revise(
    *,
    tenure: Tenure,
    number: str,
    category: str,
    start: date,
    end: date | None,
    deposit: Decimal | None,
    rent: Decimal | None,
    occupants: int | None,
    valid_from: date | None = None,
    by: User | None,
    at: datetime,
) -> Tenure:
    """Changes a lease or ownership with what is billed for it; what was billed stays as it was billed.

    Recurring charges that ran to the old end run to the new one.

    Args:
        valid_from: the local day from which a changed rent or number of occupants holds; None corrects the latest terms.

    Raises:
        Refused: the start of a billed tenure would move, its end would cut off days that were billed, or terms would
            change that a charge was worked out with (code `billed`); or as `tenure_open`.
    """
    _hold(tenure.property_id)
    held = Tenure.objects.get(pk=tenure.pk)
    charges = _charged(held)
    if start != held.start and (first := charges.aggregate(day=Min("start"))["day"]) is not None:
        raise Refused(
            _("The start cannot move: it has been billed from %(day)s on.") % {"day": first},
            field="start",
            code="billed",
        )
    _refuse_cut(charges, end)
    _refuse_terms(held, charges, rent, occupants, valid_from)
    before = (held.start, held.end)
    services.tenure_change(
        tenure=tenure, number=number, category=category, start=start, end=end, deposit=deposit, by=by, at=at
    )
    services.tenure_term_set(tenure=tenure, rent=rent, occupants=occupants, valid_from=valid_from, by=by, at=at)
    recurring_move(tenure, *before)
    return tenure


def tariff_bind(tenure: Tenure, tariff: Tariff, rent: Decimal | None, *, by: User | None, at: datetime) -> None:
    """Bills a tariff to a tenure for as long as it runs."""
    points: list[MeteringPoint | None] = [None]
    if tariff.basis == Basis.METERED:
        points = list(MeteringPoint.objects.filter(unit_id=tenure.unit_id, kind=tariff.fee_item.category))
        if not points:
            raise Refused(
                _("The unit has no meter for “%(tariff)s”.") % {"tariff": tariff.name}, field="tariffs", code="no_meter"
            )
    for point in points:
        if point is not None:
            _refuse_measured_twice(point, tenure)
        try:
            recurring_charge_add(
                tenure=tenure, tariff=tariff, start=tenure.start, rate=own_rate(tariff, rent), point=point, by=by, at=at
            )
        except Refused as refused:
            raise Refused(refused.message, field="tariffs", code=refused.code) from refused


def own_rate(tariff: Tariff, rent: Decimal | None) -> Decimal | None:
    """The own price a lease gives a tariff: the rent agreed is that of a flat rent, in yuan a month."""
    return rent if tariff.basis == Basis.FLAT and tariff.fee_item.category == FeeCategory.RENT else None


def _refuse_measured_twice(point: MeteringPoint, tenure: Tenure) -> None:
    others = RecurringCharge.objects.filter(Q(end=None) | Q(end__gte=tenure.start), point=point)
    if tenure.end is not None:
        others = others.filter(start__lte=tenure.end)
    other = others.select_related("account__tenure", "tariff").first()
    if other is not None:
        raise Refused(
            _("The meter is billed to %(number)s by “%(tariff)s” on these days.")
            % {"number": other.account.tenure.number, "tariff": other.tariff.name},
            field="tariffs",
            code="overlap",
        )


def _charged(tenure: Tenure) -> QuerySet[Charge]:
    """What was billed for a tenure by runs, drafts included."""
    return Charge.objects.filter(account__tenure=tenure, recurring__isnull=False, voids=None)


def _refuse_cut(charges: QuerySet[Charge], end: date | None) -> None:
    """The end stays at or behind the last day billed; a closing reading may be of the day after it."""
    if end is None:
        return
    beyond = charges.filter(Q(reading=None, end__gt=end) | Q(reading__isnull=False, end__gt=end + timedelta(days=1)))
    last = beyond.aggregate(day=Max("end"))["day"]
    if last is not None:
        raise Refused(
            _("The end cannot move before %(day)s: it has been billed up to that day.") % {"day": last},
            field="end",
            code="billed",
        )


def _refuse_terms(
    tenure: Tenure, charges: QuerySet[Charge], rent: Decimal | None, occupants: int | None, valid_from: date | None
) -> None:
    latest = TenureTerm.objects.filter(tenure=tenure).order_by("-valid_from").first()
    if latest is None:
        return
    day = valid_from or latest.valid_from
    bases = {"rent": (Basis.FORMULA,), "occupants": (Basis.FORMULA, Basis.HEADCOUNT)}
    for field, given in (("rent", rent), ("occupants", occupants)):
        if getattr(latest, field) == given:
            continue
        last = charges.filter(end__gte=day, tariff__basis__in=bases[field]).aggregate(day=Max("end"))["day"]
        if last is not None:
            raise Refused(
                _("It has been billed up to %(day)s with what was agreed: give a later day from which this holds.")
                % {"day": last},
                field="valid_from",
                code="billed",
            )


def recurring_move(tenure: Tenure, start: date, end: date | None) -> None:
    """Recurring charges that began and ended with the tenure go on doing so.

    One that another takes over from, as after a change of rent, ends where that begins. One that would begin after the
    tenure does not come into force, unless the end moves behind its start again.
    """
    rows = RecurringCharge.objects.filter(account__tenure=tenure)
    if tenure.start != start:
        rows.filter(start=start).update(start=tenure.start)
    if tenure.end != end:
        found = list(rows.order_by("start", "pk"))
        for row in found:
            _move_end(row, found, tenure.end, end)
    if rows.filter(end__lt=F("start") - timedelta(days=1)).exists():
        raise Refused(_("A recurring charge would end before it starts."), field="start")


def _move_end(row: RecurringCharge, rows: list[RecurringCharge], end: date | None, before: date | None) -> None:
    """Moves the end of a recurring charge as its tenure's moves from `before` to `end`."""
    if end is not None and row.start > end:
        _never(row)
        return
    never = before is not None and row.start > before and row.end == row.start - timedelta(days=1)
    if row.end == before or never:
        place = (row.tariff_id, row.unit_id, row.point_id, row.space_id)
        taking_over = [
            one.start - timedelta(days=1)
            for one in rows
            if one.start > row.start and (one.tariff_id, one.unit_id, one.point_id, one.space_id) == place
        ]
        row.end = min([*taking_over, *([end] if end is not None else [])], default=None)
    elif end is not None and (row.end is None or row.end > end):
        row.end = end
    row.save(update_fields=["end"])


def _never(charge: RecurringCharge) -> None:
    """A recurring charge that would begin after the stay does not come into force."""
    if charge.point_id is not None:
        raise Refused(
            _("A recurring charge starts on %(day)s, after the new end.") % {"day": charge.start}, field="end"
        )
    charge.end = charge.start - timedelta(days=1)
    charge.save()


def _hold(property_id: int) -> None:
    """No run of the property is drafted meanwhile."""
    list(Property.objects.select_for_update(no_key=True).filter(pk=property_id).values_list("pk"))
