"""The company of the demo: it rents three units for its people, is billed as one, and pays as one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from yuju.billing.choices import Basis, FeeCategory
from yuju.billing.models import Tariff
from yuju.identity.models import User
from yuju.journeys.tenures import tenure_open
from yuju.kit.dates import add_months
from yuju.kit.identity_numbers import credit_code_check_character
from yuju.payments.choices import PaymentChannel
from yuju.payments.models import Shift
from yuju.payments.selectors import company_accounts, open_charges_of
from yuju.payments.services import company_take
from yuju.premises.models import Property, Unit
from yuju.residency import services
from yuju.residency.choices import Category, ResidentKind, TenureKind, TenureState
from yuju.residency.models import Resident, Tenure

NAME = "星海智能科技有限公司"
CODE = "91330106MA2X7K3L5"
"""The credit code but for its last character."""
MONTHS = 12
PAID_BY_CARD = "618302"
KEY = UUID("0f0e6b0a-4f0e-4d5e-9f59-6a3f6f1c2a10")


@dataclass(frozen=True)
class Room:
    """A unit the company takes: monthly rent in yuan, and who moves in."""

    rent: str
    people: tuple[tuple[str, str], ...]


ROOMS = (
    Room("4200", (("方志远", "13900005531"), ("徐梦琪", "13900005542"))),
    Room("3900", (("邓凯文", "13900005553"),)),
    Room("3650", ()),
)


def company_arrives(*, property: Property, since: date, by: User, at: datetime) -> Resident:
    """Registers the company with three leases from a day on; of one unit nobody has said yet who lives there."""
    company = services.resident_create(
        property=property,
        kind=ResidentKind.COMPANY,
        name=NAME,
        id_number=CODE + credit_code_check_character(CODE),
        contact_name="陈静",
        phone="13900005520",
        by=by,
        at=at,
    )
    services.invoice_title_save(
        company=company,
        address="杭州市西湖区文三路 478 号 12 层",
        phone="0571-88206120",
        bank="招商银行杭州高新支行",
        bank_account="571905338810918",
        by=by,
        at=at,
    )
    tariffs = _tariffs(property)
    for unit, room in zip(_free(property), ROOMS, strict=True):
        lease = tenure_open(
            kind=TenureKind.LEASE,
            unit=unit,
            resident=company,
            start=since,
            end=add_months(since, MONTHS) - timedelta(days=1),
            category=Category.LONG_TERM,
            rent=Decimal(room.rent),
            occupants=max(1, len(room.people)),
            state=TenureState.LIVING,
            tariffs=tariffs,
            by=by,
            at=at,
        )
        for name, phone in room.people:
            services.occupant_add(tenure=lease, name=name, relation="员工", phone=phone, since=since, by=by, at=at)
    return company


def company_pays(*, company: Resident, shift: Shift, by: User, at: datetime) -> int:
    """The company pays by card what was billed so far; returns how many payments that makes."""
    standing = open_charges_of(list(company_accounts(company)))
    if not standing:
        return 0
    taken = company_take(
        company=company,
        shown={one.charge.pk: one.open for one in standing},
        picked=[one.charge.pk for one in standing],
        amount=None,
        channel=PaymentChannel.CARD,
        reference=PAID_BY_CARD,
        key=KEY,
        shift=shift,
        on=at.astimezone(ZoneInfo(company.property.time_zone)).date(),
        by=by,
        at=at,
    )
    return len(taken.payments)


def _free(property: Property) -> list[Unit]:
    """The last rooms that nobody holds or held: those on the way from below are for who arrives today."""
    held = Tenure.objects.filter(property=property).values("unit")
    rows = Unit.objects.filter(property=property).exclude(pk__in=held).select_related("building", "property")
    return list(rows.order_by("-sort_key")[: len(ROOMS)])


def _tariffs(property: Property) -> list[Tariff]:
    """A rent that follows the lease, and what a property fee is billed by."""
    rows = Tariff.objects.filter(property=property).exclude(basis=Basis.ONCE).order_by("pk")
    found = []
    for category in (FeeCategory.RENT, FeeCategory.PROPERTY):
        one = rows.filter(fee_item__category=category).exclude(basis=Basis.METERED).first()
        if one is not None:
            found.append(one)
    return found
