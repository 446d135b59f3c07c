"""The demo's stays: deposits held, contracts that say what leaving late costs, and stays that go on in every way."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from django.db import transaction
from django.db.models import Exists, OuterRef

from yuju.billing.models import BillingAccount
from yuju.identity.models import User
from yuju.journeys.change_readings import meters_billed, meters_taken_over
from yuju.journeys.following import rent_on
from yuju.journeys.lease_ends import lease_end_answer, lease_ends_ask
from yuju.journeys.overstays import overstays_charge
from yuju.journeys.renewals import renewal
from yuju.journeys.stay_moves import room_change, tenant_change
from yuju.kit.dates import add_months, local_date
from yuju.kit.errors import Refused
from yuju.metering.models import Meter, Reading
from yuju.payments.choices import DepositKind
from yuju.payments.models import DepositEntry
from yuju.premises.models import Property, Unit
from yuju.residency.choices import EndAnswerKind, PenaltyKind, TenureKind, TenureState
from yuju.residency.models import Agreement, Tenure
from yuju.residency.services import agreement_set

RENEWED = 3
LEFT_DAYS = 45
"""Deposits of those who left within so many days are still held."""
USED = Decimal(7)
"""What a meter counted since it was read last."""


def stays_go_on(*, property: Property, desk: User, at: datetime) -> None:
    """Makes them; the caller's transaction makes all or nothing."""
    today = local_date(at, property.time_zone)
    leases = Tenure.objects.filter(property=property, kind=TenureKind.LEASE).select_related(
        "unit", "resident", "property"
    )
    living = list(leases.filter(state=TenureState.LIVING, start__lt=today - timedelta(days=31)).order_by("end", "pk"))
    left = leases.filter(state=TenureState.ENDED, end__gte=today - timedelta(days=LEFT_DAYS)).order_by("-end", "pk")
    _overstay(list(left), today)
    for one in leases.filter(end__gte=today - timedelta(days=LEFT_DAYS)):
        _agree(one, desk, at)
    _deposits([*living, *left], today, at)
    lease_ends_ask(at=at)
    ending = [one for one in living if one.end is not None and one.end > today]
    _one(ending[:RENEWED], lambda one: _renew(one, desk, at), most=RENEWED)
    for one, answer in zip(
        ending[RENEWED : RENEWED + 3], (EndAnswerKind.RENEW, EndAnswerKind.LEAVE, EndAnswerKind.RENEW), strict=False
    ):
        lease_end_answer(tenure=one, answer=answer, by=None, at=at)
    staying = [one for one in ending if one.end is not None and one.end > today + timedelta(days=90)]
    _one(staying, lambda one: _move(one, property, today, desk, at))
    _one(reversed(staying), lambda one: _hand_over(one, living[0], today, desk, at))
    overstays_charge(at=at)


def _one(leases: Iterable[Tenure], story: Callable[[Tenure], object], most: int = 1) -> None:
    """Does the story with the first leases it is not refused for."""
    done = 0
    for lease in leases:
        try:
            with transaction.atomic():
                story(lease)
        except Refused:
            continue
        done += 1
        if done == most:
            return


def _overstay(left: list[Tenure], today: date) -> None:
    """An import tells by the days who has left; one of them is still there."""
    later = Tenure.objects.filter(unit=OuterRef("unit"), kind=TenureKind.LEASE, start__gt=OuterRef("end"))
    pks = [one.pk for one in left if one.end is not None and one.end < today - timedelta(days=8)]
    found = Tenure.objects.filter(~Exists(later), pk__in=pks).order_by("-end", "pk").first()
    if found is not None:
        Tenure.objects.filter(pk=found.pk).update(state=TenureState.LIVING)


def _agree(lease: Tenure, desk: User, at: datetime) -> None:
    if Agreement.objects.filter(tenure=lease).exists():
        return
    rent = rent_on(lease, lease.end) or Decimal(0)
    agreement_set(
        tenure=lease,
        deposit_months=Decimal(1),
        penalty_kind=PenaltyKind.MONTHS,
        penalty=Decimal(1),
        overstay_rate=(rent / 20).quantize(Decimal(1)),
        deposit_return_days=7,
        notice_days=30,
        by=desk,
        at=at,
    )


def _deposits(leases: Iterable[Tenure], today: date, at: datetime) -> None:
    """The deposits the old books held; those of people who left long enough ago went back."""
    accounts = dict(BillingAccount.objects.filter(tenure__in=list(leases)).values_list("tenure", "pk"))
    held = set(DepositEntry.objects.filter(account_id__in=accounts.values()).values_list("account_id", flat=True))
    DepositEntry.objects.bulk_create(
        DepositEntry(
            property_id=one.property_id,
            account_id=accounts[one.pk],
            kind=DepositKind.OPENING,
            day=one.start,
            amount=one.deposit,
            posted_at=at,
        )
        for one in leases
        if one.deposit and one.pk in accounts and accounts[one.pk] not in held and _still_held(one, today)
    )


def _still_held(lease: Tenure, today: date) -> bool:
    return lease.end is None or lease.end >= today - timedelta(days=12)


def _renew(lease: Tenure, desk: User, at: datetime) -> None:
    rent, end = rent_on(lease, lease.end), lease.end
    assert end is not None
    raised = (rent * Decimal("1.03")).quantize(Decimal(10)) if rent else None
    renewal(tenure=lease, end=add_months(end, 12), rent=raised, deposit=lease.deposit, key=uuid4(), by=desk, at=at)


def _move(lease: Tenure, property: Property, today: date, desk: User, at: datetime) -> None:
    taken = Tenure.objects.filter(unit=OuterRef("pk"), kind=TenureKind.LEASE, end__gte=today)
    owned = Tenure.objects.filter(unit=OuterRef("pk"), kind=TenureKind.OWNERSHIP)
    unit = Unit.objects.filter(~Exists(taken), ~Exists(owned), property=property).order_by("sort_key").first()
    if unit is None or lease.end is None:
        raise Refused("")
    meters = [*meters_billed(lease, today), *meters_taken_over(lease, unit, today)]
    room_change(
        tenure=lease,
        unit=unit,
        on=today,
        rent=rent_on(lease, today),
        deposit=lease.deposit,
        reason="住户申请换到安静的房间",
        key=uuid4(),
        readings=_shown(meters, today),
        by=desk,
        at=at,
    )


def _hand_over(lease: Tenure, other: Tenure, today: date, desk: User, at: datetime) -> None:
    tenant_change(
        tenure=lease,
        resident=other.resident,
        on=today,
        deposit_moves=True,
        reason="公司同事接手，三方已签补充协议",
        key=uuid4(),
        readings=_shown(meters_billed(lease, today), today),
        by=desk,
        at=at,
    )


def _shown(meters: Iterable[Meter], today: date) -> dict[int, Decimal]:
    """What meters show today: a little more than when they were read last."""
    shown = {}
    for meter in meters:
        last = Reading.objects.filter(meter=meter, superseded_by=None, is_void=False).order_by("-date").first()
        if last is None or last.date < today:
            shown[meter.pk] = last.value + USED if last is not None else USED
    return shown
