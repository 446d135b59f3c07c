"""What the cashier's desk shows of a company: what all of its accounts owe, by collective bill. Amounts are yuan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from yuju.billing.models import BillingAccount, Charge
from yuju.payments.models import Allocation, Payment, Refund
from yuju.payments.selectors import OpenCharge, company_accounts, open_charges_of, total
from yuju.reporting.desk import SOON, Found, Line, open_by_account, open_line
from yuju.residency.models import Resident

ZERO = Decimal(0)


@dataclass(frozen=True)
class FoundCompany:
    """A company that was looked for, with what is open on all its accounts.

    Attributes:
        units: how many accounts it has.
    """

    company_id: int
    name: str
    place: str
    units: int
    open: Decimal


@dataclass
class Bundle:
    """What is paid at one tick: a collective bill, or what an account owes besides.

    Attributes:
        key: how the form names it.
        part_of: the whole amount, where some of it is paid.
    """

    key: str
    title: str
    about: str
    due: date
    open: Decimal = ZERO
    comes_to: Decimal = ZERO
    days_late: int = 0
    is_due: bool = False
    units: list[str] = field(default_factory=list)

    @property
    def part_of(self) -> Decimal | None:
        return self.comes_to if self.open < self.comes_to else None


@dataclass(frozen=True)
class CompanyDesk:
    """A company at the desk.

    Attributes:
        lines: what is ticked; `charges` what it consists of, in the order in which money settles it.
    """

    company: Resident
    accounts: list[BillingAccount]
    lines: list[Bundle]
    charges: list[Line]
    credit: Decimal

    @property
    def open(self) -> Decimal:
        return sum((line.open for line in self.lines), ZERO)

    @property
    def shown(self) -> dict[int, Decimal]:
        """What is open by charge."""
        return {line.charge_id: line.open for line in self.charges}


def companies_found(found: Iterable[Found], scope: Sequence[int] | None) -> list[FoundCompany]:
    """The companies among accounts that were found, in their order; those with one account alone are left out."""
    ids = list(dict.fromkeys(one.company_id for one in found if one.company_id is not None))
    if not ids:
        return []
    rows = BillingAccount.objects.filter(tenure__resident_id__in=ids)
    if scope is not None:
        rows = rows.filter(property_id__in=scope)
    accounts: dict[int, list[BillingAccount]] = {pk: [] for pk in ids}
    for one in rows.select_related("property", "tenure__resident").order_by("pk"):
        accounts[one.tenure.resident_id].append(one)
    owed = open_by_account([one.pk for held in accounts.values() for one in held])
    return [
        FoundCompany(
            company_id=pk,
            name=held[0].tenure.resident.name,
            place=str(held[0].property),
            units=len(held),
            open=sum((owed.get(one.pk, ZERO) for one in held), ZERO),
        )
        for pk, held in accounts.items()
        if len(held) > 1
    ]


def company_desk(company: Resident, day: date) -> CompanyDesk:
    """A company with everything the desk says about it.

    Args:
        day: today at the property.
    """
    accounts = list(company_accounts(company))
    by_pk = {one.pk: one for one in accounts}
    standing = open_charges_of(accounts)
    charges = [one.charge for one in standing]
    prefetch_related_objects(charges, "reading__meter", "recurring__space", "bill__collective__run")
    bundles: dict[str, Bundle] = {}
    lines = []
    for one in standing:
        unit = by_pk[one.charge.account_id].tenure.unit.label
        line = open_line(one, day)
        lines.append(_of_unit(line, unit))
        _put(bundles, one, line, unit, day)
    for bundle in bundles.values():
        bundle.units.sort()
    return CompanyDesk(company, accounts, list(bundles.values()), lines, _credit(accounts))


def bundle_charges(shown: Mapping[int, Decimal], keys: Iterable[str]) -> list[int]:
    """The charges that ticked bundles consist of, among those that were shown."""
    wanted = set(keys)
    rows = Charge.objects.filter(pk__in=shown.keys()).values_list("pk", "account_id", "bill__collective_id")
    return sorted(pk for pk, account, collective in rows if _key(account, collective) in wanted)


def _key(account_id: int, collective_id: int | None) -> str:
    return f"b{collective_id}" if collective_id is not None else f"a{account_id}"


def _of_unit(line: Line, unit: str) -> Line:
    return replace(line, item=f"{unit} {line.item}")


def _put(bundles: dict[str, Bundle], one: OpenCharge, line: Line, unit: str, day: date) -> None:
    charge = one.charge
    collective = charge.bill.collective if charge.bill is not None else None
    key = _key(charge.account_id, collective.pk if collective is not None else None)
    bundle = bundles.get(key)
    if bundle is None:
        # The earliest due comes first, so the bundle is due when its first charge is.
        title = (
            _("Collective bill %(month)s") % {"month": f"{collective.run.as_of:%Y-%m}"}
            if collective is not None
            else _("%(unit)s besides") % {"unit": unit}
        )
        about = collective.number if collective is not None else ""
        bundle = bundles[key] = Bundle(
            key, title, about, line.due, days_late=line.days_late, is_due=line.due <= day + timedelta(days=SOON)
        )
    bundle.open += one.open
    bundle.comes_to += one.comes_to
    if unit not in bundle.units:
        bundle.units.append(unit)


def _credit(accounts: Sequence[BillingAccount]) -> Decimal:
    """What of the money of some accounts settles nothing yet, in three statements."""
    received = total(Payment.objects.filter(account__in=accounts)) - total(Refund.objects.filter(account__in=accounts))
    return received - total(Allocation.objects.filter(payment__account__in=accounts))
